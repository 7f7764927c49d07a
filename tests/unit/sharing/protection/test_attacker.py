"""D18: an attacker with linear programmes never pins a small count down, over 1,000 tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sharing.protection import hiding
from analysis.sharing.protection.attacker import intervals, printed_bounds, sums
from analysis.sharing.protection.figures import SMALL
from analysis.sharing.protection.table import Counts, protect

TABLES = 1000


def random_tables(seed: int):
    """4 x 4 tables, some sparse and some full, so that every kind of neighbourhood occurs."""
    rng = np.random.default_rng(seed)
    for _ in range(TABLES):
        yield rng.negative_binomial(2, 2 / (2 + rng.choice([12, 30, 100])), (4, 4))


def as_printed(counts, profile):
    """The table with margins as printed, None where hidden, from what `protect` gives alone."""
    names = tuple("abcd")
    shown = protect(Counts(names, names, tuple(map(tuple, counts.tolist()))), profile)
    inner = [(*row, total) for row, total in zip(shown.figures, shown.row_totals, strict=True)]
    return [*inner, (*shown.column_totals, shown.total)]


def bounds_of(printed, rounded) -> np.ndarray:
    """What the reader knows of each cell. Totals of rounded figures bind no true total."""
    bounds = np.zeros((5, 5, 2))
    for cell in np.ndindex(5, 5):
        figure = printed[cell[0]][cell[1]]
        if figure is None or (rounded and 4 in cell):
            bounds[cell] = 0, np.inf
        else:
            off = 2 if rounded and figure else 0
            bounds[cell] = figure - off, figure + off
    return bounds


@pytest.mark.parametrize(("profile", "rounded"), [("share", True), ("internal", False)])
def test_d18_no_interval_lies_within_1_to_7(profile, rounded):
    attacked = 0
    for counts in random_tables(18):
        printed = as_printed(counts, profile)
        true = hiding.with_margins(counts)
        hidden = np.array([[f is None for f in row] for row in printed])
        small = (true >= 1) & (true <= SMALL)
        assert not (small[:4, :4] & ~hidden[:4, :4]).any()
        asked = small & hidden if not rounded else np.pad(small[:4, :4], (0, 1))
        found = intervals(bounds_of(printed, rounded), asked)
        assert (found[:, 0] <= 0).all() and (found[:, 1] > SMALL).all()
        assert (found[:, 1] - found[:, 0] >= 5).all()
        attacked += len(found)
    assert attacked > TABLES  # the tables do hold small cells


counts_of_3 = st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=3)


@settings(max_examples=60, deadline=None)
@given(counts_of_3)
def test_rounded_margins_leave_all_that_c_may_stand_for(counts):
    true = hiding.with_margins(counts)
    first = (true >= 1) & (true <= SMALL)
    hidden = hiding.hide(true, first, rounded=True)
    found = intervals(printed_bounds(true, hidden, True), first)
    assert (found[:, 0] <= 1).all() and (found[:, 1] >= SMALL).all()


def test_a_rounded_margin_can_give_a_cell_away():
    # 35 (33 to 37) and [c] of 45 (43 to 47): 6 to 14 of the 1 to 7 that [c] stands for.
    true = hiding.with_margins([[36, 7], [200, 200]])
    first = true == 7
    assert hiding.exposed(true, first, rounded=True) == [(0, 1)]
    assert not hiding.exposed(true, hiding.hide(true, first, rounded=True), rounded=True)


def test_the_attacker_agrees_with_trying_every_table():
    rng = np.random.default_rng(5)
    for _ in range(20):
        true = hiding.with_margins(rng.integers(0, 4, (2, 2)))
        hidden = rng.random(true.shape) < 0.6
        tries = np.array(np.meshgrid(*[range(10)] * 4)).reshape(4, -1).T
        all_of = np.array([hiding.with_margins(t.reshape(2, 2)) for t in tries])
        fits = all_of[((all_of == true) | hidden).all(axis=(1, 2))]
        found = intervals(printed_bounds(true, hidden, False), hidden)
        for cell, (low, high) in zip(np.argwhere(hidden), found, strict=True):
            values = fits[(slice(None), *cell)]
            assert low == values.min()
            assert high == values.max() or (high > 9 and values.max() >= 9)


def test_the_equations_hold_for_every_table_with_margins():
    true = hiding.with_margins(np.arange(12).reshape(3, 4))
    assert (sums(*true.shape) @ true.ravel() == 0).all()
