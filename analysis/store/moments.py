"""One design's cross products, summed by DuckDB: the data never leave it row by row.

Three scans: sizes of the columns, sums by innermost unit of the few columns that carry random
effects, and the total of all products.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import ModelError
from analysis.mixed.design import INTERCEPT, Column, Design, Level, Variables
from analysis.mixed.expressions import Expression
from analysis.mixed.moments import Moments, binary_grid
from analysis.store.naming import quoted
from analysis.store.source import Source

_FUNCTIONS = {
    "abs": "abs({0})",
    "exp": "CASE WHEN {0} < 709 THEN exp({0}) END",
    "expm1": "CASE WHEN {0} < 709 THEN exp({0}) - 1 END",
    "log": "CASE WHEN {0} > 0 THEN ln({0}) END",
    "log10": "CASE WHEN {0} > 0 THEN log10({0}) END",
    "log1p": "CASE WHEN {0} > -1 THEN ln(1 + {0}) END",
    "log2": "CASE WHEN {0} > 0 THEN log2({0}) END",
    "sqrt": "CASE WHEN {0} >= 0 THEN sqrt({0}) END",
    "negative": "(-{0})",
    "/": "({0} / nullif({1}, 0))",
    "**": "CASE WHEN {0} >= 0 OR {1} = floor({1}) THEN pow({0}, {1}) END",
}
# Below this many rows the complete rows are kept in memory, so that each is computed once.
MATERIALISED_ROWS = 1_000_000


@dataclass(frozen=True)
class CompleteRows:
    """The rows with every variable present, as a relation of the source's cursor.

    rows, dropped: how many were kept and left out. Numeric variables are columns of their own
    name, categories and groups as text.
    """

    source: Source
    relation: str
    rows: int
    dropped: int

    def levels(self, variable: str) -> list[str]:
        """Values of a category, sorted by code point, or by size where all are numbers."""
        sql = f"SELECT DISTINCT {_text_name(variable)} FROM {self.relation}"
        values = [r[0] for r in self.source.cursor.execute(sql).fetchall()]
        if self.source.kinds[variable] == "number":
            return sorted(values, key=float)
        return sorted(values)


def complete_rows(source: Source, variables: Variables) -> CompleteRows:
    """Keep the rows in which every expression is a finite number and every label is present."""
    numbers = dict.fromkeys(v for e in variables.numeric for v in e.variables())
    labels = dict.fromkeys([*variables.categorical, *variables.grouping])
    columns = [f"{source.numbers[n]} AS {quoted(n)}" for n in numbers]
    columns += [f"{source.texts[n]} AS {_text_name(n)}" for n in labels]
    inner = f"(SELECT {', '.join(columns)} FROM {source.relation})"
    present = [f"isfinite({_sql(e)})" for e in variables.numeric]
    present += [f"{_text_name(n)} IS NOT NULL" for n in labels]
    condition = " AND ".join(f"coalesce({p}, false)" for p in present)
    sql = f"SELECT count(*), count(*) FILTER ({condition}) FROM {inner}"
    total, kept = source.cursor.execute(sql).fetchall()[0]
    if kept == 0:
        raise ModelError(
            "No row has a value in every variable of the formula",
            where=", ".join(variables.names()),
            allowed="at least some complete rows",
            next_step="leave out the variable that is missing most, or fill it in",
        )
    kind = "TABLE" if kept <= MATERIALISED_ROWS else "VIEW"
    source.cursor.execute(
        f"CREATE OR REPLACE TEMP {kind} complete_rows AS SELECT * FROM {inner} WHERE {condition}"
    )
    return CompleteRows(source, "complete_rows", kept, total - kept)


def moments(rows: CompleteRows, design: Design, by: str = "") -> Moments:
    """The Moments of `design` over complete rows. ModelError when groupings are crossed.

    by: a grouping, or a column of `rows` that tells the rows apart, whose groups get a gram each
    (in the order of the codes); '' for one in all.
    """
    intercept = Column(INTERCEPT, ())
    predictors = [c for c in design.columns if c.name != INTERCEPT]
    columns = [intercept, *predictors, design.response]
    names = tuple(c.name for c in columns[:-1]) + (design.response.name,)
    centre, scale = _grid(rows, columns)
    scaled = [_scaled(c, m, s) for c, m, s in zip(columns, centre, scale, strict=True)]
    # Where the rows themselves are resampled, `by` names them and is no grouping of the design.
    own = by and by not in {":".join(group) for group in design.groupings}
    keys = [*_keys(design), *([_text_name(by)] if own else [])]
    relation = "(SELECT {} FROM {})".format(
        ", ".join([*keys, *(f"{sql} AS c{i}" for i, sql in enumerate(scaled))]), rows.relation
    )
    random = dict.fromkeys([INTERCEPT, *(c for b in design.blocks for c in b.columns)])
    z = np.array([names.index(c) for c in random])
    cross, counts, keys = _unit_sums(rows, relation, design, z, len(columns))
    groupings, codes = _nested(design, keys)
    units = np.argsort(codes[0], kind="stable") if codes else np.arange(len(counts))
    return Moments(
        design=design,
        names=names,
        centre=centre,
        scale=scale,
        rows=rows.rows,
        rows_dropped=rows.dropped,
        gram=_gram(rows, relation, len(columns), _by_columns(design, groupings, by)),
        z=z,
        cross=cross[units],
        counts=counts[units],
        groupings=groupings,
        codes=tuple(c[units] for c in codes),
    )


def design_arrays(rows: CompleteRows, design: Design) -> tuple[dict, dict]:
    """The rows themselves, for a library that needs them: column name -> (N,) floats, and
    grouping label -> (N,) codes, in the rows' order."""
    columns = [*design.columns, design.response]
    sql = [f"{_column_sql(c)} AS c{i}" for i, c in enumerate(columns)]
    query = f"SELECT {', '.join([*_keys(design), *sql])} FROM {rows.relation}"
    table = rows.source.cursor.sql(query).to_arrow_table().combine_chunks()
    names = _key_names(design)
    keys = {name: _codes(table.column(i)) for i, name in enumerate(names)}
    values = [_numbers(table.column(len(names) + i)) for i in range(len(columns))]
    codes = {}
    for group in design.groupings:
        combined = np.stack([keys[name] for name in group], axis=1)
        codes[":".join(group)] = np.unique(combined, axis=0, return_inverse=True)[1].reshape(-1)
    return dict(zip((c.name for c in columns), values, strict=True)), codes


