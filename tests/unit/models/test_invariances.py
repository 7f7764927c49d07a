"""What must not matter to a fit: order, names, units, where zero lies, rows twice."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.models.exact_tables import SAME, assert_same, fit_frame
from tests.unit.models.stored import REFERENCE

# --- Invariances ----------------------------------------------------------------------------------

FORMULAS = [
    ("sleepstudy", "Reaction ~ Days + (Days | Subject)", "Reaction", "Days", "Subject"),
    ("pastes", "strength ~ 1 + (1 | batch/cask)", "strength", None, "batch"),
    (
        "sessions",
        "score ~ week + alliance + (1 | therapist) + (week | patient)",
        "score",
        "week",
        "patient",
    ),
]


@pytest.fixture(params=FORMULAS, ids=lambda f: f[0])
def case(request, tmp_path):
    name, formula, response, predictor, group = request.param
    frame = pd.read_csv(REFERENCE / "data" / f"{name}.csv", dtype={group: str, "therapist": str})
    return frame, formula, response, predictor, group, tmp_path


def test_order_of_rows(case):
    frame, formula, *_, folder = case
    shuffled = frame.sample(frac=1, random_state=4)
    assert_same(fit_frame(folder, shuffled, formula), fit_frame(folder, frame, formula))


def test_names_of_groups(case):
    frame, formula, _, _, group, folder = case
    names = {old: f"{i * 7919 % 1009:05d}" for i, old in enumerate(frame[group].unique())}
    renamed = frame.assign(**{group: frame[group].map(names)})
    assert_same(fit_frame(folder, renamed, formula), fit_frame(folder, frame, formula))


def test_a_constant_added_to_the_outcome_moves_the_intercept_alone(case):
    frame, formula, response, _, _, folder = case
    moved = frame.assign(**{response: frame[response] + 1000})
    ours, before = fit_frame(folder, moved, formula), fit_frame(folder, frame, formula)
    assert_same(ours, before, shift=1000)


def test_the_outcomes_unit(case):
    frame, formula, response, _, _, folder = case
    scaled = frame.assign(**{response: frame[response] * 10})
    ours, before = (
        fit_frame(folder, rows, formula, df="satterthwaite") for rows in (scaled, frame)
    )
    n, p = before.rows, len(before.fixed)
    assert ours.criterion == pytest.approx(before.criterion + 2 * (n - p) * np.log(10), rel=SAME)
    assert ours.sigma == pytest.approx(10 * before.sigma, rel=1e-5)
    assert ours.r2_marginal == pytest.approx(before.r2_marginal, abs=1e-6)
    assert ours.r2_conditional == pytest.approx(before.r2_conditional, abs=1e-6)
    for a, b in zip(ours.fixed, before.fixed, strict=True):
        assert a.estimate == pytest.approx(10 * b.estimate, rel=1e-6)
        assert a.df == pytest.approx(b.df, rel=1e-3)
        assert a.p == pytest.approx(b.p, rel=1e-3, abs=1e-12)


@pytest.mark.parametrize("power", [-6, 3, 9])
@pytest.mark.parametrize("case", [f for f in FORMULAS if f[3]], indirect=True, ids=lambda f: f[0])
def test_a_predictors_unit(case, power):
    frame, formula, _, predictor, _, folder = case
    scaled = frame.assign(**{predictor: frame[predictor] * 10.0**power})
    ours, before = (
        fit_frame(folder, rows, formula, df="satterthwaite") for rows in (scaled, frame)
    )
    assert ours.status.singular == before.status.singular
    assert ours.sigma == pytest.approx(before.sigma, rel=1e-5)
    assert ours.fixed[1].estimate == pytest.approx(before.fixed[1].estimate / 10.0**power, rel=1e-6)
    assert ours.fixed[1].statistic == pytest.approx(before.fixed[1].statistic, rel=1e-5)
    assert ours.fixed[1].df == pytest.approx(before.fixed[1].df, rel=1e-3)
    assert ours.r2_conditional == pytest.approx(before.r2_conditional, abs=1e-6)


def test_each_group_twice_under_new_names(case):
    """ML: the criterion doubles, so nothing moves and errors shrink by the root of two."""
    frame, formula, *_, folder = case
    texts = [c for c in frame if not pd.api.types.is_numeric_dtype(frame[c])]
    copy = frame.assign(**{c: frame[c] + " again" for c in texts})
    twice = pd.concat([frame, copy], ignore_index=True)
    ours = fit_frame(folder, twice, formula, method="ML")
    before = fit_frame(folder, frame, formula, method="ML")
    assert ours.criterion == pytest.approx(2 * before.criterion, rel=SAME)
    assert ours.sigma == pytest.approx(before.sigma, rel=1e-5)
    for a, b in zip(ours.fixed, before.fixed, strict=True):
        assert a.estimate == pytest.approx(b.estimate, rel=1e-6)
        assert a.se == pytest.approx(b.se / np.sqrt(2), rel=1e-5)
    reml = fit_frame(folder, twice, formula), fit_frame(folder, frame, formula)
    for a, b in zip(*(r.fixed for r in reml), strict=True):
        # REML counts coefficients once: the same within 4 % with the 10 groups of pastes.
        assert a.se == pytest.approx(b.se / np.sqrt(2), rel=0.06)


def test_the_same_twice_to_the_last_digit(case):
    frame, formula, *_, folder = case
    first, second = fit_frame(folder, frame, formula), fit_frame(folder, frame, formula)
    assert first.criterion == second.criterion
    assert first.fixed == second.fixed
    assert first.random == second.random
