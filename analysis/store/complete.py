"""The rows that a formula can use: those in which every variable is present."""

from dataclasses import dataclass, replace

from analysis.errors import ModelError
from analysis.mixed.design import Variables
from analysis.mixed.expressions import Distribution, Expression
from analysis.store.column_sql import expression_sql, text_name
from analysis.store.groups import numbers_of
from analysis.store.naming import quoted
from analysis.store.source import Source

# Below this many rows the complete rows are kept in memory, so that each is computed once.
MATERIALISED_ROWS = 1_000_000


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
        sql = f"SELECT DISTINCT {text_name(variable)} FROM {self.relation}"
        values = [r[0] for r in self.source.cursor.execute(sql).fetchall()]
        if self.source.kinds[variable] == "number":
            return sorted(values, key=float)
        return sorted(values)

    def distribution(self, expression: Expression) -> Distribution:
        """The different values of an expression, and how many rows have each."""
        inner = f"SELECT {expression_sql(expression)} AS v FROM {self.values or self.relation}"
        sql = f"SELECT v, count(*) FROM ({inner}) GROUP BY v ORDER BY v"
        table = self.source.cursor.sql(sql).to_arrow_table()
        return Distribution(numbers_of(table.column(0)), numbers_of(table.column(1)))


def complete_rows(source: Source, variables: Variables) -> CompleteRows:
    """Keep the rows in which every expression is a finite number and every label is present.

    ModelError where none is left, or where a row's weight is no positive finite number.
    """
    if variables.weights:
        _check_weights(source, variables)
    total = _count(source, _smallest(source))
    large = total > MATERIALISED_ROWS
    chosen = _complete(source, variables, source.relation)
    if source.inline:
        relation = f"({chosen}) AS complete_rows"
        kept = _count(source, relation)
        _check_any(kept, variables)
        return CompleteRows(source, relation, kept, total - kept)
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
    _check_any(kept, variables)
    return CompleteRows(source, "complete_rows", kept, total - kept, values)


def _check_any(kept: int, variables: Variables) -> None:
    if kept == 0:
        raise ModelError(
            "No row has a value in every variable of the formula",
            where=", ".join(variables.names()),
            allowed="at least some complete rows",
            next_step="leave out the variable that is missing most, or fill it in",
        )


def _check_weights(source: Source, variables: Variables) -> None:
    """Of the rows that are complete but for their weight, which may be missing."""
    weight = source.numbers[variables.weights]
    useless = f"{weight} <= 0 OR {weight} = CAST('Infinity' AS DOUBLE)"
    others = replace(variables, weights="")
    found = _count(source, f"({_complete(source, others, f'{source.relation} WHERE {useless}')})")
    if found:
        raise ModelError(
            f"{found:,} rows have a weight in '{variables.weights}' that is zero, negative or "
            "infinite",
            where=f"the weights, '{variables.weights}'",
            allowed="positive finite numbers; a row without a weight is left out",
            next_step="correct the weights, or leave these rows out before",
        )


def _complete(source: Source, variables: Variables, relation: str) -> str:
    numbers = dict.fromkeys(v for e in variables.numeric for v in e.variables())
    if variables.weights:
        numbers[variables.weights] = None
    labels = dict.fromkeys([*variables.categorical, *variables.grouping])
    columns = [f"{source.numbers[n]} AS {quoted(n)}" for n in numbers]
    columns += [f"{source.texts[n]} AS {text_name(n)}" for n in labels]
    present = [f"isfinite({expression_sql(e)})" for e in variables.numeric]
    present += [f"isfinite({quoted(n)})" for n in [variables.weights] if n]
    present += [f"{text_name(n)} IS NOT NULL" for n in labels]
    condition = " AND ".join(f"coalesce({p}, false)" for p in present)
    return f"SELECT * FROM (SELECT {', '.join(columns)} FROM {relation}) WHERE {condition}"


def _smallest(source: Source) -> str:
    """A relation with as many rows as the source's, no outer unit joined."""
    return source.relation_of(()) if source.relation_of else source.relation


def _count(source: Source, relation: str) -> int:
    return source.cursor.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]
