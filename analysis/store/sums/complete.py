"""The rows that a formula can use: those in which every variable is present."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from analysis.base.errors import ModelError
from analysis.models.language.design import Variables
from analysis.models.language.expressions import Distribution, Expression
from analysis.store.sources.relation import Source
from analysis.store.sums.column_sql import expression_sql, key_name, text_name
from analysis.store.sums.groups import numbers_of
from analysis.store.versions.naming import quoted

# Below this many rows the complete rows are kept in memory, so that each is computed once.
MATERIALISED_ROWS = 1_000_000
# Rows that stand for all where a look is enough.
FIRST_ROWS = 100_000
SOME_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Range:
    """A variable's smallest and largest value, and those of its first SOME_ROWS rows (n,)."""

    low: float
    high: float
    some: np.ndarray


@dataclass(frozen=True)
class CompleteRows:
    """The rows with every variable present, as a relation of the source's cursor.

    total: the source's rows. kept: the complete ones, None where nobody has counted them yet.
    Numeric variables are columns of their own name, categories are text, and groups are a key that
    tells them apart and orders them: their text, or its ordinal. values: the same rows without
    the groups, where that saves a join; '' for `relation`. table: what the relation holds, None
    where each scan computes the rows anew.
    """

    source: Source
    relation: str
    total: int
    kept: int | None = None
    values: str = ""
    table: pa.Table | None = field(default=None, repr=False, compare=False)

    @cached_property
    def rows(self) -> int:
        """Complete rows; of a large source this counts them, a scan of its own."""
        return _count(self.source, self.values or self.relation) if self.kept is None else self.kept

    @property
    def dropped(self) -> int:
        return self.total - self.rows

    @property
    def is_large(self) -> bool:
        """Whether each scan computes the rows anew."""
        return self.total > MATERIALISED_ROWS

    def levels(self, variable: str) -> list[str]:
        """Values of a category, sorted by code point, or by size where all are numbers."""
        sql = f"SELECT DISTINCT {text_name(variable)} FROM {self.relation}"
        values = [r[0] for r in self.source.cursor.execute(sql).fetchall()]
        dates = self.source.dates.days if self.source.dates else ()
        if self.source.kinds[variable] == "number" and variable not in dates:
            return sorted(values, key=float)
        return sorted(values)

    def distribution(self, expression: Expression, few: bool = False) -> Distribution:
        """The different values of an expression, and how many rows have each. few: of a large
        source its first FIRST_ROWS rows do."""
        inner = f"SELECT {expression_sql(expression)} AS v FROM {self._enough(few)}"
        sql = f"SELECT v, count(*) FROM ({inner}) GROUP BY v ORDER BY v"
        table = self.source.cursor.sql(sql).to_arrow_table()
        return Distribution(numbers_of(table.column(0)), numbers_of(table.column(1)))

    def ranges(self, names: tuple[str, ...]) -> dict[str, Range]:
        """Of numeric variables, over the rows that `distribution` counts when few do."""
        if not names:
            return {}
        if self.table is not None:
            each = ((n, numbers_of(self.table.column(n))) for n in names)
            return {n: Range(float(v.min()), float(v.max()), v[:SOME_ROWS]) for n, v in each}
        ends = ", ".join(f"min({quoted(n)}), max({quoted(n)})" for n in names)
        some = ", ".join(quoted(n) for n in names)
        relation, cursor = self._enough(few=True), self.source.cursor
        found = cursor.execute(f"SELECT {ends} FROM {relation}").fetchone()
        first = cursor.execute(f"SELECT {some} FROM {relation} LIMIT {SOME_ROWS}").fetchnumpy()
        each = zip(names, found[::2], found[1::2], strict=True)
        return {n: Range(low, high, np.asarray(first[n])) for n, low, high in each}

    def _enough(self, few: bool) -> str:
        relation = self.values or self.relation
        if few and self.is_large:
            return f"(SELECT * FROM {relation} LIMIT {FIRST_ROWS})"
        return relation


def complete_rows(source: Source, variables: Variables) -> CompleteRows:
    """Keep the rows in which every expression is a finite number and every label is present.

    ModelError where none is left, or where a row's weight is no positive finite number.
    """
    if variables.weights:
        _check_weights(source, variables)
    total = _count(source, _smallest(source))
    chosen = _complete(source, variables)
    if source.inline:
        relation = f"({chosen}) AS complete_rows"
        return CompleteRows(
            source, relation, total, _some(_count(source, relation), variables, source)
        )
    if total <= MATERIALISED_ROWS:
        if not source.relation_of:  # a file's values are told from texts: once, not twice
            chosen = _complete(source, variables, once=True)
        table = in_memory(source.cursor, "complete_rows", chosen)
        kept = _some(table.num_rows, variables, source)
        return CompleteRows(source, "complete_rows", total, kept, table=table)
    source.cursor.execute(f"CREATE OR REPLACE TEMP VIEW complete_rows AS {chosen}")
    values = ""
    # A dataset's keys are never missing, so leaving the groups out loses no row.
    alone = replace(variables, grouping=())
    if source.relation_of and _relation(source, alone) != _relation(source, variables):
        values = "complete_values"
        source.cursor.execute(f"CREATE OR REPLACE TEMP VIEW {values} AS {_complete(source, alone)}")
    _some(_count(source, f"(SELECT * FROM {values or 'complete_rows'} LIMIT 1)"), variables, source)
    return CompleteRows(source, "complete_rows", total, None, values)


