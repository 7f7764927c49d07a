"""Predicted random effects against lme4's, and against the dense formula on every level."""

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ModelError
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.theta import lambdas
from analysis.models.inference.intervals.predicted import predicted_effects
from analysis.models.linear.fit import fit_moments, solve
from tests.unit.models.inferred import inferred, label, moments_of_file
from tests.unit.models.nested import column, moments_of, nested_table


@pytest.mark.parametrize("case", inferred("ranef"), ids=label)
def test_effects_and_variances_equal_lme4s(case):
    found = predicted_effects(moments_of_file(case["data"], case["formula"]))
    assert {e.group for e in found} == set(case["levels"])
    for effects in found:
        stored = case["levels"][effects.group]
        rows = [effects.labels.index(name) for name in stored["groups"]]
        columns = [effects.terms.index(term) for term in stored["terms"]]
        mode, variance = np.array(stored["mode"]), np.array(stored["variance"])
        ours = effects.variance[rows][:, columns][:, :, columns]
        # Of the largest effect: R's search leaves its variances with errors of some 1e-6.
        error = 1e-5 * np.abs(mode).max()
        assert effects.mode[rows][:, columns] == pytest.approx(mode, abs=error)
        assert ours == pytest.approx(variance, abs=1e-4 * np.abs(variance).max())


@pytest.mark.parametrize("random", ["(t | p) + (1 | th)", "(1 | p) + (t | th) + (x || c)"])
def test_effects_are_the_dense_conditional_means(tmp_path, random):
    """u = G Z'V^-1 (y - X b) and G - G Z'V^-1 Z G, from N x N matrices."""
    frame = nested_table(5, clinics=5)
    moments = moments_of(tmp_path, frame, f"y ~ x + {random}")
    problem = build_problem(moments)
    solution = solve(problem, True)
    sigma2 = solution.sigma2 * problem.y_scale**2
    pieces = []
    for level, factor in zip(problem.levels, lambdas(problem, solution.theta), strict=True):
        raw = np.sqrt(solution.sigma2) * level.to_raw @ factor
        names = sorted(frame[level.group].unique())
        z = np.column_stack([column(frame, term) for term in level.terms])
        of = [np.where((frame[level.group] == n).to_numpy()[:, None], z, 0) for n in names]
        pieces.append(
            (level, names, np.concatenate(of, axis=1), np.kron(np.eye(len(names)), raw @ raw.T))
        )
    v = sigma2 * np.eye(len(frame)) + sum(z @ g @ z.T for _, _, z, g in pieces)
    x = np.column_stack([np.ones(len(frame)), frame["x"]])
    inverse = np.linalg.inv(v)
    beta = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ frame["y"])
    for effects, (level, names, z, g) in zip(predicted_effects(moments), pieces, strict=True):
        u = (g @ z.T @ inverse @ (frame["y"] - x @ beta)).reshape(len(names), -1)
        whole = g - g @ z.T @ inverse @ z @ g
        # Groups without labels come in the order of their codes: the outer groups' names first,
        # which in this table is the order of their own names.
        assert effects.mode == pytest.approx(u, rel=1e-6, abs=1e-7 * np.abs(u).max())
        for k in range(len(names)):
            own = whole[k * level.q : (k + 1) * level.q, k * level.q : (k + 1) * level.q]
            assert effects.variance[k] == pytest.approx(own, rel=1e-5, abs=1e-8)


def test_a_mean_is_drawn_to_zero_as_the_formula_says():
    moments = moments_of_file("dyestuff.csv", "Yield ~ 1 + (1 | Batch)")
    (effects,) = predicted_effects(moments)
    # lme4: sd 42.001 between the batches, 49.510 within, mean 1527.5; batch A has mean 1505.
    s2u, s2 = 42.0006**2, 49.5101**2
    a = effects.tidy()[0]
    assert a["name"] == "A" and a["term"] == "(Intercept)"
    assert a["estimate"] == pytest.approx((1505 - 1527.5) * 5 * s2u / (5 * s2u + s2), rel=1e-5)
    assert effects.variance[0, 0, 0] == pytest.approx(s2u * s2 / (5 * s2u + s2), rel=1e-5)


