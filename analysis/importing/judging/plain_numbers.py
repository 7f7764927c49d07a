"""Columns in which every value is a number as programs write numbers: judged in one look.

Most columns are such, and a database reads them a hundred times faster than patterns tell what a
clinic may have meant. What is found here is what the patterns would have found.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.importing.meaning.mapping import MISSING
from analysis.importing.reading.read import Staged
from analysis.store.versions.naming import literal


@dataclass(frozen=True, slots=True)
class PlainNumbers:
    """value: the column's value as SQL. whole: no number of it is written with a point."""

    value: str
    whole: bool


def plain_numbers(connection, staged: Staged, names: Iterable[str]) -> dict[str, PlainNumbers]:
    """Those of `names` whose columns hold finite numbers and texts that mean missing, and nothing
    else. '1,5', '1 100' and '1_000' are no such numbers."""
    asked = [n for n in names if n in staged.columns and n not in staged.texts]
    if not asked:
        return {}
    odd = ", ".join(
        f"count(*) FILTER ({_value(c)} IS NULL AND {c} NOT IN {_MISSING} OR contains({c}, '_')), "
        f"count({_value(c)}), count(*) FILTER (contains({c}, '.'))"
        for c in (staged.columns[n] for n in asked)
    )
    counts = iter(connection.execute(f"SELECT {odd} FROM {staged.table}").fetchone())
    return {
        name: PlainNumbers(_value(staged.columns[name]), whole=not points)
        for name, odd, numbers, points in zip(asked, counts, counts, counts, strict=True)
        if numbers and not odd
    }


_MISSING = "(" + ", ".join(literal(token) for token in MISSING) + ")"


def _value(column: str) -> str:
    """The column as a finite number, NULL where it is none."""
    number = f"TRY_CAST({column} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"
