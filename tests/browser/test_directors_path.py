"""A director's path: outcomes, a filter, clinics, a report, its four files, opened offline."""

import io
import re
import zipfile
from datetime import date

import pypdf
import pytest
from PIL import Image

from analysis.sharing.plan import cover_of, due, read_plan
from tests.browser.served import PATIENCE, needs_chromium, settled

pytestmark = needs_chromium
FORMATS = {"Web page": "html", "PDF": "pdf", "Word document": "docx", "Excel workbook": "xlsx"}


@pytest.fixture(scope="module")
def walked(browser, server, tmp_path_factory) -> dict:
    """The path itself: the preview's figures and the downloaded files, by their ending."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{server}/outcomes")
    answer = page.get_by_text(re.compile(r"^Of [\d,]+ treatments")).first
    answer.wait_for(timeout=PATIENCE)
    before = answer.inner_text()
    page.get_by_test_id("stMultiSelect").first.get_by_role("combobox").click()
    page.get_by_role("option", name=re.compile(r"^C\d+$")).nth(1).click()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("clinics="), timeout=PATIENCE)
    page.wait_for_function(
        "before => !document.body.innerText.includes(before)", arg=before, timeout=PATIENCE
    )
    clinic = re.search(r"clinics=(\w+)", page.url)[1]
    page.get_by_role("link", name="Clinics and therapists").click()
    page.get_by_role("heading", name="Clinics and therapists").wait_for(timeout=PATIENCE)
    page.get_by_role("link", name="Share").click()
    page.get_by_role("heading", name="Preview").wait_for(timeout=PATIENCE)
    page.get_by_role("region", name="Outcomes of the service").wait_for(timeout=PATIENCE)
    metric = page.get_by_test_id("stMetricValue").first
    metric.wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Make the files").click()
    folder, files = tmp_path_factory.mktemp("downloads"), {}
    for label, ending in FORMATS.items():
        button = page.get_by_role("button", name=label)
        button.wait_for(timeout=PATIENCE)
        with page.expect_download(timeout=PATIENCE) as waiting:
            button.click()
        files[ending] = folder / waiting.value.suggested_filename
        waiting.value.save_as(files[ending])
    figures = page.get_by_test_id("stMetricValue").all_inner_texts()
    page.close()
    return files | {"figures": figures, "clinic": clinic}


def test_the_files_carry_the_figures_of_the_preview(walked):
    texts = {
        "html": walked["html"].read_text(encoding="utf-8"),
        "pdf": " ".join(p.extract_text() for p in pypdf.PdfReader(walked["pdf"]).pages),
        "docx": zipfile.ZipFile(walked["docx"]).read("word/document.xml").decode(),
        "xlsx": "".join(
            zipfile.ZipFile(walked["xlsx"]).read(name).decode()
            for name in zipfile.ZipFile(walked["xlsx"]).namelist()
            if name.endswith(".xml")
        ),
    }
    plain = {k: re.sub(r"[\s\u00a0\u202f]+", " ", v) for k, v in texts.items()}
    assert walked["figures"]
    for figure in (re.sub(r"[\s\u00a0]+", " ", f) for f in walked["figures"]):
        for kind in ("html", "pdf", "docx"):
            assert figure in plain[kind], (figure, kind)
    assert all("Synthetic data" in text for text in plain.values())
    assert all(f"Clinics: {walked['clinic']}" in text for text in plain.values())


REPORTS = {
    "Quarter 2024 Q1": "from 2024 Q1 to 2024 Q1",
    "Quarter 2024 Q2": "from 2024 Q2 to 2024 Q2",
    "Year to date, to 2024 Q2": "from 2024 Q1 to 2024 Q2",
    "The year 2024": "from 2024 Q1 to 2024 Q4",
}


def downloaded(page, label: str) -> bytes:
    button = page.get_by_role("button", name=label)
    button.wait_for(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as waiting:
        button.click()
    return waiting.value.path().read_bytes()


@pytest.fixture(scope="module")
def year(browser, server, tmp_path_factory) -> dict:
    """A year planned and four of its reports written: the plan, and by report and format."""
    Image.new("RGB", (300, 100), "#474a8a").save(logo := tmp_path_factory.mktemp("logo") / "l.png")
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(f"{server}/share?sections=Summary")
    page.get_by_text("A series: quarters").click(timeout=PATIENCE)
    for kind in ("Each quarter", "Year to date", "The year"):
        pill = page.get_by_role("button", name=kind, exact=True)
        pill.click(timeout=PATIENCE)
        page.wait_for_url(re.compile(kind.replace(" ", ".")), timeout=PATIENCE)
    page.get_by_text("Cover, notes and commentary").click()
    settled(page)  # a run would lose the file half way
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="Logo")
    uploader.locator("input[type=file]").set_input_files(logo)
    page.get_by_text(logo.name).first.wait_for(timeout=PATIENCE)
    page.get_by_role("textbox", name="Organisation").fill("Our Trust")
    page.keyboard.press("Tab")
    page.get_by_alt_text("Logo: Our Trust").wait_for(timeout=PATIENCE)
    page.get_by_text("Targets", exact=True).click()
    page.get_by_role("spinbutton", name=re.compile("^Recovery")).fill("50")
    page.keyboard.press("Tab")
    page.get_by_text("Table 1. Targets").first.wait_for(timeout=PATIENCE)
    found: dict = {}
    for report, periods in REPORTS.items():
        box = page.get_by_role("combobox", name=re.compile("This report"))
        box.evaluate("box => box.scrollIntoView({block: 'center'})")  # its list shuts out of sight
        box.click()
        page.get_by_role("option", name=report, exact=True).click(timeout=PATIENCE)
        page.get_by_text(periods).first.wait_for(timeout=PATIENCE)
        page.get_by_role("button", name="Make the files").click()
        found[report] = {kind: downloaded(page, label) for label, kind in FORMATS.items()}
    found["plan"] = downloaded(page, "The plan as a file")
    page.close()
    return found


@pytest.mark.long  # by command: tests/unit/sharing/test_report_command.py
def test_two_quarters_the_year_to_date_and_the_year_are_written_with_logo_and_summary(year):
    for report, periods in REPORTS.items():
        files = year[report]
        page = files["html"].decode()
        for said in (periods, "Our Trust", "data:image/png", "Summary", "Table 1. "):
            assert said in page, (report, said)
        assert "Our Trust" in pypdf.PdfReader(io.BytesIO(files["pdf"])).pages[0].extract_text()
        for kind in ("docx", "xlsx"):
            names = zipfile.ZipFile(io.BytesIO(files[kind])).namelist()
            assert any(name.endswith(".png") for name in names)


@pytest.mark.long  # by command: tests/unit/sharing/test_report_command.py
def test_the_command_can_read_the_plan_of_the_page(year, tmp_path):
    (tmp_path / "plan.toml").write_bytes(year["plan"])
    plan = read_plan(tmp_path / "plan.toml")
    assert (plan.organisation, plan.sections) == ("Our Trust", ("summary",))
    assert plan.targets == ("recovery=50",)
    assert cover_of(plan).logo is not None
    assert [name for name, _ in due(plan, date(2025, 1, 5))] == [
        "demo quarter 2024 Q4",
        "demo year-to-date 2024 Q4",
        "demo year 2024 Q4",
    ]


def test_the_web_page_opens_offline_and_asks_nobody(browser, walked):
    context = browser.new_context(offline=True)
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(walked["html"].as_uri())
    page.get_by_role("heading", name="Outcomes", exact=True).wait_for()
    page.wait_for_timeout(500)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert said == []
    assert page.locator("svg").count() >= 1
    context.close()
