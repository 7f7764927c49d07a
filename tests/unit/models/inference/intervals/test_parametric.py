"""The parametric bootstrap: the law of its sums, lme4's bootMer, and its honesty on failures."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.base.errors import ModelError, RequestError
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.theta import lambdas
from analysis.models.inference.intervals import parametric
from analysis.models.inference.intervals.innermost_units import unit_sums
from analysis.models.inference.intervals.parametric import parametric_bootstrap
from analysis.models.inference.intervals.simulated import draw_sums, law_of_sums
from analysis.models.linear.fit import fit_moments, solve
from tests.unit.models.inferred import inferred, label, moments_of_file
from tests.unit.models.nested import column, moments_of, nested_table

SLEEP = ("sleepstudy.csv", "Reaction ~ Days + (Days | Subject)")


@pytest.mark.parametrize("random", ["(t | p) + (1 | th)", "(1 | p) + (0 + t | th)"])
def test_drawn_sums_have_the_law_of_drawn_rows(tmp_path, random):
    """Means and covariances of (X'y, y'y, Z'y of a unit) against those of y ~ N(0, V)."""
    frame = nested_table(4)
    moments = moments_of(tmp_path, frame, f"y ~ x + t + {random}")
    problem = build_problem(moments)
    solution, units = solve(problem, True), unit_sums(moments, problem)
    draws = 40_000
    law = law_of_sums(problem, units)
    xy, yy, zy = draw_sums(problem, units, solution, law, np.random.default_rng(1), draws)
    raw = np.column_stack([column(frame, n) for n in problem.x])
    x = raw @ problem.x_to_raw / problem.y_scale
    v = np.eye(len(frame))
    for level, factor in zip(problem.levels, lambdas(problem, solution.theta), strict=True):
        z = np.column_stack([column(frame, n) for n in level.terms]) @ level.to_raw
        same = frame[level.group].to_numpy()[:, None] == frame[level.group].to_numpy()
        v += same * (z @ factor @ factor.T @ z.T) / problem.y_scale**2
    v *= solution.sigma2
    # y'Ay has mean tr AV and variance 2 tr AVAV; X'y has X'VX; both are uncorrelated (odd, even).
    spread = np.sqrt(2 * np.trace(v @ v))
    assert yy.mean() == pytest.approx(np.trace(v), abs=4 * spread / np.sqrt(draws))
    assert yy.std() == pytest.approx(spread, rel=0.03)
    expected = x.T @ v @ x
    scale = np.sqrt(np.diag(expected))
    error = 4 / np.sqrt(draws)  # a correlation's, four standard errors
    assert np.cov(xy.T) / np.outer(scale, scale) == pytest.approx(
        expected / np.outer(scale, scale), abs=1.5 * error
    )
    assert np.abs(xy.mean(axis=0) / scale).max() < error
    # y'y with the square of X'y: Cov(y'Ay, y'By) = 2 tr AVBV.
    for j in range(len(scale)):
        both = np.corrcoef(yy, xy[:, j] ** 2)[0, 1]
        square = 2 * (x[:, j] @ v @ v @ x[:, j]) / (spread * np.sqrt(2) * expected[j, j])
        assert both == pytest.approx(square, abs=0.03)
    first = (frame["p"] == sorted(frame["p"])[0]).to_numpy()
    own = np.where(first, 1.0, 0.0)  # the intercept's column of the first unit
    assert np.corrcoef(zy[0, :, 0], xy[:, 1])[0, 1] == pytest.approx(
        own @ v @ x[:, 1] / np.sqrt(own @ v @ own * expected[1, 1]), abs=error
    )
    assert zy[0, :, 0].std() == pytest.approx(np.sqrt(own @ v @ own), rel=0.03)


@pytest.mark.parametrize("case", inferred("boot"), ids=label)
def test_replicates_are_distributed_as_bootmers(case):
    moments = moments_of_file(case["data"], case["formula"])
    found = parametric_bootstrap(moments, case["method"], 4000, seed=2)
    assert found.failed == 0 and found.messages == ()
    ours = {rs_name(i.group, i.term): k for k, i in enumerate(found.intervals)}
    assert ours.keys() == set(case["names"])
    n = found.replicates
    for k, name in enumerate(case["names"]):
        values = found.draws[:, ours[name]]
        values = values[np.isfinite(values)]
        interval = found.intervals[ours[name]]
        error = case["sd"][k] * np.sqrt(1 / n + 1 / case["n"])
        # Four Monte-Carlo standard errors; an sd's is at most sqrt((kurtosis - 1) / 4) times that.
        assert values.mean() == pytest.approx(case["mean"][k], abs=4 * error)
        kurtosis = np.mean((values - values.mean()) ** 4) / values.var() ** 2
        assert interval.se == pytest.approx(
            case["sd"][k], abs=4 * error * np.sqrt((kurtosis - 1) / 4)
        )
        # A quantile's error is sqrt(p (1 - p)) / density: some 2.7 SD at 2.5 % of a normal law.
        assert interval.low == pytest.approx(case["low"][k], abs=4 * 2.7 * error)
        assert interval.high == pytest.approx(case["high"][k], abs=4 * 2.7 * error)
        assert interval.bias == pytest.approx(values.mean() - interval.estimate, rel=1e-9)


def rs_name(group: str, term: str) -> str:
    if group == "residual":
        return "sigma"
    kind, _, names = term.partition(" ")
    return f"{kind} {group} {names.replace(', ', ' ')}" if group else term


def test_the_seed_fixes_every_number(tmp_path):
    """Estimates are those of the fit; the seed fixes every number."""
    moments = moments_of(tmp_path, nested_table(9), "y ~ x + (t | p) + (1 | th)")
    found = parametric_bootstrap(moments, "REML", 50, seed=4)
    again = parametric_bootstrap(moments, "REML", 50, seed=4)
    other = parametric_bootstrap(moments, "REML", 50, seed=5)
    assert np.array_equal(found.draws, again.draws)
    assert not np.isclose(found.draws, other.draws).all()
    fit = fit_moments(moments)
    tidy = [row["estimate"] for row in fit.tidy()]
    # Two searches end within 1e-5 of a standard error.
    assert [i.estimate for i in found.intervals] == pytest.approx(tidy, rel=1e-6)
    names = [(row["group"], row["term"]) for row in fit.tidy()]
    assert [(i.group, i.term) for i in found.intervals] == names


def test_ten_thousand_refits_are_quick():
    found = parametric_bootstrap(moments_of_file(*SLEEP), "REML", 10_000)
    assert found.failed == 0
    assert found.draws.shape == (10_000, 6)
    assert found.singular > 0  # a few in a hundred have a perfect correlation
    assert found.seconds < 5  # measured: 0.7 on two cores


def test_a_search_that_mostly_fails_gives_no_interval(monkeypatch):
    real = parametric.minimise

    def failing(*arguments):
        found = real(*arguments)
        return replace(found, converged=np.arange(len(found.value)) % 10 < keep)

    moments = moments_of_file(*SLEEP)
    monkeypatch.setattr(parametric, "minimise", failing)
    keep = 4
    few = parametric_bootstrap(moments, "REML", 100)
    assert few.failed == 60 and "60 of 100" in few.messages[0]
    assert all(i.low is None and i.se is None and i.estimate is not None for i in few.intervals)
    keep = 9
    most = parametric_bootstrap(moments, "REML", 100)
    assert most.failed == 10 and "left out" in most.messages[0]
    assert len(most.draws) == 90 and all(i.low < i.high for i in most.intervals)


def test_what_cannot_be_drawn_is_said(tmp_path):
    with pytest.raises(ModelError, match="needs no bootstrap"):
        parametric_bootstrap(moments_of(tmp_path, nested_table(1), "y ~ x"))
    for bad in ({"replicates": 0}, {"level": 95}):
        with pytest.raises(RequestError, match="settings"):
            parametric_bootstrap(moments_of_file(*SLEEP), **bad)
