"""What the sums of a register would tell of few people: every rule that a file is judged by.

Only sums, counts and largest values are asked of the register; what its statements give back for a
person are the products of her own columns, as the sums by patient are, and no name.
"""

from collections.abc import Iterator

import numpy as np

from analysis.models.language.design import INTERCEPT, Design, Level
from analysis.models.language.moments import Moments
from analysis.models.pooled.aggregates import Aggregates
from analysis.questions.pooling.isolation import DOMINANT
from analysis.questions.pooling.registers.combinations import (
    There,
    dominated,
    isolated_there,
    there,
)
from analysis.questions.pooling.singled_out import FEW_VALUES, Found
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.groups import key_columns, key_names, nested_codes, sorted_codes
from analysis.store.sums.people_behind import people


def judged_there(
    rows: CompleteRows,
    moments: Moments,
    sums: Aggregates,
    entry: np.ndarray,
    person: str,
    least: int,
) -> tuple[Found, ...]:
    """As `singled_out`, but for what units' own sums show (`singled_out_by_units`) and for several
    random slopes together inside one group.

    entry: (U,) which entry each unit went into. person: '' where each row is one.
    """
    design = moments.design
    at = there(rows, moments, person, tuple(key_columns(design)))
    names = ", ".join(n for n in moments.names[:-1] if n != INTERCEPT) or "the constant"
    alone = isolated_there(at, people(rows, person), least)
    found = [Found(f"combinations of {names}", alone)]
    found += [Found(f"the squares of {moments.names[i]}", 1) for i in dominated(at, DOMINANT)]
    found += _categories(at, moments, entry, least)
    found += _slopes(at, moments, sums, entry, least)
    return tuple(f for f in found if f.people)


def _categories(at: There, moments: Moments, entry: np.ndarray, least: int) -> Iterator[Found]:
    """Values of a category, or of a number with few values, that few of an entry's people have and
    others have not."""
    design = moments.design
    levels = {c.name for c in design.columns if any(isinstance(a, Level) for a in c.atoms)}
    places = range(1, len(moments.names) - 1)
    asked = [f"count(DISTINCT c{i})" for i in places]
    if not asked:
        return
    distinct = at.asked(f"SELECT {', '.join(asked)} FROM {at.relation}")[0]
    for i, values in zip(places, distinct, strict=True):
        name = moments.names[i]
        if values > FEW_VALUES and name not in levels:
            continue
        each = _people_by(at, design, entry, f"c{i}")
        of_entry = _people_by(at, design, entry, "")
        few = sum(1 for (e, _), n in each.items() if 0 < n < least and n < of_entry[e, 0.0])
        yield Found(f"{name} inside one sum", few)


def _people_by(at: There, design: Design, entry: np.ndarray, value: str) -> dict:
    """(entry, value) -> people; value: SQL, '' for all of them under 0. Who is in several units of
    one entry counts in each."""
    keys = key_columns(design)
    by = [*keys, *([value] if value else [])]
    counted = f"count(DISTINCT {at.by})" if at.by else "count(*)"
    group = f"GROUP BY {', '.join(by)}" if by else ""
    sql = f"SELECT {', '.join([*by, f'{counted} AS n'])} FROM {at.relation} {group}"
    table = at.rows.source.cursor.sql(sql).to_arrow_table()
    unit = _units(table, design, len(keys))
    values = table.column(len(keys)).to_pylist() if value else [0.0] * table.num_rows
    found: dict = {}
    for u, v, n in zip(unit, values, table.column(len(by)).to_pylist(), strict=True):
        where = (int(entry[u]), float(v))
        found[where] = found.get(where, 0) + n
    return found


def _units(table, design: Design, keys: int) -> np.ndarray:
    """(rows,) code of the innermost unit of each row, as `moments` counts them."""
    if not keys:
        return np.zeros(table.num_rows, dtype=np.int64)
    labels = [sorted_codes(table.column(i)) for i in range(keys)]
    return nested_codes(design, dict(zip(key_names(design), labels, strict=True)))[1][0]


def _slopes(
    at: There, moments: Moments, sums: Aggregates, entry: np.ndarray, least: int
) -> Iterator[Found]:
    """Each random slope's column inside one entry (of the innermost group) or enclosing group: some
    value that all but few people have throughout singles these out."""
    slopes = [int(i) for i in sums.z if i]
    keys = key_columns(moments.design)
    if not slopes or not keys:
        return
    by = ", ".join(keys)
    for i in slopes:
        # A row a person of a unit; then a row a value that somebody has throughout.
        ends = f"min(c{i}) AS low, max(c{i}) AS high"
        if at.by:
            each = ", ".join(dict.fromkeys([*keys, at.by]))
            own = f"(SELECT {by}, {ends} FROM {at.relation} GROUP BY {each})"
        else:
            own = f"(SELECT {by}, c{i} AS low, c{i} AS high FROM {at.relation})"
        counts = "count(*) FILTER (WHERE low = high), count(*)"
        sql = f"SELECT {by}, low, {counts} FROM {own} GROUP BY {by}, low"
        table = at.rows.source.cursor.sql(sql).to_arrow_table()
        unit = _units(table, moments.design, len(keys))
        code = entry[unit] if i in sums.inner else sums.entry_group[entry][unit]
        low, alike, every = (np.array(table.column(len(keys) + k).to_pylist()) for k in range(3))
        yield Found(
            "columns with random effects inside one group", _left(code, low, alike, every, least)
        )


def _left(code: np.ndarray, low: np.ndarray, alike: np.ndarray, every: np.ndarray, least) -> int:
    """Groups in which 1 to least - 1 people are without the value that most have throughout."""
    found = 0
    for group in np.unique(code):
        here = code == group
        most = max(alike[here & (low == v)].sum() for v in np.unique(low[here]))
        found += bool(0 < every[here].sum() - most < least)
    return found
