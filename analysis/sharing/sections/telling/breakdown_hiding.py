"""Groups beside everybody: no small count of a group can be worked out by subtraction.

The groups of a breakdown add up to everybody. So a hidden count of 1 to 7 must be free to be 1 and
to be 7, the others moving within what their own figures leave open.
"""

from collections.abc import Sequence

import numpy as np

from analysis.sharing.protection.figures import SMALL, is_small
from analysis.sharing.protection.shares import told_bounds
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.sections.telling.statements import (
    count_bounds,
    printed_counts,
    printed_shares,
)
from analysis.store.queries.treatments.outcome_cells import Cell


def open_in_breakdowns(figures: Figures, by: Sequence[str]) -> Figures:
    """The Figures with the same count of further groups hidden where a small one needs it."""
    for dimension in by:
        cells = figures.found.of(dimension)
        parts = dict(printed_shares(figures, cells[0])) if cells else {}
        for name in ("measured", *parts) if cells else ():
            figures = _open(figures, cells, name, parts.get(name, ""))
    return figures


def _open(figures: Figures, cells: tuple[Cell, ...], name: str, whole: str) -> Figures:
    """Hides the group with the smallest shown count until every small hidden one is open."""
    true = np.array([c.counts[name] for c in cells])
    small = [i for i, c in enumerate(cells) if is_small(c.patients[name])]
    while small:
        ends = np.array([_bounds(figures, c, name, whole) for c in cells])
        total = _bounds(figures, figures.found.all, name, whole)
        closed = [i for i in small if not _is_open(i, true, ends, total)]
        shown = [i for i in range(len(cells)) if np.isfinite(ends[i, 1])]
        if not closed or not shown:
            return figures
        smallest = cells[min(shown, key=lambda i: true[i])]
        figures = figures.without(
            [(smallest.by, smallest.value, n) for n in (name, f"rate of {name}")]
        )
    return figures


def _is_open(i: int, true: np.ndarray, ends: np.ndarray, total: tuple[float, float]) -> bool:
    """Whether the hidden count i can be 1 and 7 while the others move within their ends."""
    others = np.delete(np.arange(len(true)), i)
    room_up = (true[others] - ends[others, 0]).sum() + total[1] - true.sum()
    room_down = (ends[others, 1] - true[others]).sum() + true.sum() - total[0]
    return true[i] + room_up >= SMALL and true[i] - room_down <= 1


def _bounds(figures: Figures, cell: Cell, name: str, whole: str) -> tuple[float, float]:
    """What is shown of a count of treatments: its least and greatest value."""
    if name in printed_counts(figures, cell):
        shown = figures.count(cell, name)
        return (0.0, np.inf) if shown is None else count_bounds(shown)
    if not whole or figures.share(cell, name, name, whole) is None:
        return 0.0, np.inf
    kind, low, high = told_bounds(cell.counts[name], cell.counts[whole])
    if kind == "count":
        return low, high
    of = _bounds(figures, cell, whole, "")
    return low * of[0], high * of[1]
