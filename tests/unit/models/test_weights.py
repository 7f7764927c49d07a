"""Prior weights and offsets: rows times the root of their weight, an outcome less what is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import FormulaError, ModelError, RapportError
from analysis.models.criterion.problem import build_problem
from analysis.models.inference.intervals.predicted import predicted_effects
from analysis.models.inference.intervals.profile import profile_intervals
from analysis.models.linear.fit import solve
from analysis.models.pooled.aggregates import aggregate
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.examine import examine
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.sums import formula_sums
from analysis.questions.lab.witness import witness_model
from analysis.questions.pooling.pooling import site_sums
from tests.unit.models import oracle
from tests.unit.models.nested import dense, nested_table, raw_theta

FORMULA = "y ~ x + t + (1 | th) + (t | p)"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    frame = nested_table(5)
    return frame.assign(w=np.random.default_rng(3).gamma(3, 40, len(frame)))


@pytest.fixture(scope="module")
def path(table, tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "rows.parquet"
    table.to_parquet(file)
    return file


def weighted(frame: pd.DataFrame, sums, problem, reml: bool) -> oracle.Model:
    """The dense model of the rows times the root of their weight."""
    plain, root = dense(frame, sums, problem, reml), np.sqrt(frame["w"].to_numpy())
    blocks = tuple(replace(b, z=b.z * root[:, None]) for b in plain.blocks)
    return oracle.Model(plain.y * root, plain.x * root[:, None], blocks, reml)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_the_answers_are_the_dense_models(table, path, method):
    sums = formula_sums(FORMULA, path, weights="w")
    problem = build_problem(sums)
    theta = raw_theta(problem, solve(problem, method == "REML").theta)
    # The engine's theta is relative to a row of mean weight, the oracle's to one of weight 1.
    theta /= np.sqrt(table["w"].mean())
    model = weighted(table, sums, problem, method == "REML")
    expected = oracle.estimate(model, theta)
    fit = fit_formula(FORMULA, path, method, weights="w")
    # The same algebra in another order.
    logs = np.log(table["w"]).sum()
    assert fit.criterion == pytest.approx(expected.criterion - logs, rel=1e-9)
    assert fit.sigma**2 == pytest.approx(expected.sigma2, rel=1e-7)
    assert [f.estimate for f in fit.fixed] == pytest.approx(expected.beta, rel=1e-7)
    se = np.sqrt(np.diag(expected.covariance))
    assert [f.se for f in fit.fixed] == pytest.approx(se, rel=1e-7)
    # The oracle differentiates twice by differences: about three digits.
    df = oracle.satterthwaite(model, theta)
    assert [f.df for f in fit.fixed] == pytest.approx(df, rel=5e-3)
    assert fit.weights == "w" and fit.rows == len(table)


def test_kenward_roger_is_the_dense_models(table, path):
    sums = formula_sums(FORMULA, path, weights="w")
    problem = build_problem(sums)
    theta = raw_theta(problem, solve(problem, True).theta) / np.sqrt(table["w"].mean())
    se, df = oracle.kenward_roger(weighted(table, sums, problem, True), theta)
    fit = fit_formula(FORMULA, path, df="kenward-roger", weights="w")
    assert [f.se for f in fit.fixed] == pytest.approx(se, rel=1e-5)
    assert [f.df for f in fit.fixed] == pytest.approx(df, rel=1e-4)


def test_the_unit_of_the_weights_moves_sigma_alone(table, path, tmp_path):
    table.assign(w=table["w"] * 100).to_parquet(tmp_path / "more.parquet")
    one, hundred = (fit_formula(FORMULA, p, weights="w") for p in (path, tmp_path / "more.parquet"))
    assert hundred.sigma == pytest.approx(10 * one.sigma, rel=1e-6)
    assert hundred.criterion == pytest.approx(one.criterion, rel=1e-10)
    for name in ("r2_marginal", "r2_conditional"):
        assert getattr(hundred, name) == pytest.approx(getattr(one, name), rel=1e-6)
    assert [r.sd for r in hundred.random] == pytest.approx([r.sd for r in one.random], rel=1e-5)


def test_equal_weights_change_nothing_but_sigma(table, path, tmp_path):
    table.assign(w=4.0).to_parquet(tmp_path / "equal.parquet")
    plain, equal = (
        fit_formula(FORMULA, path),
        fit_formula(FORMULA, tmp_path / "equal.parquet", weights="w"),
    )
    assert equal.criterion == pytest.approx(plain.criterion, rel=1e-12)
    assert equal.sigma == pytest.approx(2 * plain.sigma, rel=1e-8)
    assert equal.r2_conditional == pytest.approx(plain.r2_conditional, rel=1e-8)


def test_profile_predictions_and_witness_know_the_weights(table, path):
    fit = fit_formula("y ~ x + (1 | p)", path, "ML", weights="w")
    sums = formula_sums("y ~ x + (1 | p)", path, weights="w")
    rows = {(r["group"], r["term"]): r for r in profile_intervals(sums).tidy()}
    sigma = rows["residual", "sd"]
    assert sigma["low"] < fit.sigma < sigma["high"] < 2 * fit.sigma
    (effects,) = predicted_effects(sums, "ML")
    # By hand: a patient's effect shrinks with s2u sum(w) / (s2u sum(w) + s2).
    left = table["y"] - fit.fixed[0].estimate - fit.fixed[1].estimate * table["x"]
    by = (
        pd.DataFrame({"p": table["p"], "w": table["w"], "wr": table["w"] * left}).groupby("p").sum()
    )
    s2u, s2 = fit.random[0].sd ** 2, fit.sigma**2
    expected = s2u * by["wr"] / (s2u * by["w"] + s2)
    assert np.sort(effects.mode[:, 0]) == pytest.approx(np.sort(expected), rel=1e-6, abs=1e-9)
    other = witness_model(ModelQuestion("y ~ x + (1 | p)", path, method="ML", weights="w"))
    assert other.criterion == pytest.approx(fit.criterion, rel=1e-8)
    assert other.sigma == pytest.approx(fit.sigma, rel=1e-4)


def test_residuals_are_those_of_the_weighted_rows(path):
    formula = "y ~ x + t + (1 | th) + (1 | p)"
    found = examine(ModelQuestion(formula, path, weights="w"), replicates=0)
    assert found.residuals.leverage.mean * len(pd.read_parquet(path)) == pytest.approx(3, rel=1e-9)
    assert found.r2.marginal.value == pytest.approx(
        fit_formula(formula, path, weights="w").r2_marginal, rel=1e-9
    )


@pytest.mark.parametrize(("bad", "said"), [(0.0, "2 rows"), (-1.0, "2 rows")])
def test_weights_that_weigh_nothing_are_refused(table, tmp_path, bad, said):
    table.assign(w=table["w"].where(~table.index.isin([3, 8]), bad)).to_parquet(
        tmp_path / "bad.parquet"
    )
    with pytest.raises(ModelError, match=said) as refused:
        fit_formula(FORMULA, tmp_path / "bad.parquet", weights="w")
    assert "'w'" in refused.value.what and refused.value.allowed and refused.value.next_step


def test_an_infinite_weight_is_no_number_and_is_said(table, tmp_path):
    weight = table["w"].where(~table.index.isin([3, 8]), np.inf)
    table.assign(w=weight).to_parquet(tmp_path / "bad.parquet")
    fit = fit_formula(FORMULA, tmp_path / "bad.parquet", weights="w")
    assert fit.rows_dropped == 2
    assert any("2 values of 'w' are no numbers" in said for said in fit.status.messages)


def test_rows_without_a_weight_are_left_out_and_counted(table, tmp_path):
    weight = table["w"].where(~table.index.isin([3, 8, 9]))
    table.assign(w=weight).to_csv(tmp_path / "some.csv", index=False)
    table.assign(w=weight).dropna().to_csv(tmp_path / "kept.csv", index=False)
    some, kept = (fit_formula(FORMULA, tmp_path / f, weights="w") for f in ("some.csv", "kept.csv"))
    assert some.rows_dropped == 3 and some.rows == kept.rows == len(table) - 3
    assert some.criterion == pytest.approx(kept.criterion, rel=1e-12)


@pytest.mark.parametrize(("name", "said"), [("ww", "no variable 'ww'"), ("a", "holds text")])
def test_weights_must_be_a_number_of_the_data(path, name, said):
    with pytest.raises(FormulaError, match=said) as refused:
        fit_formula("y ~ x", path, weights=name)
    assert refused.value.where == "the weights"


def test_sites_do_not_pool_weighted_rows(path):
    with pytest.raises(RapportError, match="cannot pool"):
        aggregate(formula_sums("y ~ x + (1 | p)", path, weights="w"))


def test_an_offset_leaves_the_outcome(table, path, tmp_path):
    table.assign(y=table["y"] - table["x"] / 7 - table["t"]).to_parquet(tmp_path / "less.parquet")
    kept = fit_formula("y ~ offset(x / 7) + a + offset(t) + (1 | p)", path)
    less = fit_formula("y ~ a + (1 | p)", tmp_path / "less.parquet")
    assert kept.criterion == pytest.approx(less.criterion, rel=1e-10)
    assert [f.estimate for f in kept.fixed] == pytest.approx(
        [f.estimate for f in less.fixed], rel=1e-7
    )
    assert [f.term for f in kept.fixed] == [f.term for f in less.fixed]


def test_an_offset_pools(path):
    site = site_sums("y ~ x + offset(t) + (1 | p)", path, least=1, allow_small=True)
    assert site.sums.names[-1] == "y - offset(t)"


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y ~ x - offset(t)", "term of its own"),
        ("y ~ x * offset(t)", "term of its own"),
        ("y ~ x + offset(t):a", "term of its own"),
        ("y ~ x + (1 + offset(t) | p)", "does not vary between groups"),
        ("y ~ x + offset(a)", "holds text"),
        ("y ~ x + offset(3)", "without a variable"),
        ("y ~ x + offset(nope)", "no variable 'nope'"),
        ("y ~ x + offset()", "cannot be read"),
    ],
)
def test_offsets_that_are_none(path, formula, said):
    with pytest.raises(FormulaError, match=said) as refused:
        fit_formula(formula, path)
    assert refused.value.where and refused.value.allowed
