"""Rates of a dataset: published counts reached exactly, and what is said when there are none."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.base.errors import RequestError, StoreError
from analysis.demo import make_demo
from analysis.importing import doors as importing
from analysis.measures.variables import Variable
from analysis.questions.outcomes.benchmark import (
    compare,
    provider_counts,
    published,
    rates_of,
    same_definition,
)
from analysis.questions.outcomes.question import OutcomeQuestion, nhs_pair
from analysis.questions.outcomes.rates import CATEGORIES, METRICS, open_treatments, outcomes
from analysis.store.queries.treatments.outcome_cells import Selection
from analysis.store.versions import catalogue
from tests.spec.reframed import FILE as REFRAMED
from tests.spec.reframed import MAPPING
from tests.unit.questions.datasets import write
from tests.unit.questions.outcomes.providers import PROVIDERS, needs_nhs

ENGLAND = dict(
    reliable_improvement=67.5,
    recovery=50.5,
    reliable_recovery=47.5,
    deterioration=5.8,
    no_reliable_change=25.4,
)


@pytest.mark.skipif(not REFRAMED.exists(), reason="refraMED (../shared/data) is not here")
def test_refra_med_month_0_to_7(store):
    mapping = importing.Mapping.from_text(MAPPING + 'out_of_range = "keep"\n')
    importing.import_files("refra", [REFRAMED], mapping)
    found = outcomes(OutcomeQuestion("refra", points=(0, 7)))
    n = found.all.counts
    assert {
        name: n[name]
        for name in (
            "measured",
            "at_caseness",
            "improved",
            "deteriorated",
            "recovered",
            "reliably_recovered",
        )
    } == dict(
        measured=164,
        at_caseness=157,
        improved=67,
        deteriorated=8,
        recovered=43,
        reliably_recovered=41,
    )
    scores = found.all.scores[0]
    # Published with five decimals.
    assert scores.mean_first - scores.mean_last == pytest.approx(4.46966, abs=5e-6)
    assert scores.sd_first == pytest.approx(5.01387, abs=5e-6)


def test_england_stands_beside_its_own_definition_alone():
    pair, (england,) = ("phq9", "gad7"), published()
    asked = OutcomeQuestion("d", denominator="finished")
    assert same_definition(england, pair, asked)
    assert not same_definition(england, pair[:1], asked)
    assert not same_definition(england, pair, replace(asked, denominator="measured"))
    assert not same_definition(england, pair, replace(asked, definition="own"))


def test_england_as_published():
    (england,) = [p for p in published() if p.id == "england-2024-25"]
    rates = rates_of(england.counts)
    assert {r.metric: round(100 * r.share, 1) for r in rates} == ENGLAND
    assert {r.n for r in rates} == {670_419, 635_185}


@needs_nhs
def test_the_providers_sum_to_england():
    """Their counts are rounded to five, so the sums differ, and the rates hardly do."""
    counts = provider_counts(PROVIDERS)
    assert len(counts) == 147
    names = ("finished", "not_at_caseness", *(v[0] for v in METRICS.values()))
    total = {n: sum(getattr(c, n) or 0 for c in counts) for n in names}
    shares = {
        m: total[c] / (total["finished"] - (total["not_at_caseness"] if "recovery" in m else 0))
        for m, (c, _, _) in METRICS.items()
    }
    assert {m: round(100 * s, 1) for m, s in shares.items()} == ENGLAND


@needs_nhs
def test_a_suppressed_count_gives_no_rate():
    counts = provider_counts(PROVIDERS)
    hidden = [c for c in counts if c.deteriorated is None]
    assert len(hidden) == 8
    assert all("deterioration" not in [r.metric for r in rates_of(c)] for c in hidden)


def test_a_table_that_is_not_one_of_providers_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(RequestError, match="no table of providers"):
        provider_counts(path)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("rates")))
        make_demo(episodes=600)
        yield outcomes(OutcomeQuestion("demo"))


def test_categories_add_up_to_the_measured(demo):
    for cell in demo.cells:
        assert sum(cell.counts[c] for c in CATEGORIES) == cell.counts["measured"]
        assert (
            cell.counts["measured"] + cell.counts["one_score"] + cell.counts["no_score"]
            == (cell.counts["finished"])
        )


def test_tidy_has_a_row_for_each_cell_and_metric(demo):
    rows = pd.DataFrame(demo.tidy())
    assert len(rows) == len(demo.cells) * len(METRICS)
    everyone = rows[rows["by"] == "all"].set_index("metric")
    for by in ("period", "clinic", "model", "severity", "alliance"):
        part = rows[rows["by"] == by].groupby("metric")[["count", "n"]].sum().loc[list(METRICS)]
        assert (part["count"] == everyone["count"]).all() and (part["n"] == everyone["n"]).all()
    known = rows[rows["n"] > 0]
    assert ((known["low"] <= known["share"]) & (known["share"] <= known["high"])).all()
    assert (rows["patients"] <= rows["count"]).all()


def test_nhs_england_divides_by_all_finished(demo):
    finished = outcomes(OutcomeQuestion("demo", denominator="finished"))
    n = finished.all.counts
    of = {r.metric: r.n for r in finished.rates(finished.all)}
    assert of["reliable_improvement"] == n["finished"]
    assert of["recovery"] == n["finished"] - n["not_at_caseness"]


def test_a_change_of_filter_asks_the_same_treatments(demo):
    treatments = open_treatments(OutcomeQuestion("demo"))
    clinic = treatments.values("clinic")[0]
    chosen = OutcomeQuestion("demo", selection=Selection(clinics=(clinic,)))
    one = treatments.ask(chosen)
    (cell,) = demo.of("clinic")[:1]
    assert one.all.counts == cell.counts and one.all.patients == cell.patients
    assert len(treatments.patients(chosen, "all", "", "improved")) == cell.patients["improved"]


def test_a_dataset_made_again_is_read_again(store):
    make_demo(episodes=60)
    treatments = open_treatments(OutcomeQuestion("demo"))
    before = treatments.ask(OutcomeQuestion("demo")).all
    catalogue.delete("demo")
    with pytest.raises(StoreError, match="no dataset of this name"):
        treatments.ask(OutcomeQuestion("demo"))
    make_demo(episodes=60)
    assert treatments.ask(OutcomeQuestion("demo")).all == before


def test_the_users_own_numbers(demo):
    asked = OutcomeQuestion("demo", definition="own", reliability=0.8, sd=5.0139, cut_off=12)
    found = outcomes(asked)
    (rule,) = found.spec.rules
    assert rule.reliable_change == pytest.approx(6.2153, abs=5e-5) and rule.caseness == 12
    spread = outcomes(OutcomeQuestion("demo", definition="own", reliability=0.8)).spec.rules[0]
    assert spread.caseness == 10  # the instrument's, where no other is given


def test_the_comparison_says_what_lies_apart(demo):
    rows = compare(demo, published()[0])
    assert [c.own.metric for c in rows] == list(METRICS)
    for c in rows:
        assert c.apart == (not c.own.low <= c.published.share <= c.own.high)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (dict(measures=("phq",)), "did you mean 'phq9'"),
        (dict(measures=("age",)), "is no number of this dataset's sessions"),
        (dict(definition="mine"), "no definition"),
        (dict(denominator="all"), "no denominator"),
        (dict(period="week"), "no period"),
        (dict(model="age"), "no category"),
        (dict(definition="own", reliability=1.0), "reliability from 0"),
        (dict(definition="own", reliable_change=-3.0), "above 0"),
    ],
)
def test_what_cannot_be_asked_is_explained(demo, change, told):
    with pytest.raises(RequestError, match=told):
        outcomes(OutcomeQuestion("demo", **change))


# --- Data that lack something ---------------------------------------------------------------------


def tiny(scores, variable=None, ending="planned"):
    """A dataset with one therapist; scores: patient -> first, second, … score."""
    variable = variable or Variable("mood", "Mood", "session", factor="outcome")
    episode = pd.DataFrame({"episode": list(scores), "patient": list(scores)})
    rows = [(e, i, s) for e, values in scores.items() for i, s in enumerate(values)]
    tables = {
        "clinic": pd.DataFrame({"clinic": ["k"]}),
        "therapist": pd.DataFrame({"therapist": ["t"], "clinic": ["k"]}),
        "episode": episode.assign(therapist="t"),
        "session": pd.DataFrame(rows, columns=["episode", "session", variable.name]),
    }
    write("tiny", tables, (variable,))
    return outcomes(OutcomeQuestion("tiny"))


def test_an_instrument_without_numbers_says_so(store):
    found = tiny({"a": [20.0, 4.0], "b": [10.0, 9.0]})
    assert found.metrics == ()
    assert "No reliable change is known for 'mood'" in found.messages
    assert found.all.counts["measured"] == 2 and found.tidy() == []


def test_nobody_with_two_scores(store):
    phq9 = Variable("phq9", "PHQ-9", "session", factor="outcome", instrument="phq9")
    found = tiny({"a": [20.0, float("nan")], "b": [10.0]}, phq9)
    assert "No finished treatment has both a first and a last score" in found.messages
    assert all(r.share is None for r in found.rates(found.all))


def test_one_patient(store):
    phq9 = Variable("phq9", "PHQ-9", "session", factor="outcome", instrument="phq9")
    found = tiny({"a": [20.0, 4.0]}, phq9)
    shares = {r.metric: r.share for r in found.rates(found.all)}
    assert shares["reliable_recovery"] == 1 and shares["deterioration"] == 0
    assert "Endings are not recorded: every treatment counts as ended" in found.messages


def test_a_dataset_without_an_outcome_is_refused(store):
    with pytest.raises(RequestError, match="has no outcome"):
        tiny({"a": [1.0]}, Variable("bond", "Bond", "session", factor="alliance"))


def test_phq9_and_gad7_are_found_as_a_pair():
    phq9 = Variable("d", "", "session", factor="outcome", instrument="PHQ-9")
    gad7 = Variable("a", "", "session", factor="outcome", instrument="gad7")
    assert nhs_pair((gad7, phq9)) == ("d", "a")
    assert nhs_pair((phq9,)) == ()
