"""Crossed groupings: the passes against their definition, fits against lme4's stored answers."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ModelError
from analysis.models.criterion.crossed import build
from analysis.models.criterion.crossed.build import build_crossed_problem
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import build_problem
from analysis.models.criterion.theta import start_theta
from analysis.models.language.design import mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.linear.fit import fit_moments
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.examine import examine
from analysis.questions.lab.inference import ask
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.sums import model_rows
from analysis.questions.opening import open_source
from analysis.store.sums.moments import moments

# The same assertions as for nested levels, run here on the crossed `case` below.
from tests.unit.models.criterion.criterion_laws import (  # noqa: F401
    test_derivatives_in_psi_are_differences,
    test_gradient_is_the_slope_of_the_value,
    test_psi_and_its_root_give_the_same_pass,
    test_value_and_coefficients_are_those_of_the_definition,
)
from tests.unit.models.held_to_r import assert_same_fit, assert_same_tests
from tests.unit.models.nested import moments_of, nested_table
from tests.unit.models.stored import REFERENCE, data_path, stored_fits

WHOLE = "insteval: y ~ service + (1 | s) + (1 | d) + (1 | dept) REML"
STORED = stored_fits("crossed.json") | {k: f for k, f in stored_fits().items() if f["crossed"]}
FITTED = [key for key in STORED if key != WHOLE]
INTERIOR = [key for key in FITTED if not STORED[key]["singular"]]
KENWARD_ROGER = [key for key in INTERIOR if STORED[key]["kenward_roger"]]
FORMULAS = [
    "y ~ x + (1 | p) + (1 | w)",
    "y ~ x + t + (t | p) + (1 | th) + (1 | w)",
    "y ~ x + (1 | e) + (t || p) + (x | w)",  # episodes within patients, eliminated together
    "y ~ t + (0 + a | w) + (t | th) + (1 | c)",
]


def crossed_table(seed: int) -> pd.DataFrame:
    """The nested table with episodes e of the patients, and raters w who see all of them."""
    frame, rng = nested_table(seed), np.random.default_rng(seed)
    frame["e"] = frame["p"] + "." + (frame["t"] > 1.5).astype(int).astype(str)
    frame["w"] = np.array([f"w{k}" for k in range(5)])[rng.integers(0, 5, len(frame))]
    return frame


@pytest.fixture(
    params=[(f, full) for f in FORMULAS for full in (False, True)], ids=str, scope="module"
)
def case(request, tmp_path_factory):
    """(frame, moments, problem) of one formula; full: multiplied as full or as sparse matrices."""
    formula, full = request.param
    frame = crossed_table(len(formula))
    sums = moments_of(tmp_path_factory.mktemp("rows"), frame, formula, crossed=True)
    assert sums.crossings
    return frame, sums, replace(build_crossed_problem(sums), full=full)


def test_inner_groups_join_the_blocks_of_the_group_around_them(tmp_path):
    sums = moments_of(tmp_path, crossed_table(2), FORMULAS[2], crossed=True)
    problem = build_crossed_problem(sums)
    assert [level.group for level in problem.levels] == ["e", "p", "w"]
    # A block is a patient: at most two episodes, then a level and a slope of its own.
    assert len(problem.leads) == 2 and problem.own.shape == (sums.group_counts["p"], 4, 4)


def test_a_search_starts_near_its_end():
    """By moments, where rows of a group meet other groups at random (the made data)."""
    key = next(k for k in FITTED if "(1 | patient) + (1 | therapist) + (1 | clinic) REML" in k)
    sds = [r.sd / fitted(key).sigma for r in fitted(key).random]
    parsed = parse_formula(STORED[key]["formula"])
    with open_source(data_path(STORED[key]), mentioned(parsed)) as source:
        problem = build_crossed_problem(moments(*model_rows(source, parsed), crossed=True))
    for start, end in zip(start_theta(problem), sds, strict=True):
        assert 1 / 3 < start / end < 3  # crude: the groupings share what they are blamed for


@pytest.mark.parametrize("reml", [True, False], ids=["REML", "ML"])
def test_nested_groups_give_what_the_recursion_gives(tmp_path, reml):
    sums = moments_of(tmp_path, nested_table(5), "y ~ x + t + (t | p) + (1 | th) + (x | c)")
    nested, crossed = build_problem(sums), build_crossed_problem(sums)
    theta = start_theta(nested, 0.7)
    one, two = evaluate(nested, theta, reml), evaluate(crossed, theta, reml)
    assert two.value == pytest.approx(one.value, rel=1e-12)
    assert two.gradient == pytest.approx(one.gradient, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("key", FITTED)
def test_estimates_equal_lme4s(key):
    assert_same_fit(fitted(key), STORED[key])


@pytest.mark.parametrize("key", INTERIOR)
def test_satterthwaite_equals_lmertests(key):
    assert_same_tests(fitted(key), STORED[key], "satterthwaite")


@pytest.mark.parametrize("key", KENWARD_ROGER)
def test_kenward_roger_equals_pbkrtests(key):
    assert_same_tests(fitted(key, "kenward-roger"), STORED[key], "kenward_roger")


def test_all_of_insteval_at_lme4s_answer(tmp_path):
    """73,421 rows, three crossed factors: at R's theta the criterion is R's and at its minimum.

    The whole search takes some ten seconds and finds the same; the suite has no room for it.
    """
    stored = STORED[WHOLE]
    frame = pd.read_parquet(data_path(stored))
    problem = build_crossed_problem(moments_of(tmp_path, frame, stored["formula"], crossed=True))
    # One scalar a level: lme4's theta is the internal one, groups in the same order.
    theta = np.concatenate([block["theta"] for block in stored["random"]])
    found = evaluate(problem, theta, True)
    criterion = found.value + 2 * (problem.rows - problem.p) * np.log(problem.y_scale)
    criterion -= 2 * np.linalg.slogdet(problem.x_to_raw / problem.y_scale)[1]
    assert criterion == pytest.approx(237733.83412752, rel=1e-11)
    assert criterion == pytest.approx(stored["criterion"], rel=1e-11)
    # R's search stops at steps of 1e-9; the curvature here is some 1e4.
    assert np.abs(found.gradient).max() < 0.05


def test_weights_reach_crossed_groups():
    """lmerTest 3.1-3, lmer(score ~ week + (1|patient) + (1|therapist), weights = alliance)."""
    key = next(k for k in FITTED if "week | patient" in k)
    formula = "score ~ week + (1 | patient) + (1 | therapist)"
    fit = fit_formula(formula, str(data_path(STORED[key])), weights="alliance")
    assert fit.criterion == pytest.approx(4674.3770076427, rel=1e-10)
    assert [r.sd for r in fit.random] == pytest.approx([2.65707006, 1.48188344], rel=1e-5)
    assert fit.sigma == pytest.approx(4.90413443, rel=1e-6)
    assert [f.df for f in fit.fixed] == pytest.approx([33.12839, 853.06077], rel=1e-4)


def test_joint_tests_and_comparisons_of_crossed_models():
    """lmerTest 3.1-3, anova(type = 3), REMLcrit without the clinics, and anova(m0, m1) by ML."""
    path = str(REFERENCE / "data" / "changes.csv")
    full = "score ~ week + alliance + (1 | patient) + (1 | therapist) + (1 | clinic)"
    found = ask("model_tests", ModelQuestion(full, path))
    assert [t.statistic for t in found.terms.tests] == pytest.approx(
        [356.01869, 75.16841], rel=1e-6
    )
    assert [t.den_df for t in found.terms.tests] == pytest.approx(
        [857.8543278, 818.6133227], rel=1e-6
    )
    assert found.variances.tests[-1].statistic == pytest.approx(34.33739215, abs=1e-6)
    asked, other = ModelQuestion(full, path), "score ~ week + (1 | patient) + (1 | therapist)"
    rival = ask("compared", asked, other)
    assert rival.statistic == pytest.approx(100.642344274, abs=1e-6) and rival.df == 2
    assert rival.larger.bic == pytest.approx(4606.07430338, abs=1e-6)


@pytest.mark.parametrize("question", ["profile", "bootstrap", "predicted"])
def test_questions_that_need_nested_groups_say_so(question):
    path = str(REFERENCE / "data" / "changes.csv")
    with pytest.raises(ModelError, match="'patient' is not nested in 'therapist'") as refused:
        ask(question, ModelQuestion("score ~ week + (1 | patient) + (1 | therapist)", path))
    assert "episodes" in refused.value.next_step


def test_the_order_of_rows_is_irrelevant(tmp_path):
    frame, formula = crossed_table(3), FORMULAS[1]
    fits = []
    for seed in (None, 1):
        rows = frame if seed is None else frame.sample(frac=1, random_state=seed)
        fits.append(fit_moments(moments_of(tmp_path, rows, formula, crossed=True)))
    one, two = (np.array([(f.estimate, f.se, f.df) for f in fit.fixed]) for fit in fits)
    assert two[:, :2] == pytest.approx(one[:, :2], rel=1e-8)
    # Degrees of freedom are second differences: 1e-8 of a step of 1e-4.
    assert two[:, 2] == pytest.approx(one[:, 2], rel=1e-6)
    assert fits[1].criterion == pytest.approx(fits[0].criterion, rel=1e-12)


def test_patients_who_change_therapist_are_counted():
    key = next(k for k in FITTED if "week | patient" in k)
    frame = pd.read_csv(data_path(STORED[key]))
    several = int((frame.groupby("patient")["therapist"].nunique() > 1).sum())
    found = {(c.inner, c.outer): c for c in fitted(key).crossings}
    assert found["patient", "therapist"].several == several > 0
    said = f"{several} of 160 patients were seen by more than one therapist"
    assert said in fitted(key).status.messages


def test_too_many_crossed_effects_are_refused_with_their_number(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "MOST_DENSE", 4)
    with pytest.raises(ModelError, match="'w' have 5 random effects"):
        build_crossed_problem(moments_of(tmp_path, crossed_table(1), FORMULAS[0], crossed=True))


def test_what_needs_nested_groups_says_so(tmp_path):
    path = tmp_path / "rows.csv"
    crossed_table(1).to_csv(path, index=False)
    with pytest.raises(ModelError, match="'p' is not nested in 'w'") as refused:
        examine(ModelQuestion(FORMULAS[0], str(path)))
    assert "crossed groups in a fit" in str(refused.value)


@cache
def fitted(key: str, df: str = "satterthwaite"):
    stored = STORED[key]
    return fit_formula(stored["formula"], str(data_path(stored)), stored["method"], df)
