"""Average marginal effects: statsmodels' for a regression, a hand loop for a mixed model."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import integrate, special, stats

from analysis.presentation.tables.models.model_tables import average_effects
from analysis.questions.lab.binary import fit_binary

INTERACTING = "y ~ x*arm + t + (1 | g)"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(60), 8)
    d = pd.DataFrame({"g": [f"g{k:02d}" for k in g], "x": rng.normal(size=480).round(3)})
    d["t"] = np.tile(np.arange(8), 60)
    d["arm"] = np.array(["a", "b", "c"])[g % 3]
    logit = 0.3 + 0.8 * d.x - 0.1 * d.t + 0.6 * (d.arm == "b") + rng.normal(size=60)[g]
    d["y"] = (rng.random(480) < special.expit(logit)).astype(int)
    path = tmp_path_factory.mktemp("ame") / "d.csv"
    d.to_csv(path, index=False)
    return path


def test_of_a_regression_they_are_statsmodels(path):
    d = pd.read_csv(path)
    found = {(m.variable, m.versus): m for m in fit_binary("y ~ x + t + arm", path).margins}
    x = sm.add_constant(np.column_stack([d.x, d.t, d.arm == "b", d.arm == "c"]).astype(float))
    theirs = sm.Logit(d.y, x).fit(disp=0).get_margeff(at="overall", dummy=True)
    # statsmodels takes a category's columns one by one, the others as they are: alike for numbers.
    for name, k in (("x", 0), ("t", 1)):
        own = found[name, ""]
        assert own.estimate == own.typical == pytest.approx(theirs.margeff[k], rel=1e-6)
        assert own.se == pytest.approx(theirs.margeff_se[k], rel=1e-5)


def test_of_a_mixed_model_they_are_a_loops(path):
    fit = fit_binary(INTERACTING, path)
    d = pd.read_csv(path)
    b = {f.term: f.estimate for f in fit.fixed}
    sd = fit.random[0].sd

    def chance(x, arm, t, u):
        logit = b["(Intercept)"] + b["x"] * x + b["t"] * t + u
        if arm != "a":
            logit += b[f"arm[{arm}]"] + b[f"x:arm[{arm}]"] * x
        return 1 / (1 + np.exp(-logit))

    def mean(function):
        return np.mean([function(r) for r in d.itertuples()])

    def population(function):
        def at(u):
            return mean(lambda r: function(r, u)) * stats.norm.pdf(u, scale=sd)

        return integrate.quad(at, -8 * sd, 8 * sd, epsabs=1e-9)[0]

    h = 1e-5

    def slope(r, u=0.0):
        return (chance(r.x + h, r.arm, r.t, u) - chance(r.x - h, r.arm, r.t, u)) / (2 * h)

    def c_for_a(r, u=0.0):
        return chance(r.x, "c", r.t, u) - chance(r.x, "a", r.t, u)

    found = {(m.variable, m.versus): m for m in fit.margins}
    assert set(found) == {("x", ""), ("t", ""), ("arm", "b − a"), ("arm", "c − a")}
    for key, function in ((("x", ""), slope), (("arm", "c − a"), c_for_a)):
        # Differences over 1e-5, and quadrature good to 1e-9.
        assert found[key].typical == pytest.approx(mean(function), rel=1e-6)
        assert found[key].estimate == pytest.approx(population(function), rel=1e-6)
        assert abs(found[key].estimate) < abs(found[key].typical)


def test_the_standard_error_is_that_of_the_gradient(path):
    """By differences of the whole answer along each coefficient."""
    from analysis.models.logistic.margins import Move
    from analysis.models.logistic.margins import average_effects as effects

    rng = np.random.default_rng(1)
    columns = {"1": np.ones(50), "a": rng.normal(size=50), "b": rng.normal(size=50)}
    columns["a:b"] = columns["a"] * columns["b"]
    beta, spread = np.array([0.2, 0.5, -0.3, 0.4]), np.full(50, 0.8)
    root = rng.normal(size=(4, 4))
    covariance = root @ root.T / 50
    moves = (
        Move("a", "", (("a", ""), ("a:b", "b"))),
        Move("a", "1 − 0", (("a", ""), ("a:b", "b"))),
    )

    def at(coefficients):
        asked = (columns, tuple(columns), coefficients, covariance, None, None, spread, moves)
        return effects(*asked)

    for k in range(2):
        gradient = [
            (at(beta + e)[k].estimate - at(beta - e)[k].estimate) / 2e-5 for e in 1e-5 * np.eye(4)
        ]
        expected = float(np.sqrt(np.array(gradient) @ covariance @ np.array(gradient)))
        assert at(beta)[k].se == pytest.approx(expected, rel=1e-6)


def test_what_has_none_is_left_out(path):
    fit = fit_binary("y ~ x + ns(t, df=3) + (1 | g)", path)
    assert [m.variable for m in fit.margins] == ["x"]  # a curve has no single slope
    slopes = fit_binary("y ~ x + t + (x | g)", path).margins
    by_name = {m.variable: m for m in slopes}
    assert by_name["x"].estimate is None and by_name["t"].estimate is not None
    assert "–" in [c.text for c in average_effects(fit_binary("y ~ x + (x | g)", path)).rows[0]]
