"""Rows held in memory, a million at most: there planning SQL of a hundred sums takes longer than
adding them up."""

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analysis.models.language.design import Column, Design
from analysis.models.language.moments import Moments, is_nested
from analysis.store.sources.of_arrays import as_arrow
from analysis.store.sums.column_sql import column_sql, key_name
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.cross_products import grid_of, random_columns, unit_places
from analysis.store.sums.groups import (
    codes_of_units,
    combined_codes,
    group_labels,
    key_names,
    numbers_of,
    own_key,
    sorted_codes,
)
from analysis.store.versions.naming import quoted


def held_moments(
    rows: CompleteRows,
    design: Design,
    columns: list[Column],
    by: str,
    with_labels: bool,
    crossed: bool,
) -> Moments:
    """`moments` of rows in memory. columns: the intercept, the predictors, the response."""
    names = (*(c.name for c in columns[:-1]), design.response.name)
    held = _held_rows(rows, design, columns, own_key(design, by))
    centre, scale = _to_grid(columns, held.values)
    coded = {name: sorted_codes(key) for name, key in held.keys.items()}
    unit = _units(list(coded.values()), held.values.shape[1])
    first = np.empty(int(unit.max(initial=0)) + 1, dtype=np.int64)
    first[unit[::-1]] = np.arange(len(unit))[::-1]  # the last to be written is the first row
    coded = {name: code[first] for name, code in coded.items()}
    groupings, codes, crossings = codes_of_units(design, coded, crossed)
    place = unit_places(codes, len(first))
    order = np.argsort(place)
    codes = tuple(code[order] for code in codes)
    unit, z = place[unit], random_columns(design, names)
    cross = _unit_cross(held, z, unit, len(first))
    labels = ()
    if with_labels:
        keys = {name: key.take(as_arrow(first[order])) for name, key in held.keys.items()}
        labels = group_labels(rows.source, design, groupings, codes, keys)
    if not by:
        gram = _gram(held)
    elif held.by is None:
        gram = _gram_by(held, codes[groupings.index(by)][unit])
    else:  # groups of their own come from the outermost of the design inwards
        outwards = [code[unit] for code in codes]
        gram = _gram_by(held, combined_codes([*outwards[::-1], held.by]))
    return Moments(
        design=design, names=names, centre=centre, scale=scale, rows=len(unit),
        rows_dropped=rows.total - len(unit), gram=gram, z=z, cross=cross,
        counts=np.bincount(unit, minlength=len(first)).astype(float),
        groupings=groupings, codes=codes, labels=labels, mean_weight=held.mean_weight,
        log_weights=held.log_weights, crossings=crossings,
    )  # fmt: skip


@dataclass(frozen=True)
class _Held:
    """values: (d, N) the columns. weights: (N,) prior weights over their mean, or None.
    mean_weight, log_weights: as Moments has them. keys: name -> the text or ordinal of each row's
    group. by: (N,) the same of the column that tells the rows apart, or None."""

    values: np.ndarray
    weights: np.ndarray | None
    mean_weight: float
    log_weights: float
    keys: dict[str, pa.ChunkedArray]
    by: np.ndarray | None


def _held_rows(rows: CompleteRows, design: Design, columns: list[Column], by: str) -> _Held:
    """The columns and groups of a design. by: a column of `rows`, '' for none."""
    names = key_names(design)
    more = [key_name(name) for name in [*names, *([by] if by else [])]]
    asked = [*columns, *([design.weights] if design.weights else [])]
    found, keys = held_columns(rows, asked, more)
    weights, mean, logs = None, 1.0, 0.0
    if design.weights:
        weights = found.pop()
        mean = float(weights.mean())
        logs = float(np.log(weights).sum()) - len(weights) * math.log(mean)
        weights = weights / mean
    of_by = sorted_codes(keys.pop()) if by else None
    return _Held(np.stack(found), weights, mean, logs, dict(zip(names, keys, strict=True)), of_by)


def held_columns(
    rows: CompleteRows, columns: list[Column], more: list[str]
) -> tuple[list[np.ndarray], list[pa.ChunkedArray]]:
    """The columns of a design (N,), and further ones by their SQL, in the rows' order.

    What the rows hold as it is asked for is not computed again; one query does all the rest."""
    wanted = [f"({column_sql(column)})::DOUBLE" if column.atoms else "" for column in columns]
    found = _as_held(rows.table) if rows.table is not None else {}
    asked = [sql for sql in dict.fromkeys([*wanted, *more]) if sql and sql not in found]
    if asked:
        parts = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(asked))
        query = f"SELECT {parts} FROM {rows.relation}"
        found |= zip(asked, rows.source.cursor.sql(query).to_arrow_table().columns, strict=True)
    values = [numbers_of(found[sql]) if sql else np.ones(rows.rows) for sql in wanted]
    return values, [found[sql] for sql in more]


def _as_held(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    """The columns that need no query, by the SQL that asks for them."""
    found = {quoted(name): table.column(name) for name in table.column_names}
    doubles = {f"(({name}))::DOUBLE": c for name, c in found.items() if c.type == pa.float64()}
    return found | doubles


def _to_grid(columns: list[Column], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale of each column; the values are measured by them from now on."""
    others = values[1:]
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = others.mean(axis=1), others.std(axis=1), others.min(axis=1), others.max(axis=1)
    centre, scale = grid_of(columns, *sizes)
    for row, middle, size in zip(values, centre, scale, strict=True):
        row -= middle
        row /= size
    return centre, scale


def _units(keys: list[np.ndarray], rows: int) -> np.ndarray:
    """(N,) the unit of each row, 0..n-1: the combination of its groups, given by their codes."""
    if not keys:
        return np.zeros(rows, dtype=np.int64)
    unit, *others = sorted(keys, key=lambda code: -int(code.max(initial=-1)))
    for key in others:
        if not is_nested(unit, key):
            unit = combined_codes([unit, key])
    return unit


def _unit_cross(held: _Held, z: np.ndarray, unit: np.ndarray, units: int) -> np.ndarray:
    """(U, z, d) sums of products by unit, the units last in memory."""
    cross = np.empty((len(z), len(held.values), units))
    for k, a in enumerate(z):
        mine = held.values[a] if held.weights is None else held.values[a] * held.weights
        for b, other in enumerate(held.values):
            earlier = np.flatnonzero(z[:k] == b)
            if len(earlier):
                cross[k, b] = cross[earlier[0], a]
            else:
                cross[k, b] = np.bincount(unit, mine * other, minlength=units)
    return np.moveaxis(cross, 2, 0)


def _gram(held: _Held) -> np.ndarray:
    """(d, d) sums of products over all rows."""
    if held.weights is None:
        return held.values @ held.values.T
    gram = (held.values * held.weights) @ held.values.T
    return (gram + gram.T) / 2  # the two halves differ in their last digit


def _gram_by(held: _Held, by: np.ndarray) -> np.ndarray:
    """(J, d, d) the same by groups, given by their codes."""
    d, groups = len(held.values), int(by.max(initial=-1)) + 1
    gram = np.empty((groups, d, d))
    for i in range(d):
        mine = held.values[i] if held.weights is None else held.values[i] * held.weights
        for j in range(i, d):
            gram[:, i, j] = gram[:, j, i] = np.bincount(by, mine * held.values[j], groups)
    return gram