def test_the_error_of_a_balanced_layout_is_the_closed_form():
    """Six batches of five: with B = n s2u / (n s2u + s2) the error that beta's estimation adds is
    B^2 (s2u + s2 / n) / 6, the one that the variances' estimation adds is (mean residual)^2
    Var(B). Mean squares are independent chi-squares with 5 and 24 df, and B = 1 - MSW / MSB."""
    moments = moments_of_file("dyestuff.csv", "Yield ~ 1 + (1 | Batch)")
    (effects,) = predicted_effects(moments)
    between, within, n = 11271.5, 2451.25, 5
    shrink = 1 - within / between
    spread = (within / between) ** 2 * (2 / 24 + 2 / 5)  # of B, to first order
    residual = effects.mode[:, 0] / shrink
    known = shrink * within / n
    by_beta = shrink**2 * between / n / 6
    # The observed curvature equals the expected one here, but for rounding in differences.
    assert effects.error[:, 0, 0] == pytest.approx(known + by_beta + residual**2 * spread, rel=1e-3)


def test_intervals_hold_the_truth_with_eight_groups(tmp_path):
    """With the variances taken as known they hold it .80 of the time (`benchmarks/simulations`)."""
    rng, inside = np.random.default_rng(3), []
    for _ in range(40):
        u, of = np.sqrt(0.2) * rng.normal(size=8), np.repeat(np.arange(8), 15)
        frame = pd.DataFrame({"y": u[of] + np.sqrt(0.8) * rng.normal(size=len(of))})
        frame["g"] = [f"g{i}" for i in of]
        (effects,) = predicted_effects(moments_of(tmp_path, frame, "y ~ 1 + (1 | g)"))
        rows = effects.tidy()
        inside += [r["low"] <= t <= r["high"] for r, t in zip(rows, u, strict=True)]
    # 320 intervals, groups of a set sharing its error: a standard error of some two points.
    assert np.mean(inside) > 0.90


def test_a_variance_of_zero_predicts_zero():
    (effects,) = predicted_effects(moments_of_file("dyestuff2.csv", "Yield ~ 1 + (1 | Batch)"))
    assert np.abs(effects.mode).max() < 1e-6 and effects.se.max() < 1e-6
    # No interval of no width: that the batches are alike to the last digit nobody knows.
    assert effects.prior.max() == 0 and np.isnan(effects.interval).all()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("formula", ["y ~ 1 + (1 | g)", "y ~ t + (t | g)", "y ~ t + (t || g)"])
def test_no_group_is_known_less_than_one_nobody_has_seen(tmp_path, seed, formula):
    """Few groups and a small spread (layouts like Dyestuff's), where the expansion in the variances
    breaks down: +-15 at an SD of .65 once."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"g": np.repeat([f"g{i}" for i in range(6)], 5), "t": np.tile(range(5), 6)}
    )
    frame["y"] = 3.7 * rng.normal(size=30) + np.repeat(rng.normal(size=6), 5)
    moments = moments_of(tmp_path, frame, formula)
    fit = fit_moments(moments)
    (effects,) = predicted_effects(moments)
    low, high = effects.interval
    for j, term in enumerate(effects.terms):
        sd = next(r.sd for r in fit.random if r.term == term)
        half = (high - low)[:, j] / 2
        if effects.prior[j] == 0:
            assert np.isnan(half).all() and sd < 1e-2
        else:
            assert half.max() <= 1.96 * sd * (1 + 1e-4) and half.min() > 0
            assert effects.se[:, j].max() <= sd * (1 + 1e-6)


def test_without_random_effects_there_is_nothing_to_predict(tmp_path):
    with pytest.raises(ModelError, match="no random effects"):
        predicted_effects(moments_of(tmp_path, nested_table(1), "y ~ x"))
