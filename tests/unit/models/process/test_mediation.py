"""1-1-1 mediation against nlme (tests/reference/alliance.R) and a made truth."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.base.errors import ModelError
from analysis.models.process.mediation import _Stacked, fit_mediation

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
NLME = json.loads((REFERENCE / "alliance.json").read_text(encoding="utf-8"))["mediation"]


def bauer():
    table = np.genfromtxt(REFERENCE / "data" / "mediation.csv", delimiter=",", skip_header=1)
    return np.unique(table[:, 0], return_inverse=True)[1], *table[:, 1:].T


@pytest.mark.parametrize(
    "case", NLME["bauer"] + NLME["bauer_ml"], ids=lambda c: f"{c['method']} {c['random_c']}"
)
def test_the_paths_are_nlmes(case):
    found = fit_mediation(*bauer(), case["random_c"], case["method"] == "REML")
    assert found.converged and not found.singular
    # nlme's own search leaves 1e-5 of log-likelihood undone; ours is never lower.
    assert found.log_likelihood == pytest.approx(case["log_likelihood"], abs=2e-5)
    assert found.log_likelihood >= case["log_likelihood"] - 1e-7
    for ours, name in ((found.a, "a"), (found.b, "b"), (found.direct, "c")):
        assert ours.estimate == pytest.approx(case[name], abs=1e-4)
        assert ours.se == pytest.approx(case["se"][name], abs=1e-4)
    assert found.covariance.estimate == pytest.approx(case["covariance"], abs=1e-4)
    assert found.indirect.estimate == pytest.approx(case["indirect"], abs=1e-4)


def test_the_published_figure():
    found = fit_mediation(*bauer())
    figures = (found.a, found.b, found.covariance, found.indirect, found.direct)
    assert [round(f.estimate, 5) for f in figures] == [0.61202, 0.58804, 0.09254, 0.45243, 0.24498]
    assert found.indirect.low < found.product < found.indirect.estimate < found.indirect.high


@pytest.mark.parametrize("reml", [True, False])
def test_the_gradient_is_that_of_differences(reml):
    group, x, m, y = bauer()
    stacked = _Stacked(group, x, m, y, True, reml)
    theta = 0.3 * np.random.default_rng(0).normal(size=stacked.size)
    step = 1e-6
    differences = [
        (stacked.deviance(theta + step * e)[0] - stacked.deviance(theta - step * e)[0]) / (2 * step)
        for e in np.eye(stacked.size)
    ]
    assert stacked.deviance(theta)[1] == pytest.approx(np.array(differences), abs=1e-4)


def test_units_and_order_change_nothing_but_units():
    group, x, m, y = bauer()
    one = fit_mediation(group, x, m, y)
    shuffle = np.random.default_rng(2).permutation(len(x))
    other = fit_mediation(group[shuffle], 1e3 * x[shuffle], m[shuffle] / 1e3, y[shuffle] + 50)
    assert other.a.estimate == pytest.approx(one.a.estimate / 1e6, rel=1e-4)
    assert other.b.estimate == pytest.approx(one.b.estimate * 1e3, rel=1e-4)
    assert other.indirect.estimate == pytest.approx(one.indirect.estimate / 1e3, rel=1e-4)


def test_a_made_truth_comes_back():
    """12 sets of 80 patients: the mean indirect effect within 3 Monte-Carlo errors, and 9 or more
    intervals hold it (at .95, fewer happen once in 400)."""
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(80), 8)
        paths = rng.multivariate_normal([0.4, 0.3], [[0.06, 0.03], [0.03, 0.06]], 80)
        x = rng.normal(size=640)
        m = paths[group, 0] * x + rng.normal(size=80)[group] + rng.normal(size=640)
        y = paths[group, 1] * m + 0.1 * x + rng.normal(size=80)[group] + rng.normal(size=640)
        found.append(fit_mediation(group, x, m, y).indirect)
    estimates = np.array([f.estimate for f in found])
    assert abs(estimates.mean() - 0.15) < 3 * estimates.std(ddof=1) / np.sqrt(12)
    assert sum(f.low <= 0.15 <= f.high for f in found) >= 9


def test_too_little_is_refused():
    group, x, m, y = bauer()
    with pytest.raises(ModelError, match="patients have 3 rows"):
        fit_mediation(group[:40], x[:40], m[:40], y[:40])
    with pytest.raises(ModelError, match="never varies"):
        fit_mediation(group, np.ones_like(x), m, y)


def test_two_rows_a_patient_tell_no_paths_that_differ_between_patients():
    """A line meets both rows: sixty patients gave -2.0 [-2.5, -1.5] of noise."""
    rng = np.random.default_rng(3)
    with pytest.raises(ModelError, match="0 patients have 3 rows"):
        fit_mediation(np.repeat(np.arange(60), 2), *rng.normal(size=(3, 120)))
