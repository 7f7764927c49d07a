"""When the server has ended, the page says that its numbers are from before."""

from analysis.demo import make_demo
from tests.browser.served import PATIENCE, needs_chromium, serving

pytestmark = needs_chromium
SAID = """() => {
  const said = getComputedStyle(document.querySelector('.stApp'), '::after').content;
  return said.includes('from before');
}"""


def test_old_numbers_are_said_to_be_old(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path / "store"))
    make_demo(episodes=60)
    environment = {"RAPPORT_STORE": str(tmp_path / "store"), "RAPPORT_TOKEN": "none"}
    page = browser.new_page()
    with serving(tmp_path, environment) as address:
        page.goto(f"{address}/datasets")
        page.get_by_role("heading", name="Datasets", exact=True).wait_for(timeout=PATIENCE)
        page.get_by_role("heading", name="In the store").wait_for(timeout=PATIENCE)
        assert not page.evaluate(SAID)
    page.wait_for_function(SAID, timeout=PATIENCE)
    page.close()
