"""Arithmetic inside a formula, as a tree that SQL and numpy can both evaluate.

`log(x)`, `I(x**2)`, `x / 7` become nested tuples; nothing of the text is ever executed.
"""

import ast
import math
import re
from dataclasses import dataclass

import numpy as np

from analysis.base.errors import FormulaError
from analysis.models.language.derived import DERIVED, LAST_LANDMARK, SUMMARIES, UNITS, Derived
from analysis.models.language.products import SHOWN

# Functions that make a term of their own, of several columns or with constants from the rows.
BASES = ("bs", "center", "ns", "poly", "scale")
FUNCTIONS = ("abs", "exp", "expm1", "log", "log10", "log1p", "log2", "sqrt")
# A name in backticks, or a plain one that calls nothing. Python's reader never sees it: it would
# take `hamd.b` for an attribute and `yield` for a statement, and fold letters that look alike.
_NAME = re.compile(r"`([^`]+)`|(?<![\w.])([^\W\d][\w.]*)(?![\w.])(?!\s*\()")
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


@dataclass(frozen=True, slots=True)
class Expression:
    """operation: 'variable', 'number', 'negative', one of + - * / **, one of FUNCTIONS, or
    'piecewise', a polynomial of the first argument on each stretch of its values.

    arguments: the variable's name, the number, or the operands as Expressions; of 'piecewise' an
    Expression and its Pieces in ascending order.
    """

    operation: str
    arguments: tuple

    def variables(self) -> tuple[str, ...]:
        """Names used, in order of appearance, each once."""
        if self.operation == "variable":
            return self.arguments
        if self.operation == "number":
            return ()
        if self.operation == "piecewise":
            return self.arguments[0].variables()
        return tuple(dict.fromkeys(v for a in self.arguments for v in a.variables()))


@dataclass(frozen=True, slots=True)
class Piece:
    """sum of coefficients[k] ((x - origin) / width)^k, for x below `upper` and not below the upper
    end of the piece before; upper is infinite for the last."""

    upper: float
    origin: float
    width: float
    coefficients: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """The different values (n,) of an expression over the rows used, ascending, and how many rows
    have each (n,)."""

    values: np.ndarray
    counts: np.ndarray

    def within(self, low: float, high: float) -> "Distribution":
        inside = (self.values >= low) & (self.values <= high)
        return Distribution(self.values[inside], self.counts[inside])

    def quantiles(self, shares: np.ndarray) -> np.ndarray:
        """Of all rows, at `shares` in 0..1: R's default, type 7 of Hyndman & Fan 1996,
        doi:10.2307/2684934. Worked: rows 1, 1, 3, 9 -> median 2."""
        last = np.cumsum(self.counts) - 1  # position of each value's last row
        at = shares * last[-1]
        lower = np.floor(at + 4 * np.finfo(float).eps)  # R's guard against rounding
        below, above = (self.values[np.searchsorted(last, p)] for p in (lower, np.ceil(at)))
        share = np.where(at - lower > 4 * np.finfo(float).eps, at - lower, 0.0)
        return np.where(share == 0, below, (1 - share) * below + share * above)


def parse_expression(text: str) -> Expression:
    """The tree of `text`. Backticks quote names that aren't plain; ^ is a power, as in R."""
    names: list[str] = []

    def placeholder(match: re.Match) -> str:
        names.append(match.group(1) or match.group(2))
        return f"_quoted_{len(names) - 1}_"

    plain = _NAME.sub(placeholder, text).replace("^", "**")
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _unreadable(text) from None
    try:
        return _convert(tree, names, text)
    except RecursionError:
        raise _unreadable(text) from None


