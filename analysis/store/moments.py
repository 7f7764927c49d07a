"""One design's cross products, summed by DuckDB: the data never leave it row by row.

Three scans: sizes of the columns, sums by innermost unit of the few columns that carry random
effects, and the total of all products.
"""

import math

import numpy as np

from analysis.errors import ModelError, RequestError, StoreError
from analysis.mixed.design import INTERCEPT, WEIGHTS, Column, Design
from analysis.mixed.moments import Moments, binary_grid
from analysis.store.column_sql import column_sql, scaled_sql, text_name
from analysis.store.complete import MATERIALISED_ROWS, CompleteRows
from analysis.store.groups import (
    by_columns,
    combined_codes,
    group_codes,
    group_labels,
    key_columns,
    key_names,
    nested_codes,
    numbers_of,
    sorted_codes,
)

# Standard deviation of a column, and the inverse of the smallest: the square of a coefficient, of
# the outcome's size over a predictor's, is then a number, too.
LARGEST = 1e70


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
    intercept = Column(INTERCEPT, ())
    predictors = [c for c in design.columns if c.name != INTERCEPT]
    columns = [intercept, *predictors, design.response]
    mean_weight, log_weights = _weights(rows, design)
    names = tuple(c.name for c in columns[:-1]) + (design.response.name,)
    centre, scale = _grid(rows, columns)
    scaled = [scaled_sql(c, m, s) for c, m, s in zip(columns, centre, scale, strict=True)]
    selected = [f"{sql} AS c{i}" for i, sql in enumerate(scaled)]
    if design.weights:
        selected.append(f"{scaled_sql(design.weights, 0.0, mean_weight)} AS weight")
    # Where the rows themselves are resampled, `by` names them and is no grouping of the design.
    own = by and by not in {":".join(group) for group in design.groupings}
    keys = [*key_columns(design), *([text_name(by)] if own else [])]
    relation = "(SELECT {} FROM {})".format(", ".join([*keys, *selected]), rows.relation)
    random = dict.fromkeys([INTERCEPT, *(c for b in design.blocks for c in b.columns)])
    z = np.array([names.index(c) for c in random])
    cross, counts, texts = _unit_sums(rows, relation, design, z, len(columns))
    keyed = {name: sorted_codes(text) for name, text in texts.items()}
    if crossed:
        groupings, codes, crossings = group_codes(design, keyed)
    else:
        groupings, codes, crossings = *nested_codes(design, keyed), ()
    units = np.lexsort(codes[::-1]) if codes else np.arange(len(counts))
    return Moments(
        design=design,
        names=names,
        centre=centre,
        scale=scale,
        rows=rows.rows,
        rows_dropped=rows.dropped,
        gram=_gram(
            rows,
            f"(SELECT {', '.join(selected)} FROM {rows.values})"
            if rows.values and not by
            else relation,
            len(columns),
            bool(design.weights),
            by_columns(design, groupings, by),
        ),
        z=z,
        cross=cross[units],
        counts=counts[units],
        groupings=groupings,
        codes=tuple(c[units] for c in codes),
        labels=group_labels(design, groupings, codes, texts) if with_labels else (),
        mean_weight=mean_weight,
        log_weights=log_weights,
        crossings=crossings,
    )


def design_arrays(rows: CompleteRows, design: Design) -> tuple[dict, dict]:
    """The rows themselves, for a library that needs them: column name -> (N,) floats, and
    grouping label -> (N,) codes, in the rows' order. Weights are the column WEIGHTS.
    RequestError for a register's."""
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
    sql = [f"{column_sql(c)} AS c{i}" for i, c in enumerate(columns)]
    query = f"SELECT {', '.join([*key_columns(design), *sql])} FROM {rows.relation}"
    table = rows.source.cursor.sql(query).to_arrow_table().combine_chunks()
    names = key_names(design)
    keys = {name: sorted_codes(table.column(i)) for i, name in enumerate(names)}
    values = [numbers_of(table.column(len(names) + i)) for i in range(len(columns))]
    codes = {}
    for group in design.groupings:
        codes[":".join(group)] = combined_codes([keys[name] for name in group])
    return dict(zip((c.name for c in columns), values, strict=True)), codes


def group_names(rows: CompleteRows, design: Design) -> dict[str, tuple[str, ...]]:
    """Grouping label -> the names of its groups, in the order of design_arrays' codes."""
    out = {}
    for group in design.groupings:
        keys = ", ".join(map(text_name, group))
        sql = f"SELECT DISTINCT {keys} FROM {rows.relation} ORDER BY {keys}"
        found = rows.source.cursor.execute(sql).fetchall()
        out[":".join(group)] = tuple(":".join(row) for row in found)
    return out


