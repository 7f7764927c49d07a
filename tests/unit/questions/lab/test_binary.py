"""Logistic mixed models: against glmer's stored answers, and every outcome that cannot be one."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import expit, ndtr

from analysis.application import cli
from analysis.base.errors import RapportError
from analysis.models.logistic.fit import fit_logistic
from analysis.models.logistic.rows.random_block import RandomBlock
from analysis.questions.lab.binary import fit_binary
from tests.unit.models.stored import REFERENCE, data_path

STORED = {f["id"]: f for f in json.loads((REFERENCE / "logistic.json").read_text())["fits"]}


@pytest.mark.parametrize("key", STORED)
def test_estimates_equal_glmers(key):
    ours, stored = fitted(key), STORED[key]
    assert ours.rows == stored["rows"] and ours.events == stored["events"]
    assert ours.status.converged
    # R's search stops up to 5e-5 above the minimum (guimmun), ours must not.
    assert stored["criterion"] - 5e-5 < ours.criterion < stored["criterion"] + 1e-6
    assert ours.aic - ours.criterion == pytest.approx(stored["aic"] - stored["criterion"])
    se = np.sqrt(np.diag(stored["covariance"]))
    terms = [f.term.replace(" ", "") for f in ours.fixed]
    for term, estimate, error in zip(stored["terms"], stored["estimates"], se, strict=True):
        effect = ours.fixed[terms.index(term)]
        # R's search stops within 1e-4 standard errors (rhoend 1e-9 on unscaled parameters).
        assert effect.estimate == pytest.approx(estimate, abs=2e-4 * error), term
        # Both are second differences of the deviance, R's with a fixed step of 1e-4.
        assert effect.se == pytest.approx(error, rel=2e-3), term
        assert effect.df is None


@pytest.mark.parametrize("key", STORED)
def test_variances_and_modes_equal_glmers(key):
    ours, stored = fitted(key), STORED[key]
    for part in stored["random"]:
        if len(part["terms"]) == 1:
            sd = next(
                s for s in ours.random if (s.group, s.term) == (part["group"], part["terms"][0])
            )
            assert sd.sd == pytest.approx(part["value"], rel=2e-4)
        else:
            assert ours.correlations[0].r == pytest.approx(part["value"], abs=2e-4)
    for effects in ours.predicted:
        theirs = stored["modes"][effects.group]
        order = [effects.labels.index(name) for name in theirs["names"]]
        assert effects.mode[order] == pytest.approx(np.array(theirs["mode"]), abs=2e-4)
        flat = effects.se[order].T.ravel()
        assert flat == pytest.approx(np.array(theirs["se"]), rel=1e-3)
    latent = np.pi**2 / 3
    fixed, random = stored["fixed_variance"], stored["random_variance"]
    total = fixed + random + latent
    assert ours.r2_marginal == pytest.approx(fixed / total, abs=1e-4)
    assert ours.r2_conditional == pytest.approx((fixed + random) / total, abs=1e-4)


def test_quadrature_is_the_integral_itself():
    """One random intercept: the likelihood of each group by brute integration."""
    rng = np.random.default_rng(4)
    codes = np.repeat(np.arange(12), 6)
    y = (rng.random(72) < expit(rng.normal(0, 1.5, 12)[codes])).astype(float)
    block = RandomBlock("g", codes, ("(Intercept)",), np.ones((72, 1)))
    fit = fit_logistic(y, np.ones((72, 1)), ("(Intercept)",), (block,), quadrature=25)
    beta, sd = fit.fixed[0].estimate, fit.random[0].sd

    def group(own):
        def density(u):
            p = expit(beta + sd * u)
            return np.prod(np.where(own > 0, p, 1 - p)) * np.exp(-u * u / 2) / np.sqrt(2 * np.pi)

        return quad(density, -8, 8, epsabs=1e-13)[0]

    exact = -2 * sum(np.log(group(y[codes == g])) for g in range(12))
    # 25 points integrate a group of six to some 1e-7.
    assert fit.criterion == pytest.approx(exact, abs=1e-5)


def test_the_order_of_rows_changes_no_digit(tmp_path):
    frame = pd.read_csv(REFERENCE / "data" / "bacteria.csv")
    fits = []
    for name, rows in (("a", frame), ("b", frame.sample(frac=1, random_state=2))):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
        fits.append(fit_binary("y ~ trt + week + (1 | ID)", tmp_path / f"{name}.csv"))
    one, two = ([(f.estimate, f.se) for f in fit.fixed] for fit in fits)
    assert np.array(two) == pytest.approx(np.array(one), rel=1e-8)


def test_units_of_a_predictor_change_only_its_effect(tmp_path):
    frame = pd.read_csv(REFERENCE / "data" / "bacteria.csv")
    frame.assign(week=frame["week"] * 1000 + 5e6).to_csv(tmp_path / "far.csv", index=False)
    near = fit_binary("y ~ trt + week + (1 | ID)", REFERENCE / "data" / "bacteria.csv")
    far = fit_binary("y ~ trt + week + (1 | ID)", tmp_path / "far.csv")
    assert far.criterion == pytest.approx(near.criterion, abs=1e-7)
    assert far.fixed[3].estimate * 1000 == pytest.approx(near.fixed[3].estimate, rel=1e-5)
    assert far.fixed[3].statistic == pytest.approx(near.fixed[3].statistic, rel=1e-4)


def test_what_counts_as_one(tmp_path):
    frame = made(60)
    path = written(tmp_path, frame)
    said = fit_binary("ending ~ x", path)
    assert said.event == "ending == unplanned"  # the second of two in sorted order
    named = fit_binary("I(ending == 'planned') ~ x", path)
    assert named.event == "ending == planned" and named.events == said.rows - said.events
    assert named.fixed[1].estimate == pytest.approx(-said.fixed[1].estimate, rel=1e-9)
    number = fit_binary("happened ~ x", path)
    assert number.event == "happened == 1"
    assert number.criterion == pytest.approx(said.criterion, rel=1e-12)
    both = fit_binary("level == '3' ~ x", path)
    assert fit_binary("I(level == 3.0) ~ x", path).criterion == both.criterion
    assert both.events == int((frame["level"] == 3).sum())


def test_a_variance_of_zero_is_said():
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(10), 20)
    y = np.tile(np.repeat([0.0, 1.0], 10), 10)  # every group exactly alike
    block = RandomBlock("g", codes, ("(Intercept)",), np.ones((200, 1)))
    x = np.column_stack([np.ones(200), rng.normal(size=200)])
    fit = fit_logistic(y, x, ("(Intercept)", "x"), (block,))
    assert fit.status.singular and fit.random[0].sd == 0
    assert any("no differences between the groups of 'g'" in m for m in fit.status.messages)
    assert np.isfinite([f.se for f in fit.fixed]).all()


def test_groups_with_one_outcome_only_are_said():
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(40), 5)
    y = np.repeat((rng.random(40) < 0.5).astype(float), 5)
    y[:3] = 1 - y[:3]
    block = RandomBlock("g", codes, ("(Intercept)",), np.ones((200, 1)))
    fit = fit_logistic(y, np.ones((200, 1)), ("(Intercept)",), (block,))
    assert any("39 of 40 every row has the same outcome" in m for m in fit.status.messages)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("always ~ x", "'always' has 1 categories"),
        ("level ~ x", "other numbers than 0 and 1"),
        ("one ~ x", "The outcome is 1 in every row"),
        ("three ~ x", "'three' has 3 categories"),
        ("I(three == 'z') ~ x", "never has the value"),
        ("I(thre == 'a') ~ x", "did you mean 'three'"),
        ("happened ~ told", "told apart by 'told'"),
        ("happened ~ cell + (1 | g)", r"told apart by 'cell\[b\]'"),
        ("happened ~ x + (1 | row)", "cannot be told from chance"),
        ("happened ~ x + (1 | same)", "one group only"),
        ("happened ~ row", "cannot carry"),
    ],
)
def test_what_cannot_be_fitted_is_explained(tmp_path, formula, said):
    with pytest.raises(RapportError, match=said):
        fit_binary(formula, written(tmp_path, made(60)))


def test_the_command(tmp_path, capsys):
    path = str(written(tmp_path, made(200)))
    asked = ["fit", "ending ~ x + (1 | g)", "--data", path, "--family", "binomial"]
    assert cli.main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["family"] == "binomial" and told["event"] == "ending == unplanned"
    assert told["sigma"] is None and told["fixed"][0]["df"] is None
    z = told["fixed"][1]["estimate"] / told["fixed"][1]["se"]
    assert told["fixed"][1]["p"] == pytest.approx(2 * ndtr(-abs(z)))
    assert told["odds_ratios"][1]["odds_ratio"] == np.exp(told["fixed"][1]["estimate"])
    assert cli.main(asked) == 0
    assert "Odds ratios" in capsys.readouterr().out
    assert cli.main([*asked, "--df", "kenward-roger"]) == 2
    assert cli.main([*asked[:1], "ending ~ x + (x | g)", *asked[2:], "--quadrature", "5"]) == 2
    assert "Quadrature is for one random term" in capsys.readouterr().err


def made(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(rows)
    x = rng.normal(size=rows)
    group = rng.integers(0, 10, rows)
    happened = (rng.random(rows) < expit(x + rng.normal(size=10)[group])).astype(int)
    cell = np.where((rng.random(rows) < 0.3) & (happened == 1), "b", "a")
    return pd.DataFrame(
        dict(
            x=x,
            g=[f"g{k}" for k in group],
            happened=happened,
            told=happened * 2.5 + x / 10,
            ending=np.where(happened == 1, "unplanned", "planned"),
            cell=cell,
            same="s",
            one=1,
            level=1 + 2 * happened,
            three=np.array(list("abc"))[group % 3],
            always="yes",
            row=[f"r{k}" for k in range(rows)],
        )
    )


def written(folder, frame: pd.DataFrame):
    path = folder / "rows.csv"
    frame.to_csv(path, index=False)
    return path


@cache
def fitted(key: str):
    stored = STORED[key]
    return fit_binary(stored["formula"], data_path(stored), quadrature=stored["points"])
