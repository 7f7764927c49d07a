"""A clinic's real file imported by the command line, and lme4's numbers for it on the page."""

from pathlib import Path

import pytest

from analysis.importing import doors as importing
from analysis.store.versions import catalogue
from tests.app.cells import cells
from tests.app.open_page import answered, opened, texts

REFRAMED = Path(__file__).resolve().parents[3] / "shared" / "data" / "refraMED" / "reframed.csv"
MAPPING = """
main_outcome = "phq9"
[keys]
patient = "patient"
therapist = "therapist"
clinic = "site"
session = "month"
[variables.m]
column = "month"
[variables.grp]
unit = "episode"
kind = "category"
[variables.phq9]
instrument = "phq9"
factor = "outcome"
out_of_range = "keep"
"""
FORMULA = "phq9 ~ m*C(grp, Treatment('TAU')) + (1|patient)"


@pytest.mark.skipif(
    not REFRAMED.exists(), reason="the refraMED file (../shared/data/refraMED) is not here"
)
def test_lme4s_numbers_for_a_real_trial(empty_store):
    importing.import_files("refra", [REFRAMED], importing.Mapping.from_text(MAPPING))
    at = answered(opened("model_lab", dataset="refra", formula=FORMULA))
    assert not at.exception
    said, shown = texts(at), cells(at)
    assert "Over 2,433 sessions in 246 groups of patient" in said
    # lme4 1.1-31, as ../shared/data/README.md gives it: 18.26743, -0.21132, -1.36543, -0.08999;
    # patient variance 29.07695, residual 15.19824; logLik -7108.518; R2 .05332 and .67504.
    for number in ("18.27", "−0.211", "−1.37", "−0.090", "29.08", "15.2", "14,217.036"):
        assert number in shown
    assert "5.3 %" in shown and "67.5 %" in shown


def test_the_example_fits_and_a_wrong_name_is_explained(demo_store):
    at = answered(opened("model_lab"))
    assert not at.exception
    assert "the predictors explain" in texts(at)
    assert "Is the model right?" in texts(at)
    assert "minimum of the criterion" in cells(at) and "part R2" in cells(at)
    at.text_area(key="formula").set_value("phq9 ~ sesion + (1 | patient)").run()
    answered(at)
    assert "did you mean 'session'" in texts(at)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Tests", "50:50 mixture"),
        ("Profile intervals", "does not speak against"),
        ("Bootstrap", "refits; 0 failed"),
        ("Groups", "without names"),
        ("Shared part", "Choose terms for both sets"),
        ("Compare", "By AIC the larger model is preferred"),
    ],
)
def test_each_further_question_is_answered(demo_store, asked, said):
    formula = "phq9 ~ session + wai_bond + (1 | therapist/patient)"
    address = dict(formula=formula, asked=asked, rival="phq9 ~ session + (1 | therapist/patient)")
    at = answered(opened("model_lab", **address))
    for button in [b for b in at.button if b.key == "go ahead"]:  # refits by a link ask first
        at = answered(button.click().run())
    assert not at.exception
    assert said in texts(at)


def test_what_two_predictors_share(demo_store):
    formula = "phq9 ~ session + wai_bond + (1 | patient)"
    at = answered(opened("model_lab", formula=formula, asked="Shared part"))
    at.multiselect(key="second_set").set_value(["wai_bond"]).run()
    answered(at)
    assert not at.exception
    assert "session, wai_bond" in cells(at) and "Unique" in cells(at)


def test_without_data_the_demo_is_offered(empty_store):
    at = opened("model_lab")
    assert "This page needs a dataset" in texts(at)
    assert catalogue.datasets() == ()


def test_a_curve_and_weights_reach_every_part_of_the_page(demo_store):
    formula = "phq9 ~ ns(session, df=3) + offset(wai_bond) + (poly(session, 1) | patient)"
    at = answered(opened("model_lab", formula=formula, weights="age", asked="Tests"))
    assert not at.exception
    said, shown = texts(at), cells(at)
    assert "A curve has several coefficients" in said and "row of weight 1" in said
    assert "ns(session, df = 3)2" in shown and "minimum of the criterion" in shown
    code = "\n".join(c.value for c in at.code)
    assert "library(splines)" in code and "--weights age" in code and "weights = age" in code
    witness = next(b for b in at.button if b.label == "Fit with statsmodels")
    witness.click().run()  # takes the same columns and weights
    answered(at)
    assert not at.exception and "furthest apart differ" in texts(at)


