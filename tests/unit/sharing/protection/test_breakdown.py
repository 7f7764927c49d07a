"""A breakdown beside everybody's figures: no small count can be worked out of either."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sharing.protection import hiding
from analysis.sharing.protection.attacker import intervals, printed_bounds
from analysis.sharing.protection.breakdown import Counted, Relation, hidden_counts, statistics_shown

CHANGE = Relation(("improved", "unchanged", "worse"), "measured")
RECOVERY = Relation(("recovered",), "cases")
COUNTS = (*CHANGE.parts, "measured", "recovered", "cases")


def counted(groups) -> dict[str, Counted]:
    """groups: (improved, unchanged, worse, recovered, cases not recovered) of each."""
    rows = np.array([(a, b, c, a + b + c, r, r + k) for a, b, c, r, k in groups])
    rows = np.vstack([rows, rows.sum(axis=0)])
    return {name: Counted(rows[:, i], rows[:, i]) for i, name in enumerate(COUNTS)}


def test_a_small_count_is_hidden_and_so_is_the_neighbour_that_gives_it_away():
    counts = counted([(36, 0, 7, 20, 20), (200, 200, 40, 100, 100)])
    shared = hidden_counts(counts, [CHANGE, RECOVERY], "share")
    assert [shared[name].tolist() for name in ("worse", "unchanged")] == [
        [True, False, False],
        [True, False, False],  # 7 of 43, and nobody unchanged
    ]
    assert not shared["recovered"].any() and not shared["cases"].any()


def test_inside_the_rest_counts_too():
    counts = counted([(30, 10, 10, 38, 2), (30, 10, 10, 20, 20)])
    inside = hidden_counts(counts, [RECOVERY], "internal")
    assert inside["recovered"][:2].all()  # 40 cases less 38 recovered would tell of the 2
    assert not hidden_counts(counts, [RECOVERY], "share")["cases"].any()


def test_patients_count_not_treatments():
    counts = counted([(20, 10, 10, 10, 10), (20, 10, 10, 10, 10)])
    few = Counted(counts["worse"].treatments, np.array([4, 9, 13]))
    assert hidden_counts(counts | {"worse": few}, [CHANGE], "share")["worse"][0]
    assert not hidden_counts(counts, [CHANGE], "share")["worse"].any()


@pytest.mark.parametrize(
    ("patients", "shown"),
    [
        ([40, 25, 9], [1, 0, 0]),
        ([40, 25, 0], [1, 1, 0]),
        ([40, 25, 6, 6], [1, 1, 0, 0]),
        ([9, 3], [0, 0]),
        ([12, 5], [0, 0]),
        ([], []),
    ],
)
def test_what_is_left_over_needs_ten_patients_too(patients, shown):
    assert statistics_shown(patients).tolist() == [bool(s) for s in shown]


groups = st.lists(
    st.tuples(*[st.one_of(st.integers(0, 12), st.integers(0, 80))] * 5), min_size=1, max_size=4
)


@settings(max_examples=40, deadline=None)
@given(groups, st.sampled_from(["share", "internal"]))
def test_nothing_small_can_be_worked_out(groups, profile):
    counts, rounded = counted(groups), profile == "share"
    hidden = hidden_counts(counts, [CHANGE, RECOVERY], profile)
    for relation in (CHANGE, RECOVERY):
        names = (*relation.parts, relation.whole)
        table = np.stack([counts[n].treatments for n in names], axis=1)
        mask = np.stack([hidden[n] for n in names], axis=1)
        rest = table[:, -1] - table[:, :-1].sum(axis=1)
        table, mask = np.insert(table, -1, rest, 1), np.insert(mask, -1, True, 1)
        small = mask & (table >= 1) & (table <= 7)
        small[:, -2] &= not rounded
        found = intervals(printed_bounds(table, mask, rounded), small)
        lowest, highest = (1, 7) if rounded else (0, 8)
        ends = zip(found, table[small], strict=True)
        assert all((low <= lowest or low < true) and high >= highest for (low, high), true in ends)
        assert rounded or not hiding.exposed(table, mask)
