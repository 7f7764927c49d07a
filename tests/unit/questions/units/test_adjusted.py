"""Clinics and therapists at equal case-mix: against statsmodels, a known truth, and refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from analysis.base.errors import ModelError, RequestError
from analysis.demo import make_demo
from analysis.measures.variables import Variable
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import open_treatments
from analysis.questions.units.adjusted import adjusted_scores
from analysis.questions.units.names import shown_names
from analysis.store.queries.treatments.outcome_cells import EVERYTHING, Selection
from analysis.store.queries.treatments.treatment_rows import treatment_rows
from tests.unit.questions.datasets import write
from tests.unit.questions.units.case_mix import AGE, PHQ9

ORS = Variable("ors", "ORS", "session", factor="outcome", instrument="ors")
Q = OutcomeQuestion("d")


def drawn(seed: int, clinics=12, therapists=36, episodes=700, sds=(1.0, 1.5), turn=1):
    """Tables with known clinic and therapist effects; turn -1: more is better."""
    rng = np.random.default_rng(seed)
    effect_c, effect_t = (
        rng.normal(0, sd, n) for sd, n in zip(sds, (clinics, therapists), strict=True)
    )
    of_t = rng.permutation(np.arange(therapists) % clinics)
    t = rng.integers(0, therapists, episodes)
    first, age = rng.normal(18, 4, episodes), rng.normal(40, 10, episodes)
    last = 3 + 0.5 * first + 0.05 * age + effect_c[of_t[t]] + effect_t[t]
    last += rng.normal(0, 3, episodes)
    first, last = (turn * v + (0 if turn > 0 else 60) for v in (first, last))
    name = [f"e{i}" for i in range(episodes)]
    outcome = "phq9" if turn > 0 else "ors"
    session = pd.DataFrame(
        {
            "episode": name * 2,
            "session": [1] * episodes + [2] * episodes,
            outcome: np.concatenate([first, last]),
        }
    )
    codes = [f"t{i:02d}" for i in range(therapists)]
    places = [f"k{i:02d}" for i in range(clinics)]
    tables = {
        "clinic": pd.DataFrame({"clinic": places}),
        "therapist": pd.DataFrame({"therapist": codes, "clinic": [places[i] for i in of_t]}),
        "episode": pd.DataFrame(
            {"episode": name, "patient": name, "age": age, "therapist": [codes[i] for i in t]}
        ),
        "session": session,
    }
    return tables, dict(zip(places, effect_c, strict=True)), dict(zip(codes, effect_t, strict=True))


def test_statsmodels_predicts_the_same_clinics(store):
    tables, _, _ = drawn(1, clinics=15, therapists=15)
    write("d", tables, (PHQ9, AGE))
    found = adjusted_scores(Q, "clinic")
    wide = tables["session"].pivot(index="episode", columns="session", values="phq9")
    rows = tables["episode"].merge(wide, on="episode").merge(tables["therapist"], on="therapist")
    rows = rows.rename(columns={1: "first", 2: "last"})
    fit = smf.mixedlm("last ~ first + age", rows, groups="clinic").fit(reml=True)
    for unit in found.units:
        # statsmodels' search stops at another place in the seventh digit.
        assert -unit.effect == pytest.approx(fit.random_effects[unit.key].iloc[0], abs=2e-4)
        se = fit.random_effects_cov[unit.key].iloc[0, 0] ** 0.5
        assert unit.high - unit.effect >= 1.95 * se
    assert found.case_mix == ("first score", "age")


def test_the_truth_lies_in_the_intervals(store):
    """36 therapists within 12 clinics, five draws: 180 intervals of 95 %; SE 1.6 points."""
    hits = shown = 0
    for seed in range(5):
        tables, _, truth = drawn(seed, clinics=1 + seed * 3)
        write("d", tables, (PHQ9, AGE))
        found = adjusted_scores(Q, "therapist")
        for u in found.units:
            hits += u.low <= -truth[u.key] <= u.high
            shown += 1
    assert 0.88 <= hits / shown <= 0.99


def test_better_is_up_whichever_way_the_scale_runs(store):
    found = []
    for turn, variable in ((1, PHQ9), (-1, ORS)):
        tables, _, _ = drawn(3, turn=turn)
        write("d", tables, (variable, AGE))
        found.append({u.key: u.effect for u in adjusted_scores(Q, "clinic").units})
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_by_chance_alone_nobody_stands_out(store):
    tables, _, _ = drawn(4, sds=(0.0, 0.0))
    write("d", tables, (PHQ9, AGE))
    found = adjusted_scores(Q, "therapist")
    assert sum(u.reading != "average" for u in found.units) <= 2
    assert found.sd < 0.6


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("adjusted")))
        make_demo(episodes=600)
        yield OutcomeQuestion("demo")


def test_small_units_are_in_the_model_and_not_shown(demo):
    few = adjusted_scores(demo, "therapist", least_patients=1)
    many = adjusted_scores(demo, "therapist", least_patients=15)
    assert len(many.units) + many.too_small == len(few.units) + few.too_small
    assert all(u.patients >= 15 for u in many.units) and many.too_small > 0
    assert many.sd == pytest.approx(few.sd)
    effects = [u.effect for u in few.units]
    assert effects == sorted(effects)


def test_rows_are_the_measured_treatments(demo):
    treatments = open_treatments(demo)
    with treatments.cursor() as cursor:
        source = treatment_rows(cursor, EVERYTHING, treatments.variables[11:14])
        rows = cursor.execute(f"SELECT count(*) FROM {source.relation}").fetchone()[0]
        cases = treatment_rows(cursor, EVERYTHING, (), cases_only=True)
        some = cursor.execute(f"SELECT count(*) FROM {cases.relation}").fetchone()[0]
    counts = treatments.ask(demo, ()).all.counts
    assert (rows, some) == (counts["measured"], counts["at_caseness"])


def test_no_key_of_a_therapist_leaves_by_tidy(demo):
    found = adjusted_scores(demo, "therapist")
    told = str(found.tidy())
    assert not any(u.key in told for u in found.units)
    assert all(u.name.startswith("Therapist ") for u in found.units)
    named = adjusted_scores(demo, "therapist", therapist_names=True)
    assert {u.name for u in named.units} == {u.key for u in named.units}


def test_codes_depend_on_no_order_that_means_something():
    keys = [f"T{i:04d}" for i in range(200)]
    codes = shown_names("therapist", keys, "0123456789ab")
    numbers = np.array([int(codes[k].split()[1]) for k in keys])
    assert sorted(numbers) == list(range(1, 201))
    # The SE of a correlation of 200 unrelated ranks is .071.
    assert abs(np.corrcoef(numbers, np.arange(200))[0, 1]) < 0.21
    assert codes == shown_names("therapist", keys[::-1], "0123456789ab")
    assert codes != shown_names("therapist", keys, "ba9876543210")
    assert shown_names("clinic", ["a"], "0") == {"a": "a"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("ward",), "no level 'ward'"), (("clinic", ("gendr",)), "'gendr' is no variable")],
)
def test_what_cannot_be_asked_is_explained(demo, arguments, told):
    with pytest.raises(RequestError, match=told):
        adjusted_scores(demo, *arguments)


def test_variables_may_have_the_names_that_the_queries_use(store):
    tables, _, _ = drawn(6)
    names = ("improved", "first_0", "Clinic size")
    for name in names:
        tables["episode"][name] = np.random.default_rng(1).normal(size=700)
    own = [Variable(name, "", "episode", factor="extra-therapeutic") for name in names]
    write("d", tables, (PHQ9, AGE, *own))
    assert adjusted_scores(Q, "clinic").case_mix == ("first score", "age", *names)
    tables["episode"]["Recovered"] = 0.0
    write("d", tables, (PHQ9, Variable("Recovered", "", "episode", factor="extra-therapeutic")))
    with pytest.raises(RequestError, match="'Recovered' has the name"):
        adjusted_scores(Q, "clinic")


def test_one_clinic_is_nothing_to_compare(demo):
    clinic = open_treatments(demo).values("clinic")[0]
    one = OutcomeQuestion("demo", selection=Selection(clinics=(clinic,)))
    with pytest.raises(RequestError, match="There is one clinic"):
        adjusted_scores(one, "clinic")


def test_too_few_treatments_are_refused(store):
    tables, _, _ = drawn(5, clinics=2, therapists=4, episodes=12)
    write("d", tables, (PHQ9, AGE))
    with pytest.raises(ModelError, match="Only 12 treatments"):
        adjusted_scores(Q, "therapist")
