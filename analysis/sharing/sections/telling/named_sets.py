"""The sets of patients that shown figures name, for the audit of the finished document."""

from collections.abc import Sequence

from analysis.sharing.protection.figures import set_name
from analysis.sharing.sections.periods import empty_cell, every_period
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.sections.telling.printed import printed_counts, printed_shares
from analysis.sharing.sections.telling.statements import cells_of, medians
from analysis.store.queries.treatments.outcome_cells import Cell as Counts


def named_sets(figures: Figures, by: Sequence[str]) -> dict[str, int]:
    """Name of each set that a shown figure is about -> its patients, for the audit."""
    cells = {(c.by, c.value): c for c in cells_of(figures.found, by)}
    known = [value for dimension, value in cells if dimension == "period" and value]
    empty = {("period", value): empty_cell("period", value) for value in every_period(known)}
    counts = ((at, name, n) for at, c in (empty | cells).items() for name, n in c.counts.items())
    sets = {set_name(*at, name): 0 for at, name, n in counts if not n}
    for (dimension, value), cell in cells.items():
        for name in dict.fromkeys(_shown_names(figures, cell)):
            sets[set_name(dimension, value, name)] = cell.patients[name]
    return sets


def _shown_names(figures: Figures, cell: Counts) -> list[str]:
    names = [n for n in printed_counts(figures, cell) if figures.count(cell, n) is not None]
    for part, whole in printed_shares(figures, cell):
        if figures.share(cell, part, part, whole) is not None:
            names += [part, whole]
        elif figures.limits(cell, part, whole) is not None:
            names.append(whole)
    if figures.effect(cell) is not None:
        names.append("measured")
    names += medians(figures, cell)
    return [n for n in names if cell.counts.get(n, 1)]
