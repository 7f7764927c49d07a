"""The progress page: the answer, one treatment, the figures of the command, and what is missing."""

import json
from datetime import date

import pytest

from analysis.application.cli import main
from analysis.presentation.words import progress_words as words
from analysis.questions.progress.answer import progress
from analysis.questions.progress.judging import course_of
from analysis.questions.progress.question import ProgressQuestion
from analysis.sharing.session_sheet import document, session_sheet
from tests.app.open_page import answered, opened, tables, texts
from tests.app.phq9_dataset import PHQ9, dataset_of


@pytest.fixture(scope="module")
def page(demo_store):
    return answered(opened("progress"))


@pytest.fixture(scope="module")
def found(demo_store):
    return progress(ProgressQuestion("demo"))


def test_the_answer_and_the_list_are_those_of_the_question(page, found):
    assert not page.exception and not page.error
    said = texts(page)
    assert words.answer(found) in said and "One treatment" in said
    (listed,) = (t for t in tables(page) if "Verdict" in t[0])
    assert [row["Treatment"] for row in listed] == [t.episode for t in found.open[: len(listed)]]


def test_the_figures_are_those_of_the_command(page, found, capsys):
    assert main(["progress", "demo", "--accuracy", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    by = {(a["signal"], a["landmark"]): a for a in told["accuracy"]}
    figures = found.of("no_improvement")
    assert by["no_improvement", found.landmark]["auc"] == pytest.approx(figures.auc)
    assert words.signal_sentence(figures, found.axis).replace("\u00a0", " ") in texts(page)
    assert {a["by"] for a in told["left_out"]} == {"clinic", "period"}


def test_another_treatment_draws_its_own_course(page, found):
    other = found.open[1]
    page.selectbox(key="treatment").set_value(other).run()
    assert words.why(other, found).replace("\u00a0", " ") in texts(page)


def test_the_sheet_is_marked_and_foretells_nothing(found):
    course = course_of(found.judge, found.open[0])
    made = document(course, found, date(2026, 11, 28))
    assert made.profile == "internal"
    fields = made.charts[0].fields
    assert set(fields) == {"at", "score"}
    assert session_sheet(course, found).startswith(b"%PDF")


def test_the_page_is_off_where_nobody_needs_a_token(demo_store, monkeypatch):
    monkeypatch.setenv("RAPPORT_TOKEN", "none")
    said = texts(opened("progress"))
    assert "switched off" in said and "RAPPORT_PROGRESS=show" in said
    monkeypatch.setenv("RAPPORT_PROGRESS", "show")
    assert "switched off" not in texts(opened("progress"))


def test_a_small_dataset_is_told_what_is_missing(empty_store):
    dataset_of({f"p{i}": [18, 12, 9] for i in range(20)}, PHQ9)
    page = answered(opened("progress"))
    assert not page.exception
    assert "20 finished treatments" in texts(page) and "at least 100" in texts(page)


def test_all_ended_well_gives_bands_and_no_chance(empty_store, capsys):
    """No event to learn from: no signal, and that is said; nobody open: that too."""
    dataset_of({f"p{i}": [18 + i % 5, 12 + i % 3, 6 + i % 2] for i in range(120)}, PHQ9, "planned")
    assert main(["progress", "tiny", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["open"] == [] and {s["status"] for s in told["signals"]} == {"too few"}
    assert told["coverage"] and "no dates" in " ".join(told["messages"])


def test_nothing_at_all(empty_store):
    assert "needs a dataset" in texts(opened("progress"))
