"""The HTML report in a real browser: offline, silent, drawn, readable without scripts."""

import shutil
from pathlib import Path

import pytest

from analysis.sharing.writing.writers import render
from tests.sample_document import HOSTILE, hostile, report

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="no chromium here: apt-get install chromium"
)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("reports")
    for name, document in (("plain", report(4, 3)), ("hostile", hostile(HOSTILE[:29]))):
        (folder / f"{name}.html").write_bytes(render(document, "html"))
    return {name: (folder / f"{name}.html").as_uri() for name in ("plain", "hostile")}


@pytest.fixture
def open_file(browser, files):
    """Opens a report with the network gone; gives the page, what it asked for and complained of."""
    contexts = []

    def opened(name: str, **options):
        context = browser.new_context(offline=True, **options)
        contexts.append(context)
        page, asked, said = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        # Vega-Lite warns where a chart has as many pixels a row and fills the width; no error.
        page.on("console", lambda m: None if m.type == "warning" else said.append(m.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append("a dialog"))
        page.goto(files[name])
        return page, asked, said

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["plain", "hostile"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_comes_alive_and_nothing_is_asked_of_anyone(open_file, files, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page, asked, said = open_file(name, color_scheme=scheme)
    charts = page.locator("figure.chart").count()
    page.wait_for_function(f"document.querySelectorAll('figure.drawn').length == {charts}")
    assert asked == [files[name]]
    assert said == []
    assert page.locator(".live svg text").count() >= charts
    assert [(v["id"], v["nodes"][0]["html"]) for v in Axe().run(page).response["violations"]] == []


def test_a_live_chart_answers_to_the_mouse(open_file):
    page, _, said = open_file("plain", viewport={"width": 1200, "height": 900})
    page.locator("figure.drawn").nth(0).wait_for()
    page.locator("figure.drawn .live .mark-rect path").nth(1).hover()
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert "Alliance" in tip.inner_text()
    assert said == []


def test_without_scripts_the_pictures_stand(open_file):
    page, asked, _ = open_file("plain", java_script_enabled=False)
    assert page.locator(".still svg").count() == 4
    assert all(picture.is_visible() for picture in page.locator(".still svg").all())
    assert page.locator(".still svg text", has_text="Alliance").first.is_visible()
    assert len(asked) == 1


@pytest.mark.parametrize("width", [380, 1400])
def test_no_page_is_wider_than_its_window(open_file, width):
    page, *_ = open_file("hostile", viewport={"width": width, "height": 900})
    page.locator("figure.drawn").nth(0).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints_with_the_pictures_and_the_folded_tables(open_file, tmp_path):
    from pypdf import PdfReader

    page, *_ = open_file("plain")
    page.locator("figure.drawn").nth(3).wait_for()
    page.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
    pages = [p.extract_text() for p in PdfReader(tmp_path / "printed.pdf").pages]
    text = "\n".join(pages)
    assert f"1 / {len(pages)}" in pages[0] and "Synthetic data" in pages[0]
    assert "Extra-therapeutic" in text  # a word of a chart
    assert text.count("Outcomes by clinic, part 1") == 2  # the table and the chart's own
    assert "Skip to the report" not in text
