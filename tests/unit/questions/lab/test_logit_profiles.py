"""Profile intervals of logistic models, held to glmer's own deviance (R)."""

import json
from pathlib import Path

import pytest

from analysis.questions.lab.inference import profile
from analysis.questions.lab.question import ModelQuestion

REFERENCE = Path(__file__).resolve().parents[3] / "reference"
STORED = json.loads((REFERENCE / "logistic_intervals.json").read_text())["fits"]


def _asked(formula: str, data: str) -> ModelQuestion:
    return ModelQuestion(formula, str(REFERENCE / "data" / data), family="binomial")


@pytest.mark.parametrize("stored", STORED, ids=lambda s: s["formula"])
def test_profiles_are_those_of_glmers_deviance(stored):
    """R's search of the other parameters ends within some 1e-7 of the deviance's least, which moves
    a bound by less than 1e-4 of the interval; an SD that both say may be 0 is 0."""
    found = profile(_asked(stored["formula"], stored["data"])).intervals
    sds = [i for i in found if i.term.startswith("sd ")]
    fixed = [i for i in found if not i.group]
    thetas = [k for k in stored["own"] if k <= len(stored["theta"])]
    # Of a block of several terms R's first theta alone is an SD.
    ours = [*sds[: len(thetas)], *fixed]
    assert len(ours) == len(stored["bounds"])
    for one, (low, high) in zip(ours, stored["bounds"], strict=True):
        near = 1e-4 * (high - low)
        assert one.low == pytest.approx(low, abs=near), one.term
        assert one.high == pytest.approx(high, abs=near), one.term


def test_an_sd_and_a_correlation_of_a_block_are_lme4s():
    """confint's own, off splines through some twenty points: within 2 % of the interval."""
    stored = next(s for s in STORED if "(urban | district)" in s["formula"])
    found = {i.term: i for i in profile(_asked(stored["formula"], stored["data"])).intervals}
    theirs = dict(zip(stored["confint"]["names"], stored["confint"]["bounds"], strict=True))
    pairs = {"sd urban[Y]": "sd_urbanY|district"}
    pairs["r (Intercept), urban[Y]"] = "cor_urbanY.(Intercept)|district"
    for ours, name in pairs.items():
        low, high = theirs[name]
        near = 0.02 * (high - low)
        assert found[ours].low == pytest.approx(low, abs=near)
        assert found[ours].high == pytest.approx(high, abs=near)
