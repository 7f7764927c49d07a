"""The batched search on functions whose minima are known."""

import numpy as np
import pytest

from analysis.models.optimise import MAX_ITERATIONS, hessian, minimise


def quadratic(points, curvature):
    """(p - 1)' A (p - 1) + 3, its minimum 3 at p = 1."""
    moved = points - 1.0
    return 3 + np.einsum("bi,ij,bj->b", moved, curvature, moved), 2 * moved @ curvature


def rosenbrock(points, members=None):
    """The curved valley with its minimum 0 at (1, 1)."""
    x, y = points.T
    value = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    return value, np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=1)


def even(points, members=None):
    """(p**2 - 4)**2: two minima, and a flat top at 0 as a variance of zero has one."""
    return (((points**2 - 4) ** 2).sum(axis=1), 4 * points * (points**2 - 4))


STARTS = np.array([[-1.2, 1.0], [0.0, 0.0], [2.0, 2.0], [-0.5, 1.5], [1.0, 1.0]])


def test_a_badly_scaled_quadratic():
    curvature = np.diag([1e-3, 1.0, 1e4]) + 1e-4
    found = minimise(lambda t, m: quadratic(t, curvature), np.array([[5.0, -3.0, 2.0]]))
    assert found.converged.all()
    # It stops at a predicted decrease of 1e-11: (p - 1)^2 of 1e-11 over the curvature of 1e-3.
    assert found.value == pytest.approx(3, abs=1e-10)
    assert found.theta == pytest.approx(np.ones((1, 3)), abs=1e-3)


def test_a_curved_valley_from_everywhere():
    found = minimise(rosenbrock, STARTS)
    assert found.converged.all()
    assert found.value.max() < 1e-10
    assert found.theta == pytest.approx(np.ones_like(STARTS), abs=1e-4)
    assert found.iterations < MAX_ITERATIONS
    assert found.value == pytest.approx(rosenbrock(found.theta)[0], abs=0)


def test_members_do_not_know_of_each_other():
    together = minimise(rosenbrock, STARTS)
    order = [3, 1, 4, 0, 2]
    shuffled = minimise(rosenbrock, STARTS[order])
    assert np.array_equal(shuffled.theta, together.theta[order])
    for k, start in enumerate(STARTS):
        alone = minimise(rosenbrock, start[None])
        assert np.array_equal(alone.theta[0], together.theta[k])
        assert alone.value[0] == together.value[k]


def test_each_member_has_its_own_function():
    targets = np.array([[0.5], [-2.0], [7.0]])

    def function(theta, members):
        moved = theta - targets[members]
        return (moved**2).sum(axis=1), 2 * moved

    found = minimise(function, np.zeros((3, 1)))
    assert found.theta == pytest.approx(targets, abs=1e-5)


def test_either_of_two_mirrored_minima():
    found = minimise(even, np.array([[0.3], [-0.3], [5.0]]))
    assert found.converged.all()
    assert np.abs(found.theta) == pytest.approx(2.0, abs=1e-6)


def test_a_minimum_at_zero_needs_no_bound():
    found = minimise(lambda t, m: ((t**2 + 1).sum(axis=1), 2 * t), np.array([[1.0], [-0.2]]))
    assert found.converged.all() and np.abs(found.theta).max() < 1e-5


def test_the_start_is_not_changed_and_a_minimum_is_kept():
    start = STARTS.copy()
    minimise(rosenbrock, start)
    assert np.array_equal(start, STARTS)
    assert np.array_equal(minimise(rosenbrock, np.ones((1, 2))).theta, np.ones((1, 2)))


def test_no_parameters_is_no_search():
    def function(theta, members):
        return np.full(len(theta), 2.5), np.zeros_like(theta)

    found = minimise(function, np.zeros((2, 0)))
    assert found.converged.all() and found.value == pytest.approx([2.5, 2.5])


def test_a_member_that_is_not_a_number_stays_alone():
    def function(theta, members):
        value, gradient = rosenbrock(theta)
        lost = members == 1
        return np.where(lost, np.nan, value), np.where(lost[:, None], np.nan, gradient)

    found = minimise(function, STARTS)
    assert list(found.converged) == [True, False, True, True, True]
    assert np.delete(found.value, 1).max() < 1e-10


def test_a_step_into_the_undefined_is_taken_back():
    def function(theta, members):
        with np.errstate(invalid="ignore"):
            value = theta - np.log(theta)  # only above 0; its minimum 1 at 1
            return value.sum(axis=1), 1 - 1 / theta

    found = minimise(function, np.array([[9.0], [0.01]]))
    assert found.converged.all()
    assert found.theta == pytest.approx(np.ones((2, 1)), abs=1e-5)


def test_a_looser_tolerance_takes_fewer_evaluations():
    loose = minimise(rosenbrock, STARTS[:1], tolerance=1e-2)
    assert loose.evaluations < minimise(rosenbrock, STARTS[:1]).evaluations
    assert loose.converged.all()


def test_the_inverse_hessian_makes_a_quadratic_one_step():
    curvature = np.array([[2.0, 0.3], [0.3, 50.0]])
    found = minimise(
        lambda t, m: quadratic(t, curvature),
        np.array([[0.5, 1.8]]),
        inverse_hessian=np.linalg.inv(2 * curvature),
    )
    assert found.iterations <= 2
    assert found.theta == pytest.approx(np.ones((1, 2)), abs=1e-9)


def test_what_has_no_minimum_does_not_converge():
    found = minimise(lambda t, m: (t[:, 0], np.ones_like(t)), np.zeros((1, 1)))
    assert not found.converged.any()


def test_hessian_of_a_known_function():
    at = np.array([0.7, -0.4])
    x, y = at
    expected = [[2 - 400 * (y - 3 * x**2), -400 * x], [-400 * x, 200]]
    # Third derivatives of some thousand times a squared step of 1e-8.
    assert hessian(lambda t: rosenbrock(t)[1], at) == pytest.approx(np.array(expected), abs=1e-4)
    assert hessian(lambda t: t, np.zeros(0)).shape == (0, 0)
