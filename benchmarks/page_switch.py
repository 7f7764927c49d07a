"""How long a page takes when all is warm, and whether impatient clicks get where they aim.

    python -m benchmarks.page_switch [rounds]

A demo of 3,000 treatments in a real browser. Each page is opened once; then, by clicks on the
navigation, from the click until its heading and last part stand; then another rate on Outcomes,
from the choice until its sentence stands. Last, a click on a page, and on another a moment later:
the second must be the one that opens, and none may be lost.
"""

import os
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from analysis.demo import make_demo
from tests.browser.served import CHROMIUM, PATIENCE, QUIET, serving

PAGES = (
    "What explains outcome",
    "Outcomes",
    "Clinics and therapists",
    "Share",
    "Datasets",
    "Dictionary",
    "Glossary",
)
BUSY = "[data-testid=stSkeleton],[data-testid=stProgress]"
AIMS = 40


def main(rounds: int = 5) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["RAPPORT_STORE"] = str(folder / "store")
        make_demo()
        environment = {"RAPPORT_STORE": str(folder / "store"), "RAPPORT_TOKEN": "none"}
        with serving(folder, environment) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(f"{address}/?bootstrap=50")
            for title in PAGES:
                _switch(page, title)
            print("| page | heading, s | whole page, s |\n| --- | ---: | ---: |")
            for title in PAGES:
                times = [(_switch(page, "Home"), _switch(page, title))[1] for _ in range(rounds)]
                first, whole = (median(column) for column in zip(*times, strict=True))
                print(f"| {title} | {first:.2f} | {whole:.2f} |", flush=True)
            _widget(page, rounds)
            _aims(page)
            browser.close()


def _switch(page, title: str) -> tuple[float, float]:
    """Seconds from the click until the page's heading is there, and until nothing is awaited."""
    began = time.monotonic()
    _link(page, title).click()
    shown = "Rapport" if title == "Home" else title
    page.get_by_role("heading", level=1, name=shown, exact=True).wait_for(timeout=PATIENCE)
    first = time.monotonic() - began
    page.wait_for_function(f"() => !document.querySelector('{BUSY}')", timeout=PATIENCE)
    page.locator("[data-test-script-state=notRunning]").first.wait_for(timeout=PATIENCE)
    return first, time.monotonic() - began


def _widget(page, rounds: int) -> None:
    _switch(page, "Outcomes")
    card = page.locator("[class*=st-key-card-is-it-getting-better]")
    times = []
    for k in range(rounds):
        rate = ("Recovery", "Reliable improvement")[k % 2]
        began = time.monotonic()
        card.get_by_text(rate, exact=True).first.click()
        card.get_by_text(re.compile(f"^{rate}: ")).first.wait_for(timeout=PATIENCE)
        times.append(time.monotonic() - began)
    print(f"another rate on Outcomes: median {median(times):.2f} s, slowest {max(times):.2f} s")


def _aims(page) -> None:
    """Clicks that come while a page is still being drawn."""
    draw = random.Random(1)
    missed = []
    for _ in range(AIMS):
        one, other = draw.sample(PAGES, 2)
        _link(page, one).click()
        page.wait_for_timeout(draw.choice((20, 80, 200, 500)))
        _link(page, other).click()
        try:
            page.get_by_role("heading", level=1, name=other, exact=True).wait_for(timeout=20_000)
        except Exception:
            missed.append((one, other))
    print(f"{AIMS} impatient clicks: {len(missed)} did not get where they aimed {missed or ''}")


def _link(page, title: str):
    return page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
