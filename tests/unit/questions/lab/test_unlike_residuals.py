"""Residuals that follow each other, or spread unlike: nlme's numbers for 17 models, the degrees of
freedom by hand, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.base.errors import FormulaError, ModelError, RequestError
from analysis.models.inference.checks.omission.row_design import RowDesign
from analysis.models.language.design import mentioned
from analysis.models.language.formula import parse_formula
from analysis.presentation.tables.models.side_by_side_table import (
    side_by_side as side_by_side_table,
)
from analysis.presentation.words.models.scripts import r_script
from analysis.questions.lab.answer import fit
from analysis.questions.lab.examine import examine
from analysis.questions.lab.inference import compared, model_tests, predicted
from analysis.questions.lab.meaning import meaning
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.studies.side_by_side import side_by_side
from analysis.questions.lab.sums import model_rows
from analysis.questions.opening import open_source
from analysis.store.sums.moments import design_arrays, moments
from tests.unit.models.residuals.by_hand import covariance, reml, variance_of_slopes

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
STORED = json.loads((REFERENCE / "residuals.json").read_text(encoding="utf-8"))["models"]
FOLLOWING = REFERENCE / "data" / "following.csv"
PLAIN = ModelQuestion("y ~ week + (1 | g)", str(FOLLOWING), serial="day")


def named(case: dict) -> str:
    return f"{case['formula']}, {case['serial']} {case['spread']} {case['method']}"


def question(case: dict) -> ModelQuestion:
    serial = f"{case['serial']} | {case['series']}" if case["series"] else case["serial"]
    data = str(REFERENCE / "data" / case["data"])
    asked = dict(method=case["method"], serial=serial, spread=case["spread"])
    return ModelQuestion(case["formula"], data, **asked)


@pytest.mark.parametrize("case", STORED, ids=named)
def test_the_numbers_are_nlmes(case):
    found = fit(question(case))
    # Two searches for one minimum; nlme's ends where the likelihood is flat to its eighth digit,
    # which leaves parameters some 1e-5. A variance at zero is 1e-3 of sigma for nlme.
    assert found.log_likelihood == pytest.approx(case["loglik"], abs=1e-6)
    for own, estimate, se in zip(found.fixed, case["estimate"], case["se"], strict=True):
        assert own.estimate == pytest.approx(estimate, abs=1e-4 * se)
        assert own.se == pytest.approx(se, rel=1e-4)
    for own, sd in zip(found.random, case["sds"], strict=True):
        assert own.sd == pytest.approx(sd, rel=1e-4, abs=1e-3 * case["sigma"])
    told = found.residuals
    if case["phi"] is not None:
        by_unit = np.sign(case["phi"]) * abs(case["phi"]) ** told.unit
        assert told.correlation == pytest.approx(by_unit, rel=1e-4)
    for own in told.sds:
        assert own.sd == pytest.approx(case["spreads"][own.level], rel=1e-4)
    assert found.status.converged
    k = case["parameters"]
    assert found.parameters == k and found.aic == pytest.approx(case["aic"], abs=1e-5)
    # nlme's BIC by REML counts rows less coefficients; lme4's and ours count the rows.
    less = len(found.fixed) * (case["method"] == "REML")
    theirs = case["bic"] - k * np.log(found.rows - less) + k * np.log(found.rows)
    assert found.bic == pytest.approx(theirs, abs=1e-5)


def test_degrees_of_freedom_count_the_residuals_parameters(tmp_path):
    d = pd.read_csv(FOLLOWING)
    d = d[d.g.isin([f"g{k}" for k in range(1, 17)])].reset_index(drop=True)
    file = tmp_path / "some.csv"
    d.to_csv(file, index=False)
    found = fit(replace(PLAIN, dataset=str(file)))
    x = np.column_stack([np.ones(len(d)), d.week])
    groups = np.unique(d.g, return_inverse=True)[1]
    level, unit = np.zeros(len(d), int), found.residuals.unit

    def of(p: np.ndarray) -> tuple:
        apart = covariance(d.day.to_numpy(), groups, level, p[2], unit, [1.0])
        return x, [groups], [p[0]], p[1], apart

    at = np.array([found.random[0].sd, found.sigma, found.residuals.correlation])
    step = np.eye(3) * 1e-3

    def deviance(p: np.ndarray) -> float:
        return reml(x, d.y.to_numpy(), *of(p)[1:])

    hessian = np.array(
        [
            [
                sum(
                    a * b * deviance(at + a * step[i] + b * step[j])
                    for a in (1, -1)
                    for b in (1, -1)
                )
                for j in range(3)
            ]
            for i in range(3)
        ]
    ) / (4e-6)
    slope = np.array(
        [
            (np.diag(variance_of_slopes(*of(at + s))) - np.diag(variance_of_slopes(*of(at - s))))
            / 2e-3
            for s in step
        ]
    )
    variance = np.diag(variance_of_slopes(*of(at)))
    spread = np.einsum("ij,ik,kj->j", slope, 2 * np.linalg.inv(hessian), slope)
    # Differences of second order here and there; the parameters are others, the law is not.
    np.testing.assert_allclose([f.df for f in found.fixed], 2 * variance**2 / spread, rtol=2e-3)
    np.testing.assert_allclose([f.se for f in found.fixed], np.sqrt(variance), rtol=1e-6)
    week = found.fixed[1]
    assert week.p == pytest.approx(2 * stats.t.sf(abs(week.statistic), week.df))


def test_what_a_model_means_has_the_same_errors():
    found = fit(PLAIN).fixed[1]
    (slope,) = meaning(PLAIN, "week").tidy()
    assert slope["estimate"] == pytest.approx(found.estimate)
    assert (slope["se"], slope["df"]) == (pytest.approx(found.se), pytest.approx(found.df))


def test_against_independent_residuals():
    found, plain = fit(PLAIN), fit(replace(PLAIN, serial=""))
    assert found.residuals.fall == pytest.approx(plain.criterion - found.criterion, abs=1e-6)
    assert plain.residuals is None and found.residuals.parameters == 1


def test_sums_of_nested_groups_are_in_the_order_of_their_units():
    parsed = parse_formula("y ~ week + (1 | h/g)")
    with open_source(str(FOLLOWING), mentioned(parsed)) as opened:
        rows, design = model_rows(opened, parsed)
        stored = moments(rows, design)
        made = RowDesign.of(stored, *design_arrays(rows, design)).sums()
    np.testing.assert_allclose(made.cross, stored.cross, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (dict(serial="weekk"), FormulaError, "no variable 'weekk'; did you mean 'week'"),
        (dict(serial="arm"), FormulaError, "is no number"),
        (dict(serial="x | h"), ModelError, "lie in several groups of 'g'"),
        (dict(formula="y ~ week + (1 | h)", serial="number"), ModelError, "in two rows"),
        (dict(formula="y ~ week"), ModelError, "in which group rows follow"),
        (dict(spread="g"), ModelError, "80 levels"),
        (dict(df="kenward-roger"), RequestError, "need independent residuals"),
        (dict(family="binomial"), RequestError, "no residuals that follow"),
        (dict(formula="y ~ week + (1 | g) + (1 | number)"), ModelError, "is not nested"),
    ],
)
def test_what_cannot_be_is_said(change, error, said):
    with pytest.raises(error, match=said):
        fit(replace(PLAIN, **change))


@pytest.mark.parametrize("case", STORED, ids=named)
def test_joint_tests_are_nlmes(case):
    told, theirs = model_tests(question(case)), case["tests"]
    assert not told.variances.tests and "comparing the model" in told.terms.messages[-1]
    for own, df, f in zip(told.terms.tests, theirs["num_df"], theirs["f"], strict=True):
        # As the standard errors, squared; nlme's search leaves them 1e-4.
        assert (own.num_df, own.statistic) == (df, pytest.approx(f, rel=3e-4))
        assert own.den_df > 1


@pytest.mark.parametrize("case", [c for c in STORED if c["emmeans"]][3::2], ids=named)
def test_means_differences_and_slopes_are_emmeans(case):
    asked, means, slopes = question(case), case["emmeans"], case["emtrends"]
    rows, n = meaning(asked, means["by"]).tidy(), len(means["means"])
    same(rows[: 2 * n - 1], means["means"] + means["differences"])
    if slopes:
        same(meaning(asked, slopes["of"], means["by"]).tidy(), slopes["slopes"])


def same(ours, theirs):
    for own, r in zip(ours, theirs, strict=True):
        # emmeans takes a slope from a difference over 1e-5 of the number's range.
        assert own["estimate"] == pytest.approx(r["estimate"], abs=2e-4 * r["se"])
        assert own["se"] == pytest.approx(r["se"], rel=1e-4)


def test_side_by_side_and_compared_by_ml():
    alike = replace(PLAIN, serial="")
    spread = replace(PLAIN, spread="arm", method="ML")
    found = side_by_side((alike, PLAIN, spread, replace(spread, serial="number")))
    stored = next(c for c in STORED if named(c) == "y ~ week + (1 | g), day  ML")
    assert found.aic[1] == pytest.approx(stored["aic"], abs=1e-5)
    first, second, third = found.comparisons[1:]
    assert (first.nested, first.df, second.nested, second.df) == (True, 1, True, 2)
    assert first.statistic == pytest.approx(fit(replace(PLAIN, method="ML")).residuals.fall)
    assert not third.nested  # AR(1) over other times is no special case
    cells = {row[0].text: row for row in side_by_side_table(found).rows}
    (runs,) = (row for term, row in cells.items() if "apart in day" in term)
    assert not runs[1].text and runs[2].text
    assert cells["Residual SD, arm a"][3].text
    pair = compared(replace(PLAIN, formula="y ~ week*arm + (1 | g)"), "y ~ week + (1 | g)")
    assert pair.nested and pair.df == 4 and pair.smaller.aic == pytest.approx(stored["aic"])


@pytest.mark.parametrize("ask", [examine, predicted])
def test_what_takes_them_for_independent_says_so(ask):
    with pytest.raises(RequestError, match="independent and alike"):
        ask(PLAIN)


def test_the_way_back_is_nlmes():
    asked = replace(PLAIN, formula="y ~ week*arm + (1 | h/g)", spread="arm", serial="day")
    script = r_script(asked, fit(asked), "rows.csv")
    assert "random = list(h = ~ 1, g = ~ 1)" in script
    assert "corCAR1(form = ~ day | h/g)" in script and "varIdent(form = ~ 1 | arm)" in script
    assert "--serial day --spread arm" in asked.command() and "serial=day" in asked.link()
