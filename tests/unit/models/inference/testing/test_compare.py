"""Comparisons of models against R's anova() and lmerTest's ranova()."""

import numpy as np
import pytest
from scipy import stats

from analysis.base.errors import RequestError
from analysis.models.inference.testing.compare import (
    Candidate,
    Comparison,
    compare_fits,
    mixture_p,
    variance_tests,
)
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import fit_moments
from tests.unit.models.inferred import inferred, label, moments_of_file
from tests.unit.models.nested import moments_of, nested_table

SLEEP = "sleepstudy.csv"


def compare(one: Moments, other: Moments) -> Comparison:
    return compare_fits(*(Candidate(m, fit_moments(m, "ML", "none")) for m in (one, other)))


@pytest.mark.parametrize("case", inferred("compare"), ids=label)
def test_likelihood_ratio_aic_and_bic_equal_rs(case):
    small, large = (moments_of_file(case["data"], case[size]) for size in ("smaller", "larger"))
    found = compare(large, small)
    for k, model in enumerate((found.smaller, found.larger)):
        assert model.parameters == case["npar"][k]
        # The deviance is flat at its minimum: R's search adds next to nothing.
        assert model.aic == pytest.approx(case["aic"][k], rel=1e-9)
        assert model.bic == pytest.approx(case["bic"][k], rel=1e-9)
        assert model.log_likelihood == pytest.approx(case["log_likelihood"][k], rel=1e-9)
    assert found.df == case["df"]
    assert found.statistic == pytest.approx(case["chisq"], rel=1e-6)
    assert found.p == pytest.approx(case["p"], rel=1e-6)
    assert compare(small, large) == found
    assert [row["formula"] for row in found.tidy()] == [case["smaller"], case["larger"]]


def test_one_more_variance_is_tested_by_the_mixture():
    small = moments_of_file(SLEEP, "Reaction ~ Days + (1 | Subject)")
    large = moments_of_file(SLEEP, "Reaction ~ Days + (Days | Subject)")
    found = compare(small, large)
    both = [stats.chi2.sf(found.statistic, df) for df in (1, 2)]
    assert found.p_mixture == pytest.approx(np.mean(both), rel=1e-9)
    covariance = compare(moments_of_file(SLEEP, "Reaction ~ Days + (Days || Subject)"), large)
    assert covariance.nested and covariance.df == 1 and covariance.p_mixture is None


def test_mixtures_by_hand():
    assert mixture_p(stats.chi2.isf(0.10, 1), 0) == pytest.approx(0.05, rel=1e-9)
    assert mixture_p(0.0, 0) == 1.0 and mixture_p(-1e-9, 2) == 1.0
    x = 5.138  # the 5 % point of half chi-square 1 and half chi-square 2 (Stram & Lee 1994: 5.14)
    assert mixture_p(x, 1) == pytest.approx(0.05, rel=1e-3)


@pytest.mark.parametrize(
    ("data", "formula", "expected"),
    [  # lmerTest 3.1-3, ranova(): LRT
        (SLEEP, "Reaction ~ Days + (Days | Subject)", {("Subject", "Days"): 42.83681343}),
        (
            "pastes.csv",
            "strength ~ 1 + (1 | batch/cask)",
            {("cask:batch", "(Intercept)"): 54.60466488, ("batch", "(Intercept)"): 0.65765593},
        ),
        ("dyestuff2.csv", "Yield ~ 1 + (1 | Batch)", {("Batch", "(Intercept)"): 0.0}),
    ],
)
def test_variances_are_dropped_one_at_a_time(data, formula, expected):
    found = {(t.group, t.term): t for t in variance_tests(moments_of_file(data, formula)).tests}
    assert found.keys() == expected.keys()
    for key, statistic in expected.items():
        assert found[key].statistic == pytest.approx(statistic, rel=1e-6, abs=1e-6)
        assert found[key].p == pytest.approx(mixture_p(statistic, found[key].covariances), rel=1e-5)


def test_a_variance_is_dropped_as_by_the_smaller_formula():
    large = moments_of_file("sessions.csv", "score ~ week + (1 | therapist) + (week | patient)")
    small = moments_of_file("sessions.csv", "score ~ week + (1 | therapist) + (1 | patient)")
    by_formula = compare(small, large)
    dropped = {(t.group, t.term): t for t in variance_tests(large, "ML").tests}["patient", "week"]
    assert dropped.statistic == pytest.approx(by_formula.statistic, rel=1e-6)
    assert dropped.p == pytest.approx(by_formula.p_mixture, rel=1e-5)


def test_other_rows_or_outcomes_are_refused(tmp_path):
    frame = nested_table(2)
    one = moments_of(tmp_path, frame, "y ~ x + (1 | p)")
    swapped = frame.assign(y=[frame["y"].iloc[0] + 1, *frame["y"].iloc[1:]])
    for other in (
        moments_of(tmp_path, frame.iloc[1:], "y ~ t + (1 | p)"),
        moments_of(tmp_path, swapped, "y ~ t + (1 | p)"),
        moments_of(tmp_path, frame, "x ~ t + (1 | p)"),
    ):
        with pytest.raises(RequestError, match="same rows of the same outcome"):
            compare(one, other)


def test_models_that_are_not_nested_say_so(tmp_path):
    frame = nested_table(2)
    found = compare(
        moments_of(tmp_path, frame, "y ~ x + (1 | p)"),
        moments_of(tmp_path, frame, "y ~ t + a + (1 | p)"),
    )
    assert not found.nested and "AIC and BIC" in found.messages[0] and found.p_mixture is None
    equal = compare(
        moments_of(tmp_path, frame, "y ~ x + (1 | p)"),
        moments_of(tmp_path, frame, "y ~ x + (1 | th)"),
    )
    assert equal.df == 0 and equal.p is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("y ~ x * t + (1 | p)", "y ~ t * x + (1 | p)"),
        ("y ~ a * x + (1 | p)", "y ~ x * a + (1 | p)"),
        ("y ~ x:t + a + (x | p)", "y ~ a + t:x + (x | p)"),
    ],
)
def test_the_order_of_a_product_makes_no_other_model(tmp_path, one, other):
    frame = nested_table(3)
    found = compare(moments_of(tmp_path, frame, one), moments_of(tmp_path, frame, other))
    assert found.nested and found.df == 0
    assert abs(found.statistic) < 1e-6
    assert found.messages == (
        "The two are one model: the same terms, in another order or other words",
    )
    larger = moments_of(tmp_path, frame, one.replace("(", "I(t**2) + (", 1))
    assert compare(moments_of(tmp_path, frame, other), larger).nested
