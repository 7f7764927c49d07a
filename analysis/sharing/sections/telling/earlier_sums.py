"""Figures told as the sum of what earlier reports told, and what is left of them to be told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from analysis.sharing.protection.figures import LEAST, SMALL, is_small, tells_of_each
from analysis.sharing.protection.sums import LEAST_LIMITED, together
from analysis.sharing.protection.therapists import tells_of_therapists
from analysis.sharing.sections.telling.blocks import (
    COUNT,
    EFFECT_SIZE,
    MEDIAN,
    OF_VALUES,
    RATE,
    Block,
    Sum,
    Told,
)
from analysis.sharing.sections.telling.figures import MEDIAN_OF, SENSITIVE, Figures, Key
from analysis.sharing.sections.telling.hiding.seen import Earlier
from analysis.sharing.sections.telling.printed import printed_counts, printed_shares
from analysis.sharing.sections.telling.statements import cells_of, effects, medians
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatment_sets import TreatmentSets


def with_sums(
    figures: Figures,
    by: Sequence[str],
    everything: TreatmentSets,
    here: np.ndarray,
    earlier: Sequence[Earlier],
) -> Figures:
    """The Figures with what earlier reports tell of parts of them; what is left of a figure is
    hidden where it is too small to be told."""
    told = Told(block for one in earlier for block in one.told)
    sums: dict[tuple[str, str, str, str], Sum] = {}
    hidden: list[Key] = []
    rough: list[Key] = []
    instead: dict[tuple[str, str, str, str], Sum] = {}
    for cell in cells_of(figures.found, by):
        at = (cell.by, cell.value)
        for part, whole in _figures(figures, cell):
            rows = everything.members(*at, part) & here
            of = everything.members(*at, whole) & here if whole else rows
            blocks = told.inside(RATE if whole else COUNT, part, whole, of)
            if not blocks:
                continue
            rest = of.copy()
            for block in blocks:
                rest &= ~block.rows
            found = _sum(blocks, rest, rows, everything)
            if whole and _is_few(found, rows, of):
                # Fewer than 8 are told afresh: the sum of several such limits is wide.
                if found.complete:
                    instead[(*at, part, whole)] = found
                continue
            sums[(*at, part, whole)] = found
            if not found.complete and not _tellable(found, part, whole, everything):
                is_whole = not whole and part in dict(_figures(figures, cell)).values()
                kept = rough if is_whole and not figures.hides(cell, part) else hidden
                kept.append((*at, f"rate of {part}" if whole else part))
    hidden += _changed(figures, by, everything, here, earlier)
    hidden += _medians_near(figures, by, everything, here, earlier)
    for key in rough:  # of so many rates are told, how many they are is not
        figures = figures.rougher(key)
    return replace(figures.without(hidden), sums=sums, instead=instead)


def _figures(figures: Figures, cell: Cell) -> Iterator[tuple[str, str]]:
    yield from ((name, "") for name in printed_counts(figures, cell))
    yield from printed_shares(figures, cell)


def _sum(blocks: tuple[Block, ...], rest, part, everything: TreatmentSets) -> Sum:
    patients = len(everything.people(rest & part)), len(everything.people(rest))
    return Sum(blocks, rest, int((rest & part).sum()), int(rest.sum()), patients)


def _is_few(found: Sum, part: np.ndarray, whole: np.ndarray) -> bool:
    """Whether few are counted in all, and the sum says less of it than that."""
    if part.sum() > SMALL or whole.sum() < LEAST_LIMITED:
        return False
    return not found.complete or together([b.known for b in found.blocks if b.known]).low <= 0


def _tellable(found: Sum, part: str, whole: str, everything: TreatmentSets) -> bool:
    """Whether the rest of a sum may be told as a figure of its own."""
    if is_small(found.patients[0]) and found.part > SMALL:
        return False
    if not whole:
        return not is_small(found.patients[0])
    few = found.part <= SMALL
    return not (
        found.patients[1] < LEAST["interval"]
        or is_small(found.whole - found.part)
        or (not few and part in SENSITIVE and tells_of_each(found.part, found.whole))
        or tells_of_therapists(everything.caseloads(found.rest))
    )


def _regions_hold(sets: Sequence[np.ndarray], everything: TreatmentSets, fewest: int) -> bool:
    """Whether each region that the sets cut out has so many patients, as a set alone must have."""
    if len(sets) < 2:
        return True
    stacked = np.stack(sets)
    touched = np.any(stacked, axis=0)
    bits = np.packbits(stacked, axis=0).T
    _, region = np.unique(bits[touched], axis=0, return_inverse=True)
    people = np.unique(np.stack([region.reshape(-1), everything.patient[touched]]), axis=1)[0]
    return bool(np.bincount(people).min() >= fewest)


def _changed(figures: Figures, by: Sequence[str], everything, here, earlier) -> Iterator[Key]:
    """Effect sizes and medians that a report of the very same treatments told otherwise: how much
    they changed is what was corrected, perhaps of one patient."""
    same = [one for one in earlier if (one.here == here).all()]
    before = [b for one in same for b in one.told if b.kind in OF_VALUES and (b.low or b.high)]
    for cell in cells_of(figures.found, by):
        for block in effects(figures, cell, everything, here):
            alike = [b for b in before if (b.kind, b.key) == (block.kind, block.key)]
            said = (block.low, block.high, block.shown)
            if any((b.low, b.high, b.shown) != said for b in alike):
                name = block.key[2] if block.kind == EFFECT_SIZE else MEDIAN_OF + block.key[2]
                yield cell.by, cell.value, name


def _medians_near(figures: Figures, by: Sequence[str], everything, here, earlier) -> list[Key]:
    """Medians whose sets, with earlier ones and this report's, cut out a region of fewer patients
    than a median needs. That half of all lie below, and fewer than half of each part that
    is told, says that half of the rest do: of one patient, on which side she lies."""
    told: dict[str, list[np.ndarray]] = {}
    for block in (b for one in earlier for b in one.told if b.kind == MEDIAN):
        told.setdefault(block.key[2], []).append(block.part)
    hidden: list[Key] = []
    for cell in cells_of(figures.found, by):
        for name in medians(figures, cell):
            own = everything.members(cell.by, cell.value, name) & here
            sets = told.setdefault(name, [])
            near = [other for other in sets if (other & own).any() and not (other == own).all()]
            if _regions_hold([own, *near], everything, LEAST["median"]):
                sets.append(own)
            else:
                hidden.append((cell.by, cell.value, f"{MEDIAN_OF}{name}"))
    return hidden
