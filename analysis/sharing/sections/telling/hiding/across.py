"""What the groups of a breakdown, added up, say of everybody beyond everybody's own figures.

Two breakdowns of a report are tied to each other by everybody's numbers alone. Two clinics of 98 to
102 and of 128 to 132 treatments are 234 at the most, whatever everybody's own count leaves open; so
where the age groups are 229 at the least, 5 at the most have no known age (decision 0107).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil, floor, inf

import numpy as np

from analysis.sharing.protection.reader import Statement
from analysis.sharing.protection.shares import OFF
from analysis.sharing.protection.sums import RANGES, Known, together
from analysis.sharing.protection.whole_numbers import SAME
from analysis.sharing.sections.telling.blocks import ADDED, Block
from analysis.sharing.sections.telling.figures import SENSITIVE, Figures
from analysis.sharing.sections.telling.hiding.seen import Seen
from analysis.sharing.sections.telling.printed import printed_counts, printed_shares
from analysis.sharing.sections.telling.statements import stated
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

# Groups whose sum is worth asking: of more it leaves open more than everybody's own figures do.
MOST_ADDED = 40
# Who is counted is also counted by, in this order.
WITHIN = (
    ("reliably_recovered", "improved"),
    ("reliably_recovered", "recovered"),
    ("recovered", "at_caseness"),
    *((name, "measured") for name in (*SENSITIVE, "at_caseness")),
)
ANYTHING = (0.0, inf)
UNLIMITED = 10  # times as many as there are: a solver takes no infinite limits

# Count, and of which it is a share ('' for the count itself) -> the least and the greatest.
Ends = dict[tuple[str, str], tuple[float, float]]


class Across:
    """What the breakdowns `by` of a report say of everybody.

    everything: of the whole dataset; here: (N,) the report's own treatments.
    """

    def __init__(self, by: Sequence[str], everything: TreatmentSets, here: np.ndarray):
        self._by, self._everything, self._here = by, everything, here
        self._last: tuple[tuple, dict[str, Ends]] | None = None

    def sums(self, figures: Figures) -> dict[str, Ends]:
        """Breakdown -> everybody's counts and shares of which its groups say more than everybody's
        own figures do."""
        told = figures.hidden, figures.coarse, figures.wide, figures.rough
        if self._last and self._last[0] == told:
            return self._last[1]
        own = _told(figures, figures.found.all, self._everything, self._here)
        found = {}
        for name in self._by:
            if len(figures.found.of(name)) <= MOST_ADDED:
                ends = _added(figures, name, self._everything, self._here)
                more = {of: e for of, e in ends.items() if _says_more(e, own.get(of, ANYTHING))}
                found |= {name: more} if more else {}
        self._last = told, found
        return found

    def blocks(self, figures: Figures) -> list[Block]:
        """The same as figures of everybody."""
        told = [(of, *e) for ends in self.sums(figures).values() for of, e in ends.items()]
        return [self._block(*one) for one in told]

    def beside(self, figures: Figures, view: Seen) -> tuple[Statement, ...]:
        """What all breakdowns but the seen one say, on its kinds."""
        names, flags, most = view.names, view.sets.flags, UNLIMITED * int(view.weight.sum())
        return tuple(
            Statement(
                view.here & flags[part],
                low,
                min(high, most),
                view.here & flags[whole] if whole else None,
            )
            for by, ends in self.sums(figures).items()
            for (part, whole), (low, high) in ends.items()
            if by != view.dimension and part in names and (not whole or whole in names)
        )

    def rougher(self, figures: Figures, but: str) -> Iterator[Figures]:
        """The Figures with something less of one group of a breakdown that says more of everybody,
        the smallest first: how many it has, or one of its rates. but: a breakdown that stays."""
        for by, ends in self.sums(figures).items():
            if by == but:
                continue
            parts = {part for part, _ in ends}
            cells = sorted(figures.found.of(by), key=lambda c: c.counts["measured"])
            told = [c for c in cells if figures.count(c, "measured") is not None]
            for cell in told if "measured" in parts else []:
                key = (by, cell.value, "measured")
                yield from (figures.rougher(key), figures.rougher(key).wider(key))
            for cell in cells:
                for part, whole in printed_shares(figures, cell):
                    key = (by, cell.value, part)
                    if (
                        part in parts
                        and key not in figures.coarse
                        and figures.known(cell, part, whole)
                    ):
                        yield from (figures.coarser(key, form) for form in RANGES)

    def _block(self, of: tuple[str, str], low: float, high: float) -> Block:
        (part, whole), flags = of, self._everything.flags
        rows = self._here & flags[whole] if whole else None
        ends = low, min(high, UNLIMITED * len(self._here))
        own = self._here & flags[part]
        return Block(("all", "", part), whole, ADDED, own, rows, *ends, bool(whole))


def _says_more(ends: tuple[float, float], own: tuple[float, float]) -> bool:
    return ends[0] > own[0] + SAME or ends[1] < own[1] - SAME


def _added(figures: Figures, by: str, everything: TreatmentSets, here: np.ndarray) -> Ends:
    """Of the counts that groups tell of: a group that tells nothing of one may have any number of
    them, and so may those that are in no group. Of the shares that all groups tell."""
    cells, every = figures.found.of(by), figures.found.all.counts
    told = [_sizes(figures, cell, everything, here) for cell in cells]
    found: Ends = {}
    sizes = _sizes(figures, figures.found.all, everything, here)
    for name, _ in dict.fromkeys(of for ends in told for of in ends):
        each = [ends.get((name, ""), ANYTHING) for ends in told]
        is_all = sum(cell.counts[name] for cell in cells) == every[name]
        high = sum(high for _, high in each) if is_all else inf
        found[name, ""] = sum(low for low, _ in each), high
    rates = [_rates(figures, *one) for one in zip(cells, told, strict=True)]
    for part, whole in dict.fromkeys(of for own in rates for of in own):
        pairs = [
            (c, own[part, whole])
            for c, own in zip(cells, rates, strict=True)
            if (part, whole) in own
        ]
        if sum(cell.counts[whole] for cell, _ in pairs) == every[whole]:
            mean = together([known for _, known in pairs])
            found[part, whole] = mean.low, mean.high + SAME  # of few it can be reached
            least, most = found.get((part, ""), ANYTHING)
            low, high = _of_so_many(
                [known for _, known in pairs], *sizes.get((whole, ""), ANYTHING)
            )
            found[part, ""] = max(least, low), min(most, high)
    return found


def _of_so_many(told: Sequence[Known], least: float, most: float) -> tuple[float, float]:
    """How many are counted at the least and the greatest in groups that are so many together: each
    has its least treatments, and those that are left lie where the share is smallest, or largest.
    Worked: 20 to 30 % of 40 to 80 and 50 to 60 % of 20 to 40, 70 to 80 together -> 20 to 36."""
    ends = []
    for total, sign in ((least, 1), (most, -1)):
        left, n = total - sum(known.least for known in told), 0.0
        for share, known in sorted(
            ((k.low if sign > 0 else -k.high, k) for k in told), key=lambda one: one[0]
        ):
            more = min(max(left, 0.0), known.most - known.least)
            n, left = n + abs(share) * (known.least + more), left - more
        ends.append(n)
    return ceil(ends[0] - SAME), floor(ends[1] + SAME)


def _told(figures: Figures, cell: Cell, everything: TreatmentSets, here: np.ndarray) -> Ends:
    """Of a cell's counts and shares, by its own figures."""
    sizes = _sizes(figures, cell, everything, here)
    rates = _rates(figures, cell, sizes)
    return sizes | {of: (known.low, known.high + SAME) for of, known in rates.items()}


