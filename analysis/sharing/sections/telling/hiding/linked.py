"""All tables of a report together, and with those shared before: nothing small is narrowed down.

Everybody's figures, the groups of a breakdown, and the same of earlier reports of the version make
one system for a reader (`protection.reader`). Looked at are the sets of 1 to 7 patients that the
reports' selections cut out (`seen`). Breakdowns of one report are tied to each other by everybody's
numbers alone, so each makes a system of its own, beside what the others' sums say of everybody
(`across`). One of many groups is asked group by group (`groups`).
"""

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np

from analysis.sharing.protection.reader import Reader, Statement
from analysis.sharing.sections.telling.blocks import Block
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.sections.telling.hiding.across import Across
from analysis.sharing.sections.telling.hiding.groups import Part, by_group
from analysis.sharing.sections.telling.hiding.rougher import told_again
from analysis.sharing.sections.telling.hiding.seen import Earlier, seen
from analysis.sharing.sections.telling.hiding.tries import MOST_WAYS, Tries, hidden_for
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
    every: list[Part] = []
    for dimension in dict.fromkeys(("all", *by, *before)):
        view = seen(figures, dimension, by, everything, here, earlier)
        if view is None:
            continue
        parts = [Part(view, tuple(view.cells(by)))]
        if len(np.unique(view.group)) > MOST_TOGETHER:
            parts = list(by_group(view, by))
        every += parts
    return _beside_each_other(every, _all_opened(every, figures), Across(by, everything, here))


def _all_opened(parts: Sequence[Part], told: Figures) -> Figures:
    """The Figures with what it takes for the small sets of all parts to stay open."""
    figures, rough = _each_opened(parts, told), told.rough
    # Of a count that is not printed any more another range is open: 40 to 59, where it was 58 to
    # 62. What was found open is asked about again.
    while figures.rough != rough:
        rough = figures.rough
        figures = _each_opened(parts, figures)
    if figures.hidden == told.hidden:
        return figures
    return _told_again(told, figures, parts)


def _beside_each_other(parts: Sequence[Part], figures: Figures, across: Across) -> Figures:
    """The Figures with what it takes for the small sets to stay open beside what other breakdowns
    say of everybody."""
    if not across.sums(figures):
        return figures
    told = None
    while told != (told := (figures.hidden, figures.coarse, figures.wide, figures.rough)):
        for part in parts:
            figures = figures.as_in(_opened_beside(part, figures, across))
    return figures


def _opened_beside(part: Part, figures: Figures, across: Across) -> Figures:
    """As `_opened`, for one part: first the others' groups say less, where that will do."""
    view, near = part.view, [block.statement for block in part.view.near]

    def known(tried: Figures) -> list[Statement]:
        return [*part.known, *near, *across.beside(figures.as_in(tried), view)]

    def shown(tried: Figures) -> list[Block]:
        return view.shown(view.figures.as_in(tried), part.cells)

    def is_open(tried: Figures, targets: Sequence[np.ndarray]) -> Callable[..., bool]:
        statements = [*known(tried), *(b.statement for b in shown(tried))]
        return Reader(statements, targets, view.weight).leaves_open

    now = is_open(figures, view.targets)
    for target in [t for t in view.targets if not now(t, thorough=False)]:
        if now(target):
            continue
        ways = islice(across.rougher(figures, view.dimension), MOST_WAYS)
        found = next((tried for tried in ways if is_open(tried, [target])(target)), None)
        if found is None:
            tries = Tries(known(figures), target, view.weight)
            found = hidden_for(tries, view.figures.as_in(figures), shown(figures), shown)
        figures = figures.as_in(found)
        now = is_open(figures, view.targets)
    return figures


def _each_opened(parts: Sequence[Part], figures: Figures) -> Figures:
    for part in parts:
        figures = figures.as_in(_opened(part, figures))
    return figures


def _told_again(before: Figures, after: Figures, parts: Sequence[Part]) -> Figures:
    """What of the hidden can be told after all, with every small set of every part open."""
    found = {}
    for part in parts:
        for block in part.view.shown(part.view.figures.as_in(before), part.cells):
            found.setdefault((block.key, block.kind), block)
    asked = [_Asked(part, after) for part in parts]

    def is_open(tried: Figures, key) -> bool:
        of = [one for one in asked if key[0] == "all" or key[:2] in one.cells]
        return all(one.is_open(tried) for one in of)

    return told_again(before, after, list(found.values()), is_open)


class _Asked:
    """The small sets of a part, those first that were found closed last."""

    def __init__(self, part: Part, figures: Figures):
        self.cells = {(c.by, c.value) for c in part.cells}
        self._part, self._targets = part, list(part.view.targets)
        self._known = [*part.known, *(block.statement for block in part.view.near)]

    def is_open(self, figures: Figures) -> bool:
        view = self._part.view
        shown = view.shown(view.figures.as_in(figures), self._part.cells)
        statements = [*self._known, *(b.statement for b in shown)]
        reader = Reader(statements, view.targets, view.weight)
        for place, target in enumerate(self._targets):
            if not reader.leaves_open(target, thorough=False):
                self._targets.insert(0, self._targets.pop(place))
                return False
        return True


def _opened(part: Part, figures: Figures) -> Figures:
    """The Figures with what it takes for the small sets of a part to stay open."""
    view, cells = part.view, part.cells
    here = view.figures.as_in(figures)
    shown = view.shown(here, cells)
    if not shown:
        return here
    known = [*part.known, *(block.statement for block in view.near)]

    def reader() -> Reader:
        return Reader([*known, *(b.statement for b in shown)], view.targets, view.weight)

    now = reader()
    for target in [t for t in view.targets if not now.leaves_open(t, thorough=False)]:
        if now.leaves_open(target):
            continue  # what one set has hidden may have opened the next
        tries = Tries(known, target, view.weight)
        here = hidden_for(tries, here, shown, lambda tried: view.shown(tried, cells))
        shown = view.shown(here, cells)
        now = reader()
    return here
