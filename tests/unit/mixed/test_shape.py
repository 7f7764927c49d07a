"""The shape of models against R: polynomials, splines, offsets and weights (reference/shape.R)."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.explain.effects import fit_formula
from analysis.explain.sums import formula_sums, model_rows
from analysis.mixed.design import INTERCEPT, mentioned
from analysis.mixed.formula import parse_formula
from analysis.mixed.testing.joint import term_tests
from analysis.store.moments import design_arrays
from analysis.store.source import open_source
from tests.unit.mixed.stored import REFERENCE, data_path
from tests.unit.mixed.test_reference import assert_same_fit, assert_same_tests

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
    tests = {t.term.replace(" ", ""): t for t in term_tests(sums_of(key)).tests}
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
