"""Whom the shown figures of outcomes are about: one cell of the ledger for each."""

from collections.abc import Callable, Sequence

from analysis.sharing.ledger import ledger
from analysis.sharing.ledger.sketch import sketch
from analysis.sharing.protection.figures import set_name
from analysis.sharing.sections.periods import empty_cell, every_period
from analysis.sharing.sections.telling.figures import EFFECT, Figures, Key
from analysis.sharing.sections.telling.statements import cells_of, printed_counts, printed_shares
from analysis.store.queries.treatments.outcome_cells import COUNTS
from analysis.store.queries.treatments.outcome_cells import Cell as Counts
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

# Who is counted whatever the measure: compared across measures, and noted of every cell that shows
# anything, since a figure of one measure and one of another may be about the same people but one.
WHATEVER_MEASURE = ("episodes", "finished")
# What the measure has no part in, either, but only where it is shown.
SHOWN_ALONE = ("planned", "unplanned", "ongoing", "ending_unknown", "waited")

Near = Callable[[tuple[ledger.Cell, ...]], tuple[int, ...]]


def noted(
    figures: Figures, by: Sequence[str], sets: TreatmentSets, near: Near
) -> tuple[Figures, tuple[ledger.Cell, ...]]:
    """The Figures without those that lie too near what was shared before, and the ledger's cells
    of what is left.

    near: the positions of the cells that do. Where everybody's own people lie near, nothing is
    hidden: the export is refused, as there is nothing to say of a service but the difference.
    """
    keys = shown_keys(figures, by)
    cells = _cells(figures, keys, sets)
    hidden: set[Key] = set()
    for place in near(cells):
        dimension, value, name = keys[place]
        if name in WHATEVER_MEASURE and dimension != "all":
            hidden |= {(dimension, value, count) for count in COUNTS}
        elif (dimension, name) not in {("all", "episodes"), ("all", "measured")}:
            hidden |= {(dimension, value, name), (dimension, value, f"rate of {name}")}
    if not hidden:
        return figures, cells
    figures = figures.without(hidden)
    keys = shown_keys(figures, by)
    return figures, _cells(figures, keys, sets)


def shown_keys(figures: Figures, by: Sequence[str]) -> list[Key]:
    """(dimension, value, count) of every figure that is shown; and of whom its cell consists."""
    keys: list[Key] = []
    for cell in cells_of(figures.found, by):
        names = _shown_names(figures, cell)
        if names:
            names = [*names, *WHATEVER_MEASURE]
        keys += [(cell.by, cell.value, name) for name in dict.fromkeys(names)]
    return keys


def named_sets(figures: Figures, by: Sequence[str]) -> dict[str, int]:
    """Name of each set that a shown figure is about -> its patients, for the audit."""
    cells = {(c.by, c.value): c for c in cells_of(figures.found, by)}
    known = [value for dimension, value in cells if dimension == "period" and value]
    empty = {("period", value): empty_cell("period", value) for value in every_period(known)}
    counts = ((at, name, n) for at, c in (empty | cells).items() for name, n in c.counts.items())
    sets = {set_name(*at, name): 0 for at, name, n in counts if not n}
    for dimension, value, name in shown_keys(figures, by):
        cell = cells[dimension, value]
        patients = cell.patients.get(name, cell.wait.n if name == "waited" else 0)
        sets[set_name(dimension, value, name)] = patients
    return sets


def _shown_names(figures: Figures, cell: Counts) -> list[str]:
    names = [n for n in printed_counts(figures, cell) if figures.count(cell, n) is not None]
    for part, whole in printed_shares(figures, cell):
        if figures.share(cell, part, part, whole) is not None:
            names += [part, whole]
    if figures.effect(cell) is not None and not figures.hides(cell, EFFECT):
        names.append("measured")
    if cell.by == "all" and figures.median(cell, cell.wait, "waited") is not None:
        names.append("waited")
    return [n for n in names if cell.counts.get(n, 1)]


def _cells(figures: Figures, keys: list[Key], sets: TreatmentSets) -> tuple[ledger.Cell, ...]:
    measures = " and ".join(rule.measure for rule in figures.found.spec.rules)
    of_each = figures.asked.powers(sets.patients)
    made = []
    for dimension, value, name in keys:
        kind = name.replace("_", " ")
        if name not in (*WHATEVER_MEASURE, *SHOWN_ALONE):
            kind = f"{measures} · {kind}"
        people = sets.people(sets.members(dimension, value, name))
        made.append(ledger.Cell(kind, f"{dimension} {value}".strip(), sketch(of_each[people])))
    return tuple(made)
