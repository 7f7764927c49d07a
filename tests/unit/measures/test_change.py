"""Reliable change and recovery: published rules, worked numbers, and what must hold for all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.base.errors import RequestError
from analysis.measures.change import ChangeRule, reliable_change_criterion, rule_for
from analysis.measures.instruments import find_instrument
from analysis.measures.variables import Variable
from tests.unit.measures.change_by_rows import classify

PHQ = ChangeRule("phq9", 6, 10)
GAD = ChangeRule("gad7", 4, 8)
ORS = ChangeRule("ors", 5, 25, "below", "better")
FLAGS = ("case", "improved", "deteriorated", "recovered", "reliably_recovered", "unchanged")


def told(first, last, *rules) -> set[str]:
    change = classify([first], [last], rules)
    return {name for name in FLAGS if getattr(change, name)[0]}


@pytest.mark.parametrize(
    ("first", "last", "flags"),
    [
        (14, 8, {"case", "improved", "recovered", "reliably_recovered"}),
        (11, 9, {"case", "recovered", "unchanged"}),
        (20, 14, {"case", "improved"}),
        (20, 15, {"case", "unchanged"}),
        (9, 3, {"improved"}),
        (9, 15, {"deteriorated"}),
        (10, 10, {"case", "unchanged"}),
        (10, 16, {"case", "deteriorated"}),
    ],
)
def test_phq9_as_nhs_england_counts_it(first, last, flags):
    assert told(first, last, PHQ) == flags


@pytest.mark.parametrize(
    ("first", "last", "flags"),
    [
        # Improved on one and the same on the other; recovery needs both below.
        ((14, 10), (8, 9), {"case", "improved"}),
        ((14, 10), (8, 7), {"case", "improved", "recovered", "reliably_recovered"}),
        # Better on one and worse on the other is neither.
        ((14, 5), (8, 9), {"case", "unchanged"}),
        # A case by anxiety alone.
        ((9, 8), (9, 4), {"case", "improved", "recovered", "reliably_recovered"}),
        ((9, 7), (16, 7), {"deteriorated"}),
    ],
)
def test_two_measures_are_judged_together(first, last, flags):
    assert told(first, last, PHQ, GAD) == flags


def test_a_scale_on_which_more_is_better():
    assert told(20, 26, ORS) == {"case", "improved", "recovered", "reliably_recovered"}
    assert told(26, 20, ORS) == {"deteriorated"}
    assert told(25, 25, ORS) == {"unchanged"}  # 25 is not below 25


def test_a_change_of_exactly_the_criterion_counts_in_binary_too():
    core = ChangeRule("core", 0.3, 1.0)
    assert "improved" in told(0.9, 0.6, core)  # 0.9 - 0.6 is 0.30000000000000004 or less


def test_a_missing_score_is_no_change():
    change = classify([[12.0], [np.nan]], [[np.nan], [4.0]], (PHQ,))
    assert not any(getattr(change, name).any() for name in ("measured", *FLAGS))


@given(st.lists(st.tuples(st.integers(0, 27), st.integers(0, 27)), min_size=1, max_size=40))
def test_categories_exclude_each_other_and_turn_with_the_scale(pairs):
    first, last = np.array(pairs, dtype=float).T
    change = classify(first, last, (PHQ,))
    total = change.improved.astype(int) + change.deteriorated + change.unchanged
    assert (total == 1).all()
    assert not (change.reliably_recovered & ~(change.recovered & change.improved)).any()
    turned = ChangeRule("x", 6, 27 - 10 + 1, "below", "better")
    other = classify(27 - first, 27 - last, (turned,))
    for name in ("improved", "deteriorated", "recovered", "case"):
        assert (getattr(change, name) == getattr(other, name)).all()


def test_jacobson_and_truax():
    assert reliable_change_criterion(5.0139, 0.80) == pytest.approx(6.2153, abs=5e-5)


@pytest.mark.parametrize(("sd", "reliability"), [(0, 0.8), (5, 1), (5, -0.1), (5, 1.2), (-1, 0.8)])
def test_impossible_numbers_are_refused(sd, reliability):
    with pytest.raises(RequestError, match="reliability from 0"):
        reliable_change_criterion(sd, reliability)


def test_a_rule_comes_from_the_instrument_however_it_is_spelt():
    for spelt in ("phq9", "PHQ-9", "phq_9", "phq-9"):
        rule = rule_for(Variable("score", "", "session", instrument=spelt))
        assert (rule.reliable_change, rule.caseness, rule.at) == (6, 10, "or above")
    assert find_instrument("") is None and find_instrument("nothing") is None


def test_a_cut_off_depends_on_the_population():
    ors = Variable("ors", "", "session", instrument="ors")
    assert (rule_for(ors).caseness, rule_for(ors, "adolescents").caseness) == (25, 28)
    assert rule_for(ors).higher_is == "better"


def test_an_unknown_instrument_gives_no_numbers():
    rule = rule_for(Variable("mood", "", "session"))
    assert (rule.reliable_change, rule.caseness) == (None, None)
    assert told(20, 4, rule) == {"unchanged"}
