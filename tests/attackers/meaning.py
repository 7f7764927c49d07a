"""What printed figures say of how many treatments: statements for whole-number programmes.

Written without the code that protects: how figures are rounded is taken from docs/sharing.md, and
which treatments share period, clinic, filter and outcome is known (only not whose).
"""

from dataclasses import dataclass

import numpy as np

from tests.attackers.before import Before
from tests.attackers.forms import Share, Unread
from tests.attackers.printed import Of, OfShare, Printed
from tests.attackers.sizes import FEW, PRINTED, TENS, WIDE, open_to, step_of, told_of
from tests.attackers.truth import LEFT_OVER, Truth, dimension_values

LEAST_OF_A_GROUP, TWO_DECIMALS = 20, 40  # treatments


@dataclass(frozen=True)
class Said:
    """A printed figure. rows: (N,) of the whole dataset's treatments that it counts. of: those of
    which it is a share, None for a count."""

    rows: np.ndarray
    low: float
    high: float
    of: np.ndarray | None = None


@dataclass(frozen=True)
class Meaning:
    """Of one report. here: (N,) its treatments."""

    truth: Truth
    here: np.ndarray
    before: Before
    printed: Printed

    def knows(self, *names: str) -> bool:
        """Whether the attack is about such treatments."""
        known = {"episodes", *LEFT_OVER, *self.truth.flags}
        return known.issuperset(names)

    def rows(self, by: str, value: str, name: str) -> np.ndarray:
        whole, without = LEFT_OVER.get(name, (name, ""))
        found = self.here
        if whole != "episodes":
            found = found & self.truth.flags[whole]
        if without:
            found = found & ~self.truth.flags[without]
        if by == "all":
            return found
        named = "" if value == "not recorded" else value
        return found & (np.char.lower(dimension_values(self.truth, by)) == named)

    def of_count(self, key: Of, n: int | tuple[int, int]) -> list[Said]:
        """A rounded count, or how much of a sum is new in it; a range is of all, never a sum."""
        rows = self.rows(*key)
        if not isinstance(n, int):
            return [Said(rows, *n)]
        known, rest = self.before.split(key[2], rows)
        n -= int(sum(one.figure for one in known))
        if not self.before.count(rest):
            return []
        self.before.add(key[2], rest, n)
        return [Said(rest, max(0, n - 2), n + 2 if n else 0)]

    def of_sizes(self, group: Of) -> list[Said]:
        """Of how many the shares of a count are, as far as their intervals, their limits and charts
        tell. Of a sum they tell of the earlier ones' sizes, too, and nothing is taken from them."""
        rows, whole, before = self.rows(*group), group[2], self.before
        every = dict.fromkeys((*self.printed.shares, *self.printed.sizes))
        told = [
            (self.printed.shares.get(key), self.printed.sizes.get(key))
            for key in every
            if (*key[:2], key[3]) == group
            and self.knows(key[2])
            and not before.split(f"{key[2]} of {whole}", rows)[0]
        ]
        told = [one for one in told if any(one)]
        if not told or before.split(whole, rows)[0]:
            return []
        n, able = before.count(rows), set()
        for way in self._ways(*group):
            fit = set.intersection(*(set(open_to(*one, way, 4 * n + 200)) for one in told))
            able |= {size for size in fit if self._beside(group, size, way)}
        if n not in able:
            raise Unread(f"{group}: {told} cannot be of {n}")
        return [Said(rows, int(min(able)), int(max(able)))]

    def _beside(self, group: Of, n: int, way: str) -> bool:
        """Whether what is told of a group can stand beside so many: its rates from 20 treatments
        on, effect sizes from 40 on in two decimals, both as they are told."""
        decimals = self.printed.effects.get(group[:2]) if group[2] == "measured" else None
        printed = told_of(np.array([n]), PRINTED)[0][0]
        few = group[0] != "all" and (printed if way == PRINTED else n) < LEAST_OF_A_GROUP
        return not few and (decimals is None or (decimals > 1) == (printed >= TWO_DECIMALS))

    def _ways(self, by: str, value: str, whole: str) -> tuple[str, ...]:
        """In which ways a size can be told: which of them it is no report says."""
        if isinstance(self.printed.counts.get((by, value, whole)), int):
            return (PRINTED,)
        elsewhere = whole == "measured" or (by == "all" and whole != "timed")
        if elsewhere and (by, value, whole) not in self.printed.counts:
            return PRINTED, TENS, WIDE  # the table that would print it is not in the report
        return TENS, WIDE

    def of_share(self, key: OfShare, told: Share) -> list[Said]:
        """In steps by the size of the set; 'under' or a range where it may not be told."""
        by, value, part, whole = key
        rows, of = self.rows(by, value, part), self.rows(by, value, whole)
        name, before = f"{part} of {whole}", self.before
        known, rest = before.split(name, of)
        if known and not before.count(rest):
            return []  # it adds up what was told
        step = self._step(before.count(rest), (by, value, whole))
        if told.is_rate:
            return self._rate(told.low, rows, rest, known, name, step)
        n, few = before.count(of), not told.low and before.count(rows) <= FEW
        if few and told.high in self._limits_of_few(n, (by, value, whole)):
            before.add(name, of, 0.5 * FEW / max(1, n), 100 * FEW / max(1, n))
            return [Said(rows, 0, FEW)]
        wide = told.high - told.low
        if not known and wide in (20, 40) and told.low % 10 == 0:
            before.add(name, of, (told.low + told.high) / 200, wide)
            return [Said(rows, told.low / 100, told.high / 100 - 1e-9, of)]
        if not known:
            raise Unread(f"{key}: {told} is neither few nor a range of the scale")
        left = before.count(rest)
        wide = (wide * n - sum(k.n * k.width for k in known)) / left
        middle = (told.low + told.high) / 2 * n - sum(100 * k.n * k.figure for k in known)
        return self._of_a_range(rows & rest, rest, name, middle / left, wide, step)

    def _step(self, n: int, whole: Of) -> int:
        """The largest of the steps that go with the ways in which its size can be told."""
        told = np.concatenate([told_of(np.array([n]), way)[0] for way in self._ways(*whole)])
        return int(step_of(told).max())

    def _rate(self, points: int, rows, rest, known, name: str, step: int) -> list[Said]:
        left = self.before.count(rest)
        n = left + sum(k.n for k in known)
        able = [
            v
            for v in range(0, 101, step)
            if abs(sum(k.n * k.figure for k in known) + left * v / 100 - n * points / 100)
            <= 0.015 * n
        ]
        able = able if known else [points]
        if not able:
            raise Unread(f"{name}: {points} is no sum of what was told")
        low, high = (min(able) - step / 2) / 100, (max(able) + step / 2) / 100
        figure = sum(able) / len(able) / 100
        self.before.add(name, rest, figure, max(able) - min(able) + step)
        return [Said(rows & rest, low, high - 1e-9, rest)]

    def _of_a_range(self, rows, rest, name: str, middle: float, wide: float, step) -> list[Said]:
        """What a sum's range may at most tell of the rest that is new in it: few, or what fits best
        of its step, its fifth, and the one between two. middle, wide: the points that it leaves the
        rest."""
        top, left = self.before.count(rows), self.before.count(rest)
        if top <= FEW:
            limit = min((100 * FEW / left, 20, 40), key=lambda points: abs(points - wide))
            self.before.add(name, rest, limit / 200, limit)
            return [Said(rows, 0, FEW)]
        points, share = step * int(100 * top / left / step + 0.5), 100 * top / left
        told = [(points - step / 2, points + step / 2)]
        told += [(low, low + 20) for low in range(0, 90, 10) if low <= share < low + 20]
        told.append(((low := min(max(10 * int(share / 10 + 0.5) - 20, 0), 60)), low + 40))
        ends = min(told, key=lambda e: abs(sum(e) / 2 - middle) + abs(e[1] - e[0] - wide))
        self.before.add(name, rest, sum(ends) / 200, ends[1] - ends[0])
        return [Said(rows, ends[0] / 100, ends[1] / 100 - 1e-9, rest)]

    def _limits_of_few(self, n: int, whole: Of) -> set[int]:
        """What 'under' may say where 7 or fewer of n are counted."""
        leasts = [int(told_of(np.array([n]), way)[1][0]) for way in self._ways(*whole)]
        return {100 * FEW // least + 1 for least in leasts}
