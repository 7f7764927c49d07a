"""The shape of models against R: polynomials, splines, offsets and weights (reference/shape.R)."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import FormulaError
from analysis.models.inference.testing.joint import solved, terms_of
from analysis.models.language.design import INTERCEPT, mentioned
from analysis.models.language.formula import parse_formula
from analysis.questions.lab import inference
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.examine import examine
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.sums import formula_sums, model_rows
from analysis.questions.lab.witness import witness_model
from analysis.questions.opening import open_source
from analysis.questions.pooling.pooled_fit import pool_files
from analysis.questions.pooling.pooling import write_moments
from analysis.store.sums.moments import design_arrays
from tests.unit.models.held_to_r import assert_same_fit, assert_same_tests
from tests.unit.models.stored import REFERENCE, data_path

STORED = json.loads((REFERENCE / "shape.json").read_text())
FITS = {fit["id"]: fit for fit in STORED["fits"]}
INTERIOR = [key for key, fit in FITS.items() if not fit["singular"]]
KENWARD_ROGER = [key for key in INTERIOR if FITS[key]["kenward_roger"]]
JOINT = [key for key in INTERIOR if "joint" in FITS[key]]


@pytest.mark.parametrize("key", FITS)
def test_estimates_equal_lme4s(key):
    assert_same_fit(fitted(key), FITS[key])


@pytest.mark.parametrize("key", INTERIOR)
def test_satterthwaite_equals_lmertests(key):
    assert_same_tests(fitted(key), FITS[key], "satterthwaite")


@pytest.mark.parametrize("key", KENWARD_ROGER)
def test_kenward_roger_equals_pbkrtests(key):
    assert_same_tests(fitted(key, "kenward-roger"), FITS[key], "kenward_roger")


@pytest.mark.parametrize("key", JOINT)
def test_all_functions_of_a_term_are_tested_together(key):
    fit = FITS[key]
    tests = {t.term.replace(" ", ""): t for t in terms_of(solved(sums_of(key))).tests}
    stored = fit["joint"]
    assert list(tests) == stored["terms"]
    for k, term in enumerate(stored["terms"]):
        assert tests[term].num_df == stored["num_df"][k]
        # lmerTest's degrees of freedom rest on second differences of the deviance.
        assert tests[term].den_df == pytest.approx(stored["den_df"][k], rel=1e-2)
        assert tests[term].statistic == pytest.approx(stored["statistic"][k], rel=1e-3)


@pytest.mark.parametrize("stored", STORED["columns"], ids=lambda c: c["call"])
def test_columns_are_those_of_model_matrix(stored, tmp_path):
    frame = pd.DataFrame(STORED["rows"])
    frame.assign(y=np.arange(len(frame)) ** 1.5).to_csv(tmp_path / "rows.csv", index=False)
    parsed = parse_formula(f"y ~ {stored['call']}")
    with open_source(tmp_path / "rows.csv", mentioned(parsed)) as source:
        rows, design = model_rows(source, parsed)
        columns, _ = design_arrays(rows, design)
    assert [n for n in design.x if n != INTERCEPT] == stored["columns"]
    values = np.array(stored["values"])
    ours = np.stack([columns[n] for n in stored["columns"]], axis=1)
    # Rounding of a dozen operations on each number, relative to the column's size.
    assert np.abs(ours - values).max(axis=0) == pytest.approx(0, abs=1e-13 * np.abs(values).max())


@cache
def fitted(key: str, df: str = "satterthwaite"):
    stored = FITS[key]
    path, weights = str(data_path(stored)), stored.get("weights") or ""
    return fit_formula(stored["formula"], path, stored["method"], df, weights=weights)


def sums_of(key: str):
    return formula_sums(FITS[key]["formula"], data_path(FITS[key]))


@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_a_million_rows_lose_no_digit(shift, tmp_path):
    """Orthonormal columns stay orthonormal whatever the origin; a cubic is found again."""
    rng = np.random.default_rng(1)
    n = 1_000_000
    t = np.round(rng.gamma(2, 20, n), 3)
    x = (t - 40) / 30
    y = 5 + x - 2 * x**2 + 0.5 * x**3 + rng.integers(-1, 2, n) / 1000
    table = pd.DataFrame({"t": t + shift, "y": y, "g": rng.integers(0, 50, n)})
    table.to_parquet(tmp_path / "many.parquet")
    sums = formula_sums("y ~ poly(t, 3)", tmp_path / "many.parquet")
    scale, centre = sums.scale[1:4], sums.centre[1:4]
    # Sums of the columns themselves, from those of the centred and scaled ones.
    one, s, ss = sums.gram[0, 0], sums.gram[0, 1:4], sums.gram[1:4, 1:4]
    raw = scale * s + centre * one
    squares = np.outer(scale, scale) * ss + np.outer(centre, scale * s)
    squares += np.outer(scale * s, centre) + np.outer(centre, centre) * one
    assert raw == pytest.approx(np.zeros(3), abs=1e-9)
    # Shifted by a million, t itself keeps ten digits.
    assert squares == pytest.approx(np.eye(3), abs=1e-9)
    cubic = fit_formula("y ~ poly(t, 3)", tmp_path / "many.parquet", df="none")
    assert cubic.sigma == pytest.approx(0.001 * np.sqrt(2 / 3), rel=2e-3)


def test_bases_of_one_curve_tell_one_story():
    """A cubic by any name: the same criterion up to the columns' units, the same prediction."""
    path = REFERENCE / "data" / "chickweight.csv"
    calls = (
        "poly(Time, 3)",
        "poly(Time, 3, raw=TRUE)",
        "bs(Time)",
        "Time + I(Time**2) + I(Time**3)",
        "scale(Time) + poly(Time, 2) + poly(Time, 3)",
    )
    fits = [fit_formula(f"weight ~ {c} + (1 | Chick)", path, "ML", "none") for c in calls]
    for fit in fits[1:]:
        assert fit.criterion == pytest.approx(fits[0].criterion, rel=1e-9)
        assert fit.r2_marginal == pytest.approx(fits[0].r2_marginal, rel=1e-6)


