"""One number at a time: every rule at its edge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sharing.protection import figures as f
from analysis.sharing.protection.table import Counts, protect


@pytest.mark.parametrize(
    ("patients", "shown"), [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (1232, 1230)]
)
def test_counts_of_1_to_7_are_hidden_and_others_rounded_half_up(patients, shown):
    assert f.shared(patients) == shown
    assert f.exact(patients) == (None if shown is None else patients)


@given(st.integers(0, 10**9))
def test_a_shared_count_is_a_multiple_of_5_at_most_2_away(patients):
    shown = f.shared(patients)
    assert shown is None or (shown % 5 == 0 and abs(shown - patients) <= 2)
    assert abs(f.midpoint_6(patients) - patients) <= 3


@pytest.mark.parametrize("patients", [-1, 2.5])
def test_what_is_no_count_of_patients_is_a_defect(patients):
    with pytest.raises(ValueError):
        f.shared(patients)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (8, 20, 50),
        (7, 20, None),
        (1, 7, None),
        (0, 7, None),
        (0, 0, None),
        (0, 18, None),
        (18, 18, None),
        (90, 100, None),
        (89, 100, None),
        (88, 100, None),
        (37, 100, 35),
        (38, 43, 89),
        (250, 1000, 25),
    ],
)
def test_a_rate_comes_from_rounded_counts_and_never_tells_of_each(part, whole, shown):
    # 88 of 100 is 90 % when rounded: hidden from 90 % on, by either reckoning.
    assert f.rate(part, whole) == shown


def test_a_rate_of_what_is_not_sensitive_may_be_all_or_none():
    assert (f.rate(100, 100, sensitive=False), f.rate(0, 100, sensitive=False)) == (100, 0)


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_rate_tells_no_more_than_the_rounded_counts(a, b):
    part, whole = min(a, b), max(a, b)
    same_counts = [
        f.rate(k, n)
        for n in range(max(whole - 2, 0), whole + 3)
        for k in range(part - 2, part + 3)
        if 0 <= k <= n and (f.shared(k), f.shared(n)) == (f.shared(part), f.shared(whole))
    ]
    assert len(set(same_counts) - {None}) <= 1


@pytest.mark.parametrize(
    ("kind", "fewest"),
    [("mean", 10), ("interval", 10), ("median", 20), ("quartile", 40), ("p5", 200), ("p95", 200)],
)
def test_a_statistic_needs_enough_patients(kind, fewest):
    assert (f.statistic(3.5, fewest, kind), f.statistic(3.5, fewest - 1, kind)) == (3.5, None)


@pytest.mark.parametrize("kind", ["minimum", "maximum", "mode"])
def test_what_is_one_patients_own_value_has_no_rule(kind):
    with pytest.raises(KeyError):
        f.statistic(3.5, 10_000, kind)


@pytest.mark.parametrize(
    ("amounts", "is_dominated"),
    [
        ([50, 30, 20], False),
        ([51, 29, 20], True),
        ([46, 46, 8], True),
        ([45, 45, 10], False),
        ([], False),
        ([0, 0], False),
    ],
)
def test_no_patient_gives_most_of_a_sum(amounts, is_dominated):
    assert f.dominated(amounts) == is_dominated


def test_a_model_needs_room_and_filled_levels():
    assert f.may_show_model(10, [10, 40]) and f.may_show_model(10)
    assert not f.may_show_model(9, [10, 40])
    assert not f.may_show_model(10, [9, 40])


def test_figures_are_written_with_one_symbol_for_hidden_ones():
    assert [f.written(x) for x in (None, 0, 1230)] == ["[c]", "0", "1,230"]


def test_a_row_of_hidden_figures_has_no_total():
    shown = protect(Counts(("a", "b"), ("x", "y"), ((3, 0), (40, 20))))
    assert (shown.row_totals, shown.column_totals, shown.total) == ((None, 60), (40, 20), 60)
