"""One design's cross products: of up to a million rows in memory (row_sums.py), of more by DuckDB,
which then never hands out a row.

Two scans: sums by innermost unit of the few columns that carry random effects, and the total of
all other products; before them the sizes of the columns, of a large source from its first rows.
"""

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analysis.base.errors import RequestError, StoreError
from analysis.models.language.design import INTERCEPT, WEIGHTS, Column, Design
from analysis.models.language.moments import Moments
from analysis.store.sums.column_sql import column_sql, key_name, scaled_sql
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.cross_products import (
    gram_by,
    grid_of,
    random_columns,
    unit_places,
    unit_products,
    unit_sums,
    whole_gram,
)
from analysis.store.sums.groups import (
    by_columns,
    codes_of_units,
    combined_codes,
    group_labels,
    key_columns,
    key_names,
    key_texts,
    own_key,
    sorted_codes,
)
from analysis.store.sums.row_sums import held_columns, held_moments

# Rows that tell the grid of a large source, and how far from it the rest may lie: a hundred costs
# four of sixteen digits of a sum of squares.
FIRST_ROWS = 100_000
FARTHEST = 100.0


def moments(
    rows: CompleteRows,
    design: Design,
    by: str = "",
    with_labels: bool = False,
    crossed: bool = False,
) -> Moments:
    """The Moments of `design` over complete rows. ModelError when groupings are crossed, unless
    `crossed` says that the caller can do with it.

    by: a grouping, or a column of `rows` that tells the rows apart, whose groups get a gram each
    (in the order of the codes); '' for one in all. with_labels: carry the groups' names, which
    identify patients; the parts of a nested group's name are joined by ':', as in its label.
    """
    predictors = [c for c in design.columns if c.name != INTERCEPT]
    columns = [Column(INTERCEPT, ()), *predictors, design.response]
    if rows.table is not None:
        return held_moments(rows, design, columns, by, with_labels, crossed)
    scan = _Scan(rows, design, columns, by, with_labels, crossed, *_weights(rows, design))
    if not rows.is_large:
        return _moments(scan, *_grid(rows, columns, rows.relation))
    # Any centre and scale near the data's will do: the first rows of many tell them, as a rule.
    first = f"(SELECT * FROM {rows.values or rows.relation} LIMIT {FIRST_ROWS})"
    found = _moments(scan, *_grid(rows, columns, first))
    if _is_near(found):
        return found
    return _moments(scan, *_grid(rows, columns, rows.values or rows.relation))


@dataclass(frozen=True, slots=True)
class _Scan:
    """What to sum, but for the grid: the arguments of `moments`, the columns, the weights."""

    rows: CompleteRows
    design: Design
    columns: list[Column]
    by: str
    with_labels: bool
    crossed: bool
    mean_weight: float
    log_weights: float


def _moments(scan: _Scan, centre: np.ndarray, scale: np.ndarray) -> Moments:
    rows, design, by, d = scan.rows, scan.design, scan.by, len(scan.columns)
    names = tuple(c.name for c in scan.columns[:-1]) + (design.response.name,)
    selected = _selected(scan, centre, scale)
    own = own_key(design, by)
    keys = [*key_columns(design), *([key_name(own)] if own else [])]
    relation = f"(SELECT {', '.join([*keys, *selected])} FROM {rows.relation})"
    z = random_columns(design, names)
    units = _units(scan, relation, z)
    kept = int(units["counts"].sum())
    if rows.kept is not None:
        _check_unchanged(rows, rows.kept, kept)
    if by:
        by_names = by_columns(design, units["groupings"], by)
        counted, gram = gram_by(rows, relation, d, bool(design.weights), by_names)
    else:
        values = f"(SELECT {', '.join(selected)} FROM {rows.values})" if rows.values else relation
        counted, gram = whole_gram(rows, values, bool(design.weights), z, units["cross"])
    _check_unchanged(rows, kept, counted)
    return Moments(
        design=design,
        names=names,
        centre=centre,
        scale=scale,
        rows=kept,
        rows_dropped=rows.total - kept,
        gram=gram,
        z=z,
        mean_weight=scan.mean_weight,
        log_weights=scan.log_weights,
        **units,
    )


def _units(scan: _Scan, relation: str, z: np.ndarray) -> dict:
    """What Moments holds by unit, in the order of the codes."""
    design, d = scan.design, len(scan.columns)
    table = unit_sums(scan.rows, relation, design, z, d)
    keys = {name: table.column(i) for i, name in enumerate(key_names(design))}
    coded = {name: sorted_codes(key) for name, key in keys.items()}
    groupings, codes, crossings = codes_of_units(design, coded, scan.crossed)
    place = unit_places(codes, table.num_rows)
    cross, counts = unit_products(table, len(keys), z, d, bool(design.weights), place)
    order = np.argsort(place)
    labels = ()
    if scan.with_labels:
        labels = group_labels(scan.rows.source, design, groupings, codes, keys)
    return dict(
        cross=cross,
        counts=counts,
        groupings=groupings,
        codes=tuple(code[order] for code in codes),
        labels=labels,
        crossings=crossings,
    )


