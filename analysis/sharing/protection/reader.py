"""A reader who adds and subtracts: what the statements of a file leave open about a few patients.

Each shown figure is a statement about a set of treatments: so many, within rounding, or such a
share of another set. Treatments that the same statements count are alike for the reader, so they
become one unknown whole number. A set of 1 to 7 patients must leave all of 1 to 7 open. That is
proved by whole numbers that agree with every statement (`whole_numbers`), not by a linear
programme, whose ends no whole numbers may reach. Where none are found, the set counts as told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from analysis.sharing.protection.figures import SMALL
from analysis.sharing.protection.whole_numbers import SAME, repaired, searched

MOST_STARTS = 4  # of the places where a target's change may begin


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A shown figure. part: (N,) True for the treatments that it counts. whole: of which it is a
    share, None for a count. low, high: what rounding leaves of the count or share."""

    part: np.ndarray = field(repr=False)
    low: float
    high: float
    whole: np.ndarray | None = field(default=None, repr=False)


class Alike:
    """Treatments that some sets all count alike, each kind of them kept once.

    A hundred thousand treatments are some hundred kinds for the figures of a report; a reader of
    these costs what one of a small service costs, and answers the same.

    weight: (M,) how many treatments are of each kind. one: (M,) the place of one of each.
    """

    def __init__(self, sets: Sequence[np.ndarray]):
        codes, kinds = atoms(sets)
        self.one = np.zeros(kinds, dtype=np.int64)
        self.one[codes] = np.arange(len(codes))
        self.weight = np.bincount(codes, minlength=kinds)


class Reader:
    """Who knows these statements and that treatments are counted in whole numbers."""

    def __init__(
        self,
        statements: Sequence[Statement],
        targets: Sequence[np.ndarray] = (),
        weight: np.ndarray | None = None,
    ):
        """weight: (N,) how many treatments each of the N stands for (`Alike`), None for one."""
        sets = [*targets, *(s.part for s in statements)]
        sets += [s.whole for s in statements if s.whole is not None]
        self._codes, kinds = atoms(sets)
        self._weight = weight
        self._true = np.bincount(self._codes, weight, minlength=kinds).astype(float)
        self._rows, self._limits = self._constraints(statements)
        self._found: list[np.ndarray] = []  # whole numbers that agree, of targets asked before

    def leaves_open(self, target: np.ndarray, thorough: bool = True) -> bool:
        """Whether the target, of 1 to 7 patients, may as well be 1 or 7 treatments: one of those
        given. thorough: with the integer programme where moving a few does not find it."""
        n = int(target.sum() if self._weight is None else self._weight[target].sum())
        ends = [end for end, is_beyond in ((SMALL, n >= SMALL), (1, n <= 1)) if not is_beyond]
        return all(self._reaches(target, end, thorough) for end in ends)

    def _reaches(self, target: np.ndarray, wanted: int, thorough: bool) -> bool:
        """Whether whole numbers agree with every statement and make the target so many."""
        places = np.unique(self._codes[target])
        by = wanted - self._true[places].sum()
        if any(np.sign(by) * (x[places].sum() - wanted) >= 0 for x in self._found):
            return True
        inside = np.zeros(len(self._true), dtype=bool)
        inside[places] = True
        toward = np.sign(by) * inside
        least = float(np.sign(by) * wanted)
        for one in range(min(len(places), MOST_STARTS)):
            x = _changed(self._true, np.roll(places, -one), by)
            found = repaired(self._rows, self._limits, x, inside)
            if found is not None:
                self._found.append(found)
                return True
            if not one and self._end(toward) < least - SAME:
                return False  # nor do fractions reach it: no other start will
        if not thorough:
            return False
        found = searched(self._rows, self._limits, toward, least, self._true)
        if found is not None:
            self._found.append(found)
        return found is not None

    def binding(self, target: np.ndarray) -> set[int] | None:
        """The statements one of which must say less for the target to be open: those that a linear
        programme's bound rests on (its dual prices), at each end that it does not reach. To change
        any other leaves the bound as it is. None where it reaches both ends, or the numbers of the
        statements are not known."""
        found: set[int] | None = None
        inside = np.zeros(len(self._true), dtype=bool)
        inside[np.unique(self._codes[target])] = True
        n = self._true[inside].sum()
        for sign, end in ((1, SMALL), (-1, 1)):
            if sign * (end - n) <= 0:
                continue
            bound, prices = self._priced(sign * inside)
            if bound < sign * end - SAME:
                own = set(self._of[np.abs(prices) > SAME].tolist())
                found = own if found is None else found & own
        return found

    def _constraints(self, statements) -> tuple[np.ndarray, np.ndarray]:
        n = len(self._true)
        one = np.zeros(n, dtype=np.int64)
        one[self._codes] = np.arange(len(self._codes))
        told = [(*pair, i) for i, s in enumerate(statements) for pair in constraints(s, one)]
        rows = np.array([row for row, _, _ in told]).reshape(-1, n)
        self._of = np.array([i for _, _, i in told], dtype=np.int64)
        return rows, np.array([limit for _, limit, _ in told])

    def _end(self, toward: np.ndarray) -> float:
        """The greatest toward @ x that a linear programme finds: whole numbers reach no further."""
        return self._priced(toward)[0]

    def _priced(self, toward: np.ndarray) -> tuple[float, np.ndarray]:
        """The same, with what each limit is worth to it."""
        nothing = np.zeros(len(self._rows))
        if not len(self._rows):
            return np.inf, nothing
        found = linprog(
            -toward, A_ub=csr_array(self._rows), b_ub=self._limits, bounds=(0, None), method="highs"
        )
        if found.status == 3:
            return np.inf, nothing
        if found.status != 0:
            raise ArithmeticError("the printed figures contradict each other")
        return -float(found.fun), found.ineqlin.marginals


def constraints(statement: Statement, one: np.ndarray) -> Iterator[tuple[np.ndarray, float]]:
    """(row, limit) of what a statement says: row @ numbers <= limit. one: (A,) the place of a
    treatment of each of the A unknown numbers."""
    part = statement.part[one].astype(float)
    if statement.whole is None:
        yield part, statement.high
        yield -part, -statement.low
    else:
        whole = statement.whole[one].astype(float)
        # The upper end of a rounded share belongs to the next step.
        yield part - (statement.high - SAME) * whole, 0.0
        yield statement.low * whole - part, 0.0


def _changed(true: np.ndarray, places: np.ndarray, by: float) -> np.ndarray:
    """The unknowns with `by` more at some places together: at the first one, as far as it goes."""
    x, left = true.copy(), by
    for place in places:
        step = max(left, -x[place])
        x[place] += step
        left -= step
    return x


def atoms(sets: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    """(N,) which kind each treatment is of, alike in all sets, and how many kinds there are."""
    if not sets:
        return np.zeros(0, dtype=np.int64), 0
    signature = np.packbits(np.stack(sets), axis=0).T
    rows = np.ascontiguousarray(signature).view(f"V{signature.shape[1]}").reshape(-1)
    _, codes = np.unique(rows, return_inverse=True)
    return codes.reshape(-1), int(codes.max(initial=-1)) + 1
