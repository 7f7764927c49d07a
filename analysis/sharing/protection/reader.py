"""A reader who adds and subtracts: what the statements of a file leave open about a few patients.

Each shown figure is a statement about a set of treatments: so many, within rounding, or such a
share of another set. Treatments that the same statements count are alike for the reader, so they
become one unknown whole number; linear programming gives the least and the greatest number of any
set of them. A set of 1 to 7 patients must leave all of 1 to 7 open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from analysis.sharing.protection.figures import SMALL

_SAME = 1e-6  # the solver's own tolerance is 1e-7


@dataclass(frozen=True, slots=True)
class Statement:
    """A shown figure. part: (N,) True for the treatments that it counts. whole: of which it is a
    share, None for a count. low, high: what rounding leaves of the count or share."""

    part: np.ndarray = field(repr=False)
    low: float
    high: float
    whole: np.ndarray | None = field(default=None, repr=False)


class Reader:
    """Who knows these statements and that treatments are counted in whole numbers."""

    def __init__(self, statements: Sequence[Statement], targets: Sequence[np.ndarray] = ()):
        sets = [*targets, *(s.part for s in statements)]
        sets += [s.whole for s in statements if s.whole is not None]
        self._codes, self._members = _atoms(sets)
        self._rows, self._limits = self._constraints(statements)

    def interval(self, target: np.ndarray) -> tuple[float, float]:
        """The least and the greatest number of the (N,) target, one of those given; whole."""
        counted = self._counted(target)
        return self._end(counted, 1.0), self._end(counted, -1.0)

    def leaves_open(self, target: np.ndarray) -> bool:
        """Whether the target, of 1 to 7 patients, may as well be 1 or 7 treatments."""
        counted = self._counted(target)
        return self._end(counted, -1.0) >= SMALL and self._end(counted, 1.0) <= 1

    def _counted(self, target: np.ndarray) -> np.ndarray:
        """(A,) 1 for the unknowns that the target consists of."""
        out = np.zeros(len(self._members))
        out[np.unique(self._codes[target])] = 1.0
        return out

    def _constraints(self, statements) -> tuple[np.ndarray, np.ndarray]:
        rows, limits = [], []
        for s in statements:
            part = self._counted(s.part)
            if s.whole is None:
                rows += [part, -part]
                limits += [s.high, -s.low]
            else:
                whole = self._counted(s.whole)
                # The upper end of a rounded share belongs to the next step.
                rows += [part - (s.high - _SAME) * whole, s.low * whole - part]
                limits += [0.0, 0.0]
        return np.array(rows).reshape(-1, len(self._members)), np.array(limits)

    def _end(self, counted: np.ndarray, sign: float) -> float:
        if not len(self._rows):
            return 0.0 if sign > 0 else np.inf
        found = linprog(
            sign * counted, A_ub=self._rows, b_ub=self._limits, bounds=(0, None), method="highs"
        )
        if found.status == 3:
            return np.inf
        if found.status != 0:
            raise ArithmeticError("the printed figures contradict each other")
        end = sign * found.fun
        return float(np.ceil(end - _SAME) if sign > 0 else np.floor(end + _SAME))


def _atoms(sets: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(N,) which unknown each treatment belongs to, and one treatment of each unknown."""
    if not sets:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    signature = np.packbits(np.stack(sets), axis=0)
    _, first, codes = np.unique(signature, axis=1, return_index=True, return_inverse=True)
    return codes.reshape(-1), first