def test_crossed_groups_are_fitted_and_counted(demo_store):
    formula = "phq9 ~ wai_bond + (1 | patient) + (1 | session)"
    at = answered(opened("model_lab", formula=formula))
    assert not at.exception
    said = texts(at).replace("\\", "")
    assert "groups of 'patient' lie in more than one group of 'session'" in said
    # What builds on nested groups says so in its place.
    assert "'patient' is not nested in 'session'" in said


def test_an_outcome_that_happens_or_not(demo_store):
    formula = "ending ~ age + chronicity + (1 | therapist)"
    at = answered(opened("model_lab", formula=formula, family="Happens or doesn't"))
    assert at.selectbox(key="family").value == "binomial"
    assert not at.exception
    assert "ending is unplanned in" in texts(at).replace("\\", "")
    assert "lme4::glmer(I(ending == 'unplanned') ~" in texts(at) and "Counts as 1" in cells(at)
    assert "as observed" in cells(at) and "Bends" in cells(at)
    assert "groups, without names" in texts(at) and "Influence of groups" in cells(at)
    assert "R2 on the latent scale" not in texts(at) and "f: fixed effects, of all" in cells(at)
    at.segmented_control(key="asked").set_value("Profile intervals").run()
    answered(at)
    assert not at.exception and "Coefficients on the logit scale" in texts(at)
    assert "sd (Intercept)" in cells(at)
    at.text_area(key="formula").set_value("phq9 ~ age + (1 | therapist)").run()
    answered(at)
    assert "other numbers than 0 and 1" in texts(at)


def test_what_a_model_means_is_said(demo_store):
    formula = "phq9 ~ within(wai_bond)*session + gender + (1 | patient)"
    address = dict(formula=formula, asked="Meaning", meaning_by="session")
    at = answered(opened("model_lab", **address))
    assert not at.exception
    assert "sessions in" in texts(at) and "Johnson–Neyman" in texts(at)
    assert "mean + SD" in cells(at)
    at.selectbox(key="meaning_of").set_value("gender").run()
    answered(at)
    assert not at.exception and "Difference: male − female" in cells(at)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("phq9 ~ session", "rows of one patient being alike (CR2)"),
        ("phq9 ~ session + (age | patient)", "one value in each patient"),
        ("phq9 ~ 1", "Over"),
        ("phq9 ~ phq9 + (1 | patient)", "reproduce the outcome"),
        ("phq9 ~ session + (1 | phq9)", "is the outcome and the group"),
        ("phq9 ~ patient + (1 | therapist)", "too many for a category"),
        ("age ~ phq9 + (1 | therapist)", "every treatment would count once a session"),
        ("experience_years ~ setting", "Over"),
        ("phq9 ~ within()", "takes a variable of the data"),
    ],
)
def test_nothing_that_is_typed_breaks_the_page(demo_store, formula, said):
    at = answered(opened("model_lab", formula=formula))
    assert not at.exception and "not your doing" not in texts(at)
    assert said in texts(at)
    assert at.text_area(key="formula").value == formula


def test_a_quick_second_click_does_not_undo_the_first(demo_store):
    """A browser that has not heard of the first click's formula sends the one before it along."""
    before = "phq9 ~ session + (1 | patient)"
    at = opened("model_lab", formula=before)
    _pills(at, "build role alliance").set_value(["wai_bond"]).run()
    after = at.text_area(key="formula").value
    assert "within(wai_bond)" in after
    at.text_area(key="formula").set_value(before)  # the echo, in one message with the next click
    _pills(at, "build role expectancy").set_value(["expectation"]).run()
    assert "within(wai_bond)" in at.text_area(key="formula").value
    assert "expectation" in at.text_area(key="formula").value
    at.text_area(key="formula").set_value("phq9 ~ 1 + (1 | patient)").run()  # typed
    assert at.text_area(key="formula").value == "phq9 ~ 1 + (1 | patient)"


def _pills(at, key: str):
    return next(b for b in at.get("button_group") if (b.key or "").startswith(key))
