"""Totals by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.base.errors import RequestError
from analysis.measures.instruments import instruments
from analysis.measures.scoring import subscale, total, turned

NAN = float("nan")


def instrument(name):
    return instruments()[name]


def test_a_sum():
    assert total([[0, 1, 2, 3, 0, 1, 2, 3, 0]], instrument("phq9")).tolist() == [12]


def test_a_missing_answer_without_a_rule_gives_no_total():
    assert np.isnan(total([[1, 1, 1, 1, 1, 1, 1, 1, NAN]], instrument("phq9"))[0])


def test_core_10_prorates_one_missing_answer_and_not_two():
    answers = np.full((2, 10), 2.0)
    answers[0, 3] = answers[1, 3] = answers[1, 4] = NAN
    scores = total(answers, instrument("core10"), keyed=True)
    assert scores[0] == 20 and np.isnan(scores[1])


def test_core_om_is_the_mean_times_ten():
    answers = np.full((1, 34), 1.0)
    answers[0, :17] = 2
    assert total(answers, instrument("core_om"), keyed=True)[0] == pytest.approx(15)


def test_core_om_allows_one_missing_problem_and_no_missing_risk():
    answers = np.full((1, 34), 3.0)
    answers[0, 1] = answers[0, 5] = NAN  # item 2: problems; item 6: risk
    core = instrument("core_om")
    assert subscale(answers, core, "problems", keyed=True)[0] == pytest.approx(30)
    assert np.isnan(subscale(answers, core, "risk", keyed=True)[0])


def test_haq_ii_turns_five_items():
    answers = np.full((1, 19), 6.0)
    assert total(answers, instrument("haq2"))[0] == 14 * 6 + 5 * 1


def test_dass_subscales_are_doubled_and_there_is_no_total():
    answers = np.ones((1, 21))
    assert subscale(answers, instrument("dass21"), "depression")[0] == 14
    with pytest.raises(RequestError, match="no total"):
        total(answers, instrument("dass21"))


def test_scl_divides_by_the_answered():
    answers = np.full((1, 90), NAN)
    answers[0, :4] = [0, 4, 4, 4]
    assert total(answers, instrument("scl90r"), keyed=True)[0] == pytest.approx(3)


def test_oq_with_a_missing_answer_is_not_invented_where_subscales_are_unknown():
    answers = np.ones((2, 45))
    answers[1, 0] = NAN
    scores = total(answers, instrument("oq45"), keyed=True)
    assert scores[0] == 45 and np.isnan(scores[1])


@pytest.mark.parametrize("bad", [[[0] * 8], [[0] * 8 + [4]], [[0] * 8 + [-1]]])
def test_wrong_answers_are_refused_without_naming_them(bad):
    with pytest.raises(RequestError) as caught:
        total(bad, instrument("phq9"))
    assert "-1" not in str(caught.value)


def test_unknown_reversed_items_must_be_decided_by_the_caller():
    with pytest.raises(RequestError, match="reversed"):
        total(np.ones((1, 45)), instrument("oq45"))


@given(st.lists(st.lists(st.integers(1, 6), min_size=19, max_size=19), min_size=1, max_size=5))
def test_turning_twice_changes_nothing_and_totals_stay_in_range(answers):
    haq = instrument("haq2")
    assert np.array_equal(turned(turned(answers, haq), haq), np.array(answers, dtype=float))
    scores = total(answers, haq)
    assert np.all((scores >= 19) & (scores <= 114))
