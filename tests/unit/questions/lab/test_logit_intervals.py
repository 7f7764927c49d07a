"""Intervals of logistic models by profile and bootstrap, and where their variance lies."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.base.errors import ModelError
from analysis.questions.lab.answer import fit
from analysis.questions.lab.inference import bootstrap, profile
from analysis.questions.lab.question import ModelQuestion

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
CBPP = "sick ~ period + (1 | herd)"


def _asked(formula: str, data: str, **options) -> ModelQuestion:
    return ModelQuestion(formula, str(REFERENCE / "data" / data), family="binomial", **options)


def test_a_regression_without_groups_has_profiles_of_glm():
    """MASS's confint(glm(y ~ trt + week, binomial, bacteria)): R 4.2.2."""
    found = {i.term: i for i in profile(_asked("y ~ trt + week", "bacteria.csv")).intervals}
    assert found["week"].low == pytest.approx(-0.2034, abs=2e-4)  # four digits are printed
    assert found["week"].high == pytest.approx(-0.0296, abs=2e-4)


def test_the_bootstrap_agrees_with_the_profile_and_with_itself():
    asked = _asked(CBPP, "cbpp.csv")
    once, again = bootstrap(asked, 200, 3), bootstrap(asked, 200, 3)
    assert once.tidy() == again.tidy() and once.failed == 0 and once.kind == "parametric"
    for drawn, profiled in zip(once.intervals, profile(asked).intervals, strict=True):
        assert (drawn.group, drawn.term) == (profiled.group, profiled.term)
        width = profiled.high - profiled.low
        # Percentiles of 200 refits: an end's own error is near a tenth of the width.
        assert drawn.high - drawn.low == pytest.approx(width, rel=0.35)
    groups = bootstrap(asked, 60, 3, True)
    assert groups.kind == "cluster: herd" and groups.failed < 10


def test_draws_that_have_no_law_are_refused(tmp_path):
    rows = pd.read_csv(REFERENCE / "data" / "cbpp.csv")
    rows["half"] = 1.5
    rows.to_csv(tmp_path / "half.csv", index=False)
    asked = ModelQuestion(CBPP, str(tmp_path / "half.csv"), family="binomial", weights="half")
    with pytest.raises(ModelError, match="no whole numbers of trials"):
        bootstrap(asked, 5)
    crossed = _asked("r2 ~ mode + (1 | id) + (1 | item)", "verbagg.csv")
    with pytest.raises(ModelError, match="Crossed groups"):
        bootstrap(crossed, 5, 1, True)
    with pytest.raises(ModelError, match="nothing to draw"):
        bootstrap(_asked("y ~ week", "bacteria.csv"), 5)


def test_trials_together_are_the_single_rows(tmp_path):
    """cbpp as shares of trials in a herd and period has the profiles of its single animals."""
    rows = pd.read_csv(REFERENCE / "data" / "cbpp.csv")
    asked = _asked(CBPP, "cbpp.csv")
    whole = rows.groupby(["herd", "period"]).sick.agg(["mean", "size"]).reset_index()
    whole = whole.rename(columns={"mean": "sick", "size": "n"})
    whole.to_csv(tmp_path / "trials.csv", index=False)
    trials = ModelQuestion(CBPP, str(tmp_path / "trials.csv"), family="binomial", weights="n")
    single, together = profile(asked), profile(trials)
    for a, b in zip(single.intervals, together.intervals, strict=True):
        assert (a.low, a.high) == pytest.approx((b.low, b.high), abs=1e-5)  # BOUND of a search


def test_shares_of_the_variance_are_a_loops():
    """Three levels: the fixed part's variance between communities, between mothers in them, within
    mothers, by means of means."""
    formula = "immun ~ kid2p + mom25p + pcInd81 + (1 | comm/mom)"
    found = fit(_asked(formula, "guimmun.csv"))
    rows = pd.read_csv(REFERENCE / "data" / "guimmun.csv")
    b = {f.term: f.estimate for f in found.fixed}
    names = [n for n in b if n != "(Intercept)"]
    eta = sum(b[n] * (rows[n.split("[")[0]] == "Y" if "[" in n else rows[n]) for n in names)
    n = len(rows)
    mothers = eta.groupby([rows.comm, rows.mom]).transform("mean")
    communities = eta.groupby(rows.comm).transform("mean")
    split = [(eta - mothers), (mothers - communities), (communities - eta.mean())]
    fixed = [float((part**2).sum()) / (n - 1) for part in split]
    random = [r.sd**2 for r in found.random]
    total = sum(fixed) + sum(random) + np.pi**2 / 3
    shares = {(place, source): share for place, source, share in found.shares}
    groups = ["rows", *found.groups]
    for place, value in zip(groups, fixed, strict=True):
        assert shares[place, "f"] == pytest.approx(value / total, rel=1e-9)
    for r in found.random:
        assert shares[r.group, "m"] == pytest.approx(r.sd**2 / total, rel=1e-9)
    assert sum(shares.values()) == pytest.approx(1, abs=1e-12)
    tidy = {(row["group"], row["term"]): row["estimate"] for row in found.variance_shares()}
    assert tidy["", "conditional R2"] == pytest.approx(1 - shares["rows", "residual"], rel=1e-9)


def test_slopes_are_told_apart_by_level():
    found = fit(_asked("use ~ age + urban + (urban | district)", "contraception.csv"))
    shares = {(place, source): share for place, source, share in found.shares}
    assert shares["rows", "v"] > 0 and shares["district", "v"] > 0
    fixed = sum(share for (_, source), share in shares.items() if source == "f")
    assert fixed == pytest.approx(found.r2_marginal, rel=1e-9)
    assert replace(found, shares=()).variance_shares()[0]["estimate"] == found.r2_marginal
