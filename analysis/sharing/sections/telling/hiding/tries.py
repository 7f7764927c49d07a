"""Which figures must go so that one small set stays open: the least missed of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from analysis.sharing.protection.reader import Reader, Statement
from analysis.sharing.sections.telling.blocks import RATE, Block
from analysis.sharing.sections.telling.figures import Figures, Key
from analysis.sharing.sections.telling.hiding.rougher import forms, rougher_ways, wholes_of
from analysis.sharing.sections.telling.statements import EXPENDABLE

MOST_TRIED = 16  # figures that are tried one by one before several go together
MOST_WAYS = 40  # of telling one figure more roughly
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

    def binding(self, shown: Sequence[Block]) -> list[Block]:
        """Those of the shown figures one of which must say less, the least missed first: all that
        are near where that is not known."""
        statements = [*self.known, *(s.statement for s in shown)]
        of = Reader(statements, [self.target], self.weight).binding(self.target)
        order = sorted((b for b in shown if self.is_near(b)), key=self.missed)
        if of is None:
            return order
        keys = {shown[i - len(self.known)].key for i in of if i >= len(self.known)}
        return [b for b in order if b.key in keys]

    def gone(self, shown: Sequence[Block]) -> list[Block]:
        """The figures without which it is open: one if one will do, the least missed first; where
        hiding all of them would not do, those about it. Tried by moving a few alone: an integer
        programme a try would take minutes, and what it finds now and then is one figure more."""
        order = sorted(shown, key=self.missed)
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

    def missed(self, shown: Block) -> tuple:
        """Counts of how many there are go last: without one, two rates are gone. Groups' figures go
        before everybody's, those about the set's people before others, then by how much each is
        missed."""
        dimension, _, name = shown.key
        size = int(self.weight[shown.part].sum())
        about = self.is_about(shown)
        return name in BASE, dimension == "all", not about, EXPENDABLE.index(name), size

    def is_near(self, shown: Block) -> bool:
        """Whether a figure is about somebody of the set, or about everybody."""
        return shown.key[0] == "all" or self.is_about(shown)

    def is_about(self, shown: Block) -> bool:
        """Whether a figure is about somebody of the set."""
        return bool((shown.rows & self.target).any())


def _loss(gone: list[Block]) -> tuple[bool, int]:
    """A report that does not say of how many it is says nearly nothing."""
    return any(s.key[0] == "all" and s.key[2] in BASE for s in gone), len(gone)


def hidden_for(
    tries: Tries, figures: Figures, shown: Sequence[Block], shown_of: Callable[..., list[Block]]
) -> Figures:
    """The Figures with what it takes for the set to stay open: a figure told more roughly, or else
    what is hidden; where that leaves it open, what goes is told more roughly. shown_of: what
    some Figures state."""
    wholes = wholes_of(shown)
    for tried in islice(rougher_ways(figures, tries.binding(shown), wholes), MOST_WAYS):
        if tries.is_open(shown_of(tried), thorough=False):
            return tried
    gone = tries.gone(shown)
    figures = figures.without(k for s in gone for k in _with_rate(s.key))
    for figure in sorted(gone, key=lambda b: b.kind == RATE):
        for tried in forms(figures, figure, wholes):
            if tries.is_open(shown_of(tried)):
                figures = tried
                break
    return figures


def _with_rate(key: Key) -> tuple[Key, Key]:
    dimension, value, name = key
    return key, (dimension, value, f"rate of {name}")