def _sizes(figures: Figures, cell: Cell, everything: TreatmentSets, here: np.ndarray) -> Ends:
    """Of a cell's counts, by each figure: those of which rates are first, then shares of them."""
    ends: list[tuple[str, float, float]] = []
    for block in stated(figures, cell, everything, here):
        if not block.less and not block.is_share:
            ends.append((block.key[2], block.low, block.high))
    for name in printed_counts(figures, cell):
        n, sums = figures.count(cell, name), figures.sum_of(cell, name)
        if n is not None:
            off = OFF * (len(sums.blocks) + (not sums.complete) if sums else 1)
            ends.append((name, n - off, n + off))
    shares = [(*of, k) for of in printed_shares(figures, cell) if (k := figures.known(cell, *of))]
    ends += [(whole, known.least, known.most) for _, whole, known in shares]
    of = _narrowest(ends)
    for part, whole, known in shares:
        low, high = of[whole, ""]
        top = known.high if known.low <= 0 else known.high - SAME  # of few it can be reached
        ends.append((part, ceil(known.low * low - SAME), floor(top * high + SAME)))
    found = _narrowest(ends)
    for part, around in WITHIN:
        low, high = found.get((part, ""), ANYTHING)
        if (around, "") in found:
            found[part, ""] = low, min(high, found[around, ""][1])
    for part, around in reversed(WITHIN):
        if (part, "") in found and (around, "") in found:
            low, high = found[around, ""]
            found[around, ""] = max(low, found[part, ""][0]), high
    return found


def _narrowest(told: Iterable[tuple[str, float, float]]) -> Ends:
    found: Ends = {}
    for name, low, high in told:
        known = found.get((name, ""), ANYTHING)
        found[name, ""] = max(known[0], low), min(known[1], high)
    return found


def _rates(figures: Figures, cell: Cell, sizes: Ends) -> dict[tuple[str, str], Known]:
    """A cell's told shares, of as many as its sizes leave open."""
    found = {}
    for part, whole in printed_shares(figures, cell):
        if known := figures.known(cell, part, whole):
            low, high = sizes[whole, ""]
            found[part, whole] = replace(known, least=int(low), most=int(high))
    return found
