"""Which figures must go so that one small set stays open: the least missed of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.sharing.protection.reader import Reader, Statement
from analysis.sharing.protection.sums import fifth_of
from analysis.sharing.protection.whole_numbers import SAME
from analysis.sharing.sections.telling.blocks import RATE, WHOLE, Block
from analysis.sharing.sections.telling.figures import Figures, Key
from analysis.sharing.sections.telling.statements import EXPENDABLE

MOST_TRIED = 16  # figures that are tried one by one before several go together
MOST_KEPT = 40  # figures up to which it is tried what can be kept, too
BASE = ("episodes", "finished", "measured")  # of how many a report is


@dataclass(frozen=True, slots=True)
class Tries:
    """A small set of treatments, and what a reader knows of it from earlier reports.

    known: earlier statements. target: (M,) the set. weight: (M,) how many treatments each of the M
    stands for.
    """

    known: Sequence[Statement] = field(repr=False)
    target: np.ndarray = field(repr=False)
    weight: np.ndarray = field(repr=False)

    def is_open(self, shown: Sequence[Block], thorough: bool = True) -> bool:
        """Whether it stays open when these figures are shown."""
        statements = [*self.known, *(s.statement for s in shown)]
        return Reader(statements, [self.target], self.weight).leaves_open(self.target, thorough)

    def gone(self, shown: Sequence[Block]) -> list[Block]:
        """The figures without which it is open: one if one will do, the least missed first; where
        hiding all of them would not do, those about it. Tried by moving a few alone: an integer
        programme a try would take minutes, and what it finds now and then is one figure more."""
        order = sorted(shown, key=self._missed)
        if not self.is_open([]):
            return [s for s in order if self.is_about(s)]
        for one in order[:MOST_TRIED]:
            if self.is_open([s for s in shown if s is not one], thorough=False):
                return [one]
        gone = self._least_missed(shown, order)
        if len(order) > MOST_KEPT:
            return gone
        return min(gone, self._beyond_the_wanted(order), key=_loss)

    def _beyond_the_wanted(self, order: list[Block]) -> list[Block]:
        """What is left out where one figure after the other is taken, the most wanted first."""
        kept: list[Block] = []
        for one in reversed(order):
            if self.is_open([*kept, one], thorough=False):
                kept.append(one)
        return [one for one in order if one not in kept]

    def _least_missed(self, shown: Sequence[Block], order: list[Block]) -> list[Block]:
        """The shortest beginning of the order without which it is open, none for nothing."""
        low, high = 1, len(order)
        while low < high:
            middle = (low + high) // 2
            if self.is_open(order[middle:], thorough=False):
                high = middle
            else:
                low = middle + 1
        gone = order[:low]
        for one in gone[-2::-1]:
            fewer = [s for s in gone if s is not one]
            if self.is_open([s for s in shown if s not in fewer], thorough=False):
                gone = fewer
        return gone

    def _missed(self, shown: Block) -> tuple:
        """Counts of how many there are go last: without one, two rates are gone. Groups' figures go
        before everybody's, those about the set's people before others, then by how much each is
        missed."""
        dimension, _, name = shown.key
        size = int(self.weight[shown.part].sum())
        about = self.is_about(shown)
        return name in BASE, dimension == "all", not about, EXPENDABLE.index(name), size

    def is_about(self, shown: Block) -> bool:
        """Whether a figure is about somebody of the set."""
        return bool((shown.rows & self.target).any())


def _loss(gone: list[Block]) -> tuple[bool, int]:
    """A report that does not say of how many it is says nearly nothing."""
    return any(s.key[0] == "all" and s.key[2] in BASE for s in gone), len(gone)


def hidden_for(
    tries: Tries, figures: Figures, shown: Sequence[Block], shown_of: Callable[..., list[Block]]
) -> Figures:
    """The Figures with what it takes for the set to stay open: of how many one rate is a share told
    more roughly, or else what is hidden; where that leaves it open, what goes is told more
    roughly, a rate by its fifth. shown_of: what some Figures state."""
    for key in _roughly(tries, figures, shown)[:MOST_TRIED]:
        tried = figures.wider(key)
        if tries.is_open(shown_of(tried), thorough=False):
            return tried
    gone = tries.gone(shown)
    figures = figures.without(k for s in gone for k in _with_rate(s.key))
    for key in dict.fromkeys(b.key for b in gone if b.kind == WHOLE):
        tried = figures.wider(key)
        if tries.is_open(shown_of(tried)):
            figures = tried
    for block in (b for b in gone if b.kind == RATE):
        for between in (False, True):
            tried = figures.coarser(block.key, between)
            if is_inside_its_fifth(block, between) and tries.is_open(shown_of(tried)):
                figures = tried
                break
    return figures


def _roughly(tries: Tries, figures: Figures, shown: Sequence[Block]) -> list[Key]:
    """The counts that are not printed and might be told more roughly, those of the set's own groups
    first."""
    groups = {b.key[:2] for b in shown if b.key[0] != "all" and tries.is_about(b)}
    keys = dict.fromkeys(b.key for b in shown if b.kind == WHOLE and b.key not in figures.wide)
    return sorted(keys, key=lambda key: key[:2] not in groups)


def is_inside_its_fifth(rate: Block, between: bool) -> bool:
    """Whether a rate's fifth of the scale says nothing that the rate itself does not: else what was
    found to agree with the rate might not agree with its fifth."""
    if not rate.is_share:
        return not between
    low, high = fifth_of((rate.low + rate.high) / 2, between)
    return low <= rate.low + SAME and rate.high <= high + SAME


def _with_rate(key: Key) -> tuple[Key, Key]:
    dimension, value, name = key
    return key, (dimension, value, f"rate of {name}")
