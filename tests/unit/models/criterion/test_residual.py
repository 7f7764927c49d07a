"""The search that holds the fixed effects first, against its definition and the plain search."""

import numpy as np
import pytest

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.residual import residual_problem
from analysis.models.criterion.theta import start_theta
from analysis.models.linear import fit, search
from tests.unit.models.nested import moments_of, nested_table

FORMULAS = [
    "y ~ x + t + (t | p)",
    "y ~ t*a + (1 | th) + (1 | p)",
    "y ~ x + t + (1 | c) + (1 | th) + (t | p)",
    "y ~ x + (t | c) + (x || th) + (1 | p)",
]
CASES = [(f, r) for r in (False, True) for f in FORMULAS]


@pytest.fixture(params=CASES, ids=str, scope="module")
def sums(request, tmp_path_factory):
    formula, regular = request.param
    return moments_of(tmp_path_factory.mktemp("rows"), nested_table(5, regular), formula)


def test_its_rest_is_that_of_the_coefficients_held(sums):
    """With the generalised least squares estimates held, y'V^-1 y of what they leave is the
    whole problem's penalised residual sum of squares, and log|V| is the same."""
    problem = build_problem(sums)
    whole = evaluate(problem, start_theta(problem, 0.7), reml=False)
    held = evaluate(residual_problem(problem, whole.beta), start_theta(problem, 0.7), reml=False)
    assert held.rss == pytest.approx(whole.rss, rel=1e-10)
    assert held.value == pytest.approx(whole.value, rel=1e-10)


def test_both_ways_of_searching_end_in_one_place(sums, monkeypatch):
    plain = fit.fit_moments(sums)
    monkeypatch.setattr(search, "COSTLY", 0)
    nearer = fit.fit_moments(sums)
    assert nearer.criterion == pytest.approx(plain.criterion, abs=1e-8)
    for a, b in zip(nearer.fixed, plain.fixed, strict=True):
        # Both searches settle at a gradient of 1e-7.
        assert np.array([a.estimate, a.se]) == pytest.approx([b.estimate, b.se], rel=1e-7)
    if plain.status.converged:  # on so few rows two starts may end in two minima
        assert nearer.status == plain.status
