"""The logistic likelihood against dense matrices and integrals; gradient and curvature against
differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit

from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.frame import Frame
from analysis.models.logistic.likelihood.modes import find_modes
from analysis.models.logistic.likelihood.objective import Objective
from analysis.models.logistic.rows.cells import gathered
from tests.unit.models.logistic.worlds import SHAPES, by_dense_matrices, drawn


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", [0, 1])
def test_value_equals_that_of_dense_matrices(shape, seed):
    cells, theta, beta = drawn(shape, seed)
    point = Objective(Frame.of(cells), 1).at(np.append(theta, beta))
    assert point.modes.settled
    # Sums of some hundred logarithms in another order.
    assert point.value == pytest.approx(by_dense_matrices(cells, theta, beta), abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_effects_have_the_dense_inverse_as_covariance(shape):
    """The blocks of A^-1 that belong to single groups, which predicted effects' SDs are made of."""
    cells, theta, beta = drawn(shape, 4)
    point = Objective(Frame.of(cells), 1).at(np.append(theta, beta))
    factors, at = thetas.factors(cells.levels, theta), 0
    columns = []
    for level, code, factor in zip(cells.levels, cells.codes, factors, strict=True):
        z = np.zeros((len(cells.size), level.q * level.groups))
        for j in range(level.q):
            z[np.arange(len(z)), code[cells.unit] * level.q + j] = cells.z[at + j]
        columns.append(z @ np.kron(np.eye(level.groups), factor))
        at += level.q
    z = np.concatenate(columns, axis=1)
    dense = np.linalg.inv(z.T @ (z * point.modes.response.weight[:, None]) + np.eye(z.shape[1]))
    starts = np.cumsum([0, *(level.q * level.groups for level in cells.levels)])
    for unit in range(len(cells.starts)):
        own = np.concatenate(
            [
                s + c[unit] * level.q + np.arange(level.q)
                for s, c, level in zip(starts, cells.codes, cells.levels, strict=False)
            ]
        )
        expected = dense[np.ix_(own, own)]
        assert point.covariance[..., unit] == pytest.approx(expected, abs=1e-11)


@given(
    shape=st.sampled_from(sorted(SHAPES)), seed=st.integers(0, 10_000), scale=st.floats(0.0, 4.0)
)
@settings(max_examples=60, deadline=None)
def test_gradient_is_that_of_differences(shape, seed, scale):
    cells, theta, beta = drawn(shape, seed)
    _check_gradient(Objective(Frame.of(cells), 1), np.append(theta * scale, beta))


@given(points=st.integers(2, 25), seed=st.integers(0, 10_000), size=st.floats(-4.0, 4.0))
@settings(max_examples=40, deadline=None)
def test_gradient_of_the_quadrature_is_that_of_differences(points, seed, size):
    cells, _, beta = drawn("one", seed)
    _check_gradient(Objective(Frame.of(cells), points), np.append(size, beta))


@pytest.mark.parametrize(("shape", "points"), [*((s, 1) for s in SHAPES), ("one", 7)])
def test_curvature_is_that_of_the_gradients_differences(shape, points):
    """The modes follow their tangent there; here they are sought anew at every point."""
    cells, theta, beta = drawn(shape, 2)
    objective, phi = Objective(Frame.of(cells), points), np.append(theta, beta)
    found, step = objective.hessian(phi), 1e-4
    for j in range(len(phi)):
        move = step * np.eye(len(phi))[j]
        up, down = objective.at(phi + move).gradient, objective.at(phi - move).gradient
        # Both are off by about step^2 times a fifth derivative.
        assert found[j] == pytest.approx((up - down) / (2 * step), abs=1e-5 * np.abs(found).max())


