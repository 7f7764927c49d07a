"""Early response and sessions until reliable change, by hand."""

import numpy as np

from analysis.measures.change import ChangeRule
from analysis.questions.alliance.course.response import _curve, response

RULE = ChangeRule("s", reliable_change=6.0, origin="a manual")


def test_kaplan_meier_counts_who_left_until_they_left():
    # Changed at 2, at 4, never (left after 3), never (left after 5).
    found = _curve(np.array([2, 4, 0, 0]), np.array([5, 5, 3, 5]), 5)
    # 1 of 4 at risk at session 2; at 4 one of the two that are left.
    assert np.allclose(found, [0, 0.25, 0.25, 1 - 0.75 * 0.5, 1 - 0.75 * 0.5])


def test_early_responders_are_told_from_the_others():
    quick = np.tile([20.0, 18, 12, 12, 11, 10], (12, 1)) + np.arange(12)[:, None] * 0.1
    slow = np.tile([20.0, 20, 20, 19, 19, 19], (15, 1)) + np.arange(15)[:, None] * 0.1
    found = response(np.vstack([quick, slow]), RULE)
    assert (found.responders, found.treatments) == (12, 27)
    assert found.improved_of_responders == 1.0 and found.improved_of_others == 0.0
    assert found.median is None  # 12 of 27
    assert found.attended[0].sessions == 6 and np.isclose(found.attended[0].improved, 12 / 27)


def test_nothing_to_say_without_two_scores():
    assert response(np.full((30, 1), 20.0), RULE) is None
