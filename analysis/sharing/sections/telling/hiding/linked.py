"""All tables of a report together, and with those shared before: nothing small is narrowed down.

Everybody's figures, the groups of a breakdown, and the same of earlier reports of the version make
one system for a reader (`protection.reader`). Looked at are the sets of 1 to 7 patients that the
reports' selections cut out (`seen`). Breakdowns of one report are tied to each other by everybody's
figures alone, so each makes a system of its own. One of many groups is asked group by group
(`groups`).
"""

from collections.abc import Sequence

import numpy as np

from analysis.sharing.protection.reader import Reader
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.sections.telling.hiding.groups import Part, by_group
from analysis.sharing.sections.telling.hiding.seen import Earlier, seen
from analysis.sharing.sections.telling.hiding.tries import Tries, hidden_for
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

# Of more groups one programme over all of them costs seconds for each of hundreds of sets.
MOST_TOGETHER = 40


def open_together(
    figures: Figures,
    by: Sequence[str],
    everything: TreatmentSets,
    here: np.ndarray,
    earlier: Sequence[Earlier] = (),
) -> Figures:
    """The Figures with what it takes hidden.

    everything: of the whole dataset, all dimensions; here: (N,) the report's own treatments.
    """
    before = [b.key[0] for e in earlier for b in e.told]
    for dimension in dict.fromkeys(("all", *by, *before)):
        view = seen(figures, dimension, by, everything, here, earlier)
        if view is None:
            continue
        parts = [Part(view, tuple(view.cells(by)))]
        if len(np.unique(view.group)) > MOST_TOGETHER:
            parts = by_group(view, by)
        for part in parts:
            found = _opened(part, figures)
            figures = figures.as_in(found)
    return figures


def _opened(part: Part, figures: Figures) -> Figures:
    """The Figures with what it takes for the small sets of a part to stay open."""
    view, cells = part.view, part.cells
    here = view.figures.as_in(figures)
    shown = view.shown(here, cells)
    if not shown:
        return here
    known = [*part.known, *(block.statement for block in view.near)]
    reader = Reader([*known, *(b.statement for b in shown)], view.targets, view.weight)
    for target in [t for t in view.targets if not reader.leaves_open(t, thorough=False)]:
        tries = Tries(known, target, view.weight)
        if tries.is_open(shown):
            continue  # what one set has hidden may have opened the next
        here = hidden_for(tries, here, shown, lambda tried: view.shown(tried, cells))
        shown = view.shown(here, cells)
    return here
