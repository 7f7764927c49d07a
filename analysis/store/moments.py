"""One design's cross products, summed by DuckDB: the data never leave it row by row.

Three scans: sizes of the columns, sums by innermost unit of the few columns that carry random
effects, and the total of all products.
"""

from dataclasses import dataclass, replace

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
# Standard deviation of a column, and the inverse of the smallest: the square of a coefficient, of
# the outcome's size over a predictor's, is then a number, too.
LARGEST = 1e70


@dataclass(frozen=True)
class CompleteRows:
    """The rows with every variable present, as a relation of the source's cursor.

    rows, dropped: how many were kept and left out. Numeric variables are columns of their own
    name, categories and groups as text. values: the same rows without the groups, which for a
    large dataset saves joining them; '' for `relation`.
    """

    source: Source
    relation: str
    rows: int
    dropped: int
    values: str = ""

    def levels(self, variable: str) -> list[str]:
        """Values of a category, sorted by code point, or by size where all are numbers."""
        sql = f"SELECT DISTINCT {_text_name(variable)} FROM {self.relation}"
        values = [r[0] for r in self.source.cursor.execute(sql).fetchall()]
        if self.source.kinds[variable] == "number":
            return sorted(values, key=float)
        return sorted(values)


def complete_rows(source: Source, variables: Variables) -> CompleteRows:
    """Keep the rows in which every expression is a finite number and every label is present."""
    total = _count(source, _smallest(source))
    large = total > MATERIALISED_ROWS
    chosen = _complete(source, variables, source.relation)
    kind = "VIEW" if large else "TABLE"
    source.cursor.execute(f"CREATE OR REPLACE TEMP {kind} complete_rows AS {chosen}")
    values = ""
    if large and source.relation_of:
        # A dataset's keys are never missing, so leaving the groups out loses no row.
        values = "complete_values"
        some = replace(variables, grouping=())
        relation = source.relation_of(some.names())
        chosen = _complete(source, some, relation)
        source.cursor.execute(f"CREATE OR REPLACE TEMP VIEW {values} AS {chosen}")
    kept = _count(source, values or "complete_rows")
    if kept == 0:
        raise ModelError(
            "No row has a value in every variable of the formula",
            where=", ".join(variables.names()),
            allowed="at least some complete rows",
            next_step="leave out the variable that is missing most, or fill it in",
        )
    return CompleteRows(source, "complete_rows", kept, total - kept, values)


def _complete(source: Source, variables: Variables, relation: str) -> str:
    numbers = dict.fromkeys(v for e in variables.numeric for v in e.variables())
    labels = dict.fromkeys([*variables.categorical, *variables.grouping])
    columns = [f"{source.numbers[n]} AS {quoted(n)}" for n in numbers]
    columns += [f"{source.texts[n]} AS {_text_name(n)}" for n in labels]
    present = [f"isfinite({_sql(e)})" for e in variables.numeric]
    present += [f"{_text_name(n)} IS NOT NULL" for n in labels]
    condition = " AND ".join(f"coalesce({p}, false)" for p in present)
    return f"SELECT * FROM (SELECT {', '.join(columns)} FROM {relation}) WHERE {condition}"


def _smallest(source: Source) -> str:
    """A relation with as many rows as the source's, no outer unit joined."""
    return source.relation_of(()) if source.relation_of else source.relation


def _count(source: Source, relation: str) -> int:
    return source.cursor.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]


