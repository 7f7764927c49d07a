"""Columns whose cells are all numbers as programs write them, or mostly words: told in one look.

Most columns are one or the other, and a database tells them a hundred times faster than patterns
tell what a clinic may have meant. What is found here is what the patterns would have found.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.importing.meaning.columns import NUMBERS
from analysis.importing.meaning.mapping import MISSING
from analysis.importing.reading.cells import LARGEST
from analysis.importing.reading.read import Staged
from analysis.store.versions.naming import literal

FIRST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class PlainNumbers:
    """value: the column's value as SQL. whole: no number of it is written with a point."""

    value: str
    whole: bool


def plain_columns(
    connection, staged: Staged, names: Iterable[str]
) -> tuple[dict[str, PlainNumbers], frozenset[str]]:
    """Those of `names` whose columns hold finite numbers and texts that mean missing, and nothing
    else; and those that are no columns of numbers, because the file says so or too many of their
    cells begin with a letter. '1,5', '1 100' and '1_000' are no such numbers."""
    asked = [n for n in names if n in staged.columns]
    words = {n for n in asked if n in staged.texts}
    others = [n for n in asked if n not in words]
    # Letters are cheap to see, and a column without an odd cell has none: the first rows tell which
    # of the two is asked first.
    first = _counted(connection, staged, others, _numbers, FIRST_ROWS)
    words |= _mostly_letters(connection, staged, [n for n, (odd, *_) in first.items() if odd])
    counts = _counted(connection, staged, [n for n in others if n not in words], _numbers)
    late = [n for n, (odd, *_) in counts.items() if odd and not first[n][0]]
    words |= _mostly_letters(connection, staged, late)
    found = {
        name: PlainNumbers(_value(_raw(staged, name)), whole=not points)
        for name, (odd, numbers, points) in counts.items()
        if numbers and not odd
    }
    return found, frozenset(words)


def _mostly_letters(connection, staged: Staged, names: Iterable[str]) -> set[str]:
    texts = [n for n in names if n not in staged.numbers]
    letters = _counted(connection, staged, texts, _letters)
    # Not (1 - NUMBERS) * read, which is a trifle less than a tenth.
    return {n for n, (k,) in letters.items() if staged.read - k < NUMBERS * staged.read}


_MISSING = "(" + ", ".join(literal(token) for token in MISSING) + ")"


def _counted(
    connection, staged: Staged, names: Iterable[str], conditions, first: int = 0
) -> dict[str, list[int]]:
    """For each name in how many rows, or of the first so many, each of its conditions holds."""
    asked = {name: conditions(staged, name) for name in names}
    counted = [f"count(*) FILTER ({c})" for own in asked.values() for c in own]
    if not counted:
        return {}
    rows = f"(SELECT * FROM {staged.table} LIMIT {first})" if first else staged.table
    counts = iter(connection.execute(f"SELECT {', '.join(counted)} FROM {rows}").fetchone())
    return {name: [next(counts) for _ in own] for name, own in asked.items()}


def _letters(staged: Staged, name: str) -> tuple[str, ...]:
    """Cells that begin with one of the letters that no text for 'missing' begins with."""
    c = staged.columns[name]
    return (f"{c} >= 'A' AND {c} < 'N' OR {c} >= 'O' AND {c} < 'n' OR {c} >= 'o' AND {c} < '{{'",)


def _numbers(staged: Staged, name: str) -> tuple[str, ...]:
    """Cells that are neither number nor missing, numbers, and cells with a decimal point."""
    c = staged.columns[name]
    if name in staged.numbers:
        v = f"{staged.numbers[name]}::DOUBLE"
        return f"isinf({v})", f"isfinite({v})", f"{v} <> trunc({v}) OR abs({v}) >= {LARGEST}"
    odd = f"{_value(c)} IS NULL AND {c} NOT IN {_MISSING}"
    return (
        odd if staged.bare else f"{odd} OR contains({c}, '_')",
        f"{_value(c)} IS NOT NULL",
        f"contains({c}, '.')",
    )


def _raw(staged: Staged, name: str) -> str:
    """The column of the table that holds its numbers, as such or as text."""
    return staged.numbers.get(name) or staged.columns[name]


def _value(column: str) -> str:
    """The column as a finite number, NULL where it is none."""
    number = f"TRY_CAST({column} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"
