"""Every page, light and dark: no finding of axe, and little moves while it loads."""

import pytest

from tests.browser.served import PATIENCE, needs_chromium

pytestmark = needs_chromium
# Google's Core Web Vitals call a cumulative layout shift up to .1 good.
GOOD = 0.1
WATCH = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value;
}).observe({type: 'layout-shift', buffered: true});
"""
PAGES = (
    "",
    "explains?bootstrap=50",
    "alliance",
    "course",
    "sequence",
    "practices",
    "model_lab",
    "outcomes",
    "clinics",
    "progress",
    "share",
    "datasets",
    "import",
    "dictionary",
    "method",
    "glossary",
)
# Charts, tables and inputs in their dark colours, which the other pages share.
ALWAYS_DARK = ("explains?bootstrap=50", "clinics")
# Cards, charts and tables of the same kinds stand on the other pages.
ALIKE = ("alliance", "course", "sequence", "practices", "datasets", "dictionary", "glossary")
# Streamlit's own: its place for files is a section of role 'presentation' that can be reached.
ITS_OWN = {"presentation-role-conflict"}
BUSY = "[data-testid=stSkeleton],[data-testid=stProgress],[data-testid=stStatusWidget]"
# Nothing at work for so many milliseconds: the answer of one part may start another.
STILL = f"""() => {{
  const now = performance.now();
  if (document.querySelector('{BUSY}') || !window.stillSince) window.stillSince = now;
  return now - window.stillSince > 1200;
}}"""


@pytest.fixture(scope="module")
def windows(browser):
    """A window a scheme: its pages share the program that the server sends."""
    opened = {}
    for scheme in ("light", "dark"):
        size = {"width": 1400, "height": 900}
        opened[scheme] = browser.new_context(viewport=size, color_scheme=scheme)
    yield opened
    for window in opened.values():
        window.close()


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        *(pytest.param(p, "light", marks=pytest.mark.long if p in ALIKE else ()) for p in PAGES),
        *(
            pytest.param(p, "dark", marks=() if p in ALWAYS_DARK else pytest.mark.long)
            for p in PAGES
        ),
    ],
)
def test_a_page_is_clean(windows, server, path, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = windows[scheme].new_page()
    page.set_default_navigation_timeout(PATIENCE)
    page.add_init_script(WATCH)
    _loaded(page, f"{server}/{path}")
    found = Axe().run(page).response["violations"]
    shifted = page.evaluate("window.shifted")
    if shifted >= GOOD:  # what only moved because the machine was busy does not move again
        _loaded(page, f"{server}/{path}")
        shifted = page.evaluate("window.shifted")
    page.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["id"] not in ITS_OWN] == []
    assert shifted < GOOD


def _loaded(page, address: str) -> None:
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for(timeout=PATIENCE)
    page.wait_for_function(STILL, timeout=2 * PATIENCE, polling=100)
