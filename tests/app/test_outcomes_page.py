"""The outcomes page: its answer, filters, address, and what it says when there is nothing."""

from urllib.parse import parse_qs

import pandas as pd
import pytest

from analysis.measures.variables import Variable
from analysis.presentation.words import outcome_words as words
from pages._app.frame import cached
from tests.app.open_page import opened, tables, texts
from tests.app.phq9_dataset import PHQ9, dataset_of
from tests.unit.questions.datasets import write


@pytest.fixture(scope="module")
def page(demo_store):
    return opened("outcomes")


def test_the_answer_comes_first_and_is_that_of_the_rates(page):
    assert not page.exception and not page.error
    chosen = page.session_state["scope"]
    from analysis.questions.outcomes.question import OutcomeQuestion

    found = cached.outcomes(chosen.version, OutcomeQuestion("demo", chosen.version, ("phq9",)))
    label = cached.about("demo", chosen.version).label("phq9")
    said = texts(page)
    assert words.answer(found, label).replace("\u00a0", " ") in said
    assert said.index("Of ") < said.index("Rates")


def test_every_part_is_there(page):
    said = texts(page)
    for part in (
        "England's published rates stand here where yours count alike",  # the demo has no GAD-7
        "By group",
        "Is it getting better?",
        "How far scores moved",
        "Endings, sessions, waiting",
        "Waits within the standard",
        "the standard of NHS Talking Therapies does",
        "Who is measured",
        "How it was made",
        "?dataset=demo",
    ):
        assert part in said
    charts = page.get("vega_lite_chart")
    assert len(charts) == 6 and all(c.proto.alt for c in charts)
    assert "Synthetic data" in "".join(m.value for m in page.main.markdown)


def test_a_filter_changes_the_answer_and_a_link_brings_it_back(demo_store):
    at = opened("outcomes")
    before = texts(at)
    clinic = at.multiselect(key="clinics").options[0]
    at.multiselect(key="clinics").set_value([clinic]).run()
    after = texts(at)
    assert not at.exception and after != before
    again = opened("outcomes", clinics=[clinic])
    strip = lambda text: [r for r in text.splitlines() if "version" not in r]  # noqa: E731
    assert strip(texts(again)) == strip(after)


def test_groups_and_rates_can_be_chosen(demo_store):
    for by in ("Clinic", "Treatment model", "Severity at intake", "Early alliance", "Gender"):
        at = opened("outcomes", by=by, metric="Recovery")
        assert not at.exception
        assert by in tables(at)[1][0]
        assert "Recovery: " in texts(at)


def test_alliance_stands_beside_outcome_and_causes_nothing(demo_store):
    said = texts(opened("outcomes", by="Early alliance"))
    assert "early alliance in the lower third: " in said and "in the upper third: " in said
    assert "does not say that one brings the other about" in said


def test_the_link_that_the_page_offers_opens_the_same_view(demo_store):
    at = opened(
        "outcomes",
        models=["CBT", "integrative"],
        period="Years",
        to="2023",
        of="All finished treatments, as NHS England",
    )
    offered = next(c.value for c in at.code if c.value.startswith("?dataset"))
    again = opened("outcomes", **parse_qs(offered.removeprefix("?")))
    strip = lambda page: [r for r in texts(page).splitlines() if "version" not in r]  # noqa: E731
    assert strip(again) == strip(at)
    assert "finished treatments, with a last PHQ-9" in texts(at)


def test_a_cut_off_depends_on_whom_it_is_for(empty_store):
    ors = Variable("ors", "ORS", "session", factor="outcome", instrument="ors")
    dataset_of({"a": [20.0, 26.0], "b": [26.0, 33.0]}, ors)
    at = opened("outcomes", dataset="tiny")
    assert "below 25 counts as a case" in texts(at)
    at.selectbox(key="population").set_value("adolescents").run()
    assert not at.exception
    assert "below 28 counts as a case" in texts(at)


