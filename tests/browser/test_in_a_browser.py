"""The app in a real browser: opened cold by a deep link, used, and silent towards the world."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from analysis.demo import make_demo

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 60_000  # milliseconds: a first answer includes the start of the workers

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="no chromium here: apt-get install chromium"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server of its own, with a demo of 900 treatments."""
    folder = tmp_path_factory.mktemp("browser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(folder / "store"))
        make_demo(episodes=900)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"RAPPORT_STORE": str(folder / "store")}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "dashboard.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    with (
        open(folder / "log", "w") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            _wait_until_up(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


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
    page.get_by_text(re.compile("nobody can explain yet")).first.wait_for(timeout=PATIENCE)
    assert page.get_by_text("Question and model").is_visible()  # drawn by the router alone
    assert page.get_by_role("heading", name="What explains outcome").is_visible()


def test_a_change_of_scope_changes_answer_and_address(page, server, browser):
    page.goto(f"{server}/explains?bootstrap=50")
    answer = page.get_by_text(re.compile("nobody can explain yet")).first
    answer.wait_for(timeout=PATIENCE)
    before = answer.inner_text()
    page.get_by_role("combobox", name=re.compile("Severity at intake")).click()
    page.get_by_role("option", name="Not adjusted for").click()
    page.wait_for_url(re.compile("adjust=Not"), timeout=PATIENCE)
    page.wait_for_function(
        "before => !document.body.innerText.includes(before)"
        " && document.body.innerText.includes('nobody can explain yet')",
        arg=before,
        timeout=PATIENCE,
    )
    again = browser.new_page()
    again.goto(page.url)
    later = again.get_by_text(re.compile("nobody can explain yet")).first
    later.wait_for(timeout=PATIENCE)
    assert later.inner_text() == answer.inner_text()
    again.close()


def test_home_paints_and_a_chart_downloads_with_its_text(page, server):
    page.goto(f"{server}/?bootstrap=50")
    page.get_by_text("Treatments", exact=True).first.wait_for(timeout=PATIENCE)
    page.get_by_text(re.compile("nobody can explain yet")).first.wait_for(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as waiting:
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
        "explains?bootstrap=50": "nobody can explain yet",
        "outcomes": "improved reliably",
        "clinics": "be told from average",
    }
    for address, told in told_by.items():
        page.goto(f"{server}/{address}")
        page.get_by_text(re.compile(told)).first.wait_for(timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.close()


def _wait_until_up(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")
