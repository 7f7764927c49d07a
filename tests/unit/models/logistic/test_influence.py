"""Leaving groups out of a logistic model: against plain fits of fewer rows, and planted groups."""

import numpy as np
import pytest
from scipy.special import expit

from analysis.models.logistic.checks import influence
from analysis.models.logistic.fit import fit_logistic
from analysis.models.logistic.rows.random_block import RandomBlock

TERMS = ("(Intercept)", "x")


def world(seed: int, groups: int = 14, odd: float = 0.0, slope: float = 0.0):
    """y, x and codes of groups of 30; in group 3 the logit is higher by odd, x does slope more."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(groups), 30)
    x = np.column_stack([np.ones(len(code)), rng.normal(size=len(code))])
    logit = -0.3 + 0.5 * x[:, 1] + 0.5 * rng.normal(size=groups)[code]
    logit += (code == 3) * (odd + slope * x[:, 1])
    return (rng.random(len(code)) < expit(logit)).astype(float), x, code


def fitted(y, x, *codes, random=1, **more):
    names = ("g", "h")
    blocks = tuple(
        RandomBlock(name, np.unique(c, return_inverse=True)[1], TERMS[:random], x[:, :random])
        for name, c in zip(names, codes, strict=False)
    )
    return fit_logistic(y, x, TERMS, blocks, **more)


def said(fit):
    return dict(fit.checks.verdicts)["Influence of groups"]


@pytest.mark.parametrize("shape", ["intercept", "slope", "nested", "quadrature"])
def test_a_fit_without_a_group_is_the_plain_fit_of_the_other_rows(shape):
    """Both searches end where the predicted further decrease of -2 log-likelihood is below 1e-6,
    in practice by Newton's steps below 1e-12: 1e-5 of estimates of size one is two orders above."""
    y, x, code = world(5, groups=8)
    codes = [code] if shape != "nested" else [np.arange(len(code)) // 6, code]
    more = dict(random=2 if shape == "slope" else 1, quadrature=7 if shape == "quadrature" else 1)
    whole = fitted(y, x, *codes, straight=(), **more)
    assert sorted(w.number for w in whole.checks.without) == list(range(8))
    for one in whole.checks.without[:3]:
        kept = code != one.number
        plain = fitted(y[kept], x[kept], *(c[kept] for c in codes), **more)
        estimates = [f.estimate for f in plain.fixed]
        assert one.estimates == pytest.approx(estimates, abs=1e-5)
        assert one.sds == pytest.approx([r.sd for r in plain.random], abs=1e-5)
        moved = (whole.fixed[1].estimate - estimates[1]) / plain.fixed[1].se
        assert one.moved[1] == pytest.approx(moved, abs=1e-4)


def test_a_group_far_out_is_found_with_what_it_changes():
    fit = fitted(*world(1, odd=4.0), straight=())
    farthest = min(fit.checks.without, key=lambda w: w.p)
    assert farthest.number == 3 and said(fit).grade == "problem"
    assert "the SD of '(Intercept)' between groups of 'g'" in said(fit).sentence
    assert farthest.sds[0] < fit.random[0].sd / 1.5


@pytest.mark.parametrize("seed", [2, 3, 6])
def test_a_group_with_an_effect_of_its_own_is_found_by_the_coefficient_it_moves(seed):
    """Seed 2 holds a far group, too, by chance: neither hides the other."""
    fit = fitted(*world(seed, slope=-3.0), straight=())
    most = max(fit.checks.without, key=lambda w: abs(w.moved[1]))
    assert most.number == 3 and said(fit).grade == "problem"
    assert f"alone moves 'x' by {abs(most.moved[1]):.2f}" in said(fit).sentence


def test_groups_by_the_models_own_law_raise_no_alarm():
    """A false alarm in 5 of 100 sets at most (.04 for far groups, .01 for coefficients): four or
    more in 20 happen once in 60 such runs."""
    grades = [said(fitted(*world(seed, groups=20), straight=())).grade for seed in range(20)]
    assert grades.count("problem") <= 3


def test_a_clean_set_says_in_how_many_groups_there_was_no_sign():
    verdict = said(fitted(*world(0, groups=30), straight=()))
    assert verdict.grade == "fine"
    assert verdict.sentence.startswith("No sign") and "in 30 groups of 'g'" in verdict.sentence


def test_of_many_groups_the_farthest_are_left_out_and_it_is_said(monkeypatch):
    monkeypatch.setattr(influence, "MOST", 5)
    fit = fitted(*world(0, groups=30), straight=())
    effects = np.abs(fit.predicted[0].mode[:, 0])
    assert [w.number for w in fit.checks.without] == list(np.argsort(-effects)[:5])
    assert "in 5 of the 30 groups of 'g'" in said(fit).sentence


def test_a_coefficient_that_rests_on_one_group_is_a_problem():
    y, x, code = world(4)
    x[:, 1] *= code == 3
    fit = fitted(y, x, code, straight=())
    assert said(fit).grade == "problem" and "rests on that group" in said(fit).sentence