def _convert(node: ast.AST, names: list[str], text: str) -> Expression:
    def convert(child: ast.AST) -> Expression:
        return _convert(child, names, text)

    match node:
        case ast.Name(id=name):
            return Expression("variable", (names[int(name.split("_")[2])],))
        case ast.Constant(value=bool()):
            raise _unreadable(text)
        case ast.Constant(value=int() | float() as number):
            return Expression("number", (_finite(number, text),))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Expression("negative", (convert(operand),))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return convert(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return Expression(_OPERATORS[type(op)], (convert(left), convert(right)))
        case ast.Call(func=ast.Name(id="I"), args=[argument], keywords=[]):
            return convert(argument)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            return Expression(name, (convert(argument),))
        case ast.Call(func=ast.Name(id=kind), args=arguments, keywords=[]) if kind in DERIVED:
            return Expression("variable", (_derived(kind, arguments, names, text),))
        case ast.Call(func=ast.Name(id=name)) if name in BASES:
            raise FormulaError(
                f"'{name}' makes a term of its own and cannot be computed with",
                where=f"'{text[:SHOWN]}'",
                allowed=f"{name}(…) as a term, alone or in an interaction; inside it variables, "
                f"numbers and {', '.join(FUNCTIONS)}",
                next_step="take it out of the other function",
            )
        case ast.Call(func=ast.Name(id=name)):
            raise FormulaError(
                f"The function '{name}' is not known in a formula",
                where=f"'{text}'",
                allowed=f"I, C and {', '.join(FUNCTIONS)}, each with one argument; as terms of "
                f"their own {', '.join(BASES)}; of a variable {', '.join(DERIVED)}",
                next_step="compute the variable before the import, or use an allowed function",
            )
    raise _unreadable(text)


def _derived(kind: str, arguments: list[ast.expr], names: list[str], text: str) -> str:
    """The name of the variable that a call such as within(x) or early(x, 8) makes."""
    if kind in SUMMARIES and len(arguments) == 2:
        *arguments, landmark = arguments
        if isinstance(landmark, ast.Name):
            over = names[int(landmark.id.split("_")[2])]
            if over in UNITS:
                return Derived(kind, _plain(kind, arguments, names, text)[0], over).name
        value = landmark.value if isinstance(landmark, ast.Constant) else None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LAST_LANDMARK:
            raise FormulaError(
                f"The landmark of '{kind}' is no session number, nor a unit",
                where=f"'{text[:SHOWN]}'",
                allowed=f"a whole number from 1 to {LAST_LANDMARK}, as in {kind}(x, 8), or one of "
                f"{', '.join(UNITS)}",
                next_step="write the last session that may count",
            )
        return Derived(kind, _plain(kind, arguments, names, text)[0], str(value)).name
    return Derived(kind, *_plain(kind, arguments, names, text)).name


def _plain(kind: str, arguments: list[ast.expr], names: list[str], text: str) -> list[str]:
    most = 2 if kind in ("within", "between") else 1
    plain = [names[int(a.id.split("_")[2])] for a in arguments if isinstance(a, ast.Name)]
    if len(plain) != len(arguments) or not (most if kind == "between" else 1) <= len(plain) <= most:
        wanted = f"{kind}(x, g)" if most == 2 else f"{kind}(x)"
        raise FormulaError(
            f"'{kind}' takes a variable of the data"
            + {"within": ", and a group or none", "between": " and a group"}.get(kind, ""),
            where=f"'{text[:SHOWN]}'",
            allowed=f"{wanted}; computing goes around it, as in log({kind}(x))",
            next_step="name the variable alone",
        )
    return plain


def _finite(number: int | float, text: str) -> float:
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if math.isfinite(value):
        return value
    raise FormulaError(
        "A number in the formula is too large",
        where=f"'{text[:SHOWN]}'",
        allowed="numbers up to 1e308",
        next_step="write it smaller",
    )


def _unreadable(text: str) -> FormulaError:
    return FormulaError(
        "A part of the formula cannot be read",
        where=f"'{text[:SHOWN]}'" if len(text) <= SHOWN else f"'{text[:SHOWN]} …'",
        allowed="names, numbers, + - * / ** and parentheses; names that aren't plain in backticks",
        next_step="correct this part",
    )
