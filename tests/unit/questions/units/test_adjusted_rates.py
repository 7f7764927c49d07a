"""Rates at equal case-mix: the standardisation by a loop, a known truth, the way of reading."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

from analysis.base.errors import RequestError
from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import outcomes
from analysis.questions.units import adjusted_rates as module
from analysis.questions.units.adjusted_rates import adjusted_rates
from tests.unit.questions.datasets import write
from tests.unit.questions.units.case_mix import AGE, PHQ9


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("adjusted")))
        make_demo(episodes=600)
        yield OutcomeQuestion("demo")


def drawn(seed: int, clinics=20, episodes=2000, sd=0.7, case_mix=0.0):
    """Patients who improve reliably by clinic; case_mix: how much more severe the later clinics'
    patients are, who improve more easily. Returns the tables and each clinic's true rate."""
    rng = np.random.default_rng(seed)
    effect, place = rng.normal(0, sd, clinics), rng.integers(0, clinics, episodes)
    first = np.round(rng.normal(15 + case_mix * (place / clinics - 0.5), 2, episodes)).clip(8, 27)
    logit = -0.2 + 0.3 * (first - 15)
    better = rng.random(episodes) < special.expit(logit + effect[place])
    last = np.where(better, first - 7, first - 2)
    names, places = [f"e{i}" for i in range(episodes)], [f"k{i:02d}" for i in range(clinics)]
    tables = {
        "clinic": pd.DataFrame({"clinic": places}),
        "therapist": pd.DataFrame({"therapist": places, "clinic": places}),
        "episode": pd.DataFrame(
            {
                "episode": names,
                "patient": names,
                "age": 40.0,
                "therapist": [places[i] for i in place],
            }
        ),
        "session": pd.DataFrame(
            {
                "episode": names * 2,
                "session": [1] * episodes + [2] * episodes,
                "phq9": np.concatenate([first, last]),
            }
        ),
    }
    truth = {k: special.expit(logit + e).mean() for k, e in zip(places, effect, strict=True)}
    return tables, truth


def test_the_truth_lies_in_the_intervals_and_case_mix_is_taken_off(store):
    """20 clinics; severe patients improve more easily, so crude rates are far off."""
    tables, truth = drawn(1, case_mix=8.0)
    write("d", tables, (PHQ9, AGE))
    found = adjusted_rates(OutcomeQuestion("d"), case_mix=())
    inside = [u.low <= truth[u.key] <= u.high for u in found.units]
    assert sum(inside) >= 17  # 19 expected; below 17 in 2 of 100 draws
    rates = np.array([[u.rate, u.count / u.n, truth[u.key]] for u in found.units])
    adjusted, crude = (np.abs(rates[:, i] - rates[:, 2]).mean() for i in (0, 1))
    assert adjusted < 0.5 * crude


def test_an_average_is_the_mean_over_all_rows(demo, monkeypatch):
    seen = {}
    inner = module._average_rate

    def kept(logits, effects):
        seen.update(logits=logits, effects=effects)
        return inner(logits, effects)

    monkeypatch.setattr(module, "_average_rate", kept)
    found = adjusted_rates(demo, "clinic", "reliable_recovery", least_patients=1)
    by_name = {row["name"]: row for row in seen["effects"].tidy()}
    for unit in found.units:
        for value, key in ((unit.rate, "estimate"), (unit.low, "low"), (unit.high, "high")):
            loop = sum(1 / (1 + np.exp(-x - by_name[unit.key][key])) for x in seen["logits"])
            assert value == pytest.approx(loop / len(seen["logits"]), abs=1e-5)
    assert found.average == pytest.approx(special.expit(seen["logits"]).mean(), abs=1e-12)


def test_counts_are_those_of_the_rates(demo):
    found = adjusted_rates(demo, "clinic", "recovery", least_patients=1)
    cells = {c.value: c for c in outcomes(demo).of("clinic")}
    for unit in found.units:
        cell = cells[unit.key]
        assert (unit.count, unit.n) == (cell.counts["recovered"], cell.counts["at_caseness"])
        assert unit.patients == cell.patients["at_caseness"]


def test_fewer_who_deteriorate_is_better():
    low = dict(low=-2.0, high=-0.5)
    assert module._reading(low, "deterioration") == "better"
    assert module._reading(low, "recovery") == "worse"
    assert module._reading(dict(low=-2.0, high=0.5), "recovery") == "average"


def test_a_rate_that_is_not_defined_is_refused(demo):
    with pytest.raises(RequestError, match="did you mean 'recovery'"):
        adjusted_rates(demo, "clinic", "recovry")
