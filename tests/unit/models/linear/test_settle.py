"""Minimum, saddle or slope: judged at the very point, and mended where it can be."""

import numpy as np
import pytest

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.linear.fit import solve
from analysis.models.linear.search import onwards
from analysis.models.linear.settle import profiled, settle
from tests.unit.models.inferred import moments_of_file
from tests.unit.models.nested import moments_of, nested_table


@pytest.fixture
def problem(tmp_path):
    return build_problem(moments_of(tmp_path, nested_table(5, clinics=9), "y ~ x + (t | p)"))


def settled_from(problem, theta, inverse=None):
    theta = np.array(theta, dtype=float)
    inverse = np.eye(len(theta)) if inverse is None else inverse
    return settle(problem, True, theta, inverse, onwards(problem, True))


def test_a_variance_of_zero_that_is_no_minimum_is_left(problem):
    """At Lambda = 0 the gradient is exactly zero, as at any minimum; the curvature is not."""
    best = solve(problem, True)
    here = evaluate(problem, np.zeros(3), True)
    assert np.abs(here.gradient).max() == 0 and here.value > best.evaluation.value + 1
    found = settled_from(problem, np.zeros(3))
    assert found.still
    assert found.evaluation.value == pytest.approx(best.evaluation.value, abs=1e-8)


def test_a_variance_of_zero_that_is_a_minimum_is_kept():
    problem = build_problem(moments_of_file("dyestuff2.csv", "Yield ~ 1 + (1 | Batch)"))
    found = settled_from(problem, [0.0])
    assert found.still and abs(found.theta[0]) < 1e-6 and not len(found.flat)


def test_a_bad_borrowed_curvature_does_no_harm(problem):
    """A polish never raises the criterion, and the true Hessian settles what it leaves."""
    best = solve(problem, True)
    start = best.theta + np.array([0.02, -0.01, 0.03])
    before = evaluate(problem, start, True).value
    for inverse in (1e3 * np.eye(3), -np.eye(3), 1e-9 * np.eye(3)):
        found = settled_from(problem, start, inverse)
        assert found.evaluation.value <= before
        assert found.still and found.theta == pytest.approx(best.theta, abs=1e-6)


def test_curvature_is_that_of_the_criterion(problem):
    """Second differences of the criterion itself, good to some 1e-4 of their size."""
    solution, step = solve(problem, True), 1e-3
    hessian, theta = profiled(solution.settled.curvature), solution.theta
    for i in range(3):
        for j in range(3):
            shifts = [
                (a * b, a * np.eye(3)[i] * step + b * np.eye(3)[j] * step)
                for a in (1, -1)
                for b in (1, -1)
            ]
            total = sum(
                s * evaluate(problem, theta + d, True, with_gradient=False).value for s, d in shifts
            )
            expected = total / (4 * step**2)
            assert hessian[i, j] == pytest.approx(expected, abs=1e-3 * np.abs(hessian).max())


def test_diagonals_are_not_negative(problem):
    best = solve(problem, True)
    flipped = best.theta * np.array([-1, -1, 1])
    found = settled_from(problem, flipped)
    assert found.theta == pytest.approx(best.theta, abs=1e-6)
    assert found.curvature == pytest.approx(best.settled.curvature, abs=1e-3)
