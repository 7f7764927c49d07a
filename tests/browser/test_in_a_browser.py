"""The app in a real browser: opened cold by a deep link, used, and silent towards the world."""

import re
from pathlib import Path

import pytest

from tests.browser.served import PATIENCE, needs_chromium

pytestmark = needs_chromium


@pytest.fixture
def page(browser, server):
    """A page that notes every request; none may go anywhere but the server."""
    opened = browser.new_page(viewport={"width": 1300, "height": 900})
    asked = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("websocket", lambda socket: asked.append(socket.url.replace("ws://", "http://")))
    yield opened
    strangers = [u for u in asked if not u.startswith((server + "/", "data:", "blob:"))]
    opened.close()
    assert asked
    assert strangers == []


def test_a_cold_deep_link_goes_through_the_router_and_answers(page, server):
    """The first request of the server's life: beside a `pages/` folder Streamlit would run the
    page alone, without the frame."""
    page.goto(f"{server}/explains?bootstrap=50")
    page.get_by_text(re.compile("left unexplained")).first.wait_for(timeout=PATIENCE)
    assert page.get_by_text("Question and model").is_visible()  # drawn by the router alone
    assert page.get_by_role("heading", name="What explains outcome").is_visible()


def test_a_change_of_scope_changes_answer_and_address(page, server, browser):
    page.goto(f"{server}/explains?bootstrap=50")
    answer = page.get_by_text(re.compile("left unexplained")).first
    answer.wait_for(timeout=PATIENCE)
    before = answer.inner_text()
    page.get_by_role("button", name=re.compile("Question and model")).click()
    page.get_by_role("combobox", name=re.compile("Adjusted for")).click()
    page.get_by_role("option", name="Nothing").click()
    page.wait_for_url(re.compile("adjust=Nothing"), timeout=PATIENCE)
    page.wait_for_function(
        "before => !document.body.innerText.includes(before)"
        " && document.body.innerText.includes('left unexplained')",
        arg=before,
        timeout=PATIENCE,
    )
    again = browser.new_page()
    again.goto(page.url)
    later = again.get_by_text(re.compile("left unexplained")).first
    later.wait_for(timeout=PATIENCE)
    assert later.inner_text() == answer.inner_text()
    again.close()


def test_home_paints_and_a_chart_downloads_with_its_text(page, server):
    page.goto(f"{server}/?bootstrap=50")
    page.get_by_text("Treatments", exact=True).first.wait_for(timeout=PATIENCE)
    page.get_by_text(re.compile("left unexplained")).first.wait_for(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as waiting:
        card = page.locator(".st-key-card-what-explains-outcome")
        card.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="SVG").first.click()
    download = waiting.value
    assert download.suggested_filename.startswith("synthetic_internal_")
    svg = Path(download.path()).read_text(encoding="utf-8")
    assert "Synthetic data" in svg
    assert "Alliance" in svg


def test_a_director_filters_outcomes_and_looks_at_clinics(page, server):
    page.goto(f"{server}/outcomes")
    answer = page.get_by_text(re.compile("improved reliably"))
    answer.first.wait_for(timeout=PATIENCE)
    before = answer.first.inner_text()
    page.get_by_role("combobox", name=re.compile("Treatment models")).click()
    page.get_by_role("option", name="CBT").click()
    page.wait_for_url(re.compile("models=CBT"), timeout=PATIENCE)
    page.wait_for_function(
        "before => !document.body.innerText.includes(before)", arg=before, timeout=PATIENCE
    )
    page.keyboard.press("Escape")  # an open list hides the rest from assistive technology
    page.get_by_role("link", name="Clinics and therapists").click()
    page.get_by_text(re.compile("be told from average in PHQ-9")).first.wait_for(timeout=PATIENCE)
    page.wait_for_url(re.compile("clinics.*models=CBT"), timeout=PATIENCE)  # the filter came along
    page.get_by_text("Therapists", exact=True).first.click()
    page.get_by_text(re.compile(r"^Therapist \d+$")).first.wait_for(timeout=PATIENCE)
    assert page.get_by_text(re.compile("^T0000")).count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_narrow_screen(browser, server, scheme):
    page = browser.new_page(viewport={"width": 400, "height": 800}, color_scheme=scheme)
    told_by = {
        "explains?bootstrap=50": "left unexplained",
        "outcomes": "improved reliably",
        "clinics": "be told from average",
    }
    for address, told in told_by.items():
        page.goto(f"{server}/{address}")
        page.get_by_text(re.compile(told)).first.wait_for(timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.close()


def test_back_takes_one_press(page, server):
    """A page writes its address by itself and more than once: none of that is a step back."""
    page.goto(f"{server}/datasets")
    page.get_by_role("heading", name="In the store").wait_for(timeout=PATIENCE)
    for name, there in (("Outcomes", "improved reliably"), ("Glossary", "Rapport uses")):
        page.get_by_role("link", name=name, exact=True).first.click()
        page.get_by_text(re.compile(there)).first.wait_for(timeout=PATIENCE)
        page.wait_for_timeout(1000)
    for title in ("Outcomes", "Datasets"):
        page.go_back()
        page.get_by_role("heading", level=1, name=title).wait_for(timeout=PATIENCE)
