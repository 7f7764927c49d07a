"""A sum takes the told sets that leave least; of few left over means alone are hidden."""

import numpy as np

from analysis.sharing.protection.reader import Reader, Statement
from analysis.sharing.protection.therapists import shown_groups
from analysis.sharing.sections.telling.blocks import RATE, Block, Told


def _told(*sets: list[int]) -> Told:
    blocks = []
    for number, own in enumerate(sets):
        rows = np.isin(np.arange(10), own)
        key = ("all", str(number), "improved")
        blocks.append(Block(key, "measured", RATE, rows & False, rows))
    return Told(blocks)


def test_a_sum_takes_the_cover_that_leaves_least():
    """The largest set first, 0 to 5, would leave 6 and 7 and 8: two smaller ones hold them all."""
    told = _told([0, 1, 2, 3, 4, 5], [0, 1, 2, 3], [4, 5, 6, 7, 8])
    found = told.inside(RATE, "improved", "measured", np.arange(10) < 9)
    assert {b.key[1] for b in found} == {"1", "2"}
    assert told.inside(RATE, "improved", "measured", np.arange(10) < 3) == ()


def test_of_few_left_over_means_alone_are_hidden():
    loads = [np.array(one) for one in ([10, 10, 10, 10], [9, 9, 9, 9], [3, 0, 0, 0])]
    assert shown_groups(loads, [40, 36, 3], 10).tolist() == [True, False, False]
    assert shown_groups(loads, [40, 36, 3], 10, exact=False).tolist() == [True, True, False]
    loads[2] = np.array([0, 0, 0, 12])  # twelve of one therapist hide a group more, rates and means
    assert shown_groups(loads, [40, 36, 12], 10, exact=False).tolist() == [True, False, False]


def test_the_figures_that_bind_are_those_without_which_a_set_opens():
    every = np.ones(20, dtype=bool)
    few = np.arange(20) < 3
    told = [Statement(few, 2, 4), Statement(every, 18, 22), Statement(~few, 15, 19)]
    reader = Reader(told, [few])
    assert not reader.leaves_open(few) and reader.binding(few) == {0}
    assert Reader(told[1:], [few]).leaves_open(few)
