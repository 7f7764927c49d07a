"""What the sums of one site would tell of few people, table of products by table of products.

The file holds products of columns over all rows (the site's table), over the units of each pattern
of measurements, and, of the columns with random effects, over each group; and counts of categories
by pattern and group. In each the sparsest combination must stand for enough people, and no sum of
squares may be mostly one person's.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.language.design import INTERCEPT, Design, Level
from analysis.models.language.moments import Moments
from analysis.models.pooled.aggregates import Aggregates
from analysis.questions.pooling.isolation import DOMINANT, dominated_columns, isolated
from analysis.store.sums.design_rows import DesignRows

FEW_VALUES = 5  # a number with so few is a category to whoever reads its sums
OF_A_PATTERN = 0.8  # a pattern has few units: one may well be half of their scatter


@dataclass(frozen=True, slots=True)
class Found:
    """where: what tells, in words. people: how many it singles out."""

    where: str
    people: int


def singled_out(
    table: DesignRows, design: Design, sums: Aggregates, entry: np.ndarray, least: int
) -> tuple[Found, ...]:
    """Everything that stands for fewer than `least` people, () where nothing does.

    entry: (U,) which entry each unit went into.
    """
    found = [
        *_whole_table(table, least),
        *_patterns(table, sums, entry, least),
        *_groups(table, sums, entry, least),
        *_categories(table, design, entry, least),
    ]
    return tuple(f for f in found if f.people)


def combinations_singled_out(
    table: DesignRows, sums: Aggregates, entry: np.ndarray, least: int
) -> tuple[Found, ...]:
    """As `singled_out`, of combinations of columns alone: over all rows, inside each pattern, and
    those with random effects inside each group."""
    found = [
        _combined(table, least),
        *_patterns(table, sums, entry, least),
        *_groups(table, sums, entry, least),
    ]
    return tuple(f for f in found if f.people)


def _whole_table(table: DesignRows, least: int) -> list[Found]:
    """The products of all predictors over all rows, and the squares of each column."""
    found = [_combined(table, least)]
    for place in dominated_columns(table.columns, table.people, DOMINANT):
        found.append(Found(f"the squares of {table.names[place]}", 1))
    return found


def _combined(table: DesignRows, least: int) -> Found:
    names = ", ".join(n for n in table.names[:-1] if n != INTERCEPT) or "the constant"
    return Found(f"combinations of {names}", isolated(table.columns[:, :-1], table.people, least))


def _patterns(table: DesignRows, sums: Aggregates, entry: np.ndarray, least: int) -> list[Found]:
    """Units of one pattern: the products of their sums of columns, weighted by those of the
    innermost random effects."""
    if not sums.groupings:
        return []
    units = len(entry)
    parts = [
        np.bincount(table.unit, weights=table.columns[:, z] * table.columns[:, x], minlength=units)
        for z in sums.inner
        for x in _predictors(sums)
    ]
    return _in_patterns(parts, table.unit, table.people, sums, entry, least)


def singled_out_by_units(
    moments: Moments, sums: Aggregates, entry: np.ndarray, unit: np.ndarray, who: np.ndarray, least
) -> tuple[Found, ...]:
    """What the sums of a register's units show by pattern; the rest is judged where its rows lie
    (`registers/judged.py`).

    unit, who: (M,) pairs of innermost unit and person, as `unit_people` gives them.
    """
    if not sums.groupings:
        return ()
    rows = [list(sums.z).index(i) for i in sums.inner]
    parts = [moments.cross[:, z, x] for z in rows for x in _predictors(sums)]
    found = _in_patterns(parts, unit, who, sums, entry, least)
    return tuple(f for f in found if f.people)


def _predictors(sums: Aggregates) -> list[int]:
    return [f for f in sums.free if f != len(sums.names) - 1]


def _in_patterns(
    parts, unit: np.ndarray, who_of: np.ndarray, sums: Aggregates, entry: np.ndarray, least: int
) -> list[Found]:
    """parts: of (U,) sums of products by unit. unit, who_of: (M,) units and people together."""
    units = len(entry)
    person = np.full(units, -1)
    person[unit[::-1]] = who_of[::-1]
    several = _several_people(unit, who_of, units)
    pattern = sums.entry_pattern[entry]
    found, alone = 0, 0
    for each in np.unique(pattern):
        here = np.flatnonzero(pattern == each)
        own = np.stack([np.ones(len(here)), *(p[here] for p in parts)], axis=1)
        who = np.where(several[here], units + who_of.max() + 1 + here, person[here])
        if several[here].all():  # each unit is many people: a therapist's patients
            continue
        found += isolated(own, who, least)
        spare = len(np.unique(who)) - max(0, len(sums.inner) - 2)
        alone += len(here) if spare < least else 0
        found += len(dominated_columns(own, who, OF_A_PATTERN))
    return [
        Found("categories and numbers inside a pattern of measurements", found),
        Found("patterns with more random slopes than patients can hide", alone),
    ]


def _several_people(unit: np.ndarray, people: np.ndarray, units: int) -> np.ndarray:
    """(U,) whether a unit holds several people."""
    pairs = np.unique(np.stack([unit, people]), axis=1)
    return np.bincount(pairs[0], minlength=units) > 1


def _groups(table: DesignRows, sums: Aggregates, entry: np.ndarray, least: int) -> list[Found]:
    """The columns with random effects: their products with everything, by entry (the innermost)
    and by enclosing group (the others)."""
    if not sums.groupings:
        return []
    other = np.setdiff1d(sums.z, sums.inner)
    found = _in_each(table, entry[table.unit], [0, *sums.inner], least)
    if other.size:
        group = sums.entry_group[entry][table.unit]
        found += _in_each(table, group, [0, *other], least)
    return [Found("columns with random effects inside one group", found)]


def _in_each(table: DesignRows, code: np.ndarray, columns: list[int], least: int) -> int:
    chosen = table.columns[:, list(dict.fromkeys(int(c) for c in columns))]
    if chosen.shape[1] == 1:
        return 0
    order = np.argsort(code, kind="stable")
    ends = np.flatnonzero(np.diff(code[order])) + 1
    return sum(isolated(chosen[own], table.people[own], least) for own in np.split(order, ends))


def _categories(table: DesignRows, design: Design, entry, least: int) -> list[Found]:
    """Values of a category, or of a number with few values, that few of an entry's people have."""
    code = entry[table.unit] if len(table.unit) else table.unit
    found = []
    for column in design.columns:
        if column.name == INTERCEPT or column.name not in table.names:
            continue
        values = table.columns[:, table.names.index(column.name)]
        is_level = any(isinstance(a, Level) for a in column.atoms)
        distinct = np.unique(values)
        if len(distinct) > FEW_VALUES and not is_level:
            continue
        found.append(
            Found(f"{column.name} inside one sum", _few(table.people, code, values, least))
        )
    return found


def _few(who: np.ndarray, code: np.ndarray, values: np.ndarray, least: int) -> int:
    """Sums in which 1 to least - 1 people have one of the values of a column, and others another.
    A column that changes within people (a session's number) says nothing of who they are."""
    distinct, place = np.unique(values, return_inverse=True)
    cells = np.unique(np.stack([code, place.reshape(-1), who]), axis=1)
    each = np.bincount(cells[0] * len(distinct) + cells[1])
    people = np.unique(np.stack([code, who]), axis=1)
    of_entry = np.bincount(people[0], minlength=int(code.max(initial=0)) + 1)
    at = np.arange(len(each))
    return int(((each > 0) & (each < least) & (each < of_entry[at // len(distinct)])).sum())