def _selected(scan: _Scan, centre: np.ndarray, scale: np.ndarray) -> list[str]:
    grid = zip(scan.columns, centre, scale, strict=True)
    selected = [f"{scaled_sql(c, m, s)} AS c{i}" for i, (c, m, s) in enumerate(grid)]
    if scan.design.weights:
        selected.append(f"{scaled_sql(scan.design.weights, 0.0, scan.mean_weight)} AS weight")
    return selected


def design_arrays(rows: CompleteRows, design: Design) -> tuple[dict, dict]:
    """The rows themselves, for a library that needs them: column name -> (N,) floats, and
    grouping label -> (N,) codes, in the rows' order. Weights are the column WEIGHTS.
    RequestError for a register's."""
    return row_arrays(rows, design, ())[:2]


def row_arrays(
    rows: CompleteRows, design: Design, more: tuple[str, ...]
) -> tuple[dict, dict, list[pa.ChunkedArray]]:
    """The same, and further columns of the rows by their SQL."""
    if rows.source.inline:
        raise RequestError(
            "The rows of a register stay where they are",
            where=rows.source.name,
            allowed="what sums can answer",
            next_step="ask this of a dataset or a file",
        )
    columns = [*design.columns, design.response]
    if design.weights:
        columns.append(Column(WEIGHTS, design.weights.atoms))
    names = key_names(design)
    values, texts = held_columns(rows, columns, [*map(key_name, names), *more])
    keys = {name: sorted_codes(text) for name, text in zip(names, texts, strict=False)}
    codes = {}
    for group in design.groupings:
        codes[":".join(group)] = combined_codes([keys[name] for name in group])
    by_name = dict(zip((c.name for c in columns), values, strict=True))
    return by_name, codes, texts[len(names) :]


def group_names(rows: CompleteRows, design: Design) -> dict[str, tuple[str, ...]]:
    """Grouping label -> the names of its groups, in the order of design_arrays' codes."""
    out = {}
    for group in design.groupings:
        keys = ", ".join(map(key_name, group))
        sql = f"SELECT DISTINCT {keys} FROM {rows.relation} ORDER BY {keys}"
        table = rows.source.cursor.sql(sql).to_arrow_table().combine_chunks()
        named = [key_texts(rows.source, name, table.column(i)) for i, name in enumerate(group)]
        found = zip(*(texts.to_pylist() for texts in named), strict=True)
        out[":".join(group)] = tuple(":".join(row) for row in found)
    return out


def _weights(rows: CompleteRows, design: Design) -> tuple[float, float]:
    """The weights' mean, and the sum of the logarithms of each over that mean."""
    if not design.weights:
        return 1.0, 0.0
    w = column_sql(design.weights)
    sql = f"SELECT count(*), avg({w}), sum(ln({w})) FROM {rows.values or rows.relation}"
    count, mean, logs = rows.source.cursor.execute(sql).fetchall()[0]
    return mean, logs - count * math.log(mean)


def _grid(rows: CompleteRows, columns: list[Column], relation: str):
    """Centre and scale of each column from its mean, SD, minimum and maximum in `relation`."""
    parts = [f"avg({s}), stddev_pop({s}), min({s}), max({s})" for s in map(column_sql, columns[1:])]
    sql = f"SELECT {', '.join(parts)} FROM {relation}"
    values = np.array(rows.source.cursor.execute(sql).fetchall()[0], dtype=float).reshape(-1, 4)
    return grid_of(columns, *values.T)


def _is_near(found: Moments) -> bool:
    """Whether the grid suits all the rows: their means lie near its centre, their SDs near its
    scale, so that no digits were lost. A column of one value, the centre, suits as well."""
    gram = found.total
    mean = gram[0, 1:] / gram[0, 0]
    square = np.diag(gram)[1:] / gram[0, 0]
    with np.errstate(invalid="ignore"):
        sd = np.sqrt(np.maximum(square - mean**2, 0.0))
    near = (np.abs(mean) <= FARTHEST * sd) & (sd >= 1 / FARTHEST) & (sd <= FARTHEST)
    return bool((near | (square == 0)).all())


def _check_unchanged(rows: CompleteRows, before: int, counted: int) -> None:
    """Files and datasets stay as they are and PostgreSQL gives a snapshot; a table of Spark's may
    grow between two scans."""
    if counted != before:
        raise StoreError(
            "The rows changed while they were read; nothing was kept",
            where=rows.source.name,
            allowed="a table that nobody writes to meanwhile",
            next_step="run it again, or name a snapshot of the table",
        )
