"""The Share page: the preview is the report, files are made on demand, refusals are words."""

from dataclasses import replace

import pytest

from analysis.questions.lab.studies import keeping
from analysis.questions.lab.studies.study import Member
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.sharing.build import build
from analysis.sharing.plan import Plan, written_plan
from analysis.sharing.request import KINDS, ReportRequest
from analysis.sharing.writing.document import KeyFigures
from pages._app.share import share_view
from tests.app.open_page import answered, opened, tables, texts


@pytest.fixture(scope="module")
def page(demo_store):
    return answered(opened("share"))


def test_the_preview_shows_the_strings_of_the_files(page):
    assert not page.exception and not page.error
    chosen = page.session_state["scope"]
    question = OutcomeQuestion("demo", chosen.version, ("phq9",))
    document = build(ReportRequest(chosen, KINDS["outcomes"], question=question)).document
    said = texts(page)
    for section in document.sections:
        assert section.heading in said
    shown = {text for table in tables(page) for row in table for text in row.values()}
    cells = {cell.text for table in document.tables for row in table.rows for cell in row}
    assert cells <= shown
    figures = [
        f
        for s in document.sections
        for b in s.blocks
        if isinstance(b, KeyFigures)
        for f in b.figures
    ]
    assert [m.value for m in page.metric] == [f.value.text for f in figures]
    assert document.footer in said and "Synthetic data" in said


def test_the_four_files_are_made_when_asked(demo_store):
    at = answered(opened("share", sections=["Outcomes"]))
    assert not at.get("download_button")
    at = answered(next(b for b in at.button if b.label == "Make the files").click().run())
    labels = [b.proto.label for b in at.get("download_button")]
    assert [x for x in labels if x in ("Web page", "PDF", "Word document", "Excel workbook")] == [
        "Web page",
        "PDF",
        "Word document",
        "Excel workbook",
    ]


def test_a_report_of_a_series_is_chosen_and_its_plan_is_a_file(demo_store):
    at = opened("share", sections=["Outcomes"], every=["Each quarter", "The year"])
    which = next(s for s in at.selectbox if s.label == "This report")
    at = answered(which.select("The year 2024").run())
    assert not at.exception and "from 2024 Q1 to 2024 Q4" in texts(at)
    assert any(b.proto.label == "The plan as a file" for b in at.get("download_button"))


def test_a_studys_models_are_a_section(demo_store):
    asks = "Models of a study"
    at = answered(opened("share", sections=[asks], study="told"))
    assert not at.exception and "No study is kept" in texts(at)
    keeping.add("told", Member("phq9 ~ session + (1 | patient)", label="Over time"), "demo", "")
    at = answered(opened("share", sections=[asks], study="told"))
    assert not at.exception and "Over time: phq9 ~ session" in texts(at)
    assert any("95 % interval" in row for table in tables(at) for row in table)
    keeping.delete("told")


def test_an_internal_report_says_so(demo_store):
    at = answered(opened("share", sections=["Outcomes"], profile=share_view.PROFILES["internal"]))
    assert "not for sharing" in texts(at)


def test_without_a_section_the_page_says_what_to_do(demo_store):
    at = opened("share", sections=["How this was made"])
    assert "Choose at least one section" in texts(at) and not at.exception


def test_months_are_refused_in_words(demo_store):
    at = opened("share", period="Months")
    assert "does not go month by month" in texts(at) and not at.exception


def test_without_a_dataset_the_page_offers_the_demo(empty_store):
    at = opened("share")
    assert "needs a dataset" in texts(at) and not at.exception


def test_a_saved_plan_is_opened_and_another_datasets_is_refused(demo_store):
    plan = Plan(
        "demo",
        sections=("summary",),
        every=("quarter",),
        organisation="Our Trust",
        targets=("recovery=50",),
        first="2024-Q1",
        last="2024-Q2",
    )
    at = opened("share", sections=["Outcomes"])
    at.file_uploader[0].set_value([("plan.toml", written_plan(plan).encode(), "application/toml")])
    at = answered(at.run())
    said = texts(at)
    assert not at.exception and "from 2024 Q1 to 2024 Q2" in said and "Our Trust" in said
    assert at.session_state["sections"] == ["summary"] and "Targets" in said
    other = written_plan(replace(plan, dataset="elsewhere")).encode()
    at.file_uploader[0].set_value([("other.toml", other, "application/toml")])
    at = answered(at.run())
    assert not at.exception and "The plan is of the dataset 'elsewhere'" in texts(at)
    assert at.session_state["sections"] == ["summary"]
