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
from scipy.sparse import csr_array

from analysis.sharing.protection.figures import SMALL

# A linear programme may end between whole numbers; half a treatment further a whole one is found.
MARGIN = 0.5
_SAME = 1e-6  # the solver's own tolerance is 1e-7


@dataclass(frozen=True, slots=True, eq=False)
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
        self._codes, atoms = _atoms(sets)
        self._true = np.bincount(self._codes, minlength=atoms).astype(float)
        self._rows, self._limits = self._constraints(statements)

    def interval(self, target: np.ndarray) -> tuple[float, float]:
        """The least and the greatest number of the (N,) target, one of those given; whole."""
        counted = self._counted(target)
        low, high = self._end(counted, 1.0), self._end(counted, -1.0)
        return float(np.ceil(low - _SAME)), float(np.floor(high + _SAME))

    def leaves_open(self, target: np.ndarray) -> bool:
        """Whether the target, of 1 to 7 patients, may as well be 1 or 7 treatments."""
        counted = self._counted(target)
        n = float(self._true @ counted)
        up = n >= SMALL or self._moves(counted, SMALL - n)
        down = n <= 1 or self._moves(counted, 1 - n)
        if not up and self._end(counted, -1.0) < SMALL + MARGIN:
            return False
        return down or self._end(counted, 1.0) <= 1 - MARGIN

    def _moves(self, counted: np.ndarray, by: float) -> bool:
        """Whether one unknown of the target can change by so much, alone or against one other,
        from the truth: then no programme need be solved."""
        slack = self._limits - self._rows @ self._true + _SAME
        others = np.flatnonzero((counted == 0) & (self._true - by >= 0))
        against = self._rows[:, others] * by
        for one in np.flatnonzero(counted):
            if self._true[one] + by < 0:
                continue
            left = slack - self._rows[:, one] * by
            if (left >= 0).all() or (left[:, None] + against >= 0).all(axis=0).any():
                return True
        return False

    def _counted(self, target: np.ndarray) -> np.ndarray:
        """(A,) 1 for the unknowns that the target consists of."""
        out = np.zeros(len(self._true))
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
        return np.array(rows).reshape(-1, len(self._true)), np.array(limits)

    def _end(self, counted: np.ndarray, sign: float) -> float:
        if not len(self._rows):
            return 0.0 if sign > 0 else np.inf
        found = linprog(
            sign * counted,
            A_ub=csr_array(self._rows),
            b_ub=self._limits,
            bounds=(0, None),
            method="highs",
        )
        if found.status == 3:
            return np.inf
        if found.status != 0:
            raise ArithmeticError("the printed figures contradict each other")
        return sign * float(found.fun)


def _atoms(sets: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    """(N,) which unknown each treatment belongs to, and how many there are."""
    if not sets:
        return np.zeros(0, dtype=np.int64), 0
    signature = np.packbits(np.stack(sets), axis=0).T
    rows = np.ascontiguousarray(signature).view(f"V{signature.shape[1]}").reshape(-1)
    _, codes = np.unique(rows, return_inverse=True)
    return codes.reshape(-1), int(codes.max(initial=-1)) + 1
