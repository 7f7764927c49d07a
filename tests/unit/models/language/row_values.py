"""An expression's value, row by row."""

import math

from analysis.models.language.expressions import FUNCTIONS, Expression, Piece

PYTHON = {name: getattr(math, name, abs) for name in FUNCTIONS}


def value(tree: Expression, **of) -> float:
    """The tree by Python's own arithmetic."""
    if tree.operation == "variable":
        return of[tree.arguments[0]]
    if tree.operation == "number":
        return tree.arguments[0]
    if tree.operation == "piecewise":
        return piecewise(value(tree.arguments[0], **of), tree.arguments[1:])
    parts = [value(a, **of) for a in tree.arguments]
    if tree.operation in PYTHON:
        return PYTHON[tree.operation](*parts)
    if tree.operation == "negative":
        return -parts[0]
    left, right = parts
    return {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "**": lambda: left**right,
    }[tree.operation]()


def piecewise(x: float, pieces: tuple[Piece, ...]) -> float:
    piece = next(p for p in pieces if x < p.upper)
    u = (x - piece.origin) / piece.width
    return sum(c * u**k for k, c in enumerate(piece.coefficients))
