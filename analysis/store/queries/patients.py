"""Whom a result is about: the distinct patients behind a partition's rows and each category, and by
what patients are known again under other names.

`frame_patients` and `level_patients` need the temporary tables that `frames.py` makes.
"""

from analysis.store.versions.naming import quoted

UNITS = ("session", "episode")


def every_patient(cursor) -> tuple[str, ...]:
    """The distinct patients of the dataset, sorted."""
    rows = cursor.execute("SELECT DISTINCT patient FROM episode ORDER BY 1").fetchall()
    return tuple(row[0] for row in rows)


def treated(cursor) -> list[tuple[str, str, str | None]]:
    """(episode, patient, therapist) of every treatment, None where no therapist is named."""
    return cursor.execute("SELECT episode, patient, therapist FROM episode").fetchall()


def frame_patients(cursor) -> tuple[str, ...]:
    """The distinct patients of the complete rows, sorted."""
    rows = cursor.execute("SELECT DISTINCT patient FROM frame ORDER BY 1").fetchall()
    return tuple(row[0] for row in rows)


def level_patients(cursor, variable: str) -> tuple[int, ...]:
    """Distinct patients in each value of a category among the complete rows, the fewest first."""
    own = quoted(f"value of {variable}")
    rows = cursor.execute(
        f"""SELECT count(DISTINCT patient) AS patients FROM candidates
            WHERE treatment IN (SELECT treatment FROM frame) AND {own} IS NOT NULL
            GROUP BY {own} ORDER BY patients"""
    ).fetchall()
    return tuple(row[0] for row in rows)


def patient_contents(cursor, variables) -> dict[str, str]:
    """Patient -> a number that stands for all values of her treatments and sessions, dates and
    names of anything left out: who got a new name in a new version keeps it.

    Sums of DuckDB's row hashes, so the order of rows plays no part.
    """
    of = {unit: [quoted(v.name) for v in variables if v.unit == unit] for unit in UNITS}
    session = ", ".join(["session.session", *(f"session.{name}" for name in of["session"])])
    episode = ", ".join(["0", *(f"episode.{name}" for name in of["episode"])])
    rows = cursor.execute(
        f"""SELECT patient, sum(h)::VARCHAR FROM (
                SELECT patient, hash({episode})::HUGEINT AS h FROM episode UNION ALL
                SELECT patient, hash({session})::HUGEINT FROM session JOIN episode USING (episode))
            GROUP BY patient"""
    ).fetchall()
    return dict(rows)
