"""Noise told from courses, and the course expected behind noisy scores."""

import numpy as np
import pytest

from analysis.models.courses.calibrated import ScoreNoise, expected_course
from analysis.models.courses.joint_normal import joint_normal, patterns_of
from analysis.models.courses.noise import session_noise

N, SESSIONS = 4000, 10


def walks(rng, noise: float, pace: float = 0.0):
    steps = rng.normal(0, 1.2, (N, SESSIONS))
    steps[:, 0] = rng.normal(15, 4, N)
    behind = steps.cumsum(axis=1) + pace * rng.normal(size=(N, 1)) * np.arange(SESSIONS)
    return behind, behind + rng.normal(0, noise, behind.shape)


@pytest.mark.parametrize("pace", [0.0, 0.5])
def test_noise_is_told_from_steps_and_trends(pace):
    rng = np.random.default_rng(1)
    _, scores = walks(rng, 2.0, pace)
    scores[rng.random(scores.shape) < 0.1] = np.nan
    found = session_noise(scores, [-0.5 * scores, rng.normal(size=scores.shape)])
    # Some 20,000 products of variance about (2 * 4 + 1.44)^2: a standard error of .07.
    assert found.variance == pytest.approx(4.0, abs=0.25)
    assert found.swing == 0.0
    assert found.same == pytest.approx([-0.5 * found.variance, 0.0], abs=0.15)
    assert not found.later.any() and not found.earlier.any()


def test_swings_that_fade_are_told_from_a_walk():
    """Beside a walk and noise of variance 1: swings of variance 4, .4 of them carried over; the
    companion a session later follows them by half, another has nothing to do with them."""
    rng = np.random.default_rng(5)
    _, scores = walks(rng, 1.0, 0.3)
    swings = np.empty_like(scores)
    swings[:, 0] = rng.normal(0, 2, N)
    for t in range(1, SESSIONS):
        swings[:, t] = 0.4 * swings[:, t - 1] + rng.normal(0, 2 * np.sqrt(1 - 0.16), N)
    follows = np.zeros_like(scores)
    follows[:, 1:] = 0.5 * swings[:, :-1]
    follows += rng.normal(0, 1, scores.shape)
    found = session_noise(scores + swings, [follows, rng.normal(size=scores.shape)])
    # What is carried over and what is the session's own are hardly told apart; their sum is.
    assert found.whole == pytest.approx(5.0, rel=0.3)
    assert found.carried == pytest.approx(0.4, abs=0.12)
    assert found.later[0] == pytest.approx(2.0, rel=0.35)
    assert found.same[0] == pytest.approx(0.8, rel=0.6)
    assert found.later[1] == found.earlier[1] == 0.0
    assert found.between(np.array([0, 2]))[1] == pytest.approx(found.swing * found.carried**2)
    apart = found.with_companions(np.array([[1, 2], [0, -1]]))[0]
    assert apart[0] == pytest.approx(found.later[0] * np.array([1, found.carried]))
    assert apart[1] == pytest.approx([found.same[0], found.earlier[0]])


@pytest.mark.parametrize("sessions", [4, 6, 10])
def test_a_walk_has_no_swings(sessions):
    rng = np.random.default_rng(6)
    _, scores = walks(rng, 2.0)
    found = session_noise(scores[:1500, :sessions], [])
    assert (found.swing, found.carried) == (0.0, 0.0)
    assert found.variance == pytest.approx(4.0, abs=0.6)


def test_courses_too_short_to_tell():
    assert session_noise(np.random.default_rng(1).normal(size=(50, 3)), []) is None


def test_joint_normal_of_complete_values_is_their_covariance():
    values = np.random.default_rng(2).normal(size=(200, 3)) @ np.array(
        [[2, 1, 0], [0, 1, 1], [0, 0, 3.0]]
    )
    mean, covariance = joint_normal(values, patterns_of(values))
    assert mean == pytest.approx(values.mean(axis=0), abs=1e-6)
    assert covariance == pytest.approx(np.cov(values.T, bias=True), abs=1e-4)