def in_memory(cursor, name: str, query: str) -> pa.Table:
    """The rows of a query, which the cursor knows by `name` from now on."""
    table = cursor.sql(query).to_arrow_table()
    cursor.register(name, table)
    return table


def _some(kept: int, variables: Variables, source: Source) -> int:
    if kept == 0:
        read = f" ({'; '.join(source.notes)})" if source.notes else ""
        raise ModelError(
            f"No row has a value in every variable of the formula{read}",
            where=", ".join(variables.names()),
            allowed="at least some complete rows",
            next_step="leave out the variable that is missing most, or fill it in",
        )
    return kept


def _check_weights(source: Source, variables: Variables) -> None:
    """Of the rows that are complete but for their weight, which may be missing."""
    weight = source.numbers[variables.weights]
    useless = f"{weight} <= 0 OR {weight} = CAST('Infinity' AS DOUBLE)"
    others = replace(variables, weights="")
    some = f"{source.relation} WHERE {useless}"
    found = _count(source, f"({_complete(source, others, some)})")
    if found:
        raise ModelError(
            f"{found:,} rows have a weight in '{variables.weights}' that is zero, negative or "
            "infinite",
            where=f"the weights, '{variables.weights}'",
            allowed="positive finite numbers; a row without a weight is left out",
            next_step="correct the weights, or leave these rows out before",
        )


def _complete(source: Source, variables: Variables, relation: str = "", once: bool = False) -> str:
    """once: keeps each value while it is judged, where a database would compute it for that too."""
    numbers = dict.fromkeys(v for e in variables.numeric for v in e.variables())
    if variables.weights:
        numbers[variables.weights] = None
    labels, groups = dict.fromkeys(variables.categorical), dict.fromkeys(variables.grouping)
    columns = [f"{source.numbers[n]} AS {quoted(n)}" for n in numbers]
    columns += [f"{_told_apart(source, n)} AS {text_name(n)}" for n in labels]
    columns += [
        f"{source.ordinals.get(n) or _told_apart(source, n)} AS {key_name(n)}" for n in groups
    ]
    present = [f"isfinite({expression_sql(e)})" for e in variables.numeric]
    present += [f"isfinite({quoted(n)})" for n in [variables.weights] if n]
    present += [f"{text_name(n)} IS NOT NULL" for n in labels]
    present += [f"{key_name(n)} IS NOT NULL" for n in groups if n not in source.ordinals]
    condition = " AND ".join(f"coalesce({p}, false)" for p in present)
    relation = relation or _relation(source, variables)
    every = f"SELECT {', '.join(columns)} FROM {relation}"
    if once:
        return f"WITH every_row AS MATERIALIZED ({every}) SELECT * FROM every_row WHERE {condition}"
    return f"SELECT * FROM ({every}) WHERE {condition}"


def _told_apart(source: Source, name: str) -> str:
    """The text that tells values apart. Equal numbers are one, 10.00 and 10; '00123' is no number
    as numbers are written, so it stays apart from '123'."""
    text = source.texts[name]
    if name not in source.numbers or name in source.told_apart or source.inline:
        return text
    decimals = f"regexp_full_match({text}, '-?(0|[1-9][0-9]*)\\.[0-9]*')"
    shorter = f"CASE WHEN {decimals} THEN regexp_replace({text}, '\\.?0*$', '') ELSE {text} END"
    # Patterns are slow: they are for the few texts that hold a point.
    return f"CASE WHEN contains({text}, '.') THEN {shorter} ELSE {text} END"


def _relation(source: Source, variables: Variables) -> str:
    """What holds the variables; ordinals are at hand in every relation."""
    if not source.relation_of:
        return source.relation
    far = tuple(n for n in variables.grouping if n not in source.ordinals)
    return source.relation_of(replace(variables, grouping=far).names())


def _smallest(source: Source) -> str:
    """A relation with as many rows as the source's, no outer unit joined."""
    return source.relation_of(()) if source.relation_of else source.relation


def _count(source: Source, relation: str) -> int:
    return source.cursor.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]
