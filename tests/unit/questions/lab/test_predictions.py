"""Chances, odds ratios and slopes of logistic models at emmeans' numbers; predictions along a
predictor with the data behind them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats

from analysis.base.errors import RequestError
from analysis.presentation.charts.lab import group_lines as multiples
from analysis.presentation.charts.lab import predictions as charts
from analysis.questions.lab.answer import fit
from analysis.questions.lab.inference import group_lines, predicted
from analysis.questions.lab.meaning import has_slopes, meaning, predictions
from analysis.questions.lab.question import ModelQuestion

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
STORED = json.loads((REFERENCE / "margins_logit.json").read_text(encoding="utf-8"))["models"]
DATA = REFERENCE / "data" / "margins_logit.csv"
LOGIT = ModelQuestion("e ~ arm*x + site + (1 | g)", str(DATA), family="binomial")
LINEAR = ModelQuestion("y ~ ns(x, df=3)*arm + t + (1 | g)", str(REFERENCE / "data" / "margins.csv"))


@pytest.mark.parametrize("case", STORED, ids=lambda c: f"{c['formula']}: {c['of']} {c['by']}")
def test_the_numbers_are_emmeans(case):
    formula = case["formula"].replace("^", "**")
    asked = ModelQuestion(formula, str(DATA), family="binomial")
    own = meaning(asked, case["of"], case["by"]).tidy()
    assert len(own) == len(case["rows"])
    # glmer's Hessian is by differences, which lose three digits beside orthogonal polynomials.
    sharp = 4e-4 if "poly" in formula else 1e-4
    for a, b in zip(own, case["rows"], strict=True):
        assert a["estimate"] == pytest.approx(b["estimate"], abs=1e-4 * b["se"])
        assert a["se"] == pytest.approx(b["se"], rel=sharp)
        if b["chance"] is not None:
            told = (a["chance"], a["chance_low"], a["chance_high"])
            assert told == pytest.approx((b["chance"], b["low"], b["high"]), abs=1e-4)
        elif b["p"] is not None:
            assert a["p"] == pytest.approx(b["p"], rel=50 * sharp, abs=1e-9)


def test_the_chance_in_the_population_is_the_mean_over_groups():
    found, sd = meaning(LOGIT, "arm"), fit(LOGIT).random[0].sd
    for (_, _, c), chance in zip(found.values, found.chances, strict=True):
        whole, _ = integrate.quad(
            lambda u, c=c: special.expit(c.estimate + sd * u) * stats.norm.pdf(u), -9, 9
        )
        assert chance.population == pytest.approx(whole, abs=1e-8)


def test_a_line_is_what_the_coefficients_say():
    line = ModelQuestion("y ~ x + (1 | g)", LINEAR.dataset)
    found, b = predictions(line, "x"), fit(line).fixed
    for point in found.points:
        assert point.estimate == pytest.approx(b[0].estimate + b[1].estimate * point.x)
    d = pd.read_csv(LINEAR.dataset)
    assert (found.points[0].x, found.points[-1].x) == pytest.approx(np.quantile(d.x, [0.05, 0.95]))
    assert sum(r.rows for r in found.raw) == len(d) and len(found.raw) == 20
    mean = sum(r.outcome * r.rows for r in found.raw) / len(d)
    assert mean == pytest.approx(d.y.mean())


def test_the_data_behind_stand_beside_their_line():
    found = predictions(LINEAR, "t", "arm")
    d = pd.read_csv(LINEAR.dataset)
    means = d.groupby(["arm", "t"]).y.agg(["mean", "size"])
    for r in found.raw:
        assert (r.outcome, r.rows) == pytest.approx(tuple(means.loc[(r.by, r.x)]))
    assert {p.by for p in found.points} == {"a", "b", "c"}
    split = predictions(LOGIT, "arm", "x")
    assert {r.by for r in split.raw} == {p.by for p in split.points} and len(split.points) == 9


def test_the_picture_says_what_it_shows():
    found = predictions(LINEAR, "x", "arm")
    drawn = charts.predictions(found, "x", "y").to_dict()
    assert len(drawn["layer"]) == 3
    assert charts.predictions_text(found).startswith("Predicted along x. a: ")
    levels = charts.predictions(predictions(LOGIT, "arm"), "arm", "Chance").to_dict()
    assert len(levels["layer"]) == 3


def test_single_groups_have_their_own_lines_beside_the_average():
    asked = ModelQuestion("y ~ t*arm + (t | g)", LINEAR.dataset)
    found, average = group_lines(asked, "t"), predictions(asked, "t")
    assert (found.group, found.groups, len(found.lines)) == ("g", 60, 12) and has_slopes(asked, "t")
    slopes = [line.slope for line in found.lines]
    assert slopes == sorted(slopes) and (found.lines[0].place, found.lines[-1].place) == (0, 1)
    line, (first, last) = found.lines[0], (average.points[0], average.points[-1])
    assert [p[2] for p in line.points] == [p.estimate for p in average.points]
    own = (line.points[-1][1] - line.points[0][1]) - (last.estimate - first.estimate)
    assert own == pytest.approx(line.slope * (last.x - first.x))
    # Of the same groups as under 'Groups', where none is named either.
    quantiles = next(e for e in predicted(asked) if e.term == "t").quantiles
    assert slopes[0] == pytest.approx(quantiles[0][1])
    drawn = multiples.group_lines(found, "y").to_dict()
    assert drawn["columns"] == 6 and "60 groups of g" in multiples.group_lines_text(found)
    with pytest.raises(RequestError, match="the same in all groups"):
        group_lines(asked, "arm")
    assert not has_slopes(asked, "arm") and not has_slopes(LOGIT, "x")


def test_what_is_no_predictor_is_said():
    with pytest.raises(RequestError, match="did you mean 'arm'"):
        predictions(LOGIT, "arms")