def test_joint_normal_mends_what_is_missing_at_random():
    rng = np.random.default_rng(3)
    values = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 4000)
    values[values[:, 0] > 0.5, 1] = np.nan  # depends on what is seen
    mean, covariance = joint_normal(values, patterns_of(values))
    assert mean[1] == pytest.approx(0.0, abs=0.06)
    assert covariance[0, 1] == pytest.approx(0.8, abs=0.06)


def test_given_the_expected_course_a_mirror_tells_nothing():
    """y follows the symptoms at session 5; the alliance mirrors them. Beside the noisy score the
    alliance has a coefficient, beside the expected course none."""
    rng = np.random.default_rng(4)
    behind, scores = walks(rng, 2.0)
    alliance = -0.1 * behind[:, 2:5].mean(axis=1) + rng.normal(0, 0.2, N)
    y = behind[:, 4] + rng.normal(0, 3, N)
    noise = session_noise(scores, [])
    own = ScoreNoise(noise.variance * np.eye(5), np.zeros((5, 1)), None, None)
    course = expected_course(scores[:, :5], alliance[:, None], own)
    assert course.reliability == pytest.approx(1 - 4 / np.var(scores[:, 4]), abs=0.02)

    def of_alliance(*columns):
        x = np.column_stack([np.ones(N), alliance, *columns])
        return np.linalg.lstsq(x, y, rcond=None)[0][1]

    assert of_alliance(scores[:, 4]) < -2.0
    assert abs(of_alliance(course.level, course.change)) < 0.6  # a standard error of .25


def test_given_course_and_swing_a_mirror_of_both_tells_nothing():
    """y follows the level and what is left of the swing at session 5; the alliance mirrors both."""
    rng = np.random.default_rng(7)
    level = rng.normal(15, 4, N)
    swings = np.empty((N, SESSIONS))
    swings[:, 0] = rng.normal(0, 2, N)
    for t in range(1, SESSIONS):
        swings[:, t] = 0.5 * swings[:, t - 1] + rng.normal(0, 2 * np.sqrt(0.75), N)
    scores = level[:, None] + swings
    alliance = -0.1 * (level + swings[:, 4]) + rng.normal(0, 0.2, N)
    y = level + 0.5 * swings[:, 4] + rng.normal(0, 3, N)
    apart = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    fading = 4 * 0.5 ** apart[-1].astype(float)
    own = ScoreNoise(4 * 0.5**apart, -0.1 * fading[:, None], fading, np.array([-0.4]))
    course = expected_course(scores[:, :5], alliance[:, None], own)
    assert course.change is None and course.swing is not None
    x = np.column_stack([np.ones(N), alliance, course.level, course.swing])
    found = np.linalg.lstsq(x, y, rcond=None)[0]
    assert found[2:] == pytest.approx([1.0, 0.5], abs=0.15)
    assert abs(found[1]) < 0.9  # a standard error of some .3
    alone = np.linalg.lstsq(x[:, :3], y, rcond=None)[0]
    assert abs(alone[1]) > 1.5  # without the swing the mirror seems to matter


def test_what_an_expectation_hides_and_how_unsure_it_is():
    """Two scores of a course that stands still (variance 9, noise 4) and a predictor of slope .5:
    told by their mean, the course is hidden by 1 / (1/8.75 + 2/4) = 1.628; the expectation's slope
    on the predictor is off by an error of variance unsure x scale."""
    known = ScoreNoise(4.0 * np.eye(2), np.zeros((2, 1)), None, None)
    slopes, found = [], None
    for seed in range(300):
        rng = np.random.default_rng((seed, 7))
        x = rng.normal(size=(400, 1))
        course = 0.5 * x[:, 0] + np.sqrt(8.75) * rng.normal(size=400)
        scores = course[:, None] + 2.0 * rng.normal(size=(400, 2))
        found = expected_course(scores, x, known)
        design = np.column_stack([np.ones(400), scores, x])
        slopes.append(np.linalg.lstsq(design, found.level, rcond=None)[0][3])
    hidden = found.hidden
    # One sample of 400: its covariances have errors of 7 %.
    assert hidden.covariance[0, 0] == pytest.approx(1.628, rel=0.15)
    told = np.sqrt(hidden.unsure[0, 0] * hidden.scale[0, 0])
    assert np.std(slopes) == pytest.approx(told, rel=0.2)  # 300 sets: 4 %; the weights' own error
