"""What a model means: emmeans' numbers for 13 models, regions against a fine grid, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.base.errors import RequestError
from analysis.models.inference.margins.regions import regions
from analysis.questions.lab.answer import fit
from analysis.questions.lab.meaning import meaning
from analysis.questions.lab.question import ModelQuestion

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
STORED = json.loads((REFERENCE / "margins.json").read_text(encoding="utf-8"))["models"]
DATA = str(REFERENCE / "data" / "margins.csv")


@pytest.mark.parametrize("case", STORED, ids=lambda c: f"{c['formula']} {c['of']} by {c['by']}")
def test_means_differences_and_slopes_are_emmeans(case):
    formula = case["formula"].replace("^", "**")
    found = meaning(ModelQuestion(formula, DATA, method=case["method"]), case["of"], case["by"])
    rows = found.tidy()
    assert [r["what"] for r in rows] == [r["what"] for r in case["rows"]]
    for own, of_r in zip(rows, case["rows"], strict=True):
        # As fits: R's slope is a one-sided difference over 1e-6, its optimum good to six digits.
        assert own["estimate"] == pytest.approx(of_r["estimate"], rel=1e-5, abs=1e-6)
        assert own["se"] == pytest.approx(of_r["se"], rel=1e-4)
        assert own["df"] == pytest.approx(of_r["df"], rel=1e-3)
        if of_r["what"] != "mean":
            assert own["p"] == pytest.approx(of_r["p"], rel=1e-2, abs=1e-7)


def test_a_region_ends_where_the_interval_reaches_zero():
    found = meaning(ModelQuestion("y ~ x*m + t + (1 | g)", DATA), "x", "m")
    assert [r.sign for r in found.regions] == [0, 1]
    edge = found.regions[0].high
    # The same model with its moderator's zero at the edge: the coefficient of x has t = crit.
    shifted = ModelQuestion(f"y ~ x*I(m - {edge!r}) + t + (1 | g)", DATA)
    x = next(f for f in fit(shifted).fixed if f.term == "x")
    assert x.low == pytest.approx(0, abs=1e-6) and x.high > 0


def test_regions_of_known_bounds():
    found = regions(lambda m: np.column_stack([m - 1, m + 1]), -3, 3)
    assert [(round(r.low, 9), round(r.high, 9), r.sign) for r in found] == [
        (-3, -1, -1),
        (-1, 1, 0),
        (1, 3, 1),
    ]
    jump = regions(lambda m: np.column_stack([m, m + 0.001]), -1, 1)
    assert (jump[0].sign, jump[-1].sign) == (-1, 1)


def test_a_curve_has_a_slope_at_each_place():
    found = meaning(ModelQuestion("y ~ t + I(t**2) + (1 | g)", DATA), "t", "t")
    slopes = [c.estimate for _, _, c in found.values]
    assert slopes[1] - slopes[0] == pytest.approx(slopes[2] - slopes[1], rel=1e-6)


def test_what_cannot_be_asked_is_said():
    question = ModelQuestion("y ~ x*arm + (1 | g)", DATA)
    with pytest.raises(
        RequestError, match="'amr' is no predictor of the model; did you mean 'arm'"
    ):
        meaning(question, "amr")
