"""The oracle against R: lme4's criterion and estimates, lmerTest's and pbkrtest's tests."""

import numpy as np
import pytest

from tests.unit.models import oracle
from tests.unit.models.stored import dense_model, stored_fits, theta_of

# Dense costs N^3: small data show the same algebra. co2's Type:Treatment has one column too many
# in R, which lme4 drops; patsy writes the same space with other columns.
SMALL = [
    key
    for key, fit in stored_fits().items()
    if fit["rows"] <= 180 and "Type:Treatment" not in fit["formula"]
]
INTERIOR = [key for key in SMALL if not stored_fits()[key]["singular"]]
WITH_KR = [key for key in INTERIOR if stored_fits()[key]["kenward_roger"]]
SLOW = [key for key in INTERIOR if stored_fits()[key]["rows"] <= 80]  # differentiates numerically


@pytest.mark.parametrize("key", SMALL)
def test_criterion_and_estimates_at_lme4s_theta(key):
    fit = stored_fits()[key]
    model, theta = dense_model(fit), theta_of(fit)
    ours = oracle.estimate(model, theta)
    # The same formula in another order: rounding alone, times the condition of V and X.
    assert ours.criterion == pytest.approx(fit["criterion"], rel=1e-9)
    se = np.sqrt(np.diag(fit["covariance"]))
    assert np.abs(ours.beta - fit["estimates"]).max() <= 1e-6 * max(se)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(se, rel=1e-6)
    assert np.sqrt(ours.sigma2) == pytest.approx(fit["sigma"], rel=1e-8)
    stored = fit["r2"]["sample"]
    assert oracle.r_squared(model, theta) == pytest.approx(
        (stored["marginal"], stored["conditional"]), rel=1e-6, abs=1e-12
    )


@pytest.mark.parametrize("key", WITH_KR)
def test_kenward_roger(key):
    fit = stored_fits()[key]
    se, df = oracle.kenward_roger(dense_model(fit), theta_of(fit))
    # Both are closed formulas; inverting the information of the variances costs some digits.
    assert se == pytest.approx(fit["kenward_roger"]["se"], rel=1e-5)
    assert df == pytest.approx(fit["kenward_roger"]["df"], rel=1e-4)


@pytest.mark.parametrize("key", SLOW)
def test_satterthwaite(key):
    fit = stored_fits()[key]
    df = oracle.satterthwaite(dense_model(fit), theta_of(fit))
    # Second differences here and in lmerTest: about four digits each.
    assert df == pytest.approx(fit["satterthwaite"]["df"], rel=2e-3)


@pytest.mark.parametrize("key", SLOW)
def test_lme4s_theta_is_a_stationary_point(key):
    fit = stored_fits()[key]
    slope = oracle.gradient(dense_model(fit), theta_of(fit))
    # The slope's own unit is criterion per unit of theta: lme4 warns above 2e-3.
    assert np.abs(slope).max() < 2e-3
