"""A report of a partition: rounded, dated, noted in the ledger, refused where it must be."""

import dataclasses
from datetime import date

import pytest

from analysis.base.errors import ExportRefused, RequestError
from analysis.base.sentence import Sentence, tellable
from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.partition.answer import partition
from analysis.questions.partition.people import People, partition_people
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import export
from analysis.sharing.ledger import keeping
from analysis.sharing.ledger.sketch import powers, sketch
from analysis.sharing.request import LONGEST_NOTES, ReportRequest, checked_request, of_kind
from analysis.sharing.sections.partition_section import TOO_FEW, partition_part
from analysis.sharing.sections.section import Asked
from analysis.sharing.sources import CLINICS_ALONE
from analysis.sharing.writing.document import Paragraph
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.models import read_models
from tests.sample_partition import sample

SHARE, INTERNAL = Asked("share"), Asked("internal")
PEOPLE = People(tuple(f"p{i}" for i in range(2498)), (40, 2458), 12)


def texts(part) -> str:
    return repr(part.section)


def test_a_shared_partition_has_no_exact_count():
    part = partition_part(sample(), PEOPLE, "PHQ-9", SHARE)
    assert "2,514" not in texts(part) and "2,515" in texts(part) and "'2,500'" in texts(part)
    inside = partition_part(sample(), PEOPLE, "PHQ-9", INTERNAL)
    assert "'2,514'" in texts(inside) and "'2,498'" in texts(inside)


def test_the_counts_in_sentences_of_the_engine_are_shown_as_counts_may_be():
    p = sample()
    known = Sentence(3, " clinics are too few; phq9 at sessions 3 to 5 has ", 1234, " rows")
    messages = (known, "a figure, 41, that nobody knows", "no figure")
    p = dataclasses.replace(p, status=dataclasses.replace(p.status, messages=messages))
    shared = texts(partition_part(p, PEOPLE, "PHQ-9", SHARE))
    assert "[c] clinics are too few; phq9 at sessions 3 to 5 has 1,235 rows." in shared
    assert "nobody knows" not in shared and "No figure." in shared
    inside = texts(partition_part(p, PEOPLE, "PHQ-9", INTERNAL))
    assert "3 clinics are too few" in inside and "41, that nobody knows." in inside


@pytest.mark.parametrize("question", ["end", "next", "growth"])
def test_every_sentence_of_a_partition_says_which_figures_are_counts(demo, question):
    found = partition(Scope("tiny", question=question, bootstrap=20))
    assert found.status.messages
    assert [m for m in found.status.messages if not tellable(m)] == []


@pytest.mark.parametrize(
    ("people", "rows"),
    [
        (People(("a",) * 9, (), 3), 900),
        (People(("a",) * 50, (41, 9), 3), 900),
        (People(("a",) * 50, (), 12), 21),
    ],
)
def test_a_model_over_too_few_patients_is_said_to_be_one(people, rows):
    part = partition_part(sample(rows=rows), people, "PHQ-9", SHARE)
    assert part.section.blocks == (Paragraph(TOO_FEW),)
    assert part.cells == ()


def test_a_chart_carries_no_more_digits_than_can_be_seen():
    spec = partition_part(sample(), PEOPLE, "PHQ-9", SHARE).section.blocks[2].spec
    numbers = [v for row in spec["data"]["values"] for v in row.values() if isinstance(v, float)]
    assert numbers and all(round(v, 4) == v for v in numbers)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        yield make_demo(name="tiny", episodes=200, seed=4)


def asked(**changes) -> ReportRequest:
    scope = Scope("tiny", bootstrap=0)
    return of_kind("partition", scope, **changes)


def test_a_report_says_what_it_is(demo, tmp_path):
    report = build(asked(notes="For the board.\n\n=1+1"), today=date(2026, 11, 24))
    document = report.document
    assert document.synthetic and document.notes == ("For the board.", "=1+1")
    assert demo.version in document.footer and "0 figures hidden" in document.footer
    assert document.title == "What explains outcome: tiny"
    for section in document.sections:
        read_models(section)
    files = export(report, ["html"], tmp_path / "out")
    assert [file.suffix for file in files] == [".html"]
    assert export(report, ["html"], tmp_path / "out") == files  # the same again is no difference


def test_filters_that_the_partition_does_not_know_are_said(demo):
    question = OutcomeQuestion("tiny", selection=Selection(models=("CBT",)))
    section = build(asked(question=question)).document.sections[0]
    assert section.blocks[0] == Paragraph(CLINICS_ALONE)


def test_a_report_that_stays_inside_is_private_and_not_noted(demo, tmp_path):
    report = build(asked(profile="internal"))
    assert report.cells == ()
    [file] = export(report, ["html"], tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "not for sharing" in file.read_text(encoding="utf-8")


def test_a_patient_less_is_refused_and_nothing_is_written(demo, tmp_path):
    report = build(asked())
    export(report, ["html"], tmp_path / "first")
    people = partition_people(Scope("tiny", bootstrap=0)).patients
    [cell] = report.cells
    key = keeping.secret(demo.path.parent)
    near = dataclasses.replace(cell, sketch=sketch(powers(people[1:], key)))
    with pytest.raises(ExportRefused):
        export(dataclasses.replace(report, cells=(near,)), ["html"], tmp_path / "second")
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (dict(profile="shared"), "profile"),
        (dict(sections=("outcome",)), "section"),
        (dict(sections=("method",)), "no section"),
        (dict(notes="x" * (LONGEST_NOTES + 1)), "notes"),
        (dict(title="x" * 121), "title"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(changes, said):
    with pytest.raises(RequestError, match=said):
        checked_request(ReportRequest(Scope("tiny"), **changes))


def test_an_unknown_kind_is_refused():
    with pytest.raises(RequestError, match="did you mean 'partition'"):
        of_kind("partitions", Scope("tiny"))
