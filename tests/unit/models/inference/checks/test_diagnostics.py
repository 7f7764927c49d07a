"""Collinearity and the optimiser's record, against regressions and planted faults."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

from analysis.models.inference.checks.collinear import collinearity
from analysis.models.inference.checks.diagnostics import search_trace
from tests.unit.models.inference.variance.two_levels import solved
from tests.unit.models.nested import column, moments_of, nested_table

HOSTILE = Path(__file__).parents[2] / "hostile"


def vifs(folder, frame, formula):
    return collinearity(*solved(moments_of(folder, frame, formula)))


def test_vif_is_one_over_what_the_others_leave(tmp_path):
    frame = nested_table(3, clinics=8)
    frame["x2"] = frame["x"] + 3 * np.random.default_rng(1).normal(size=len(frame))
    found = {t.term: t for t in vifs(tmp_path, frame, "y ~ x + x2 + t").terms}
    for name in ("x", "x2", "t"):
        others = [column(frame, n) for n in ("(Intercept)", "x", "x2", "t") if n != name]
        design = np.column_stack(others)
        left = frame[name] - design @ np.linalg.lstsq(design, frame[name], rcond=None)[0]
        assert found[name].vif == pytest.approx(
            frame[name].var(ddof=0) / np.mean(left**2), rel=1e-9
        )


def test_vif_of_a_category_is_the_generalised_one(tmp_path):
    frame = nested_table(3, clinics=8)
    found = {t.term: t for t in vifs(tmp_path, frame, "y ~ a + x").terms}
    r = np.corrcoef(np.stack([column(frame, n) for n in ("a[low]", "a[mid]", "x")]))
    gvif = np.linalg.det(r[:2, :2]) / np.linalg.det(r)
    assert found["a"].columns == 2
    assert found["a"].vif == pytest.approx(gvif ** (1 / 2), rel=1e-9)
    assert found["x"].vif == pytest.approx(gvif, rel=1e-9)


def test_vif_comes_from_the_models_own_covariance(tmp_path):
    """Against generalised least squares written out: columns whitened by the model's own V."""
    frame = nested_table(3, clinics=8)
    frame["x2"] = frame["x"] + 3 * np.random.default_rng(1).normal(size=len(frame))
    sums, problem, solution = solved(moments_of(tmp_path, frame, "y ~ x + x2 + t + (1 | p)"))
    found = {t.term: t.vif for t in collinearity(sums, problem, solution).terms}
    same = frame["p"].to_numpy()[:, None] == frame["p"].to_numpy()[None, :]
    v = np.eye(len(frame)) + solution.theta[0] ** 2 * same
    x = np.column_stack([column(frame, n) for n in ("(Intercept)", "x", "x2", "t")])
    covariance = np.linalg.inv(x.T @ np.linalg.solve(v, x))[1:, 1:]
    size = np.sqrt(np.diag(covariance))
    expected = np.diag(np.linalg.inv(covariance / np.outer(size, size)))
    assert [found[n] for n in ("x", "x2", "t")] == pytest.approx(expected, rel=1e-7)


def test_within_groups_two_columns_are_nearly_one():
    """19.99 by car::vif's formula in R on lmer's covariance; the rows' correlation says 1.005."""
    frame = pd.read_csv(HOSTILE / "vif_within.csv")
    with TemporaryDirectory() as folder:
        found = vifs(Path(folder), frame, "y ~ x1 + x2 + (1 | g)")
    assert [t.vif for t in found.terms] == pytest.approx([19.99, 19.99], abs=0.005)
    assert found.verdict.grade == "problem"


@pytest.mark.parametrize("formula", ["y ~ x * t + (1 | p)", "y ~ t * x + (1 | p)"])
def test_a_product_of_uncentred_columns_is_told_apart(tmp_path, formula):
    frame = nested_table(3, clinics=12)
    frame["x"], frame["t"] = frame["x"] + 30, frame["t"] + 20
    found = vifs(tmp_path, frame, formula)
    centred = frame.assign(x=frame["x"] - frame["x"].mean(), t=frame["t"] - frame["t"].mean())
    expected = {t.term: t.vif for t in vifs(tmp_path, centred, formula).terms}
    assert {t.term: t.vif for t in found.terms} == pytest.approx(expected, rel=1e-6)
    assert max(t.written for t in found.terms) > 20 and found.verdict.grade == "fine"
    assert "goes away when columns are centred" in found.verdict.sentence


def test_a_power_repeats_its_base_by_the_way_it_is_written(tmp_path):
    frame = nested_table(3, clinics=12)
    frame["x"] += 30
    found = {t.term: t for t in vifs(tmp_path, frame, "y ~ x + I(x**2) + t + (1 | p)").terms}
    assert found["x"].written > 100 and found["x"].vif < 2


@pytest.mark.parametrize(("noise", "grade"), [(30, "fine"), (3.3, "note"), (0.5, "problem")])
def test_verdict_follows_the_planted_overlap(tmp_path, noise, grade):
    frame = nested_table(3, clinics=12)
    frame["x2"] = frame["x"] + noise * np.random.default_rng(1).normal(size=len(frame))
    found = vifs(tmp_path, frame, "y ~ x + x2 + t + (1 | p)")
    assert found.verdict.grade == grade
    assert ("'x'" in found.verdict.sentence) == (grade != "fine")


def test_a_dropped_column_is_a_problem_and_named(tmp_path):
    frame = nested_table(3).assign(double=lambda f: 2 * f["x"])
    found = vifs(tmp_path, frame, "y ~ x + double + (1 | p)")
    assert found.verdict.grade == "problem" and "'double'" in found.verdict.sentence
    assert [r["term"] for r in found.tidy()] == ["x"]


def test_search_trace_of_a_good_fit_and_of_none(tmp_path):
    frame = nested_table(3, clinics=9)
    trace = search_trace(solved(moments_of(tmp_path, frame, "y ~ x + (t | p) + (1 | c)"))[2])
    assert trace.converged and trace.verdict.grade == "fine"
    assert len(trace.criteria) == 2 and trace.evaluations > trace.iterations > 0
    assert [r["start"] for r in trace.tidy()] == [1, 2]
    plain = search_trace(solved(moments_of(tmp_path, frame, "y ~ x + t"))[2])
    assert plain.verdict.grade == "fine" and "nothing is searched" in plain.verdict.sentence


def test_a_worse_second_start_is_no_reason_for_doubt(tmp_path):
    solution = solved(moments_of(tmp_path, nested_table(3), "y ~ x + (1 | p)"))[2]
    value = solution.optimum.value + np.array([0.0, 0.5])
    apart = replace(solution, optimum=replace(solution.optimum, value=value))
    trace = search_trace(apart)
    assert trace.converged and trace.verdict.grade == "fine"
    assert "0.5 above" in trace.verdict.sentence


@pytest.mark.parametrize("what", [dict(decrease=0.5), dict(lowest=-0.5)])
def test_a_slope_or_a_saddle_is_a_problem(tmp_path, what):
    solution = solved(moments_of(tmp_path, nested_table(3), "y ~ x + (1 | p)"))[2]
    trace = search_trace(replace(solution, settled=replace(solution.settled, **what)))
    assert not trace.converged
    assert trace.verdict.grade == "problem" and "not settled" in trace.verdict.sentence
