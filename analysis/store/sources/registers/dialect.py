"""DuckDB's SQL in another engine's words, by sqlglot; what it gets wrong is put right here."""

from hashlib import sha256

import sqlglot
from sqlglot import exp

LARGEST = "1.7976931348623157e308"  # of a double: what is not above it is neither infinite nor NaN
WIDEST = {"postgres": 1600, "spark": 10_000}  # columns of one answer; PostgreSQL's limit is 1,664

# PostgreSQL cuts longer names, and two may become one. A column's own name is never longer, but
# those that are made of it are.
LONGEST_NAME = 63


def translated(sql: str, dialect: str) -> tuple[str, ...]:
    """A SELECT of DuckDB's in 'postgres' or 'spark', every name quoted as it is written.

    Several statements, to be read side by side, where a single row is too wide for one answer.
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    if not isinstance(tree, exp.Select):
        raise ValueError("a register is only ever asked, never changed")
    for node in reversed(list(tree.walk())):  # the inner ones first, so that none is passed over
        portable = _PORTABLE[dialect](node)
        if portable is not node:
            node.replace(portable)
    for number, derived in enumerate(tree.find_all(exp.Subquery)):
        if isinstance(derived.parent, exp.From | exp.Join) and not derived.alias:
            derived.set("alias", exp.TableAlias(this=exp.to_identifier(f"derived_{number}")))
    # Some engines name what has no name by its whole expression.
    for number, output in enumerate(tree.selects):
        if not isinstance(output, exp.Alias | exp.Column | exp.Star):
            output.replace(exp.alias_(output.copy(), f"answer_{number}"))
    return tuple(part.sql(dialect=dialect, identify=True) for part in _parts(tree, WIDEST[dialect]))


def _parts(tree: exp.Select, widest: int) -> list[exp.Select]:
    outputs = tree.selects
    if len(outputs) <= widest or tree.args.get("group"):
        return [tree]
    starts = range(0, len(outputs), widest)
    return [tree.select(*outputs[s : s + widest], append=False) for s in starts]


def _postgres(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Log(this=exp.Literal(this="10"), expression=exp.Expr() as x):
            return exp.Anonymous(this="log", expressions=[x])  # with a base: for decimals alone
        case exp.Log(this=exp.Literal(this="2"), expression=exp.Expr() as x):
            return exp.Div(this=exp.Ln(this=x), expression=exp.Literal.number("0.6931471805599453"))
        case exp.Pow(this=base, expression=power):  # 0 to a negative power is an error there
            defined = exp.not_(exp.and_(base.eq(0), power < 0))
            return exp.case().when(defined, exp.Pow(this=base, expression=power))
        case exp.Exp(this=x):  # as an underflow is
            return exp.Exp(this=exp.func("GREATEST", x, exp.cast("-700", "double")))
        case exp.Identifier(this=name) if len(name.encode()) > LONGEST_NAME:
            return exp.to_identifier(f"{name[:8]} {sha256(name.encode()).hexdigest()[:24]}")
        case exp.Mode(this=exp.Expr() as x):
            ordered = exp.Order(expressions=[exp.Ordered(this=x)])
            return exp.WithinGroup(this=exp.Anonymous(this="mode"), expression=ordered)
        case exp.Subquery(this=exp.Select() as query, parent=exp.From()):
            # Else each column is computed again in each of the sums that it is part of.
            if not query.is_star and not query.args.get("limit"):
                query.set("offset", exp.Offset(expression=exp.Literal.number(0)))
    return _finite(node)


def _spark(node: exp.Expr) -> exp.Expr:
    match node:
        # With a base it divides two logarithms, and log(10, 1000) is no longer 3.
        case exp.Log(this=exp.Literal(this="10" | "2" as base), expression=exp.Expr() as x):
            return exp.Anonymous(this=f"log{base}", expressions=[x])
    return _finite(node)


def _finite(node: exp.Expr) -> exp.Expr:
    """NaN is above every number on all three engines."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        largest = exp.cast(exp.Literal.number(LARGEST), "double")
        return exp.LTE(this=exp.Abs(this=node.expressions[0]), expression=largest)
    return node


_PORTABLE = {"postgres": _postgres, "spark": _spark}
