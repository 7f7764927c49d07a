"""A director's path: outcomes, a filter, clinics, a report, its four files, opened offline."""

import re
import zipfile

import pypdf
import pytest

from tests.browser.served import PATIENCE, needs_chromium

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
