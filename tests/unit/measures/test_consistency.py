"""Alpha and omega against closed forms, a least-squares search, and R's numbers."""

import numpy as np
import pytest
from scipy.optimize import minimize

from analysis.measures.consistency import consistency


def sheets(loadings, rows=400, seed=1):
    """Answers whose covariance is exactly loadings loadingsᵀ plus unit unique variances."""
    rng = np.random.default_rng(seed)
    k = len(loadings)
    raw = rng.normal(size=(rows, k))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    wanted = np.outer(loadings, loadings) + np.eye(k)
    return white @ np.linalg.cholesky(wanted).T


def test_equal_items_have_alpha_and_omega_alike():
    found = consistency(sheets([1.0, 1.0, 1.0]))
    assert found.alpha == pytest.approx(0.75, abs=1e-9)  # 3/2 (1 − 6/12)
    assert found.omega == pytest.approx(0.75, abs=1e-7)  # 9/(9 + 3); the search stops at 1e-9


def test_omega_of_unequal_loadings_is_the_formula_and_above_alpha():
    loadings = np.array([0.5, 1.0, 1.5, 2.0, 0.8])
    found = consistency(sheets(loadings))
    exact = loadings.sum() ** 2 / (loadings.sum() ** 2 + 5)
    assert found.omega == pytest.approx(exact, abs=1e-6)
    assert found.alpha is not None and found.alpha < exact


def test_omega_is_that_of_a_least_squares_search():
    rng = np.random.default_rng(3)
    answers = rng.integers(0, 4, (60, 1)) + rng.integers(0, 3, (60, 6))
    r = np.corrcoef(answers, rowvar=False)
    off = ~np.eye(6, dtype=bool)
    found = minimize(lambda x: ((r - np.outer(x, x))[off] ** 2).sum(), np.full(6, 0.5))
    spread = answers.std(axis=0, ddof=1)
    common = (found.x * spread).sum() ** 2
    omega = common / (common + (spread**2 * (1 - found.x**2)).sum())
    assert consistency(answers).omega == pytest.approx(omega, abs=1e-5)  # the search's own accuracy


def test_item_rest_is_the_plain_correlation():
    rng = np.random.default_rng(2)
    answers = rng.integers(0, 4, (40, 5)).astype(float)
    found = consistency(answers)
    for i, r in enumerate(found.item_rest):
        rest = np.delete(answers, i, axis=1).sum(axis=1)
        assert r == pytest.approx(np.corrcoef(answers[:, i], rest)[0, 1], abs=1e-12)


def test_few_sheets_and_constant_items_say_nothing():
    assert consistency(np.ones((5, 3))).alpha is None
    constant = np.column_stack([np.ones(20), np.arange(20), np.arange(20)])
    found = consistency(constant)
    assert (found.alpha, found.omega) == (None, None)
    gaps = np.arange(60.0).reshape(20, 3)
    gaps[:15, 0] = np.nan
    assert consistency(gaps).sheets == 5
