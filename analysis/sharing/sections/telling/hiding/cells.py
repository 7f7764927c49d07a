"""Which figures of outcomes a shared file hides: decided once, over all linked tables together.

In this order, each rule seeing what the ones before have hidden: small counts and what would give
them away by addition (`protection.breakdown`), groups that tell of a therapist or leave few over,
rates that tell of a few by their rest, means over too few or dominated ones, and last what a reader
who adds and subtracts all statements of a group could narrow down (`protection.reader`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.questions.outcomes.rates import Outcomes
from analysis.sharing.protection.figures import LEAST, SMALL, dominated, is_small, tells_of_each
from analysis.sharing.protection.nearness import near_an_earlier
from analysis.sharing.protection.reader import Reader, Statement
from analysis.sharing.protection.therapists import shown_groups, tells_of_therapists
from analysis.sharing.sections.section import Asked
from analysis.sharing.sections.telling.blocks import Block
from analysis.sharing.sections.telling.figures import EFFECT, Figures, Key
from analysis.sharing.sections.telling.hiding.rougher import rougher_ways, told_again, wholes_of
from analysis.sharing.sections.telling.printed import printed_counts, printed_shares
from analysis.sharing.sections.telling.statements import EXPENDABLE, cells_of, stated
from analysis.store.queries.treatments.outcome_cells import COUNTS, Cell
from analysis.store.queries.treatments.treatment_sets import TreatmentSets


@dataclass(frozen=True, slots=True)
class Relation:
    """Parts of a whole that tell of each of its members where nobody or nearly everybody is in."""

    parts: tuple[str, ...]
    whole: str


# Denominator of the rates -> what must not be told of a whole group.
OF_RELATIONS = {
    "measured": (
        Relation(("improved", "deteriorated"), "measured"),
        Relation(("recovered", "reliably_recovered"), "at_caseness"),
    ),
    "finished": (
        Relation(("improved", "deteriorated"), "finished"),
        Relation(("recovered", "reliably_recovered"), "possible_cases"),
    ),
}
UNCHANGED = ("improved", "unchanged", "deteriorated")


def protect_outcomes(
    found: Outcomes, by: Sequence[str], asked: Asked, sets: TreatmentSets | None = None
) -> Figures:
    """The Figures of Outcomes broken down by each of `by`. sets: whom the counts are about; without
    them only the counts themselves are judged."""
    if not asked.shares:
        return Figures(found, asked, frozenset())
    hidden = {*_primary(found, by), *_rates_by_their_rest(found, by)}
    figures = Figures(found, asked, frozenset(hidden))
    if sets is None:
        return figures.without(_means(found, by, None))
    figures = figures.without(_groups_hidden(found, by, sets))
    figures = figures.without(_near_each_other(found, by, sets))
    figures = figures.without(_means(found, by, sets))
    return _closed_to_readers(figures, by, sets)


def _primary(found: Outcomes, by: Sequence[str]) -> Iterator[Key]:
    """Counts of 1 to 7 patients, what nobody or nearly everybody shares, and what no table prints:
    treatments without early ratings of the alliance."""
    whole = found.question.denominator
    of_all = (*OF_RELATIONS[whole], Relation(UNCHANGED, whole))
    for cell in cells_of(found, by):
        printed = cell.by != "alliance" or cell.value
        if not printed:
            yield from ((cell.by, cell.value, f"rate of {name}") for name in cell.patients)
            yield cell.by, cell.value, EFFECT
        for name, patients in cell.patients.items():
            if is_small(patients) or not printed:
                yield cell.by, cell.value, name
        for relation in OF_RELATIONS[whole] if cell.by != "all" else of_all:
            for part in relation.parts:
                if tells_of_each(cell.counts[part], cell.counts[relation.whole]):
                    yield cell.by, cell.value, part


def _rates_by_their_rest(found: Outcomes, by: Sequence[str]) -> Iterator[Key]:
    """A rate tells how many did not, too: 1 to 7 who did not are as few as 1 to 7 who did."""
    plain = Figures(found, Asked("share"), frozenset())
    for cell in cells_of(found, by):
        for part, whole in printed_shares(plain, cell):
            rest = cell.counts[whole] - cell.counts[part]
            if is_small(max(0, rest)):
                yield cell.by, cell.value, f"rate of {part}"


def _groups_hidden(found: Outcomes, by: Sequence[str], sets: TreatmentSets) -> Iterator[Key]:
    """Whole cells: of therapists who could be told apart, and groups that leave few over."""
    for name in ("episodes", "measured"):
        if tells_of_therapists(sets.caseloads(sets.members("all", "", name))):
            yield from (("all", "", count) for count in COUNTS)
    therapists = int(sets.therapist.max(initial=-1)) + 1
    for dimension in by:
        cells = found.of(dimension)
        members = [sets.members(c.by, c.value, "measured") for c in cells]
        loads = [np.bincount(sets.therapist[m], minlength=therapists) for m in members]
        sizes = [c.patients["measured"] for c in cells]
        shown, means = (shown_groups(loads, sizes, LEAST["mean"], exact) for exact in (False, True))
        for cell, is_shown, is_mean in zip(cells, shown, means, strict=True):
            if not is_shown and cell.counts["measured"]:
                yield from ((cell.by, cell.value, count) for count in COUNTS)
            elif not is_mean:
                yield cell.by, cell.value, EFFECT


def _near_each_other(found: Outcomes, by: Sequence[str], sets: TreatmentSets) -> Iterator[Key]:
    """Cells of two breakdowns that 1 to 7 patients set apart (a clinic and the model that it alone
    uses): the later of the two."""
    cells = [c for c in cells_of(found, by) if c.counts["measured"]]
    for name in ("episodes", "measured"):
        people = [sets.people(sets.members(cell.by, cell.value, name)) for cell in cells]
        for late in np.flatnonzero(near_an_earlier(people, len(sets.patients))):
            yield from ((cells[late].by, cells[late].value, count) for count in COUNTS)


def _means(found: Outcomes, by: Sequence[str], sets: TreatmentSets | None) -> Iterator[Key]:
    """Effect sizes over fewer than 10 patients, or in which one change or two are most of it."""
    for cell in cells_of(found, by):
        few = cell.patients["measured"] < LEAST["mean"]
        if not few and sets is not None:
            change = sets.change[sets.members(cell.by, cell.value, "measured")]
            few = dominated(np.abs(change[np.isfinite(change)]))
        if few:
            yield cell.by, cell.value, EFFECT


def _closed_to_readers(figures: Figures, by: Sequence[str], sets: TreatmentSets) -> Figures:
    """Hides what it takes until no set of 1 to 7 patients of a cell can be narrowed down."""
    for cell in cells_of(figures.found, by):
        own = sets.where(sets.members(cell.by, cell.value))
        if targets := _small_sets(figures, cell, own):
            figures = _closed(figures, cell, own, targets)
    return figures


def _closed(figures: Figures, cell: Cell, sets: TreatmentSets, every: list[np.ndarray]) -> Figures:
    def told(tried: Figures) -> list[Block]:
        return list(stated(tried, cell, sets))

    def is_open(tried: Figures, *targets: np.ndarray) -> bool:
        reader = Reader([b.statement for b in told(tried)], targets)
        return all(reader.leaves_open(target) for target in targets)

    before, first, targets = figures, told(figures), every
    while targets:
        shown = told(figures)
        reader = Reader([b.statement for b in shown], targets)
        targets = [t for t in targets if not reader.leaves_open(t)]
        if targets:
            order = sorted(shown, key=lambda b: EXPENDABLE.index(b.key[2]))
            ways = rougher_ways(figures, order, wholes_of(shown))
            found = next((way for way in ways if is_open(way, targets[0])), None)
            figures = found or _without_the_least(figures, cell, shown, targets[0])
    if figures is before:
        return figures
    return told_again(before, figures, first, lambda tried, key: is_open(tried, *every))


def _without_the_least(figures: Figures, cell: Cell, shown: list[Block], target) -> Figures:
    names = _expended([(b.key[2], b.statement) for b in shown], target)
    return figures.without((cell.by, cell.value, key) for n in names for key in (n, f"rate of {n}"))


def _small_sets(figures: Figures, cell: Cell, sets: TreatmentSets) -> list[np.ndarray]:
    """The sets of 1 to 7 patients that differences of the cell's counts make, and small counts."""
    names = {n for pair in printed_shares(figures, cell) for n in pair}
    names = sorted(names | set(printed_counts(figures, cell)) | {"unchanged"})
    members = np.stack([sets.members(cell.by, cell.value, n) for n in names])
    here = np.asarray(members.any(axis=0))
    if not here.any():
        return []
    found: dict[bytes, np.ndarray] = {}
    rows = members[:, here]
    candidates = [*rows, *(a & ~b for a in rows for b in rows)]
    patients = sets.patient[here]
    most = SMALL * np.bincount(patients).max()  # more treatments are more than seven patients
    for one in candidates:
        if one.sum() <= most and is_small(np.unique(patients[one]).size):
            whole = np.zeros(len(here), dtype=bool)
            whole[here] = one
            found.setdefault(one.tobytes(), whole)
    return list(found.values())


def _expended(told: list[tuple[str, Statement]], target: np.ndarray) -> list[str]:
    """The names of the figures without which the target is open: the least missed, and none of
    them for nothing."""
    names = {name for name, _ in told}
    order = [name for name in EXPENDABLE if name in names]
    gone: list[str] = []
    for name in order:
        gone.append(name)
        if _is_open_without(gone, told, target):
            break
    for name in gone[-2::-1]:
        fewer = [other for other in gone if other != name]
        if _is_open_without(fewer, told, target):
            gone = fewer
    return gone


def _is_open_without(names: list[str], told, target: np.ndarray) -> bool:
    return Reader([s for name, s in told if name not in names], [target]).leaves_open(target)
