"""Predicted random effects against lme4's, and against the dense formula on every level."""

import numpy as np
import pytest

from analysis.errors import ModelError
from analysis.mixed.criterion import lambdas
from analysis.mixed.fit import solve
from analysis.mixed.intervals.predicted import predicted_effects
from analysis.mixed.problem import build_problem
from tests.unit.mixed.inferred import inferred, label, moments_of_file
from tests.unit.mixed.nested import column, moments_of, nested_table


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
    assert a["se"] == pytest.approx(np.sqrt(s2u * s2 / (5 * s2u + s2)), rel=1e-5)
    assert a["high"] - a["low"] == pytest.approx(2 * 1.959964 * a["se"], rel=1e-6)


def test_a_variance_of_zero_predicts_zero():
    (effects,) = predicted_effects(moments_of_file("dyestuff2.csv", "Yield ~ 1 + (1 | Batch)"))
    assert np.abs(effects.mode).max() < 1e-6 and effects.se.max() < 1e-6


def test_without_random_effects_there_is_nothing_to_predict(tmp_path):
    with pytest.raises(ModelError, match="no random effects"):
        predicted_effects(moments_of(tmp_path, nested_table(1), "y ~ x"))
