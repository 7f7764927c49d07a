"""Blocks: the sets of treatments that figures were told of, in this report and in earlier ones.

A later report says of several blocks together what is told of each (`Sum`), and makes a new block
only of those treatments that no earlier one holds. So the quarters of a year, the year to date, the
year and rolling twelve months are told of sets that do not overlap, and there is nothing to
subtract.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.sharing.protection.figures import SMALL
from analysis.sharing.protection.reader import Statement
from analysis.sharing.protection.sums import Known

COUNT, WHOLE, RATE, EFFECT_SIZE, MEDIAN = "count", "whole", "rate", "effect", "median"
SUMS = "sums"  # of a file of sums: how many they are of, to the last one
ADDED = "added"  # what the groups of a breakdown, added up, say of everybody
SCORES = "scores"  # `of` of such a block, where they are sums of the report's own scores
OF_VALUES = (EFFECT_SIZE, MEDIAN)  # no counts: what they say is about values


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A told figure and whom it is about.

    key: dimension, value, name of the count. of: name of what it is a share of, '' for a count.
    kind: a printed COUNT; the WHOLE of a rate, which is not printed; a RATE; an EFFECT_SIZE;
    a MEDIAN; a set of a file of SUMS; what is ADDED up. part, whole: (N,) of the whole dataset's
    treatments. low, high: of the count, or of the share where `is_share`; of an effect size its
    interval, of a median itself. known: of a rate. shown: a printed count, of an effect size its
    hundredths. less: `mark` of the blocks that the cell's own treatments are without.
    """

    key: tuple[str, str, str]
    of: str
    kind: str
    part: np.ndarray = field(repr=False)
    whole: np.ndarray | None = field(repr=False, default=None)
    low: float = 0.0
    high: float = 0.0
    is_share: bool = False
    known: Known | None = None
    shown: int = 0
    less: tuple[str, ...] = ()
    mark: str = ""

    @property
    def statement(self) -> Statement:
        whole = self.whole if self.is_share else None
        return Statement(self.part, self.low, self.high, whole)

    @property
    def sets(self) -> tuple[np.ndarray, ...]:
        return (self.part,) if self.whole is None else (self.part, self.whole)

    @property
    def few(self) -> bool:
        """Whether it says that few are counted, whoever they are."""
        low = self.kind == RATE and self.low <= 0
        return low and (int(self.part.sum()) if self.is_share else self.high) <= SMALL

    @property
    def is_mean(self) -> bool:
        """Whether it says something of the mean of scores."""
        return self.kind == EFFECT_SIZE or (self.kind == SUMS and self.of == SCORES)

    @property
    def rows(self) -> np.ndarray:
        """Of which the figure says something: what a sum is made of."""
        return self.part if self.whole is None else self.whole


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """What earlier blocks tell of a set, and what of it they leave.

    blocks: disjoint, inside the set. rest: (N,) those that no block holds. part, whole: treatments
    of the rest that are counted, and all; patients: those counted, and all.
    """

    blocks: tuple[Block, ...]
    rest: np.ndarray = field(repr=False)
    part: int = 0
    whole: int = 0
    patients: tuple[int, int] = (0, 0)

    @property
    def complete(self) -> bool:
        return not self.whole

    @property
    def less(self) -> tuple[str, ...]:
        return tuple(block.mark for block in self.blocks)


class Told:
    """Earlier blocks, found by what they say and whom they are about."""

    def __init__(self, blocks: Iterable[Block]):
        alike: dict[tuple[str, str, str], list[Block]] = {}
        for block in blocks:
            if block.kind in (COUNT, RATE) and block.rows.any():
                alike.setdefault((block.kind, block.key[2], block.of), []).append(block)
        self._alike = {}
        for what, found in alike.items():
            found.sort(key=lambda b: -int(b.rows.sum()))
            self._alike[what] = found, np.stack([np.packbits(b.rows) for b in found])

    def inside(self, kind: str, name: str, of: str, rows: np.ndarray) -> tuple[Block, ...]:
        """Disjoint blocks inside (N,) rows: the largest first, or one that is smaller and then the
        largest, where that leaves fewer. The two halves of a year hold its groups, of which some
        are not told; its quarters hold everybody."""
        found, bits = self._alike.get((kind, name, of), ([], None))
        if bits is None:
            return ()
        every = np.packbits(rows)
        inside = np.flatnonzero(~(bits & ~every).any(axis=1))
        size = {place: int(found[place].rows.sum()) for place in inside}
        best, most, all_of_it = [], 0, int(rows.sum())
        for first in inside:
            chosen, left = [first], every & ~bits[first]
            for place in inside:
                if not (bits[place] & ~left).any():
                    chosen.append(place)
                    left = left & ~bits[place]
            held = sum(size[place] for place in chosen)
            if held > most:
                best, most = chosen, held
            if most == all_of_it:
                break
        return tuple(found[place] for place in best)


def connected(blocks: Sequence[Block], rows: np.ndarray) -> list[Block]:
    """The blocks that share treatments with (N,) rows, or with such a block, and so on."""
    left, found, reach = list(blocks), [], rows.copy()
    while True:
        near = [b for b in left if (b.rows & reach).any()]
        if not near:
            return found
        found += near
        left = [b for b in left if not (b.rows & reach).any()]
        for block in near:
            reach |= block.rows
