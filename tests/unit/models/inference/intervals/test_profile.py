"""Profile intervals against lme4's confint(), and against what a profile is by definition."""

import re

import numpy as np
import pytest
from scipy import optimize

from analysis.base.errors import RequestError
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.inference.intervals.constrained import (
    Target,
    constrained_criterion,
    target_start,
    value_of,
)
from analysis.models.inference.intervals.profile import profile_intervals
from analysis.models.linear.fit import solve
from tests.unit.models.inferred import inferred, label, moments_of_file

ORTHODONT = ("orthodont.csv", "distance ~ age * Sex + (age | Subject)")


@pytest.mark.parametrize("case", inferred("profile"), ids=label)
def test_intervals_equal_lme4s(case):
    found = profile_intervals(moments_of_file(case["data"], case["formula"]))
    assert found.messages == ()
    ours = {(i.group, i.term): i for i in found.intervals}
    assert len(ours) == len(case["names"])
    for name, low, high in zip(case["names"], case["low"], case["high"], strict=True):
        interval = ours[our_name(name)]
        assert interval.low <= interval.estimate <= interval.high
        if case["data"] == "orthodont.csv" and name.startswith("cor"):
            # The slope may have no variance (its interval reaches 0): then every correlation
            # fits as well. lme4 stays in the valley of its start and gives -0.91 to 1.
            assert (interval.low, interval.high) == (-1.0, 1.0)
            continue
        # lme4 interpolates its profile by splines: 1e-3 of the interval at worst.
        error = 1e-3 * (high - low)
        assert interval.low == pytest.approx(low, rel=1e-4, abs=error / 10)
        assert interval.high == pytest.approx(high, rel=1e-4, abs=error / 10)


def our_name(name: str) -> tuple[str, str]:
    if name == "sigma":
        return "residual", "sd"
    if match := re.fullmatch(r"sd_(.+)\|(.+)", name):
        return match[2], f"sd {match[1]}"
    if match := re.fullmatch(r"cor_(.+)\.(\(Intercept\))\|(.+)", name):
        return match[3], f"r {match[2]}, {match[1]}"
    return "", re.sub(r"(Sex|Machine)(\w+)$", r"\1[\2]", name)


def targets(problem):
    sd = [Target("sd", 0, 0, (i,), "", "") for i in (0, 1)]
    return [*sd, Target("r", 0, 0, (0, 1), "", ""), Target("sigma", 0, 0, (), "", "")]


@pytest.mark.parametrize("which", range(4))
def test_the_constrained_deviance_is_the_fits_at_its_estimate(which):
    problem = build_problem(moments_of_file(*ORTHODONT))
    solution = solve(problem, False)
    target = targets(problem)[which]
    start = target_start(problem, solution, target)[0]
    criterion = constrained_criterion(problem, target, value_of(problem, solution, target))
    assert criterion(start)[0] == pytest.approx(solution.evaluation.value, abs=1e-9)
    point = start + 0.1 * np.random.default_rng(0).normal(size=len(start))
    slopes = [
        (criterion(point + e)[0] - criterion(point - e)[0]) / 2e-6
        for e in np.eye(len(start)) * 1e-6
    ]
    assert criterion(point)[1] == pytest.approx(slopes, abs=1e-5)  # rounding of 1e-12 / 2e-6


def test_at_its_bounds_the_deviance_has_risen_by_the_chi_square():
    """sd of the batches: the lowest deviance with it held, by a search over theta alone."""
    moments = moments_of_file("dyestuff.csv", "Yield ~ 1 + (1 | Batch)")
    problem = build_problem(moments)
    best = solve(problem, False).evaluation.value
    intervals = {i.term + i.group: i for i in profile_intervals(moments, 0.9).intervals}
    n = problem.rows
    for bound in (intervals["sd (Intercept)Batch"].low, intervals["sd (Intercept)Batch"].high):

        def deviance(theta, bound=bound):
            e = evaluate(problem, np.array([theta]), False)
            sigma2 = (bound / problem.y_scale / theta) ** 2
            return e.forward.log_det + n * np.log(2 * np.pi * sigma2) + e.rss / sigma2

        held = optimize.minimize_scalar(
            deviance, bounds=(0.01, 10), method="bounded", options={"xatol": 1e-10}
        )
        assert held.fun - best == pytest.approx(2.705543, abs=1e-4)  # chi-square, 1 df, 10 %


def test_only_what_is_asked_for():
    moments = moments_of_file("sleepstudy.csv", "Reaction ~ Days + (Days | Subject)")
    fixed = profile_intervals(moments, 0.5, random=False, correlations=False)
    assert [i.term for i in fixed.intervals] == ["(Intercept)", "Days"]
    wide = profile_intervals(moments, 0.99, random=False, correlations=False)
    for inner, outer in zip(fixed.intervals, wide.intervals, strict=True):
        assert outer.low < inner.low < inner.estimate < inner.high < outer.high
    random = profile_intervals(moments, fixed=False, correlations=False)
    assert [i.term for i in random.intervals] == ["sd (Intercept)", "sd Days", "sd"]
    assert set(random.tidy()[0]) == {"group", "term", "estimate", "low", "high"}


def test_a_level_is_a_probability():
    with pytest.raises(RequestError, match="not a probability"):
        profile_intervals(moments_of_file("dyestuff.csv", "Yield ~ 1 + (1 | Batch)"), 95)
