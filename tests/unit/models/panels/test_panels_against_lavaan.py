"""RI-CLPM and LCM-SR against lavaan's stored answers (tests/reference/panels.R)."""

import numpy as np
import pytest

from analysis.models.panels.fit import fit_panel
from analysis.models.panels.panel import panel_of
from tests.unit.models.panels.panel_data import LAG_NAMES, LAVAAN, stored

# Digits: lavaan's own search leaves some 1e-5 of log-likelihood and 1e-5 of a lag undone.
LOG_LIKELIHOOD = 1e-4
LAG = 1e-4
# lavaan's search ended on a lower hill there: ours must be higher, and its numbers are others.
LOWER_HILL = {("panel_six_between.csv", "lcm-sr")}
# The saturated model has no maximum there (its likelihood grows without end); lavaan prints where
# its EM gave up.
NO_SATURATED = {"panel_twelve_sparse.csv"}

CASES = [f for f in LAVAAN if f["converged"]]


def case_name(case) -> str:
    return f"{case['file'].removesuffix('.csv')} {case['model']}"


def fitted(case):
    return fit_panel(panel_of(stored(case["file"])), case["model"])


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_the_numbers_are_lavaans(case):
    fit = fitted(case)
    assert fit.status.converged and fit.status.identified
    assert (fit.patients, fit.patterns) == (case["patients"], case["patterns"])
    if (case["file"], case["model"]) in LOWER_HILL:
        assert fit.log_likelihood > case["log_likelihood"] + 1
        return
    assert fit.log_likelihood == pytest.approx(case["log_likelihood"], abs=LOG_LIKELIHOOD)
    assert fit.bic == pytest.approx(case["bic"], abs=2 * LOG_LIKELIHOOD)
    assert fit.df == case["df"]
    sd = fit.variances.within_sd.mean(axis=0)
    unit = (sd[:, None] / sd[None, :]).ravel()  # of each lag, in points
    theirs = [case["lags"][name] for name in LAG_NAMES]
    for lag, their, size in zip(fit.lags, theirs, unit, strict=True):
        assert lag.estimate == pytest.approx(their["estimate"], abs=LAG * size)
        assert lag.se == pytest.approx(their["se"], rel=1e-4)
    random = np.array(case["random"])
    assert fit.variances.random == pytest.approx(random, abs=1e-3 * np.abs(random).max())


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_the_test_against_the_saturated_model_is_lavaans(case):
    fit = fitted(case)
    if case["file"] in NO_SATURATED:
        assert fit.chi_square is None and fit.rmsea is None
        assert any("no maximum" in m for m in fit.status.messages)
        return
    if (case["file"], case["model"]) in LOWER_HILL:
        assert fit.chi_square < case["chi_square"] - 1
        return
    assert fit.chi_square == pytest.approx(case["chi_square"], abs=2 * LOG_LIKELIHOOD)
    assert fit.rmsea == pytest.approx(case["rmsea"], abs=1e-5)


def test_the_published_figures_are_reached():
    """alliance → next symptoms of 400 patients and 6 sessions, the last digits as published."""
    fit = fit_panel(panel_of(stored("panel_complete.csv")), "ri-clpm")
    lag = fit.lag("alliance", "symptoms")
    assert (round(lag.estimate, 5), round(lag.se, 5)) == (-0.11590, 0.02271)
    assert round(fit.log_likelihood, 4) == -14648.0448
