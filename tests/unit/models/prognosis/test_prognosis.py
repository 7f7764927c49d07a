"""Forecasts of a course and of an event, held to loops, known values and other programs."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.models.prognosis.bands import bands
from analysis.models.prognosis.conditional_course import Growth, later, so_far
from analysis.models.prognosis.discrimination import (
    at_share,
    auc,
    calibration,
    log_score,
    net_benefit,
)
from analysis.models.prognosis.shrunken_logistic import TIGHTEST, fit_risk


def test_auc_is_the_share_of_pairs_ranked_rightly():
    assert auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_equals_a_loop_over_pairs(rows):
    score, event = np.array([float(r[0]) for r in rows]), np.array([r[1] for r in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a in score[event] for b in score[~event]]
    expected = sum(pairs) / len(pairs) if pairs else None
    found = auc(score, event)
    assert found is None if expected is None else found == pytest.approx(expected)


def test_calibration_is_that_of_a_logistic_regression():
    rng = np.random.default_rng(1)
    odds = rng.normal(-1, 1.5, 400)
    event = rng.random(400) < 1 / (1 + np.exp(-(0.3 + 0.7 * odds)))
    line = calibration(odds, event)
    theirs = sm.Logit(event.astype(float), sm.add_constant(odds)).fit(disp=0)
    alone = sm.GLM(
        event.astype(float), np.ones(400), family=sm.families.Binomial(), offset=odds
    ).fit()
    # Two Newton methods on one concave criterion agree to rounding.
    assert line.slope == pytest.approx(theirs.params[1], abs=1e-6)
    assert line.in_the_large == pytest.approx(alone.params[0], abs=1e-6)


def test_no_line_exists_where_nothing_is_wrong_or_nothing_came():
    odds = np.array([-2.0, -1.0, 1.0, 2.0])
    assert calibration(odds, odds > 0) is None
    assert calibration(odds, np.zeros(4, bool)) is None


def test_flagging_a_share_counts_right_and_wrong_flags():
    chance = np.linspace(0.05, 0.95, 10)
    event = np.array([0, 0, 0, 0, 1, 0, 0, 1, 0, 1], bool)
    found = at_share(chance, event, 0.3)
    assert (found.flagged, found.right) == (3, 2)
    assert found.sensitivity == pytest.approx(2 / 3) and found.ppv == pytest.approx(2 / 3)
    assert found.specificity == pytest.approx(6 / 7)


def test_who_ties_with_the_last_one_flagged_is_flagged_too():
    found = at_share(np.array([0.2, 0.5, 0.5, 0.5]), np.array([0, 0, 1, 0], bool), 0.25)
    assert found.flagged == 3


def test_net_benefit_of_the_worked_number():
    chance = np.array([0.9] * 4 + [0.1] * 6)
    event = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], bool)
    assert net_benefit(chance, event, np.array([0.2]))[0] == pytest.approx(0.275)


def test_a_log_score_is_the_log_of_the_chance_of_what_came():
    odds, event = np.array([0.0, 2.0]), np.array([True, False])
    expected = np.log([0.5, 1 - 1 / (1 + np.exp(-2.0))])
    assert log_score(odds, event) == pytest.approx(expected)


def test_features_that_say_nothing_are_shrunk_away_and_others_are_not():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(600, 3))
    event = rng.random(600) < 1 / (1 + np.exp(-(-0.5 + 1.2 * x[:, 0])))
    risk = fit_risk(x, event, (0, 1, 1))
    plain = sm.Logit(event.astype(float), sm.add_constant(x)).fit(disp=0).params
    assert risk.coefficients[1] == pytest.approx(plain[1] * risk.sd[0], rel=0.05)
    assert np.abs(risk.coefficients[2:]).max() < 0.5 * np.abs(plain[2:]).max()


def test_a_feature_of_one_value_or_none_leaves_the_forecast_as_it_is():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(300, 1))
    event = rng.random(300) < 1 / (1 + np.exp(-x[:, 0]))
    alone = fit_risk(x, event, (0,))
    idle = np.column_stack([x, np.full(300, np.nan), np.full(300, 7.0)])
    with_idle = fit_risk(idle, event, (0, 1, 2))
    assert with_idle.log_odds(idle) == pytest.approx(alone.log_odds(x), abs=1e-4)


def test_complete_separation_gives_bounded_chances():
    x = np.concatenate([np.full(30, -1.0), np.full(30, 1.0)])[:, None]
    risk = fit_risk(x, x[:, 0] > 0, (0,))
    assert np.isfinite(risk.coefficients).all() and np.abs(risk.coefficients).max() < TIGHTEST


def test_the_conditional_course_is_that_of_the_joint_normal_law():
    """The same by the textbook: condition the joint normal of all scores on those seen."""
    growth = Growth(np.zeros(1), np.array([[5.0, -1.0], [-1.0, 0.8]]), 3.0)
    t, u = np.log1p([1.0, 2.0, 4.0]), np.array([2.0, -1.0, 0.5])
    ahead = np.log1p(np.array([5.0, 9.0]))
    times = np.concatenate([t, ahead])
    z = np.column_stack([np.ones(5), times])
    joint = z @ growth.between @ z.T + growth.within * np.eye(5)
    gain = joint[3:, :3] @ np.linalg.inv(joint[:3, :3])
    mean, covariance = gain @ u, joint[3:, 3:] - gain @ joint[:3, 3:]
    known = so_far(growth, 2, np.zeros(3, int), t, u)
    found, sd = later(growth, known, np.zeros(2, int), ahead, np.zeros(2))
    assert found == pytest.approx(mean) and sd**2 == pytest.approx(np.diag(covariance))
    # The second treatment has no score: the law of a treatment nobody has seen.
    _, sd = later(growth, known, np.ones(2, int), ahead, np.zeros(2))
    assert sd**2 == pytest.approx(np.diag(joint)[3:])


def test_a_slope_without_variance_needs_no_inverse():
    growth = Growth(np.zeros(1), np.array([[4.0, 0.0], [0.0, 0.0]]), 2.0)
    known = so_far(growth, 1, np.zeros(2, int), np.array([0.5, 1.0]), np.array([3.0, 3.0]))
    # Two scores at 3: 4 / (4 + 2 / 2) of the way from 0.
    assert known.mean[0] == pytest.approx([2.4, 0.0])


def test_band_ends_are_the_errors_own_quantiles():
    made = bands(np.arange(1.0, 100.0))
    assert made.low[0.8] == pytest.approx(10.0) and made.high[0.8] == pytest.approx(90.0)
    assert made.n == 99


def test_few_errors_leave_the_normal_law():
    made = bands(np.zeros(5))
    assert made.n == 0 and made.high[0.8] == pytest.approx(1.2816, abs=1e-4)


def test_bands_hold_a_skewed_error_as_often_as_they_say():
    rng = np.random.default_rng(8)
    made, new = bands(rng.exponential(size=2000)), rng.exponential(size=20_000)
    inside = ((new >= made.low[0.8]) & (new <= made.high[0.8])).mean()
    # Two Monte-Carlo errors of a quantile of 2,000: .4 / sqrt(2000) each end.
    assert abs(inside - 0.8) < 0.025
