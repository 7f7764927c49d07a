"""What must hold of any panel: order, units, gaps, truth, and refusals."""

import numpy as np
import pytest

from analysis.base.errors import ModelError
from analysis.models.panels.fit import fit_panel
from analysis.models.panels.likelihood.patterns import patterns_of
from analysis.models.panels.panel import panel_of
from tests.unit.models.panels.panel_data import made

RECIPROCAL = [[0.3, -0.15], [-0.2, 0.3]]


@pytest.mark.parametrize("model", ["ri-clpm", "lcm-sr"])
def test_units_change_nothing_but_units(model):
    values = made(5, 250, 5, RECIPROCAL, slopes=0.3, gaps=0.1)
    unit = np.array([1e-6, 1e5])
    one = fit_panel(panel_of(values), model)
    other = fit_panel(panel_of(values * unit + [3, -7e4]), model)
    assert other.log_likelihood + one.cells / 2 * np.log(unit).sum() == pytest.approx(
        one.log_likelihood, abs=20 * abs(np.log(unit)).max()
    )
    ratio = unit[:, None] / unit[None, :]
    assert other.lag_matrix / ratio == pytest.approx(one.lag_matrix, abs=1e-7)
    for a, b in zip(one.lags, other.lags, strict=True):
        assert b.standardised == pytest.approx(a.standardised, abs=1e-7)
        assert b.z == pytest.approx(a.z, abs=1e-4)
    assert other.chi_square == pytest.approx(one.chi_square, abs=1e-5)


def test_the_measures_may_change_places():
    values = made(6, 250, 5, RECIPROCAL, gaps=0.1)
    one = fit_panel(panel_of(values), "ri-clpm")
    other = fit_panel(panel_of(values[:, :, ::-1], names=("alliance", "symptoms")), "ri-clpm")
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)
    assert other.lag_matrix[::-1, ::-1] == pytest.approx(one.lag_matrix, abs=1e-6)


def test_patients_order_and_empty_rows_change_nothing():
    values = made(7, 200, 4, RECIPROCAL, gaps=0.2)
    shuffled = np.concatenate([values[::-1], np.full((7, 4, 2), np.nan)])
    one, other = (fit_panel(panel_of(v), "ri-clpm") for v in (values, shuffled))
    assert other.patients == one.patients
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-8)


def test_patterns_hold_each_row_once():
    values = made(8, 300, 4, RECIPROCAL, gaps=0.3).reshape(300, 8)
    found = patterns_of(values)
    assert len(np.unique(found.observed, axis=0)) == len(found.n)
    for observed, n, mean, scatter in zip(
        found.observed, found.n, found.mean, found.scatter, strict=True
    ):
        rows = values[(np.isfinite(values) == observed).all(axis=1)][:, observed]
        assert len(rows) == n
        assert mean[observed] == pytest.approx(rows.mean(axis=0))
        deviation = rows - rows.mean(axis=0)
        assert scatter[np.ix_(observed, observed)] == pytest.approx(deviation.T @ deviation)
    assert found.n.sum() == np.isfinite(values).any(axis=1).sum()


def test_responses_and_long_run_follow_from_the_lags():
    fit = fit_panel(panel_of(made(9, 400, 5, RECIPROCAL)), "ri-clpm")
    a = fit.lag_matrix
    for k in (1, 2, 4):
        power = np.linalg.matrix_power(a, k).ravel()
        assert [e.estimate for e in fit.response if e.sessions == k] == pytest.approx(power)
    total = sum(np.linalg.matrix_power(a, k) for k in range(200)).ravel()
    assert [e.estimate for e in fit.long_run] == pytest.approx(total)
    first = [e.se for e in fit.response if e.sessions == 1]
    assert first == pytest.approx([e.se for e in fit.lags])
    # the delta method against draws of the lags: 200,000 draws leave .2 % of a standard error
    rng = np.random.default_rng(1)
    drawn = rng.multivariate_normal(a.ravel(), fit.lag_covariance, 200_000).reshape(-1, 2, 2)
    small = drawn[np.abs(np.linalg.eigvals(drawn)).max(axis=1) < 0.95]
    spread = np.linalg.inv(np.eye(2) - small).std(axis=0).ravel()
    assert [e.se for e in fit.long_run] == pytest.approx(spread, rel=0.1)


@pytest.mark.parametrize(("model", "slopes"), [("ri-clpm", 0.0), ("lcm-sr", 0.2)])
def test_known_lags_come_back(model, slopes):
    """40 sets of 300 patients, 7 sessions, a tenth of the cells missing: the mean of each lag
    within 3 Monte-Carlo standard errors, intervals that hold the truth in 34 or more of 40 (a
    rate of .95 falls below in 1 of 150 lags)."""
    fits = [
        fit_panel(panel_of(made(100 + i, 300, 7, RECIPROCAL, slopes=slopes, gaps=0.1)), model)
        for i in range(40)
    ]
    for place, truth in enumerate(np.ravel(RECIPROCAL)):
        lags = [f.lags[place] for f in fits]
        estimates = np.array([e.estimate for e in lags])
        assert abs(estimates.mean() - truth) < 3 * estimates.std(ddof=1) / np.sqrt(40)
        assert sum(e.low <= truth <= e.high for e in lags) >= 34


def test_no_stable_differences_are_said():
    fit = fit_panel(panel_of(made(21, 300, 8, RECIPROCAL, between=0.0)), "ri-clpm")
    assert fit.status.boundary and fit.held is not None
    assert fit.held.converged and fit.held.log_likelihood <= fit.log_likelihood + 1e-6
    assert fit.status.messages[0].startswith("Boundary")


def test_the_larger_model_fits_no_worse():
    for seed in range(5):
        panel = panel_of(made(seed, 200, 5, RECIPROCAL, slopes=0.1, gaps=0.15))
        small, large = (fit_panel(panel, m) for m in ("ri-clpm", "lcm-sr"))
        assert small.log_likelihood <= large.log_likelihood + 1e-6
        assert small.chi_square >= large.chi_square >= -1e-6


def refusal(values, model="ri-clpm", **keys) -> str:
    with pytest.raises(ModelError) as refused:
        fit_panel(panel_of(values, **keys), model)
    return str(refused.value)


def test_what_cannot_be_answered_is_refused_in_a_sentence():
    good = made(3, 200, 5, RECIPROCAL)
    assert "2 sessions cannot tell" in refusal(good[:, :2])
    assert "LCM-SR cannot be told from 3 sessions" in refusal(good[:, :3], "lcm-sr")
    assert "20 patients are too few" in refusal(good[:20])
    constant = good.copy()
    constant[:, 2, 1] = 40.0
    assert "'alliance' is the same for everybody in session 3" in refusal(constant)
    empty = good.copy()
    empty[:, 3, 0] = np.nan
    assert "Session 4 has 'symptoms' of 0 patients" in refusal(empty)
    copied = good.copy()
    copied[:, 3] = copied[:, 2]
    assert "session 3 and 'symptoms' in session 4 are the same" in refusal(copied)
    twice = np.repeat(good[:, :, :1], 2, axis=2)
    assert "'symptoms' in session 1 and 'alliance' in session 1" in refusal(twice)
