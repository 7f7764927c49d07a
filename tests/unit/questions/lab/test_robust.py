"""CR2: clubSandwich's numbers for 14 regressions and 15 mixed models, and a hand loop over whole
matrices."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import FormulaError, ModelError
from analysis.models.inference import mixed_robust
from analysis.questions.lab.answer import fit
from analysis.questions.lab.meaning import meaning
from analysis.questions.lab.question import ModelQuestion

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
STORED = json.loads((REFERENCE / "robust.json").read_text(encoding="utf-8"))["models"]
MIXED = json.loads((REFERENCE / "robust_mixed.json").read_text(encoding="utf-8"))["models"]
MARGINS = REFERENCE / "data" / "margins.csv"


@pytest.mark.parametrize("case", STORED, ids=lambda c: f"{c['formula']} by {c['cluster']}")
def test_standard_errors_and_df_are_clubsandwichs(case):
    formula = case["formula"].replace("^", "**")
    data = str(REFERENCE / "data" / case["data"])
    found = fit(ModelQuestion(formula, data, robust=case["cluster"]))
    assert found.df_method == "CR2" and len(found.fixed) == len(case["rows"])
    for own, theirs in zip(found.fixed, case["rows"], strict=True):
        # Both exact: what is left is rounding, of stored digits and of sums.
        assert own.estimate == pytest.approx(theirs["estimate"], rel=1e-7, abs=1e-9)
        assert own.se == pytest.approx(theirs["se"], rel=1e-6)
        assert own.df == pytest.approx(theirs["df"], rel=1e-6)
        assert own.p == pytest.approx(theirs["p"], rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("small", [0, 10**9], ids=["by poles", "in the span"])
@pytest.mark.parametrize("case", MIXED, ids=lambda c: f"{c['formula']} by {c['cluster']}")
def test_those_of_mixed_models_are_clubsandwichs(case, small, monkeypatch):
    monkeypatch.setattr(mixed_robust, "SMALL", small)
    formula = case["formula"].replace("^", "**")
    data = str(REFERENCE / "data" / case["data"])
    found = fit(ModelQuestion(formula, data, method=case["method"], robust=case["cluster"]))
    assert found.df_method == "CR2" and len(found.fixed) == len(case["rows"])
    for own, theirs in zip(found.fixed, case["rows"], strict=True):
        # Both follow the variances, which lmer's search leaves with some seven digits.
        assert own.estimate == pytest.approx(theirs["estimate"], rel=1e-5, abs=1e-8)
        assert own.se == pytest.approx(theirs["se"], rel=1e-6)
        assert own.df == pytest.approx(theirs["df"], rel=1e-6)
        assert own.p == pytest.approx(theirs["p"], rel=1e-4, abs=1e-12)


def test_both_ways_agree_where_one_cluster_alone_tells_a_coefficient(tmp_path, monkeypatch):
    """Then the way by poles gives way; else the two differ by rounding and ACCURACY alone."""
    rng = np.random.default_rng(5)
    p = np.repeat(np.arange(60), 5)
    table = pd.DataFrame({"p": p, "c": p // 6, "x": rng.normal(size=300)})
    table["only"] = (table.c == 3) * rng.normal(size=300)
    table["y"] = table.x + rng.normal(size=60)[p] + rng.normal(size=300)
    table.to_csv(tmp_path / "t.csv", index=False)
    for formula, same in (("y ~ x + (x | p)", 1e-9), ("y ~ x + only + (1 | p)", 1e-12)):
        found = []
        for small in (0, 10**9):
            monkeypatch.setattr(mixed_robust, "SMALL", small)
            fixed = fit(ModelQuestion(formula, str(tmp_path / "t.csv"), robust="c")).fixed
            found.append([(f.se, f.df) for f in fixed])
        assert np.allclose(found[0], found[1], rtol=same, atol=0)


def by_hand(x: np.ndarray, y: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p,) standard errors and degrees of freedom, every matrix of rows written out."""
    m = np.linalg.inv(x.T @ x)
    hat = np.eye(len(y)) - x @ m @ x.T
    residual, meat, parts = hat @ y, 0, []
    for g in np.unique(group):
        own = group == g
        values, vectors = np.linalg.eigh(hat[np.ix_(own, own)])
        a = vectors @ np.diag(np.where(values > 1e-9, values, np.inf) ** -0.5) @ vectors.T
        score = x[own].T @ a @ residual[own]
        meat = meat + np.outer(score, score)
        parts.append(m @ x[own].T @ a @ hat[own])
    df = []
    for j in range(x.shape[1]):
        p = np.stack([part[j] for part in parts])
        omega = p @ p.T
        df.append(np.trace(omega) ** 2 / (omega**2).sum())
    return np.sqrt(np.diag(m @ meat @ m)), np.array(df)


def test_the_formula_written_out():
    d = pd.read_csv(MARGINS)
    x = np.column_stack([np.ones(len(d)), d.x, d.m])
    se, df = by_hand(x, d.y.to_numpy(), d.h.to_numpy())
    found = fit(ModelQuestion("y ~ x + m", str(MARGINS), robust="h")).fixed
    # The same algebra in another order.
    np.testing.assert_allclose([f.se for f in found], se, rtol=1e-8)
    np.testing.assert_allclose([f.df for f in found], df, rtol=1e-8)


def test_a_slope_asked_for_has_the_robust_errors():
    question = ModelQuestion("y ~ x + m", str(MARGINS), robust="h")
    (slope,) = meaning(question, "x").tidy()
    x = fit(question).fixed[1]
    assert (slope["se"], slope["df"]) == (pytest.approx(x.se), pytest.approx(x.df))
    question = ModelQuestion("y ~ x + m + (1 | g)", str(MARGINS), robust="h")
    (slope,) = meaning(question, "x").tidy()
    x = fit(question).fixed[1]
    assert (slope["se"], slope["df"]) == (pytest.approx(x.se), pytest.approx(x.df))


def test_without_clusters_the_t_law_of_a_regression():
    (intercept, _) = fit(ModelQuestion("y ~ x", str(MARGINS))).fixed
    assert intercept.df == pytest.approx(298, rel=1e-6)  # 300 rows, two coefficients


@pytest.mark.parametrize(
    ("formula", "robust", "error", "said"),
    [
        ("y ~ x", "hh", FormulaError, "no variable 'hh'"),
        ("y ~ x + (1 | h)", "g", ModelError, "lie in several of 'g'"),
        ("y ~ x + (1 | h) + (1 | t)", "h", ModelError, "is not nested"),
    ],
)
def test_what_cannot_be_is_said(formula, robust, error, said):
    with pytest.raises(error, match=said):
        fit(ModelQuestion(formula, str(MARGINS), robust=robust))


def test_more_than_fits_is_said_before_it_is_summed(monkeypatch):
    monkeypatch.setattr("analysis.questions.lab.rows.robust.MOST_SQUARES", 200)
    with pytest.raises(ModelError, match="Standard errors of 4 coefficients") as no:
        fit(ModelQuestion("y ~ x*t", str(MARGINS), robust="g"))
    assert "choose 'none'" in no.value.next_step
