"""Rows of a model's columns at stated values: numbers at their means, categories averaged.

A number that is not named stands at its mean over the rows used (so does what is computed of it:
x**2 is the square of the mean); a category at the plain mean over its levels. Source: Searle, Speed
& Milliken 1980, doi:10.1080/00031305.1980.10483031 (population marginal means); Lenth's emmeans has
the same reference grid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.language.design import BasisFunction, Column, Level
from analysis.models.language.expressions import Expression, Piece

MOST_CELLS = 10_000  # combinations of levels that are averaged over
STEP = 1e-4  # of a number's SD: a slope is a central difference, exact for a parabola

_FUNCTIONS = {
    "abs": np.abs,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "sqrt": np.sqrt,
    "negative": np.negative,
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number's mean and SD over the rows used, and its 5th and 95th percentiles."""

    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReferenceGrid:
    """columns: the p columns of the fixed effects, in the order of their coefficients; numbers,
    levels: the variables in them, categories with all their levels, the base first."""

    columns: tuple[Column, ...]
    numbers: Mapping[str, Number]
    levels: Mapping[str, tuple[str, ...]]

    def row(self, at: Mapping[str, float | str]) -> np.ndarray:
        """(p,) with the variables of `at` at these values, the others as they stand by default."""
        values: dict[str, float | str] = {n: number.mean for n, number in self.numbers.items()}
        values.update(at)
        open_ones = [name for name in self.levels if name not in at]
        if prod(len(self.levels[n]) for n in open_ones) > MOST_CELLS:
            raise ModelError(
                "The categories have too many combinations of levels to average over",
                where=", ".join(open_ones),
                allowed=f"at most {MOST_CELLS:,} combinations",
                next_step="leave one of the categories out of the model",
            )
        cells = list(product(*(self.levels[n] for n in open_ones)))
        rows = [self._row(values | dict(zip(open_ones, cell, strict=True))) for cell in cells]
        return np.mean(rows, axis=0)

    def slope(self, of: str, at: Mapping[str, float | str]) -> np.ndarray:
        """(p,): by how much the columns change for one unit of the number `of`."""
        centre = at.get(of, self.numbers[of].mean)
        step = STEP * (self.numbers[of].sd or 1.0)
        above, below = (self.row({**at, of: float(centre) + d}) for d in (step, -step))
        return (above - below) / (2 * step)

    def _row(self, values: Mapping[str, float | str]) -> np.ndarray:
        return np.array([_product(c, values) for c in self.columns])


def _product(column: Column, values: Mapping[str, float | str]) -> float:
    out = 1.0
    for atom in column.atoms:
        if isinstance(atom, Level):
            out *= float(values[atom.variable] == atom.value)
        else:
            out *= _value(atom.expression if isinstance(atom, BasisFunction) else atom, values)
    return out


def _value(expression: Expression, values: Mapping[str, float | str]) -> float:
    if expression.operation == "variable":
        return float(values[expression.arguments[0]])
    if expression.operation == "number":
        return expression.arguments[0]
    if expression.operation == "piecewise":
        argument, *pieces = expression.arguments
        return _piecewise(_value(argument, values), pieces)
    arguments = [_value(a, values) for a in expression.arguments]
    with np.errstate(all="ignore"):
        return float(_FUNCTIONS[expression.operation](*arguments))


def _piecewise(x: float, pieces: list[Piece]) -> float:
    piece = next(p for p in pieces if x < p.upper or p is pieces[-1])
    u = (x - piece.origin) / piece.width
    return float(sum(c * u**k for k, c in enumerate(piece.coefficients)))
