"""How the rates of a report are told: as a rate, a limit, a range, or not at all."""

from collections import Counter
from collections.abc import Sequence

from analysis.sharing.sections.telling.figures import FEWEST_OF_A_GROUP, Figures
from analysis.sharing.sections.telling.statements import cells_of

RATE, LIMIT, RANGE, HIDDEN = "rate", "limit", "range", "hidden"
KINDS = (RATE, LIMIT, RANGE, HIDDEN)


def told_kinds(figures: Figures, by: Sequence[str]) -> Counter[tuple[str, str]]:
    """(dimension, one of KINDS) -> how many rates of FEWEST_OF_A_GROUP treatments and more; 'all'
    for everybody's. Groups without a name are left out, as nobody asks for them."""
    found: Counter[tuple[str, str]] = Counter()
    for cell in cells_of(figures.found, by):
        if cell.by != "all" and not cell.value:
            continue
        for metric in figures.metrics(cell.by):
            part, whole = figures.counts_of(metric)
            if cell.counts[whole] >= FEWEST_OF_A_GROUP:
                found[cell.by, _kind(figures, cell, metric, part, whole)] += 1
    return found


def _kind(figures: Figures, cell, metric: str, part: str, whole: str) -> str:
    if figures.rate(cell, metric) is not None:
        return RATE
    limits = figures.limits(cell, part, whole)
    return HIDDEN if limits is None else RANGE if limits.low else LIMIT