def moments(rows: CompleteRows, design: Design, by: str = "", with_labels: bool = False) -> Moments:
    """The Moments of `design` over complete rows. ModelError when groupings are crossed.

    by: a grouping, or a column of `rows` that tells the rows apart, whose groups get a gram each
    (in the order of the codes); '' for one in all. with_labels: carry the groups' names, which
    identify patients; the parts of a nested group's name are joined by ':', as in its label.
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
    cross, counts, texts = _unit_sums(rows, relation, design, z, len(columns))
    groupings, codes = _nested(design, {name: _codes(text) for name, text in texts.items()})
    units = np.argsort(codes[0], kind="stable") if codes else np.arange(len(counts))
    return Moments(
        design=design,
        names=names,
        centre=centre,
        scale=scale,
        rows=rows.rows,
        rows_dropped=rows.dropped,
        gram=_gram(
            rows,
            _values(rows, scaled) if rows.values and not by else relation,
            len(columns),
            _by_columns(design, groupings, by),
        ),
        z=z,
        cross=cross[units],
        counts=counts[units],
        groupings=groupings,
        codes=tuple(c[units] for c in codes),
        labels=_labels(design, groupings, codes, texts) if with_labels else (),
    )


def _values(rows: CompleteRows, scaled: list[str]) -> str:
    columns = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(scaled))
    return f"(SELECT {columns} FROM {rows.values})"


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
        codes[":".join(group)] = _combined([keys[name] for name in group])
    return dict(zip((c.name for c in columns), values, strict=True)), codes


def _grid(rows: CompleteRows, columns: list[Column]) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale of each column from its mean, SD, minimum and maximum."""
    parts = [
        f"avg({s}), stddev_pop({s}), min({s}), max({s})" for s in map(_column_sql, columns[1:])
    ]
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
    keys = _keys(design)
    sums = [f"sum({_product(a, b)})" for a in z for b in range(d)]
    grouping = f"GROUP BY {', '.join(keys)}" if keys else ""
    sql = f"SELECT {', '.join([*keys, 'count(*)', *sums])} FROM {relation} {grouping}"
    table = rows.source.cursor.sql(sql).to_arrow_table()
    table = table.combine_chunks()
    texts = [table.column(i) for i in range(len(keys))]
    counts = _numbers(table.column(len(keys))).astype(float)
    values = [_numbers(table.column(i)) for i in range(len(keys) + 1, table.num_columns)]
    cross = np.stack(values, axis=1).reshape(len(counts), len(z), d)
    return cross, counts, dict(zip(_key_names(design), texts, strict=True))


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
    coded = {":".join(group): _combined([keys[n] for n in group]) for group in design.groupings}
    order = sorted(coded, key=lambda g: -int(coded[g].max()))
    for inner, outer in zip(order, order[1:], strict=False):
        outer_of = np.zeros(int(coded[inner].max()) + 1, dtype=np.int64)
        outer_of[coded[inner]] = coded[outer]
        if (outer_of[coded[inner]] != coded[outer]).any():
            pairs = int(_combined([coded[inner], coded[outer]]).max()) + 1
            several = pairs - len(outer_of)
            raise ModelError(
                f"'{inner}' is not nested in '{outer}': {several:,} more combinations than groups",
                where=f"(… | {inner}) and (… | {outer})",
                allowed="groups that each lie in one group of the next level",
                next_step="use episodes (one treatment by one therapist) as the inner group, "
                f"or write (1 | {outer}/{inner})",
            )
    return tuple(order), _in_nested_order([coded[g] for g in order])


def _combined(codes: list[np.ndarray]) -> np.ndarray:
    """Codes 0..n-1 of the combinations of several codes, sorted by the first, then the next."""
    out = codes[0]
    for code in codes[1:]:
        key = out * (code.max(initial=0) + 1) + code
        out = np.unique(key, return_inverse=True)[1].reshape(-1)
    return out


def _labels(design: Design, groupings, codes, texts) -> tuple[tuple[str, ...], ...]:
    """The names of each grouping's groups, in the order of their codes."""
    names, out = {":".join(group): group for group in design.groupings}, []
    for label, code in zip(groupings, codes, strict=True):
        _, first = np.unique(code, return_index=True)
        parts = [texts[name].take(pa.array(first)).to_pylist() for name in names[label]]
        out.append(tuple(":".join(row) for row in zip(*parts, strict=True)))
    return tuple(out)


def _in_nested_order(codes: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """The codes of each level, innermost first, renumbered by the outer levels first: every list
    of parents is sorted then."""
    out: list[np.ndarray] = []
    for code in reversed(codes):
        if out:
            parent = np.zeros(int(code.max()) + 1, dtype=np.int64)
            parent[code] = out[-1]
            rank = np.empty(len(parent), dtype=np.int64)
            rank[np.argsort(parent, kind="stable")] = np.arange(len(parent))
            code = rank[code]
        out.append(code)
    return tuple(out[::-1])


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
