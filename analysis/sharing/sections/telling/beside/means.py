"""Means beside sums of the same scores: whether few patients set their sets apart.

A file of sums has sums of scores to the last digit; an effect size has a mean of changes to half a
hundredth, times how many it is of. Where 1 to 7 patients are in one of the two sets alone, the
difference is theirs. Two sets that merely overlap leave nobody to be subtracted.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.measures.conventions import FEWEST_TOLD
from analysis.sharing.sections.telling.blocks import SUMS, Block
from analysis.sharing.sections.telling.figures import EFFECT, Figures, Key
from analysis.sharing.sections.telling.hiding.seen import Earlier
from analysis.sharing.sections.telling.statements import cells_of
from analysis.store.queries.treatments.treatment_sets import TreatmentSets


def few_apart(
    own: np.ndarray, others: Sequence[np.ndarray], every: TreatmentSets, least: int
) -> bool:
    """Whether a set and one of others, or and those together that mostly lie in it, have a
    difference of 1 to least - 1 patients. Sets: (N,) of the dataset's treatments."""
    near = [other for other in others if (other & own).any()]
    inside = [other for other in near if 2 * (other & own).sum() > other.sum()]
    if len(inside) > 1:
        near.append(np.any(inside, axis=0))
    return any(1 <= len(every.people(own ^ other)) < least for other in near)


def near_sums(
    figures: Figures,
    by: Sequence[str],
    every: TreatmentSets,
    here: np.ndarray,
    earlier: Sequence[Earlier],
    least: int = FEWEST_TOLD,
) -> Iterator[Key]:
    """Effect sizes that few patients set apart from sums of the same scores: everybody's and each
    group's, alone and all of a breakdown together."""
    sums = [b.part for b in means_of(earlier) if b.kind == SUMS]
    if not sums:
        return
    for dimension in ("all", *by):
        cells = [c for c in cells_of(figures.found, by) if c.by == dimension]
        keys = [(c.by, c.value, EFFECT) for c in cells]
        sets = [every.members(c.by, c.value, "measured") & here for c in cells]
        told = [s for key, s in zip(keys, sets, strict=True) if key not in figures.hidden]
        together = any(few_apart(own, told, every, least) for own in sums)
        for key, own in zip(keys, sets, strict=True):
            if together or few_apart(own, sums, every, least):
                yield key


def means_of(earlier: Sequence[Earlier]) -> list[Block]:
    """What was told of means of scores."""
    return [block for one in earlier for block in one.told if block.is_mean]
