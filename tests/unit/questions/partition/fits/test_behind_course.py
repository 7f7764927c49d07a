"""Shares given the course itself, from rows that hold only what is expected of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from analysis.questions.partition.fits.behind_course import LEAST_LEFT, Projection, explained_of
from analysis.questions.partition.rows.prepared import HiddenParts

# A course of variance 9, seen with noise of 4; a factor of variance 1 that goes with it (3 x .4);
# an outcome 1.0 x course + 2 x factor + a rest of variance 5.
COURSE, NOISE, REST = 9.0, 4.0, 5.0
TRUE = np.array([[COURSE, 1.2], [1.2, 1.0]])
B = np.array([[1.0, 2.0]])


def expected() -> tuple[np.ndarray, float]:
    """The covariance of the expected course, given the score and the factor, with the factor; and
    what it hides. Cov(E L, x) = Cov(L, x)."""
    seen = np.array([[COURSE + NOISE, 1.2], [1.2, 1.0]])
    told = TRUE[0] @ np.linalg.solve(seen, TRUE[0])
    return np.array([[told, 1.2], [1.2, 1.0]]), COURSE - told


def projection(hidden: float) -> Projection:
    covariance = np.zeros((1, 4, 4))
    covariance[0, 1, 1] = hidden
    one = np.eye(1)
    course, others = np.array([[1]]), np.array([[2]])
    prepared = SimpleNamespace(
        levels=("treatment",),
        part_level={1: "treatment", 2: "treatment"},
        hidden=HiddenParts(covariance, one, one, one, course, others),
        moments=SimpleNamespace(scale=np.ones(4)),
    )
    return Projection(prepared, np.array([1, 2]), np.array([1, 2]), np.ones(2))  # type: ignore


def shares(found: Projection, covariance: np.ndarray, sigma2: float) -> dict[str, float]:
    pieces = np.zeros((1, 1, 4, 4))
    pieces[0, 0, 1:3, 1:3] = covariance
    beta, s = np.array([[0.0, *B[0]]]), np.array([sigma2])
    pieces, random = found.shown(beta, s, s[:, None], pieces)
    fixed = {
        name: found.fixed(beta, None, s, wanted, pieces)
        for name, wanted in {"course": {1}, "both": {1, 2}}.items()
    }
    out = {
        name: explained_of(f, random, [0], fixed["both"], np.ones(1, bool)).total[0]
        for name, f in fixed.items()
    }
    return out | {"left": random[0, 0]}


def test_shares_are_those_of_the_course_itself():
    """The course alone explains (9 + 2 x 1.2)^2 / 9, both 9 + 4 + 4 x 1.2, of 22.8."""
    told, hidden = expected()
    found = shares(projection(hidden), told, REST + hidden)
    # 1e-8: the part of 1e-9 that keeps columns that say the same apart.
    assert found["course"] == pytest.approx((9 + 2.4) ** 2 / 9 / 22.8, rel=1e-8)
    assert found["both"] == pytest.approx(17.8 / 22.8, rel=1e-12)
    assert found["left"] == pytest.approx(REST, rel=1e-12)


def test_the_expected_course_alone_would_take_what_is_the_factors():
    told, hidden = expected()
    whole = shares(projection(hidden), told, REST + hidden)
    expected_alone = shares(projection(0.0), told, REST + hidden)
    of_factor = [f["both"] - f["course"] for f in (whole, expected_alone)]
    assert of_factor[0] > 1.05 * of_factor[1]


def test_the_residual_keeps_a_tenth_however_much_is_hidden():
    told, _ = expected()
    found = shares(projection(100.0), told, 3.0)
    assert found["left"] == pytest.approx(LEAST_LEFT * 3.0)


def test_noise_of_coefficients_is_taken_off():
    """b'Sb of b = 0 with covariance C is tr(S C) on average: 9 x .2 + 1 x .1 + 2 x 1.2 x .05."""
    found, unit = projection(0.0), np.zeros((1, 3, 3))
    unit[0, 1:, 1:] = [[0.2, 0.05], [0.05, 0.1]]
    pieces = np.zeros((1, 1, 4, 4))
    pieces[0, 0, 1:3, 1:3] = TRUE
    fixed = found.fixed(np.zeros((1, 3)), unit, np.ones(1), {1, 2}, pieces)
    assert fixed[0, 0] == pytest.approx(-(1.8 + 0.1 + 0.12))


def test_an_unsure_expectation_moves_coefficient_and_covariance_against_each_other():
    found = projection(1.0)
    pieces = np.zeros((4000, 1, 4, 4))
    pieces[:, 0, 1:3, 1:3] = TRUE
    beta = np.tile([0.0, 1.0, 2.0], (4000, 1))
    moved, wider = found.unsure(np.random.default_rng(1), beta, pieces)
    off, more = moved[:, 2] - 2.0, wider[:, 0, 1, 2] - 1.2
    assert np.corrcoef(off, more)[0, 1] == pytest.approx(-1.0)
    assert off.std() == pytest.approx(1.0, rel=0.05)  # roots of one: 4 errors of .011
    assert (wider[:, 0, 1, 2] == wider[:, 0, 2, 1]).all()
