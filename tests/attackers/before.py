"""What earlier reports told, as a reader remembers it who is told which figures are sums of it."""

from dataclasses import dataclass

import numpy as np

from tests.attackers.printed import Printed


@dataclass(frozen=True)
class Earlier:
    """A set that an earlier report told of: its n treatments, the printed figure, and of a share
    how many points it leaves open."""

    rows: np.ndarray
    n: int
    figure: float
    width: float


class Before:
    """What earlier reports told, by name: sets of treatments and the printed figure of each. The
    rules say that what holds such sets is printed as their sum, and tells of the rest alone."""

    def __init__(self, real: np.ndarray):
        self.real = real
        self.reports: list[tuple[object, Printed]] = []  # selection, figures
        self._told: dict[str, list[Earlier]] = {}
        self._new: list[tuple[str, Earlier]] = []

    def split(self, name: str, rows: np.ndarray) -> tuple[list[Earlier], np.ndarray]:
        """Disjoint earlier sets inside the rows (no treatment that there is lies outside, though
        one could: he is told which figures are sums), one and then the largest: least is left."""
        there = sorted(self._told.get(name, ()), key=lambda told: -told.n)
        there = [one for one in there if one.n and not (one.rows & self.real & ~rows).any()]
        best, rest = [], rows
        for first in there:
            found, left = [first], rows & ~first.rows
            for one in there:
                if not (one.rows & self.real & ~left).any():
                    found.append(one)
                    left = left & ~one.rows
            if self.count(left) < self.count(rest):
                best, rest = found, left
        return best, rest

    def count(self, rows: np.ndarray) -> int:
        return int((rows & self.real).sum())  # the treatments that there are

    def add(self, name: str, rows: np.ndarray, figure: float, width: float = 0.0) -> None:
        self._new.append((name, Earlier(rows, self.count(rows), figure, width)))

    def next_report(self, selection, printed: Printed) -> None:
        """The report of the selection is read; the next one comes after it."""
        for name, one in self._new:
            self._told.setdefault(name, []).append(one)
        self._new = []
        self.reports.append((selection, printed))
