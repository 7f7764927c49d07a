"""Checks of a logistic model's fixed part: against refits, and each with data that trigger it."""

import numpy as np
import pytest
from scipy.special import expit

from analysis.models.logistic.checks import influence
from analysis.models.logistic.fit import fit_logistic
from analysis.models.logistic.rows.random_block import RandomBlock

TERMS = ("(Intercept)", "x", "w")


@pytest.fixture(autouse=True)
def _few_groups_left_out(monkeypatch):
    """Refits without groups are another file's."""
    monkeypatch.setattr(influence, "MOST", 1)


def checked(seed: int, bend: float = 0.0, copy: float = 0.0, groups: bool = True):
    """y on x (bent by so much) and w (x again, as far as copy says); the fit and its data."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(40), 10)
    x, w = rng.normal(size=(2, 400))
    w = copy * x + np.sqrt(1 - copy**2) * w
    logit = -0.3 + 0.5 * x + bend * x**2 + groups * rng.normal(size=40)[code]
    y = (rng.random(400) < expit(logit)).astype(float)
    columns = np.column_stack([np.ones(400), x, w])
    blocks = (RandomBlock("g", code, ("(Intercept)",), columns[:, :1]),) if groups else ()
    return fit_logistic(y, columns, TERMS, blocks, straight=TERMS[1:]), y, columns, blocks


def grades(fit) -> dict[str, str]:
    return {name: verdict.grade for name, verdict in fit.checks.verdicts}


@pytest.mark.parametrize("groups", [True, False])
@pytest.mark.parametrize("bend", [0.0, 0.25])
def test_a_bends_z_is_about_that_of_a_refit_with_the_square(bend, groups):
    """Score, Wald and likelihood ratio agree to first order: within a fifth of a z below 4."""
    fit, y, x, blocks = checked(3, bend, groups=groups)
    wider = np.column_stack([x, x[:, 1] ** 2])
    refit = fit_logistic(y, wider, (*TERMS, "x2"), blocks)
    root = np.sign(refit.fixed[3].estimate) * np.sqrt(fit.criterion - refit.criterion)
    assert fit.checks.bends[0].z == pytest.approx(root, abs=0.2)


def test_a_bend_is_named_and_its_neighbour_is_not():
    fit = checked(1, bend=0.8)[0]
    assert grades(fit)["Bends"] == "problem"
    sentence = dict(fit.checks.verdicts)["Bends"].sentence
    assert "'x'" in sentence and "'w'" not in sentence


def test_straight_effects_raise_no_alarm():
    """p below .001 in 80 tests: two or more happen once in 300 such runs."""
    found = [grades(checked(seed)[0])["Bends"] for seed in range(40)]
    assert found.count("problem") <= 1


def test_two_predictors_that_say_the_same_are_named():
    """r = .97: VIF 1 / (1 - r^2) = 17, what groups and weights do to it aside."""
    fit = checked(2, copy=0.97)[0]
    assert grades(fit)["Collinearity"] == "problem"
    assert dict(fit.checks.inflation)["x"] == pytest.approx(17, rel=0.2)
    assert grades(checked(2)[0])["Collinearity"] == "fine"
