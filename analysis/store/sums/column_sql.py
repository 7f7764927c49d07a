"""A design's columns and expressions as SQL. Names come from the allow-list of the source."""

from math import isfinite

from analysis.models.language.design import BasisFunction, Column, Level
from analysis.models.language.expressions import Expression, Piece
from analysis.store.versions.naming import literal, quoted

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


def key_name(name: str) -> str:
    """The column of complete rows that tells the groups of `name` apart, and orders them."""
    return quoted(f"key of {name}")


def column_sql(column: Column) -> str:
    return " * ".join(map(_atom_sql, column.atoms)) if column.atoms else "1.0::DOUBLE"


def _atom_sql(atom: Expression | BasisFunction | Level) -> str:
    if isinstance(atom, Level):
        same = f"{text_name(atom.variable)} = {literal(atom.value)}"
        return f"(CASE WHEN {same} THEN 1.0 ELSE 0.0 END)::DOUBLE"
    return f"({expression_sql(atom.expression if isinstance(atom, BasisFunction) else atom)})"


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
    if expression.operation == "piecewise":
        argument, *pieces = expression.arguments
        return _piecewise_sql(expression_sql(argument), pieces)
    arguments = [expression_sql(a) for a in expression.arguments]
    if expression.operation in _FUNCTIONS:
        return "(" + _FUNCTIONS[expression.operation].format(*arguments) + ")"
    return f"({arguments[0]} {expression.operation} {arguments[1]})"


def _piecewise_sql(x: str, pieces: list[Piece]) -> str:
    *first, last = [(p.upper, _polynomial_sql(x, p)) for p in pieces]
    cases = [f"WHEN {x} < {upper!r}::DOUBLE THEN {sql}" for upper, sql in first if isfinite(upper)]
    return f"(CASE {' '.join(cases)} ELSE {last[1]} END)" if cases else last[1]


def _polynomial_sql(x: str, piece: Piece) -> str:
    """By Horner's rule, of the argument measured from the piece's origin."""
    u = f"(({x} - {piece.origin!r}::DOUBLE) / {piece.width!r}::DOUBLE)"
    *lower, sql = [f"{c!r}::DOUBLE" for c in piece.coefficients]
    for coefficient in reversed(lower):
        sql = f"({coefficient} + {u} * {sql})"
    return sql
