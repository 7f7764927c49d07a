"""Rows to fit as one relation: a number or a text for each variable, missing is NULL."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Dates:
    """Variables of a source that hold dates. days: read as days since 1970-01-01. unsure: in a
    form that can be read in more ways than one, and left as texts."""

    days: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """An open relation.

    relation_of(names): SQL that follows FROM for rows with these variables alone, every one of
    them once, where that is less than `relation`; None where it is not.
    kinds: variable -> 'number' or 'category'. numbers, texts: variable -> SQL expression giving a
    DOUBLE or a VARCHAR, NULL when missing. relation: SQL that follows FROM.
    ordinals: key -> SQL of its whole number, 0..n-1 in the order of the texts, where every
    relation has it; homes: key -> the table with all its texts.
    told_apart: variables of numbers whose texts tell values apart as they are: no 10.0 beside 10.
    name, version: of the dataset, or the file's name and ''. notes: sentences on what reading the
    rows left out or took in a certain way, without a value. inline: nothing may be made beside
    the data, not even a temporary view: the complete rows stay a sub-select. cursor: DuckDB's, or
    what does as much on another engine (analysis/store/sources/registers/cursor.py says how much).
    dates: which variables hold dates, where that was looked at (sources/dates.py).
    unit: what a row of a dataset is, 'session', 'treatment', 'therapist' or 'clinic'; '' of a file.
    units: of the asked variables, the same.
    """

    cursor: Any  # two engines with no common type
    relation: str
    kinds: dict[str, str]
    numbers: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    name: str = ""
    version: str = ""
    relation_of: Callable[[tuple[str, ...]], str] | None = None
    inline: bool = False
    ordinals: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    told_apart: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    dates: Dates | None = None
    unit: str = ""
    units: dict[str, str] = field(default_factory=dict)


def text_of(column: str, kind: str) -> str:
    """A column as text: whole numbers read '7', not '7.0'."""
    if kind == "number":
        return f"regexp_replace(CAST({column} AS VARCHAR), '\\.0$', '')"
    return f"CAST({column} AS VARCHAR)"