def test_every_check_takes_the_columns():
    path = REFERENCE / "data" / "sleepstudy.csv"
    formula = "Reaction ~ ns(Days, df=3) + (poly(Days, 1) | Subject)"
    asked = ModelQuestion(formula, path)
    found = examine(asked, replicates=0)
    assert [t.term for t in found.collinearity.terms] == ["ns(Days, df = 3)"]
    assert [s.name for s in found.parts.sets] == ["ns(Days, df = 3)"]
    # Leverages sum to the number of coefficients; all fixed variance is within subjects.
    assert found.residuals.leverage.mean * 180 == pytest.approx(4, rel=1e-9)
    assert found.r2.share("Subject", "f").value == pytest.approx(0, abs=1e-12)
    assert {v.grade for _, v in found.verdicts()} <= {"fine", "note", "problem"}
    other = witness_model(asked)
    fit = fit_formula(formula, path)
    assert other.terms == tuple(f.term for f in fit.fixed)
    assert other.criterion == pytest.approx(fit.criterion, rel=1e-8)
    terms = inference.ask("model_tests", asked).terms.tests
    assert [(t.term, t.num_df) for t in terms] == [("ns(Days, df = 3)", 3)]
    (intercept, slope) = inference.ask("predicted", asked)
    assert slope.term == "poly(Days, 1)" and slope.groups == intercept.groups == 18
    compared = inference.ask(
        "compared",
        ModelQuestion("Reaction ~ Days + (1 | Subject)", path),
        "Reaction ~ Days + poly(Days, 2) + (1 | Subject)",
    )
    assert compared.larger.parameters - compared.smaller.parameters == 1


def test_sites_with_named_knots_pool_as_one_table(tmp_path):
    frame = pd.read_csv(REFERENCE / "data" / "chickweight.csv")
    formula = (
        "weight ~ ns(Time, knots=c(6, 14), Boundary.knots=c(0, 21)) * Diet + offset(Time) "
        "+ (poly(Time, 1, raw=TRUE) | Chick)"
    )
    files = []
    for site, part in frame.groupby(frame["Chick"] % 2 == 0):
        part.to_csv(tmp_path / f"{site}.csv", index=False)
        files.append(tmp_path / f"{site}.sums")
        write_moments(formula, tmp_path / f"{site}.csv", files[-1], allow_small=True)
    pooled, whole = pool_files(files), fit_formula(formula, REFERENCE / "data" / "chickweight.csv")
    assert pooled.criterion == pytest.approx(whole.criterion, rel=1e-9)
    for ours, theirs in zip(pooled.fixed, whole.fixed, strict=True):
        assert ours.term == theirs.term
        assert ours.estimate == pytest.approx(theirs.estimate, rel=1e-7, abs=1e-8)
        assert ours.se == pytest.approx(theirs.se, rel=1e-7)


def test_sites_may_not_let_their_rows_choose_the_knots(tmp_path):
    with pytest.raises(FormulaError, match="differ between sites") as refused:
        write_moments(
            "weight ~ ns(Time, df=3) + (1 | Chick)",
            REFERENCE / "data" / "chickweight.csv",
            tmp_path / "out",
        )
    assert "Boundary.knots" in refused.value.allowed
    assert not (tmp_path / "out").exists()
