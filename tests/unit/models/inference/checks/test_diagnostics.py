"""Collinearity and the optimiser's record, against regressions and planted faults."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.models.inference.checks.diagnostics import collinearity, search_trace
from tests.unit.models.inference.variance.two_levels import solved
from tests.unit.models.nested import column, moments_of, nested_table


def vifs(folder, frame, formula):
    sums, problem, _ = solved(moments_of(folder, frame, formula))
    return collinearity(sums, problem)


def test_vif_is_one_over_what_the_others_leave(tmp_path):
    frame = nested_table(3, clinics=8)
    frame["x2"] = frame["x"] + 3 * np.random.default_rng(1).normal(size=len(frame))
    found = {t.term: t for t in vifs(tmp_path, frame, "y ~ x + x2 + t + (1 | p)").terms}
    for name in ("x", "x2", "t"):
        others = [column(frame, n) for n in ("(Intercept)", "x", "x2", "t") if n != name]
        design = np.column_stack(others)
        left = frame[name] - design @ np.linalg.lstsq(design, frame[name], rcond=None)[0]
        assert found[name].vif == pytest.approx(
            frame[name].var(ddof=0) / np.mean(left**2), rel=1e-9
        )


def test_vif_of_a_category_is_the_generalised_one(tmp_path):
    frame = nested_table(3, clinics=8)
    found = {t.term: t for t in vifs(tmp_path, frame, "y ~ a + x + (1 | p)").terms}
    r = np.corrcoef(np.stack([column(frame, n) for n in ("a[low]", "a[mid]", "x")]))
    gvif = np.linalg.det(r[:2, :2]) / np.linalg.det(r)
    assert found["a"].columns == 2
    assert found["a"].vif == pytest.approx(gvif ** (1 / 2), rel=1e-9)
    assert found["x"].vif == pytest.approx(gvif, rel=1e-9)


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
