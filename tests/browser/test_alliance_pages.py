"""The alliance's pages in a real browser, on the demo's worlds, as a researcher reads them."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from analysis.demo.worlds.make import make_world
from analysis.sharing.request import KINDS, SECTIONS
from tests.browser.served import PATIENCE, needs_chromium, serving

pytestmark = [needs_chromium, pytest.mark.long]  # the pages without a browser: tests/app


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worlds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(folder / "store"))
        make_world("both-ways", treatments=500)
        make_world("ruptures", treatments=500)
    environment = {"RAPPORT_STORE": str(folder / "store"), "RAPPORT_TOKEN": "none"}
    with serving(folder, environment) as address:
        yield address


def test_a_researcher_reads_what_the_worlds_hold(browser, worlds):
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.set_default_timeout(PATIENCE)
    main = page.locator("[data-testid=stMain]")
    page.goto(f"{worlds}/sequence?dataset=demo-both-ways")
    expect(main).to_contain_text("Both: alliance goes with later symptoms", timeout=PATIENCE)
    page.goto(f"{worlds}/alliance?dataset=demo-both-ways")
    expect(main).to_contain_text("The alliance goes with the next session", timeout=PATIENCE)
    expect(main).to_contain_text("within patients, between patients and between therapists")
    expect(main).to_contain_text("Within patients the RI-CLPM on sessions 1 to 12 has")
    expect(main).to_contain_text("lower than their patients, and see", timeout=PATIENCE)
    page.goto(f"{worlds}/practices?dataset=demo-both-ways")
    expect(main).to_contain_text("go with a better alliance", timeout=PATIENCE)
    expect(main).to_contain_text("By way of the alliance", timeout=PATIENCE)
    # From there into a report to be shared; then each of the pages' answers in one.
    page.get_by_role("link", name="Into a report to share").click()
    expect(main).to_contain_text("From practices through the alliance", timeout=PATIENCE)
    every = "&".join(f"sections={quote(SECTIONS[name])}" for name in KINDS["alliance"])
    page.goto(f"{worlds}/share?dataset=demo-both-ways&{every}")
    for said in (
        "Both: alliance goes with later symptoms",
        "The alliance goes with the next session",
        "lower than their patients",
        "At a false-alarm rate of 5",
        "By way of the alliance",
    ):
        expect(main).to_contain_text(said, timeout=PATIENCE)
    page.goto(f"{worlds}/course?dataset=demo-ruptures")
    expect(main).to_contain_text("At a false-alarm rate of 5", timeout=PATIENCE)
    expect(main.locator("canvas, svg.marks").first).to_be_visible(timeout=PATIENCE)
    page.goto(f"{worlds}/sequence?dataset=demo-ruptures")
    expect(main).to_contain_text("Neither comes first", timeout=PATIENCE)
    page.close()
