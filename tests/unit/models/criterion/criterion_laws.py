"""What holds of every criterion, nested or crossed: assertions on a fixture `case`."""

import numpy as np
import pytest

from analysis.models.criterion.passes import (
    backward_pass,
    evaluate,
    forward_pass,
    product_derivatives,
)
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.theta import lambdas, start_theta
from tests.unit.models import oracle
from tests.unit.models.nested import dense, moments_of, nested_table, raw_theta

FORMULAS = [
    "y ~ x + t",
    "y ~ x + (1 | p)",
    "y ~ x + t + (t | p)",
    "y ~ x + (t || p)",
    "y ~ 0 + x + t + (0 + t | p)",
    "y ~ a + x + (0 + a | th)",
    "y ~ t*a + (1 | th) + (1 | p)",
    "y ~ x + t + (1 | c) + (1 | th) + (t | p)",
    "y ~ x + (t | c) + (x || th) + (1 | p)",
    "y ~ x + t + (t | c/th/p)",
    "y ~ t + (x + t | th) + (t || p) + (0 + a | c)",
]


# Regular times for every other formula: patients with the same Z'Z are then one pattern.
@pytest.fixture(
    params=[(f, r) for r in (False, True) for f in FORMULAS[:: 1 + r]], ids=str, scope="module"
)
def case(request, tmp_path_factory):
    """(frame, moments, problem) of one formula, with irregular times and with regular ones, where
    patients with the same Z'Z are summed first."""
    formula, regular = request.param
    frame = nested_table(len(formula), regular)
    sums = moments_of(tmp_path_factory.mktemp("rows"), frame, formula)
    return frame, sums, build_problem(sums)


def thetas(problem) -> list[np.ndarray]:
    """Ordinary points, signs and sizes that a search may pass, and singular ones."""
    n, rng = len(start_theta(problem)), np.random.default_rng(7)
    points = [start_theta(problem), *rng.normal(size=(3, n)), 8 * rng.normal(size=n), np.zeros(n)]
    points += [np.where(rng.random(n) < 0.5, 0.0, rng.normal(size=n)) for _ in range(2)]
    return points[:1] if n == 0 else points


def raw_criterion(problem, evaluation, reml: bool) -> float:
    """On the outcome's own scale and with the raw columns of X, as the oracle has them."""
    dof = problem.rows - problem.p * reml
    value = evaluation.value + 2 * dof * np.log(problem.y_scale)
    return value - 2 * reml * np.linalg.slogdet(problem.x_to_raw / problem.y_scale)[1]


@pytest.mark.parametrize("reml", [True, False], ids=["REML", "ML"])
def test_value_and_coefficients_are_those_of_the_definition(case, reml):
    frame, sums, problem = case
    model = dense(frame, sums, problem, reml)
    for theta in thetas(problem):
        ours = evaluate(problem, theta, reml)
        theirs = oracle.estimate(model, raw_theta(problem, theta))
        # The dense inverse of V, with a condition of up to 1e6 here, keeps some ten digits.
        assert raw_criterion(problem, ours, reml) == pytest.approx(theirs.criterion, rel=1e-9)
        beta = problem.x_to_raw @ ours.beta
        if "(Intercept)" in problem.x:
            beta[problem.x.index("(Intercept)")] += sums.centre[-1]
        assert beta == pytest.approx(theirs.beta, rel=1e-6, abs=1e-8)
        dof = problem.rows - problem.p * reml
        assert ours.rss / dof * problem.y_scale**2 == pytest.approx(theirs.sigma2, rel=1e-8)


@pytest.mark.parametrize("reml", [True, False], ids=["REML", "ML"])
def test_gradient_is_the_slope_of_the_value(case, reml):
    _, _, problem = case
    for theta in thetas(problem)[1::2]:  # of each kind one: ordinary, far away, singular
        gradient = evaluate(problem, theta, reml).gradient
        assert gradient.shape == theta.shape
        expected = [slope(problem, theta, reml, j) for j in range(len(theta))]
        # Differences of values of some hundreds, four points wide: 1e-13 * 500 / 1e-3.
        scale = max(1.0, np.abs(expected).max(initial=0))
        assert gradient == pytest.approx(np.array(expected), rel=1e-6, abs=2e-7 * scale)


def slope(problem, theta, reml: bool, j: int, h: float = 1e-3) -> float:
    """Five-point difference of the value, error of order h**4."""
    unit = np.eye(len(theta))[j] * h
    values = [evaluate(problem, theta + k * unit, reml, False).value for k in (-2, -1, 1, 2)]
    return float(np.dot([1, -8, 8, -1], values)) / (12 * h)


def test_psi_and_its_root_give_the_same_pass(case):
    *_, problem = case
    for theta in thetas(problem):
        roots = lambdas(problem, theta)
        by_root = forward_pass(problem, roots)
        by_psi = forward_pass(problem, [r @ r.T for r in roots], from_psi=True)
        assert by_psi.log_det == pytest.approx(by_root.log_det, rel=1e-9, abs=1e-9)
        assert by_psi.products == pytest.approx(by_root.products, rel=1e-8, abs=1e-8)


def test_derivatives_in_psi_are_differences(case):
    """Of log|V| and of every product, by each entry of each Psi, at a Psi of zero too."""
    *_, problem = case
    for theta in (thetas(problem)[-1], np.zeros(len(start_theta(problem)))):
        psi = [r @ r.T for r in lambdas(problem, theta)]
        forward = forward_pass(problem, psi, from_psi=True)
        weights = np.random.default_rng(1).normal(size=forward.products.shape)
        weights = weights + weights.T
        by_log_det = backward_pass(problem, forward, 0 * weights, 1.0)
        by_products = backward_pass(problem, forward, weights, 0.0)
        whole = product_derivatives(problem, forward)
        for k, level in enumerate(problem.levels):
            # A step that changes I + S Psi by a thousandth: rounding and cubes both stay small.
            h = 1e-3 / (1 + np.abs(by_log_det[k]).max())
            for i in range(level.q):
                for j in range(i + 1):
                    log_det, products = psi_difference(problem, psi, k, i, j, h)
                    unit = symmetric_unit(level.q, i, j)
                    total = np.abs(products).max() + 1e-6
                    assert np.sum(by_log_det[k] * unit) == pytest.approx(
                        log_det, rel=1e-5, abs=1e-9 / h
                    )
                    assert np.sum(by_products[k] * unit) == pytest.approx(
                        np.sum(weights * products), rel=1e-5, abs=1e-5 * total
                    )
                    found = np.einsum("abde,ab->de", whole[k], unit)
                    found = (found + found.T) / 2
                    assert found == pytest.approx(products, rel=1e-5, abs=1e-5 * total)


def symmetric_unit(q: int, i: int, j: int) -> np.ndarray:
    unit = np.zeros((q, q))
    unit[i, j] = unit[j, i] = 1.0
    return unit


def psi_difference(problem, psi, k: int, i: int, j: int, h: float):
    """Five-point differences of log|V| and W'V^-1 W; Psi may be indefinite by a hair."""
    passes = []
    for step in (-2 * h, -h, h, 2 * h):
        moved = list(psi)
        moved[k] = psi[k] + step * symmetric_unit(len(psi[k]), i, j)
        passes.append(forward_pass(problem, moved, from_psi=True))
    weights = np.array([1, -8, 8, -1]) / (12 * h)
    log_det = sum(w * f.log_det for w, f in zip(weights, passes, strict=True))
    return log_det, sum(w * f.products for w, f in zip(weights, passes, strict=True))