def test_hostile_values_are_dropped(demo_store):
    at = opened(
        "outcomes",
        clinics="'; DROP TABLE session",
        measure="<script>",
        by="x",
        to="9",
        **{"from": "zzz"},
    )
    assert not at.exception and not at.error
    assert "improved reliably" in texts(at)


def test_the_users_own_numbers_count(demo_store):
    at = opened("outcomes", definition="Jacobson–Truax with your numbers", reliability="0.7")
    assert not at.exception
    assert "user's numbers" in texts(at)


MOOD = Variable("mood", "Mood", "session", factor="outcome", minimum=0, maximum=30)


@pytest.mark.parametrize(
    ("scores", "variable", "told"),
    [
        ({"a": [20.0, 4.0]}, PHQ9, "Of 1 treatment with a first"),
        ({"a": [20.0], "b": [9.0]}, PHQ9, "finished with sessions enough"),
        ({"a": [20.0, float("nan")]}, PHQ9, "has both a first and a last score"),
        ({"a": [20.0, 4.0], "b": [18.0, 2.0]}, MOOD, "Nobody says what counts as a reliable"),
        (
            {"a": [1.0, 2.0]},
            Variable("bond", "Bond", "session", factor="alliance"),
            "has no outcome",
        ),
    ],
)
def test_data_that_lack_something_are_told_in_words(empty_store, scores, variable, told):
    dataset_of(scores, variable)
    at = opened("outcomes", dataset="tiny")
    assert not at.exception and not at.error
    assert told in texts(at)


def test_an_instrument_without_numbers_takes_the_users(empty_store):
    dataset_of({c: [20.0 + i, 4.0] for i, c in enumerate("abcdef")}, MOOD)
    at = opened("outcomes", dataset="tiny")
    assert at.selectbox(key="definition").value == "own"  # offered at once
    at.number_input(key="reliability").set_value(0.8).run()
    assert not at.exception
    assert "improved reliably" in texts(at)
    at.number_input(key="cut_off").set_value(10.0).run()
    assert "recovered reliably" in texts(at)


def test_without_data_the_demo_is_offered(empty_store):
    assert "This page needs a dataset" in texts(opened("outcomes"))


def test_phq9_and_gad7_are_judged_together(empty_store):
    """Six patients improve on one measure; three of them fall below the cut-off on both."""
    gad7 = Variable("gad7", "GAD-7", "session", factor="outcome", instrument="gad7")
    rows = [
        (f"e{i}", session, *scores)
        for i in range(6)
        for session, scores in enumerate([(18.0, 12.0), (6.0, 7.0 if i < 3 else 11.0)])
    ]
    episode = pd.DataFrame({"episode": [f"e{i}" for i in range(6)]})
    tables = {
        "clinic": pd.DataFrame({"clinic": ["k"]}),
        "therapist": pd.DataFrame({"therapist": ["t"], "clinic": ["k"]}),
        "episode": episode.assign(patient=episode["episode"], therapist="t"),
        "session": pd.DataFrame(rows, columns=["episode", "session", "phq9", "gad7"]),
    }
    write("both", tables, (PHQ9, gad7))
    at = opened("outcomes", dataset="both")
    assert not at.exception
    said = texts(at)
    assert "Judged together" in said
    assert "PHQ-9 and GAD-7 together, 100 %" in said
    assert "50 % (19 to 81 %) of those who began as cases recovered reliably" in said
    alone = texts(opened("outcomes", dataset="both", measure="PHQ-9"))
    assert "100 % (61 to 100 %) of those who began as cases recovered reliably" in alone


def test_treatments_that_all_still_run_are_told_so(empty_store):
    scores = {"a": [20.0, 4.0], "b": [15.0, 12.0]}
    dataset_of(scores, PHQ9, ending="ongoing")
    at = opened("outcomes", dataset="tiny")
    assert not at.exception and not at.error
    assert "No treatment in this selection is finished" in texts(at)
    assert {m.label: m.value for m in at.metric}["Still running"] == "2"