def _grid(rows: CompleteRows, columns: list[Column]) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale of each column from its mean, SD, minimum and maximum."""
    parts = [
        f"avg({s}), stddev_pop({s}), min({s}), max({s})" for s in map(_column_sql, columns[1:])
    ]
    sql = f"SELECT {', '.join(parts)} FROM {rows.relation}"
    values = np.array(rows.source.cursor.execute(sql).fetchall()[0], dtype=float).reshape(-1, 4)
    mean, sd, low, high = values.T
    constant = low == high  # a mean of equal values need not equal them
    centre, scale = binary_grid(np.where(constant, low, mean), np.where(constant, 0.0, sd))
    return np.concatenate([[0.0], centre]), np.concatenate([[1.0], scale])


def _unit_sums(rows, relation, design, z, d):
    """(U, z, d) sums by combination of the grouping columns, (U,) counts, and their keys."""
    keys = _keys(design)
    sums = [f"sum({_product(a, b)})" for a in z for b in range(d)]
    grouping = f"GROUP BY {', '.join(keys)}" if keys else ""
    sql = f"SELECT {', '.join([*keys, 'count(*)', *sums])} FROM {relation} {grouping}"
    table = rows.source.cursor.sql(sql).to_arrow_table()
    table = table.combine_chunks()
    labels = [_codes(table.column(i)) for i in range(len(keys))]
    counts = _numbers(table.column(len(keys))).astype(float)
    values = [_numbers(table.column(i)) for i in range(len(keys) + 1, table.num_columns)]
    cross = np.stack(values, axis=1).reshape(len(counts), len(z), d)
    return cross, counts, dict(zip(_key_names(design), labels, strict=True))


def _gram(rows, relation: str, d: int, by: list[str]) -> np.ndarray:
    """(d, d) sums of products, or (J, d, d) by the groups of the columns `by`, in their order."""
    pairs = [(i, j) for i in range(d) for j in range(i, d)]
    sums = ", ".join(f"sum({_product(i, j)})" for i, j in pairs)
    keys = ", ".join(map(_text_name, by))
    grouped = f"GROUP BY {keys} ORDER BY {keys}" if by else ""
    sql = f"SELECT {sums} FROM {relation} {grouped}"
    table = rows.source.cursor.sql(sql).to_arrow_table()
    values = np.stack([_numbers(column) for column in table.columns], axis=1)
    gram = np.empty((len(values), d, d))
    upper = tuple(np.array(pairs).T)
    gram[:, *upper] = gram[:, upper[1], upper[0]] = values
    return gram if by else gram[0]


def _by_columns(design: Design, groupings: tuple[str, ...], by: str) -> list[str]:
    """The columns to group by, outermost first, so that groups come in the order of the codes."""
    if not by:
        return []
    labels = {":".join(group): group for group in design.groupings}
    inside = groupings.index(by) if by in groupings else -1
    outer = [name for label in reversed(groupings[inside + 1 :]) for name in labels[label]]
    return list(dict.fromkeys([*outer, *labels.get(by, (by,))]))


def _product(i: int, j: int) -> str:
    return f"c{j}" if i == 0 else f"c{i} * c{j}"


def _keys(design: Design) -> list[str]:
    return [_text_name(name) for name in _key_names(design)]


def _key_names(design: Design) -> list[str]:
    return list(dict.fromkeys(name for group in design.groupings for name in group))


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    """A column of numbers without NULLs; not by to_numpy, which loads pandas for a third of a
    second."""
    chunks = [np.from_dlpack(chunk) for chunk in column.chunks]
    return chunks[0] if len(chunks) == 1 else np.concatenate([np.zeros(0), *chunks])


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """0..n-1 by sorted label, so that the answer does not depend on the order of rows."""
    encoded = pc.dictionary_encode(column).unify_dictionaries()
    labels = encoded.chunk(0).dictionary
    rank = np.empty(len(labels), dtype=np.int64)
    rank[np.from_dlpack(pc.sort_indices(labels))] = np.arange(len(labels))
    return rank[np.concatenate([np.from_dlpack(chunk.indices) for chunk in encoded.chunks])]


def _nested(design: Design, keys: dict[str, np.ndarray]):
    """Groupings innermost first with their codes by unit; crossed ones are refused."""
    coded = {}
    for group in design.groupings:
        combined = np.stack([keys[name] for name in group], axis=1)
        coded[":".join(group)] = np.unique(combined, axis=0, return_inverse=True)[1].reshape(-1)
    order = sorted(coded, key=lambda g: -int(coded[g].max()))
    for inner, outer in zip(order, order[1:], strict=False):
        pairs = len(np.unique(np.stack([coded[inner], coded[outer]], axis=1), axis=0))
        several = pairs - int(coded[inner].max()) - 1
        if several:
            raise ModelError(
                f"'{inner}' is not nested in '{outer}': {several:,} more combinations than groups",
                where=f"(… | {inner}) and (… | {outer})",
                allowed="groups that each lie in one group of the next level",
                next_step="use episodes (one treatment by one therapist) as the inner group, "
                f"or write (1 | {outer}/{inner})",
            )
    return tuple(order), tuple(_in_nested_order(coded, order, k) for k in range(len(order)))


def _in_nested_order(coded: dict[str, np.ndarray], order: list[str], k: int) -> np.ndarray:
    """Codes of level k sorted by the outer levels first: every list of parents is sorted then."""
    keys = np.stack([coded[g] for g in reversed(order[k:])], axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


def _text_name(name: str) -> str:
    return quoted(f"text of {name}")


def _column_sql(column: Column) -> str:
    atoms = [
        f"(CASE WHEN {_text_name(a.variable)} = {_literal(a.value)} THEN 1.0 ELSE 0.0 END)::DOUBLE"
        if isinstance(a, Level)
        else f"({_sql(a)})"
        for a in column.atoms
    ]
    return " * ".join(atoms) if atoms else "1.0::DOUBLE"


def _scaled(column: Column, centre: float, scale: float) -> str:
    sql = _column_sql(column)
    return (
        f"(({sql}) - {float(centre)!r}::DOUBLE) * {float(1 / scale)!r}::DOUBLE"
        if column.atoms
        else sql
    )


def _sql(expression: Expression) -> str:
    if expression.operation == "variable":
        return quoted(expression.arguments[0])
    if expression.operation == "number":
        return f"{expression.arguments[0]!r}::DOUBLE"
    arguments = [_sql(a) for a in expression.arguments]
    if expression.operation in _FUNCTIONS:
        return "(" + _FUNCTIONS[expression.operation].format(*arguments) + ")"
    return f"({arguments[0]} {expression.operation} {arguments[1]})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
