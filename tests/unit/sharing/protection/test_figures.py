"""One number at a time: every rule at its edge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sharing.protection import figures as f


@pytest.mark.parametrize(
    ("patients", "shown"), [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (1232, 1230)]
)
def test_counts_of_1_to_7_are_hidden_and_others_rounded_half_up(patients, shown):
    assert f.shared(patients) == shown


@given(st.integers(0, 10**9))
def test_a_shared_count_is_a_multiple_of_5_at_most_2_away(patients):
    shown = f.shared(patients)
    assert shown is None or (shown % 5 == 0 and abs(shown - patients) <= 2)


@pytest.mark.parametrize("patients", [-1, 2.5])
def test_what_is_no_count_of_patients_is_a_defect(patients):
    with pytest.raises(ValueError):
        f.shared(patients)


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
