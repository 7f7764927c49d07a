"""Every derivative of the panels' likelihood against differences, and the likelihood itself
against the definition row by row."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from analysis.models.panels.likelihood.maximum import evaluate
from analysis.models.panels.likelihood.normal import minus_log_likelihood
from analysis.models.panels.likelihood.patterns import patterns_of
from analysis.models.panels.likelihood.structure import MODELS, Structure
from tests.unit.models.panels.panel_data import made

T = 5
STEP = 1e-5  # central differences are then right to some 1e-10 of third derivatives


def point(structure: Structure) -> np.ndarray:
    rng = np.random.default_rng(3)
    k = structure.effects
    lower = np.tril(0.2 * rng.normal(size=(k, k)) + np.eye(k))
    blocks = np.stack([np.array([[1.0, 0.3], [0.3, 1.5]]) * (1 + 0.1 * t) for t in range(T)])
    lags = np.array([[0.3, -0.1], [-0.2, 0.4]])
    random = lower if structure.factored else lower @ lower.T
    return structure.join(rng.normal(size=2 * T), lags, blocks, random)


def table() -> np.ndarray:
    values = made(1, 60, T, [[0.3, -0.1], [-0.2, 0.3]], gaps=0.25) - [15, 40]
    return values.reshape(60, 2 * T)


@pytest.mark.parametrize("factored", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_gradient_and_hessian_are_those_of_differences(model, factored):
    structure = Structure(model, T, factored)
    theta, patterns = point(structure), patterns_of(table())
    at = evaluate(patterns, structure, theta)
    ups = [evaluate(patterns, structure, theta + STEP * e) for e in np.eye(structure.size)]
    downs = [evaluate(patterns, structure, theta - STEP * e) for e in np.eye(structure.size)]
    pairs = list(zip(ups, downs, strict=True))
    gradient = np.array([(u.value - d.value) / (2 * STEP) for u, d in pairs])
    hessian = np.array([(u.gradient - d.gradient) / (2 * STEP) for u, d in pairs])
    assert at.gradient == pytest.approx(gradient, abs=1e-5, rel=1e-6)
    assert at.hessian == pytest.approx(hessian, abs=1e-5, rel=1e-6)


def test_the_likelihood_is_its_definition():
    values, structure = table(), Structure("lcm-sr", T)
    theta = point(structure)
    mean, covariance = theta[: 2 * T], structure.covariance(theta)
    naive = 0.0
    for row in values:
        o = np.isfinite(row)
        if o.any():
            naive -= multivariate_normal(mean[o], covariance[np.ix_(o, o)]).logpdf(row[o])
    found = minus_log_likelihood(patterns_of(values), mean, covariance)
    assert found.value == pytest.approx(naive, rel=1e-12)


def test_the_covariance_is_that_of_the_process():
    """By the recursion session after session, not by powers of the lags."""
    structure = Structure("lcm-sr", T)
    theta = point(structure)
    parts = structure.split(theta)
    c = np.zeros((T, T, 2, 2))
    c[0, 0] = parts.blocks[0]
    for t in range(1, T):
        c[t, t] = parts.lags @ c[t - 1, t - 1] @ parts.lags.T + parts.blocks[t]
        for u in range(t):
            c[t, u] = parts.lags @ c[t - 1, u]
            c[u, t] = c[t, u].T
    within = c.transpose(0, 2, 1, 3).reshape(2 * T, 2 * T)
    g = structure.loadings
    expected = within + g @ parts.random @ g.T
    assert structure.covariance(theta) == pytest.approx(expected, abs=1e-12)


def test_expected_information_is_the_mean_of_the_observed():
    """On a complete table whose moments are the model's own both are the same."""
    from analysis.models.panels.likelihood.patterns import complete_pattern

    structure = Structure("ri-clpm", T)
    theta = point(structure)
    summary = complete_pattern(50, theta[: 2 * T], structure.covariance(theta))
    observed = evaluate(summary, structure, theta).hessian
    expected = evaluate(summary, structure, theta, "expected").hessian
    assert observed == pytest.approx(expected, abs=1e-8)


def test_outside_the_covariances_there_is_no_likelihood():
    patterns = patterns_of(table())
    assert minus_log_likelihood(patterns, np.zeros(2 * T), -np.eye(2 * T)).value == np.inf
