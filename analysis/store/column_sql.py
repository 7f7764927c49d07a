"""A design's columns and expressions as SQL. Names come from the allow-list of the source."""

from analysis.mixed.design import Column, Level
from analysis.mixed.expressions import Expression
from analysis.store.naming import quoted

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


def text_name(name: str) -> str:
    return quoted(f"text of {name}")


def column_sql(column: Column) -> str:
    atoms = [
        f"(CASE WHEN {text_name(a.variable)} = {literal(a.value)} THEN 1.0 ELSE 0.0 END)::DOUBLE"
        if isinstance(a, Level)
        else f"({expression_sql(a)})"
        for a in column.atoms
    ]
    return " * ".join(atoms) if atoms else "1.0::DOUBLE"


def scaled_sql(column: Column, centre: float, scale: float) -> str:
    sql = column_sql(column)
    return (
        f"(({sql}) - {float(centre)!r}::DOUBLE) * {float(1 / scale)!r}::DOUBLE"
        if column.atoms
        else sql
    )


def expression_sql(expression: Expression) -> str:
    if expression.operation == "variable":
        return quoted(expression.arguments[0])
    if expression.operation == "number":
        return f"{expression.arguments[0]!r}::DOUBLE"
    arguments = [expression_sql(a) for a in expression.arguments]
    if expression.operation in _FUNCTIONS:
        return "(" + _FUNCTIONS[expression.operation].format(*arguments) + ")"
    return f"({arguments[0]} {expression.operation} {arguments[1]})"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
