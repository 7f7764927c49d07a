"""What cannot be told apart is refused or said, through the command; what can is not."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.application.cli import main
from analysis.models.criterion.problem import build_problem
from analysis.models.linear.fit import fit_moments, solve
from tests.unit.models.nested import moments_of, nested_table

HOSTILE = Path(__file__).parents[1] / "hostile"
REFUSED = [
    ("fit_perfect_by_group", "y ~ x + (1 | g)", "No residual variance is left"),
    ("fit_onechild", "y ~ x + (1 | clinic/th)", "'clinic' and 'th:clinic' are the same 12 groups"),
    ("fit_crossed_same", "y ~ x + (1 | g) + (1 | h)", "'g' and 'h' are the same 10 groups"),
    ("fit_crossed_same", "y ~ x + (1 | g) + (1 | g)", "'g' has the random term '1' twice"),
    ("fit_crossed_same", "y ~ x + (x | g) + (1 | g)", "'g' has the random term '1' twice"),
    ("fit_group_as_fixed", "y ~ x + g + (1 | g)", "told apart by the fixed effects already"),
    ("fit_three_rows", "y ~ x + (1 | g)", "3 complete rows cannot carry 4 parameters"),
]


def told(capsys, formula: str, data: str, *options: str):
    """(exit status, JSON or None, what stands on standard error)."""
    status = main(["fit", formula, "--data", data, "--json", *options])
    printed = capsys.readouterr()
    return status, json.loads(printed.out) if printed.out else None, printed.err


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize(("data", "formula", "sentence"), REFUSED)
def test_refused_with_a_sentence_and_a_remedy(capsys, data, formula, sentence, method):
    path = str(HOSTILE / f"{data}.csv")
    status, answer, said = told(capsys, formula, path, "--method", method)
    assert (status, answer) == (2, None)
    assert sentence in said and "Next: " in said and "Traceback" not in said


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize(
    ("data", "formula"),
    [
        ("fit_perfect_by_group", "x ~ 1 + (1 | g)"),
        ("fit_onechild", "y ~ x + (1 | clinic)"),
        ("fit_crossed_same", "y ~ x + (1 | g) + (0 + x | g)"),
        ("fit_group_as_fixed", "y ~ x + (1 | g)"),
    ],
)
def test_the_mended_model_is_fitted_without_a_word(capsys, data, formula, method):
    path = str(HOSTILE / f"{data}.csv")
    status, answer, _ = told(capsys, formula, path, "--method", method)
    assert status == 0 and answer["status"]["converged"]
    assert not [m for m in answer["status"]["messages"] if "apart" in m]


def test_far_off_times_without_a_correlation(capsys):
    """lme4: criterion 1769.4071, SDs 58.118 and 5.120."""
    path = str(HOSTILE / "sleepstudy_days_minus10.csv")
    status, answer, _ = told(capsys, "Reaction ~ D + (D || Subject)", path)
    assert status == 0 and answer["status"] == dict(converged=True, singular=False, messages=[])
    assert answer["criterion"] == pytest.approx(1769.4071, abs=1e-4)
    assert [r["sd"] for r in answer["random"]] == pytest.approx([58.118, 5.120], abs=5e-4)


def test_a_category_beside_double_bars(capsys, tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": np.repeat(np.arange(20), 12), "f": np.tile(list("abc"), 80)})
    frame["y"] = rng.normal(size=240) + rng.normal(size=20)[frame["g"]]
    frame["g"] = "g" + frame["g"].astype(str)
    path = tmp_path / "f.csv"
    frame.to_csv(path, index=False)
    status, _, said = told(capsys, "y ~ f + (f || g)", str(path))
    assert status == 2 and "random terms of 'g' overlap" in said and "(f || group)" in said
    status, answer, _ = told(capsys, "y ~ f + (0 + f || g)", str(path))
    assert status == 0 and answer["status"]["converged"]


@pytest.mark.parametrize(("groups", "told_of"), [(2, True), (4, True), (5, False), (12, False)])
def test_very_few_groups_are_said(tmp_path, groups, told_of):
    rng = np.random.default_rng(groups)
    frame = pd.DataFrame({"g": np.repeat(np.arange(groups), 20)})
    frame["y"] = rng.normal(size=len(frame)) + 2 * rng.normal(size=groups)[frame["g"]]
    fit = fit_moments(moments_of(tmp_path, frame, "y ~ 1 + (1 | g)"))
    assert fit.status.converged
    assert any(f"'g' has {groups} groups only" in m for m in fit.status.messages) == told_of


def test_a_flat_direction_shows_in_the_curvature(tmp_path):
    """Not refused (strict=False), two groupings that are one leave a direction without curvature,
    and the status names its terms."""
    frame = nested_table(4, clinics=12)
    frame["same"] = "s" + frame["c"].astype(str)
    sums = moments_of(tmp_path, frame, "y ~ x + (1 | same) + (1 | c)")
    settled = solve(build_problem(sums), True).settled
    assert settled.still and len(settled.flat) == 1
    fit = fit_moments(sums, strict=False)
    named = [m for m in fit.status.messages if "do not tell the variances of" in m]
    assert len(named) == 1 and "(1 | same)" in named[0] and "(1 | c)" in named[0]


def test_a_perfect_correlation_is_no_flat_direction(tmp_path):
    """Turning Lambda's columns leaves the covariances as they are."""
    frame = nested_table(4, clinics=12)
    settled = solve(
        build_problem(moments_of(tmp_path, frame, "y ~ x + (x | c) + (t | p)")), True
    ).settled
    assert settled.still and not len(settled.flat)
