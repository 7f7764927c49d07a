"""Which counts and rates of a cell a report prints, and what the rates leave open of a count."""

from dataclasses import replace
from typing import Protocol

from analysis.measures.waiting import TIMED, UNTIMED, standard
from analysis.presentation.tables.outcome_tables import Between, Figures
from analysis.sharing.protection.figures import fives_around
from analysis.sharing.protection.shares import OFF
from analysis.sharing.protection.sums import Known
from analysis.sharing.sections.telling.blocks import Sum
from analysis.store.queries.treatments.outcome_cells import Cell

ENDINGS = ("planned", "unplanned", "ongoing", "ending_unknown")
MOST_OPEN = 0.5  # of those whom a count is a part of: twice as many as at the least
WAITS_BY = ("all", "period")  # of whom waits within a standard are told
# Who is left over -> the others, whose share is printed as the rest.
OTHERS = {"unscored": "measured", "unfinished": "finished"}


class Rates(Figures, Protocol):
    """Figures that say what is told of a rate, and of what sets."""

    def known(self, cell: Cell, part: str, whole: str) -> Known | None: ...

    def sum_of(self, cell: Cell, name: str, of: str = "") -> Sum | None: ...


def printed_counts(figures: Rates, cell: Cell) -> tuple[str, ...]:
    """The counts that tables print of a cell as such."""
    if cell.by != "all":
        return ("measured",)
    metrics = (name for m in figures.found.metrics for name in figures.counts_of(m))
    waits = (UNTIMED,) if figures.found.spec.per_week else ()
    return tuple(dict.fromkeys(["episodes", "finished", "measured", *ENDINGS, *metrics, *waits]))


def printed_shares(figures: Rates, cell: Cell) -> tuple[tuple[str, str], ...]:
    """(count, of which) of the rates that are printed of a cell."""
    found = [figures.counts_of(metric) for metric in figures.metrics(cell.by)]
    if cell.by == "all":
        found += [(name, "episodes") for name in (*ENDINGS, "unfinished")]
    if cell.by in ("all", "period"):
        found.append(("unscored", "finished"))
    if figures.found.spec.per_week and cell.by in WAITS_BY:
        found += [(w.over, TIMED) for w in standard().within]
    return tuple(dict.fromkeys(found))


def left_open(figures: Rates, cell: Cell, name: str) -> Between | None:
    """The least and the greatest that a cell's told figures leave open of a count, in fives; None
    where nothing told is about it, or leaves open too much to be worth a line.

    Whoever reads the rates can work it out, so it tells nothing new. It is said to be about those
    of whom they are shares: the counted themselves may be few. Worked: 20 to 40 % of 60, which are
    58 to 62, is 12 to 24 -> 10 to 25; of how many a rate is a share, where that is 20 to 79: None.
    """
    found, told = _ends(figures, cell, name), _told(figures, cell, name)
    if found is None:
        return None
    low, high = found
    if high - low > MOST_OPEN * max((known.most for _, known in told), default=high):
        return None
    whose = told[0][0] if told else "episodes"
    return Between(*fives_around(max(0, low), high), figures.whose(cell, whose))


def _ends(figures: Rates, cell: Cell, name: str) -> tuple[float, float] | None:
    """Of a count that is told what rounding leaves open; else what all rates of it do. Who is
    finished is measured or not, and among all: so are the ends."""
    n, sums = figures.count(cell, name), figures.sum_of(cell, name)
    if n is not None:
        off = OFF * (len(sums.blocks) + (not sums.complete) if sums else 1)
        return n - off, n + off
    ends = [_of_rate(known, name == whole) for whole, known in _told(figures, cell, name)]
    if name == "finished" and cell.by == "all":
        inside, around = _ends(figures, cell, "measured"), _ends(figures, cell, "episodes")
        ends += [(inside[0], around[1])] if inside and around else []
    return (max(low for low, _ in ends), min(high for _, high in ends)) if ends else None


def _told(figures: Rates, cell: Cell, name: str) -> list[tuple[str, Known]]:
    """(of which, what is told) of each told rate that is one of a count, or a share of it."""
    found = []
    for part, whole in printed_shares(figures, cell):
        known = figures.known(cell, part, whole) if name in (part, whole) else None
        if OTHERS.get(part) == name and (left_over := figures.known(cell, part, whole)):
            known = replace(left_over, low=1 - left_over.high, high=1 - left_over.low)
        if known:
            found.append((whole, known))
    return found


def _of_rate(known: Known, is_whole: bool) -> tuple[float, float]:
    if is_whole:
        return known.least, known.most
    return known.low * known.least, known.high * known.most