def _weights(rows: CompleteRows, design: Design) -> tuple[float, float]:
    """The weights' mean, and the sum of the logarithms of each over that mean."""
    if not design.weights:
        return 1.0, 0.0
    w = column_sql(design.weights)
    sql = f"SELECT avg({w}), sum(ln({w})) FROM {rows.values or rows.relation}"
    mean, logs = rows.source.cursor.execute(sql).fetchall()[0]
    return mean, logs - rows.rows * math.log(mean)


def _grid(rows: CompleteRows, columns: list[Column]) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale of each column from its mean, SD, minimum and maximum."""
    parts = [f"avg({s}), stddev_pop({s}), min({s}), max({s})" for s in map(column_sql, columns[1:])]
    # Any centre and scale near the data's will do: of a large table the first rows tell them.
    some = f"(SELECT * FROM {rows.values or rows.relation} LIMIT {MATERIALISED_ROWS // 10})"
    relation = rows.relation if rows.rows <= MATERIALISED_ROWS else some
    sql = f"SELECT {', '.join(parts)} FROM {relation}"
    values = np.array(rows.source.cursor.execute(sql).fetchall()[0], dtype=float).reshape(-1, 4)
    mean, sd, low, high = values.T
    constant = low == high  # a mean of equal values need not equal them
    _check_sizes(columns[1:], np.isfinite(values).all(axis=1), np.where(constant, 1.0, sd))
    centre, scale = binary_grid(np.where(constant, low, mean), np.where(constant, 0.0, sd))
    return np.concatenate([[0.0], centre]), np.concatenate([[1.0], scale])


def _check_sizes(columns: list[Column], finite: np.ndarray, sd: np.ndarray) -> None:
    """Refuse columns whose squares, or those of their coefficients, would overflow."""
    usable = finite & (sd > 1 / LARGEST) & (sd < LARGEST)
    for column in (c for c, good in zip(columns, usable, strict=True) if not good):
        raise ModelError(
            f"'{column.name}' holds numbers too large or too small to compute with",
            where=f"'{column.name}'",
            allowed=f"finite numbers, with differences between {1 / LARGEST:.0e} and {LARGEST:.0e}",
            next_step="look for infinite or mistyped values, or measure in another unit",
        )


def _unit_sums(rows, relation, design, z, d):
    """(U, z, d) sums by combination of the grouping columns, (U,) counts, and the columns."""
    keys = key_columns(design)
    weighted = bool(design.weights)
    sums = [f"sum({_product(a, b, weighted)})" for a in z for b in range(d)]
    grouping = f"GROUP BY {', '.join(keys)}" if keys else ""
    sql = f"SELECT {', '.join([*keys, 'count(*)', *sums])} FROM {relation} {grouping}"
    table = rows.source.cursor.sql(sql).to_arrow_table()
    table = table.combine_chunks()
    texts = [table.column(i) for i in range(len(keys))]
    counts = numbers_of(table.column(len(keys))).astype(float)
    _check_unchanged(rows, counts.sum())
    values = [numbers_of(table.column(i)) for i in range(len(keys) + 1, table.num_columns)]
    cross = np.stack(values, axis=1).reshape(len(counts), len(z), d)
    return cross, counts, dict(zip(key_names(design), texts, strict=True))


def _gram(rows, relation: str, d: int, weighted: bool, by: list[str]) -> np.ndarray:
    """(d, d) sums of products, or (J, d, d) by the groups of the columns `by`, in their order."""
    pairs = [(i, j) for i in range(d) for j in range(i, d)]
    sums = ", ".join(f"sum({_product(i, j, weighted)})" for i, j in pairs)
    keys = ", ".join(map(text_name, by))
    grouped = f"GROUP BY {keys} ORDER BY {keys}" if by else ""
    sql = f"SELECT {sums} FROM {relation} {grouped}"
    table = rows.source.cursor.sql(sql).to_arrow_table()
    values = np.stack([numbers_of(column) for column in table.columns], axis=1)
    if not weighted:
        _check_unchanged(rows, values[:, 0].sum())
    gram = np.empty((len(values), d, d))
    upper = tuple(np.array(pairs).T)
    gram[:, *upper] = gram[:, upper[1], upper[0]] = values
    return gram if by else gram[0]


def _check_unchanged(rows: CompleteRows, counted: float) -> None:
    """Files and datasets stay as they are and PostgreSQL gives a snapshot; a table of Spark's may
    grow between two scans."""
    if counted != rows.rows:
        raise StoreError(
            "The rows changed while they were read; nothing was kept",
            where=rows.source.name,
            allowed="a table that nobody writes to meanwhile",
            next_step="run it again, or name a snapshot of the table",
        )


def _product(i: int, j: int, weighted: bool) -> str:
    factors = [*(["weight"] if weighted else []), *([f"c{i}"] if i else []), f"c{j}"]
    return " * ".join(factors)
