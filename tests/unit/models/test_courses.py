"""Noise told from courses, and the course expected behind noisy scores."""

import numpy as np
import pytest

from analysis.models.courses.calibrated import expected_course
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
    assert found.with_ == pytest.approx([-0.5 * found.variance, 0.0], abs=0.15)


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
    course = expected_course(scores[:, :5], alliance[:, None], noise, np.zeros((5, 0, 1)))
    assert course.reliability == pytest.approx(1 - 4 / np.var(scores[:, 4]), abs=0.02)

    def of_alliance(*columns):
        x = np.column_stack([np.ones(N), alliance, *columns])
        return np.linalg.lstsq(x, y, rcond=None)[0][1]

    assert of_alliance(scores[:, 4]) < -2.0
    assert abs(of_alliance(course.level, course.change)) < 0.6  # a standard error of .25
