"""Columns that are nearly one, turned to their own directions, say the same with more digits."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.models.criterion import turned
from analysis.models.criterion.crossed.build import problem_of
from analysis.models.criterion.passes import evaluate, product_derivatives
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.theta import start_theta
from analysis.models.linear.fit import fit_moments, solve
from tests.unit.models.nested import moments_of, nested_table

HOSTILE = Path(__file__).parents[1] / "hostile"


@pytest.mark.parametrize(
    "formula",
    ["y ~ x + t + (t || p)", "y ~ x + (t || p) + (x || c)", "y ~ t + (0 + t + x | p) + (1 | c)"],
)
@pytest.mark.parametrize("reml", [True, False])
def test_turned_columns_say_the_same(tmp_path, monkeypatch, formula, reml):
    frame = nested_table(3, clinics=6)
    frame["t"] += 3.0
    sums = moments_of(tmp_path, frame, formula)
    plain = build_problem(sums)
    monkeypatch.setattr(turned, "FAR", 0.5)
    problem = problem_of(sums)
    assert problem.passes and not plain.passes
    theta = np.random.default_rng(1).uniform(0.2, 0.9, len(start_theta(plain)))
    ours, expected = evaluate(problem, theta, reml), evaluate(plain, theta, reml)
    assert ours.value == pytest.approx(expected.value, rel=1e-12)
    assert ours.gradient == pytest.approx(expected.gradient, rel=1e-8, abs=1e-9)
    pairs = zip(
        product_derivatives(problem, ours.forward),
        product_derivatives(plain, expected.forward),
        strict=True,
    )
    for one, other in pairs:
        assert one == pytest.approx(other, rel=1e-8, abs=1e-8 * np.abs(other).max())


def test_near_columns_are_left_as_they_are(tmp_path):
    sums = moments_of(tmp_path, nested_table(3), "y ~ x + (t || p)")
    assert problem_of(sums).passes is None


def test_digits_are_kept_where_effects_are_large(tmp_path):
    """A change of theta in its twelfth digit must not show in the criterion's ninth."""
    frame = nested_table(3, clinics=8)
    frame["t"] += 3_000.0
    sums = moments_of(tmp_path, frame, "y ~ t + (t || p)")
    problem = problem_of(sums)
    theta = np.array([3e3, 2e3])
    here, beside = (evaluate(problem, theta * s, True).value for s in (1, 1 + 1e-12))
    assert abs(here - beside) < 1e-6


# lme4 1.1-31, Reaction ~ Days + (D || Subject) with D = Days + offset, the lowest of four starts:
# the criterion and the SDs of the slope and the residual; the intercept's is nil.
FAR_OFF = [(300, 1784.972314, 0.12234985, 30.838013), (2000, 1786.237232, 0.018530442, 30.967786)]


@pytest.mark.parametrize(("offset", "criterion", "slope", "residual"), FAR_OFF)
def test_sleepstudy_far_off(tmp_path, offset, criterion, slope, residual):
    frame = pd.read_csv(HOSTILE / "sleepstudy_days_minus10.csv")
    frame["D"] = frame["Days"] + offset
    fit = fit_moments(moments_of(tmp_path, frame, "Reaction ~ D + (D || Subject)"))
    assert fit.status.converged and fit.status.singular
    assert fit.criterion == pytest.approx(criterion, abs=1e-5)
    assert fit.random[1].sd == pytest.approx(slope, rel=1e-4)
    assert fit.sigma == pytest.approx(residual, rel=1e-5)


def test_a_minimum_with_large_opposed_effects_is_found(tmp_path):
    """Slopes that differ a lot at times around 1,000: beside the minimum without them stands a
    much lower one, whose intercepts take back what the slopes say at time 0."""
    rng = np.random.default_rng(59)
    g = np.repeat(np.arange(20), 12)
    t = np.tile(np.arange(12.0), 20) + 1000
    y = rng.normal(size=240) + 3 * rng.normal(size=20)[g] * (t - 1005.5)
    frame = pd.DataFrame({"y": y, "t": t, "g": [f"g{i}" for i in g]})
    solution = solve(problem_of(moments_of(tmp_path, frame, "y ~ t + (t || g)")), True)
    fit = fit_moments(moments_of(tmp_path, frame, "y ~ t + (t || g)"))
    assert fit.status.converged and fit.random[1].sd == pytest.approx(3, rel=0.5)
    assert solution.evaluation.value < solution.optimum.value.max() - 100
