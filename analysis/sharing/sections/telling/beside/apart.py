"""Means beside all other means that were told: of no few patients may they together say too much.

Each mean that is new is judged with everybody's and its own breakdown's, of this report and of all
earlier ones, as one system (`protection/leverage.py`). Breakdowns are tied to each other by
everybody's means alone.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from analysis.sharing.protection.figures import LEAST
from analysis.sharing.protection.leverage import shown_too_much
from analysis.sharing.sections.telling.blocks import EFFECT_SIZE, Block
from analysis.sharing.sections.telling.figures import EFFECT, Figures
from analysis.sharing.sections.telling.hiding.seen import Earlier
from analysis.sharing.sections.telling.statements import cells_of
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

Means = list[tuple[Cell, np.ndarray]]  # whose, and (N,) of the dataset's treatments
MOST_SETS = 500  # in one system; of more each group is judged alone


def without_lone_means(
    figures: Figures,
    by: Sequence[str],
    every: TreatmentSets,
    here: np.ndarray,
    earlier: Sequence[Earlier],
) -> Figures:
    """The Figures without the effect sizes that say too much of few beside others."""
    told: dict[str, list[Block]] = defaultdict(list)
    for block in (b for one in earlier for b in one.told if b.kind == EFFECT_SIZE):
        told[block.key[0]].append(block)
    for dimension in dict.fromkeys(("all", *by, *told)):
        groups = told[dimension] if dimension != "all" else []
        before = [block.part for block in (*told["all"], *groups)]
        known = {own.tobytes() for own in before}
        cells = cells_of(figures.found, (dimension,) if dimension in by else ())
        means = [
            (c, every.members(c.by, c.value, "measured") & here)
            for c in cells
            if figures.effect(c) is not None
        ]
        new = [(cell, own) for cell, own in means if own.tobytes() not in known]
        gone = _lone(before, new, every, {block.key[1] for block in groups})
        figures = figures.without((cell.by, cell.value, EFFECT) for cell in gone)
    return figures


def _lone(
    before: list[np.ndarray], new: Means, every: TreatmentSets, known: set[str]
) -> list[Cell]:
    """The cells whose means have to go. known: values of which there was an earlier mean."""
    if len(before) + len(new) > MOST_SETS:
        return [cell for cell, own in new if _too_much([*before, own], every)[own].any()]
    gone: list[Cell] = []
    while new:
        bad = _too_much([*before, *(own for _, own in new)], every)
        if not bad.any():
            break
        lost = _least_missed(new, bad, known)
        gone += lost
        new = [(cell, own) for cell, own in new if not any(cell is one for one in lost)]
    return gone


def _least_missed(new: Means, bad: np.ndarray, known: set[str]) -> list[Cell]:
    """Of the groups that somebody is in of whom too much is said, the smallest eighth; where nobody
    of them is in one, the smallest group of all; everybody's mean last. Groups that were not told
    before go first: where one quarter lacks one group and the next another, the year lacks both."""

    def missed(mean: tuple[Cell, np.ndarray]) -> tuple[bool, bool, int]:
        cell, own = mean
        return cell.by == "all", cell.value in known, int(own.sum())

    ordered = sorted(new, key=missed)
    inside = [cell for cell, own in ordered if cell.by != "all" and (own & bad).any()]
    return inside[: 1 + len(inside) // 8] or [ordered[0][0]]


def _too_much(sets: Sequence[np.ndarray], every: TreatmentSets) -> np.ndarray:
    return shown_too_much(sets, every.patient, LEAST["mean"])
