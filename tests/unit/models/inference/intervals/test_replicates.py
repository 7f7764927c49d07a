"""The criterion of many outcomes at once against the one that takes one outcome."""

import numpy as np
import pytest

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.theta import start_theta
from analysis.models.inference.intervals.innermost_units import unit_sums
from analysis.models.inference.intervals.replicates import (
    evaluate_replicates,
    outcome_sums,
    shared_sums,
)
from tests.unit.models.nested import moments_of, nested_table

FORMULAS = [
    "y ~ x + (t | p)",
    "y ~ x + t + a + (t | p) + (1 | th)",
    "y ~ 0 + x + t + (0 + t | p) + (1 | th) + (x || c)",
    "y ~ x + (1 | p) + (t | th) + (1 | c)",
]


@pytest.mark.parametrize("regular", [True, False])
@pytest.mark.parametrize("formula", FORMULAS)
def test_each_replicate_is_its_own_evaluation(tmp_path, formula, regular):
    moments = moments_of(tmp_path, nested_table(3, regular), formula)
    problem = build_problem(moments)
    units = unit_sums(moments, problem)
    shared = shared_sums(problem, units)
    # Outcomes whose sums are known without rows: y + X b for some b, y itself first.
    shifts = [np.append(np.full(problem.p, b), 1.0) for b in (0.0, 0.5, -2.0)]
    sums = outcome_sums(
        shared,
        units,
        np.array([(problem.gram @ w)[:-1] for w in shifts]),
        np.array([w @ problem.gram @ w for w in shifts]),
        np.stack([units.zw @ w for w in shifts], axis=1),
    )
    theta = np.random.default_rng(1).normal(size=(3, len(start_theta(problem))))
    for reml in (True, False):
        value, gradient, beta, rss = evaluate_replicates(shared, sums, theta, np.arange(3), reml)
        one = evaluate_replicates(shared, sums, theta[2:], np.array([2]), reml)
        assert one[0] == pytest.approx(value[2:], rel=1e-12)
        for k, shift in enumerate(shifts):
            alone = evaluate(problem, theta[k], reml)
            # Sums in another order; r2 does not move with X b, beta does by b.
            assert value[k] == pytest.approx(alone.value, rel=1e-9)
            assert gradient[k] == pytest.approx(alone.gradient, rel=1e-7, abs=1e-7)
            assert rss[k] == pytest.approx(alone.rss, rel=1e-9)
            assert beta[k] == pytest.approx(alone.beta + shift[:-1], rel=1e-7, abs=1e-8)
