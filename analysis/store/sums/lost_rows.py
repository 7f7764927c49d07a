"""Rows that a formula's own functions lose, counted apart from rows with a missing value."""

from analysis.models.language.design import Variables
from analysis.models.language.expressions import Expression
from analysis.store.sources.relation import Source
from analysis.store.sums.column_sql import expression_sql
from analysis.store.versions.naming import quoted


def lost_rows(source: Source, variables: Variables) -> list[tuple[Expression, int]]:
    """The expressions that have no number (a logarithm of zero, say) in rows whose variables all
    have one, and in how many rows; none for a register, whose rows are not read twice."""
    expressions = [e for e in dict.fromkeys(variables.numeric) if e.operation != "variable"]
    if not expressions or source.inline:
        return []
    names = tuple(dict.fromkeys(v for e in expressions for v in e.variables()))
    relation = source.relation_of(names) if source.relation_of else source.relation
    columns = ", ".join(f"{source.numbers[n]} AS {quoted(n)}" for n in names)
    counted = ", ".join(f"count(*) FILTER (WHERE {_lost(e)})" for e in expressions)
    sql = f"SELECT {counted} FROM (SELECT {columns} FROM {relation})"
    found = source.cursor.execute(sql).fetchall()[0]
    return [(e, n) for e, n in zip(expressions, found, strict=True) if n]


def _lost(expression: Expression) -> str:
    known = " AND ".join(f"coalesce(isfinite({quoted(v)}), false)" for v in expression.variables())
    return f"{known} AND NOT coalesce(isfinite({expression_sql(expression)}), false)"
