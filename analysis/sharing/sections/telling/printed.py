"""Which counts and rates of a cell a report prints, and what the rates leave open of a count."""

from typing import Protocol

from analysis.measures.waiting import TIMED, UNTIMED, standard
from analysis.presentation.tables.outcome_tables import Between, Figures
from analysis.sharing.protection.figures import fives_around
from analysis.sharing.protection.sums import Known
from analysis.store.queries.treatments.outcome_cells import Cell

ENDINGS = ("planned", "unplanned", "ongoing", "ending_unknown")
MOST_OPEN = 0.5  # of those whom a count is a part of: twice as many as at the least
WAITS_BY = ("all", "period")  # of whom waits within a standard are told


class Rates(Figures, Protocol):
    """Figures that say what is told of a rate."""

    def known(self, cell: Cell, part: str, whole: str) -> Known | None: ...


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
        found += [(name, "episodes") for name in (*ENDINGS, "finished")]
        found.append(("measured", "finished"))
    if cell.by == "period":
        found.append(("scored", "finished"))
    if figures.found.spec.per_week and cell.by in WAITS_BY:
        found += [(w.over, TIMED) for w in standard().within]
    return tuple(dict.fromkeys(found))


def left_open(figures: Rates, cell: Cell, name: str) -> Between | None:
    """The least and the greatest that a cell's told rates leave open of a count, in fives; None
    where no rate of it is told, or they leave open too much to be worth a line.

    Whoever reads the rates can work it out, so it tells nothing new. It is said to be about those
    of whom they are shares: the counted themselves may be few. Worked: 20 to 40 % of 60, which are
    58 to 62, is 12 to 24 -> 10 to 25; of how many a rate is a share, where that is 20 to 79: None.
    """
    shares = [pair for pair in printed_shares(figures, cell) if name in pair]
    every = [(whole, figures.known(cell, part, whole)) for part, whole in shares]
    told = [(whole, known) for whole, known in every if known]
    if not told:
        return None
    ends = [_ends(known, name == whole) for whole, known in told]
    low, high = max(low for low, _ in ends), min(high for _, high in ends)
    if high - low > MOST_OPEN * max(known.most for _, known in told):
        return None
    return Between(*fives_around(low, high), figures.whose(cell, told[0][0]))


def _ends(known: Known, is_whole: bool) -> tuple[float, float]:
    if is_whole:
        return known.least, known.most
    return known.low * known.least, known.high * known.most
