"""The engine against R's stored answers: lme4, lmerTest and pbkrtest on R's own data and on the
public treatment data beside the repository."""

from functools import cache

import pandas as pd
import pytest

from tests.unit.models.held_to_r import assert_same_fit, assert_same_tests
from tests.unit.models.stored import SHARED, data_path, stored_fits

OWN = stored_fits()
BESIDE = stored_fits("lme4_shared.json")
NESTED = [key for key, fit in OWN.items() if not fit["crossed"]]  # the others: test_crossed.py
INTERIOR = [key for key in NESTED if not OWN[key]["singular"]]
KENWARD_ROGER = [key for key in INTERIOR if OWN[key]["kenward_roger"]]


@pytest.mark.parametrize("key", NESTED)
def test_estimates_equal_lme4s(key):
    assert_same_fit(fitted(key), OWN[key])


@pytest.mark.parametrize("key", INTERIOR)
def test_satterthwaite_equals_lmertests(key):
    assert_same_tests(fitted(key), OWN[key], "satterthwaite")


@pytest.mark.parametrize("key", KENWARD_ROGER)
def test_kenward_roger_equals_pbkrtests(key):
    assert_same_tests(fitted(key, "kenward-roger"), OWN[key], "kenward_roger")


@pytest.mark.parametrize("key", BESIDE)
def test_public_treatment_data(key, tmp_path):
    from analysis.questions.lab.effects import fit_formula

    stored = BESIDE[key]
    path = tmp_path / "data.csv"
    shared_frame(stored["data"]).to_csv(path, index=False)
    result = fit_formula(stored["formula"], str(path), stored["method"])
    assert_same_fit(result, stored)
    if not stored["singular"]:
        assert_same_tests(result, stored, "satterthwaite")


@cache
def fitted(key: str, df: str = "satterthwaite"):
    # Imported late: the tests can be collected, and the oracle's run, without the engine.
    from analysis.questions.lab.effects import fit_formula

    stored = OWN[key]
    return fit_formula(stored["formula"], str(data_path(stored)), stored["method"], df)


def shared_frame(name: str) -> pd.DataFrame:
    """The columns that make_reference_shared.R derives, from the same file; skips without it."""
    file = {"enrichd": "enrichd_bdi/BDIdata.csv", "teachsat": "teachsat/teachsat.csv"}
    path = SHARED / file.get(name, "refraMED/reframed.csv")
    if not path.exists():
        pytest.skip(f"the public data file {path.name} is not beside the repository")
    if name in file:
        return pd.read_csv(path)
    raw = pd.read_csv(path, dtype=str, na_values=["NaN"], keep_default_na=False)
    raw["m"] = pd.to_numeric(raw["month"], errors="coerce")
    raw = raw[raw["m"].notna()]
    if name == "refra_phq9":
        return raw[["phq9", "m", "patient"]].assign(grp=(raw["grp"] == "RO-DBT").astype(int))
    arm = raw[(raw["grp"] == "RO-DBT") & raw["m"].isin([7, 12, 18])]
    month = arm["m"].map(lambda m: f"m{int(m):02d}")
    return arm[["hamd", "hamd.b", "site", "therapist", "patient"]].assign(month=month)
