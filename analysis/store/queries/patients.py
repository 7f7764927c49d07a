"""Whom a partition is about: the distinct patients behind its rows, and behind each category.

Needs the temporary tables 'candidates' and 'frame' that `frames.py` makes.
"""

from analysis.store.versions.naming import quoted


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