@pytest.mark.parametrize(("shape", "points"), [("nested", 1), ("crossed slopes", 1), ("one", 7)])
def test_effects_move_with_the_parameters_as_tangents_say(shape, points):
    """What the errors of predictions are made of: Lambda u sought anew on both sides."""
    cells, theta, beta = drawn(shape, 6)
    objective, phi = Objective(Frame.of(cells), points), np.append(theta, beta)
    objective.hessian(phi)
    tangents, step = objective.tangents, 1e-4

    def effects(at):
        factors = thetas.factors(cells.levels, at[: len(theta)])
        found = objective.at(at).modes.effects
        return [f @ u for f, u in zip(factors, found, strict=True)]

    for j in range(len(phi)):
        move = step * np.eye(len(phi))[j]
        for k, (up, down) in enumerate(zip(effects(phi + move), effects(phi - move), strict=True)):
            assert tangents[j][k] == pytest.approx((up - down) / (2 * step), abs=1e-6)


def test_quadrature_is_the_integral_itself():
    cells, _, beta = drawn("one", 3)
    theta = np.array([1.7])
    value = Objective(Frame.of(cells), 25).at(np.append(theta, beta)).value
    code, fixed = cells.codes[0][cells.unit], cells.offset + beta @ cells.x
    total = 0.0
    for group in range(cells.levels[0].groups):
        own = code == group
        size, hits, eta = cells.size[own], cells.hits[own], fixed[own]

        def density(u, size=size, hits=hits, eta=eta):
            p = expit(eta + theta[0] * u)
            return np.prod(p**hits * (1 - p) ** (size - hits)) * np.exp(-u * u / 2)

        total -= 2 * np.log(quad(density, -9, 9, epsabs=1e-14)[0] / np.sqrt(2 * np.pi))
    assert value == pytest.approx(total, abs=1e-5)


@pytest.mark.parametrize("size", [3.0, 10.0, 30.0])
def test_modes_are_found_where_undamped_steps_run_off(size):
    """Large effects: Newton's full steps overshoot; halved ones reach the only minimum."""
    cells, _, beta = drawn("one", 5)
    frame = Frame.of(cells)
    far = [np.full((1, cells.levels[0].groups), 25.0)]
    fixed = cells.offset + beta @ cells.x
    found = find_modes(frame, fixed, [np.array([[size]])], far)
    assert found.settled
    code, z = cells.codes[0][cells.unit], size * cells.z[0]
    for group, mode in enumerate(found.effects[0][0]):
        own = code == group
        p = expit(fixed[own] + z[own] * mode)
        slope = mode - (z[own] * (cells.hits[own] - cells.size[own] * p)).sum()
        assert slope == pytest.approx(0.0, abs=1e-8)


@given(seed=st.integers(0, 10_000), copies=st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_equal_rows_are_brought_together(seed, copies):
    """Repeated rows, in any order, make the cells of single ones with as many trials."""
    rng = np.random.default_rng(seed)
    x = np.stack([np.ones(60), rng.integers(0, 3, 60)])
    z, code = np.ones((1, 60)), np.unique(rng.integers(0, 8, 60), return_inverse=True)[1]
    hits, ones, zeros = rng.integers(0, 2, 60).astype(float), np.ones(60), np.zeros(60)
    many = np.tile(np.arange(60), copies)
    many = rng.permutation(many)
    levels = drawn("one", 0)[0].levels
    got = gathered(
        x[:, many], z[:, many], zeros[many], ones[many], hits[many], [code[many]], levels
    )
    once = gathered(x, z, zeros, copies * ones, copies * hits, [code], levels)
    assert len(got.size) == len(set(zip(x[1], code, strict=True)))
    for name in ("x", "z", "size", "hits", "unit", "starts"):
        assert np.array_equal(getattr(got, name), getattr(once, name)), name


def _check_gradient(objective: Objective, phi: np.ndarray) -> None:
    gradient, step = objective.at(phi).gradient, 1e-5
    scale = 1 + np.abs(gradient).max()
    for j in range(len(phi)):
        move = step * np.eye(len(phi))[j]
        up, down = objective.at(phi + move).value, objective.at(phi - move).value
        # Rounding leaves 1e-13 of a value of some hundred, over twice the step: 1e-6.
        assert gradient[j] == pytest.approx((up - down) / (2 * step), abs=5e-6 * scale)
