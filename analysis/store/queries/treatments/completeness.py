"""Who has first and last scores, and how those without differ from those with."""

from dataclasses import dataclass
from math import sqrt

from analysis.measures.conventions import MOST_CATEGORIES
from analysis.store.queries.treatments.outcome_cells import Selection, selected
from analysis.store.versions.naming import quoted


@dataclass(frozen=True, slots=True)
class Difference:
    """One characteristic of ended treatments with both scores and of those without, the too
    short ones among them.

    variable: its name, 'first score' or 'sessions'; level: of a category, else ''. n_with,
    n_without: treatments where it is known. mean_with, mean_without: means, or shares (0..1) of
    the level. difference: standardised, without minus with; None where it is not defined.
    """

    variable: str
    level: str
    n_with: int
    n_without: int
    mean_with: float | None
    mean_without: float | None
    difference: float | None


def completeness(cursor, selection: Selection, variables) -> list[Difference]:
    """A Difference for the first score, the number of sessions, and each episode-level variable.

    Difference = (m_without - m_with) / sqrt((v_with + v_without) / 2), v of a share p being
    p (1 - p). Source: Austin 2009, doi:10.1002/sim.3697. Needs the table 'treatments'.
    """
    where, values = selected(selection)
    where += f" {'AND' if where else 'WHERE'} ending IS DISTINCT FROM 'ongoing'"
    rows = f"(SELECT * EXCLUDE (model, ending) FROM treatments {where}) t"
    numbers = {"first score": "t.first_0", "sessions": "t.sessions"} | {
        v.name: f"episode.{quoted(v.name)}"
        for v in variables
        if v.unit == "episode" and v.kind == "number"
    }
    asked = ", ".join(
        f"count({c}) FILTER ({m}), avg({c}) FILTER ({m}), var_samp({c}) FILTER ({m})"
        for c in numbers.values()
        for m in ("t.measured", "NOT t.measured")
    )
    source = f"{rows} JOIN episode USING (episode)"
    found = cursor.execute(f"SELECT {asked} FROM {source}", values).fetchone()
    out = [_number(name, *found[6 * i : 6 * i + 6]) for i, name in enumerate(numbers)]
    for v in variables:
        if v.unit == "episode" and v.kind == "category":
            out += _levels(cursor, v.name, source, values)
    return out


def _number(name: str, n1, mean1, v1, n0, mean0, v0) -> Difference:
    return Difference(name, "", n1, n0, mean1, mean0, _standardised(mean1, v1, mean0, v0))


def _levels(cursor, name: str, source: str, values: list) -> list[Difference]:
    column = f"episode.{quoted(name)}"
    rows = cursor.execute(
        f"""SELECT {column}, count(*) FILTER (t.measured), count(*) FILTER (NOT t.measured)
            FROM {source} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1""",
        values,
    ).fetchall()
    n1, n0 = (sum(row[i] for row in rows) for i in (1, 2))
    if len(rows) > MOST_CATEGORIES:
        return []
    out = []
    for level, with_, without in rows:
        p1, p0 = (with_ / n1 if n1 else None), (without / n0 if n0 else None)
        spread = [None if p is None else p * (1 - p) for p in (p1, p0)]
        out.append(
            Difference(name, level, n1, n0, p1, p0, _standardised(p1, spread[0], p0, spread[1]))
        )
    return out


def _standardised(mean1, v1, mean0, v0) -> float | None:
    if None in (mean1, v1, mean0, v0) or v1 + v0 <= 0:
        return None
    return (mean0 - mean1) / sqrt((v1 + v0) / 2)
