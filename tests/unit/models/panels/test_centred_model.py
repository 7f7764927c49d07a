"""The centred lag model against a regression written out, and its bias against Nickell's."""

import numpy as np
import pytest

from analysis.models.panels.centred import centred_lags, centred_slope
from analysis.models.panels.fit import fit_panel
from analysis.models.panels.likelihood.structure import Structure
from analysis.models.panels.panel import panel_of
from tests.unit.models.panels.panel_data import made

LAGS = [[0.3, -0.15], [-0.2, 0.3]]


def centred(panel, fit):
    structure = Structure(fit.model, len(fit.sessions))
    return centred_lags(panel, structure.covariance(fit.theta), fit.lag_matrix)


def test_it_is_least_squares_with_an_intercept_for_each_patient():
    values = made(4, 60, 5, LAGS, gaps=0.15)
    panel = panel_of(values)
    found = centred(panel, fit_panel(panel, "ri-clpm"))
    means = panel.saturated.mean.reshape(5, 2) * panel.scale + panel.centre
    deviation = values - means
    x, y, who = [], [], []
    for patient, rows in enumerate(deviation):
        for t in range(1, 5):
            if np.isfinite([*rows[t - 1], rows[t, 0]]).all():
                x.append(rows[t - 1])
                y.append(rows[t, 0])
                who.append(patient)
    alone = [p for p in who if who.count(p) == 1]
    kept = [i for i, p in enumerate(who) if p not in alone]
    x, y, who = np.array(x)[kept], np.array(y)[kept], np.array(who)[kept]
    design = np.hstack([x, (who[:, None] == np.unique(who)).astype(float)])
    slopes, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ slopes
    df = len(y) - design.shape[1]
    se = np.sqrt(residual @ residual / df * np.diag(np.linalg.inv(design.T @ design)))
    assert [c.estimate for c in found[:2]] == pytest.approx(slopes[:2], abs=1e-10)
    assert [c.se for c in found[:2]] == pytest.approx(se[:2], abs=1e-10)


def test_the_slope_without_carry_over_is_least_squares_too_and_comes_to_what_is_expected():
    values = made(7, 5_000, 6, LAGS, gaps=0.1)
    panel = panel_of(values)
    fit = fit_panel(panel, "ri-clpm")
    found = centred_slope(panel, Structure("ri-clpm", 6).covariance(fit.theta), 0, 1)
    deviation = values - (panel.saturated.mean.reshape(6, 2) * panel.scale + panel.centre)
    x, y = deviation[:, :-1, 1], deviation[:, 1:, 0]
    seen = np.isfinite(x) & np.isfinite(y)
    seen &= seen.sum(axis=1, keepdims=True) >= 2
    x, y = (np.where(seen, v, np.nan) for v in (x, y))
    x, y = (v - np.nanmean(v, axis=1, keepdims=True) for v in (x[seen.any(1)], y[seen.any(1)]))
    assert found.estimate == pytest.approx(np.nansum(x * y) / np.nansum(x * x), abs=1e-10)
    # An error of .009 with these 25,000 rows; the lag, -.15, lies five of them away.
    assert abs(found.estimate - found.expected) < 0.02
    assert found.expected > fit.lag_matrix[0, 1] + 0.04


def test_the_expected_bias_is_what_it_comes_to():
    """20,000 patients: the estimate is within 3 of its standard errors of what is expected."""
    panel = panel_of(made(5, 20_000, 6, LAGS, gaps=0.1))
    for lag in centred(panel, fit_panel(panel, "ri-clpm")):
        assert abs(lag.estimate - lag.expected) < 3 * lag.se
        assert lag.bias == pytest.approx(lag.expected - truth(lag), abs=0.03)


def truth(lag) -> float:
    names = ("symptoms", "alliance")
    return LAGS[names.index(lag.target)][names.index(lag.origin)]


def test_carry_over_is_lost_as_nickell_says():
    """One measure on itself, nothing across: bias near -(1 + rho)/(T - 2) (Nickell 1981, first
    order; the next term is some tenth of it at 8 sessions)."""
    panel = panel_of(made(6, 3_000, 8, [[0.3, 0], [0, 0.3]]))
    lag = centred(panel, fit_panel(panel, "ri-clpm"))[0]
    assert lag.bias == pytest.approx(-1.3 / 6, rel=0.25)
