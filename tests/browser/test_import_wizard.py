"""A clinic's file through the wizard, by hand: uploaded, looked at, answered, landed."""

import re

import pytest

from analysis.store.place import Store
from analysis.store.versions import catalogue, dataset
from tests.browser.served import PATIENCE, needs_chromium, serving
from tests.spec.reframed import FILE

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(not FILE.exists(), reason="the refraMED file (../shared/data) is not here"),
]


@pytest.fixture
def clinic(tmp_path):
    """A server of its own with an empty store, and where that lies."""
    environment = {"RAPPORT_STORE": str(tmp_path / "store"), "RAPPORT_TOKEN": "none"}
    with serving(tmp_path, environment) as address:
        yield address, Store(tmp_path / "store")


def test_refra_med_comes_in_by_the_page_alone(browser, clinic, tmp_path):
    address, store = clinic
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(f"{address}/import")
    page.locator("input[type=file]").first.set_input_files(str(FILE))
    page.get_by_text("2,825 rows, 12 columns").wait_for(timeout=PATIENCE)
    table = page.get_by_test_id("stDataFrame").last
    table.wait_for(timeout=PATIENCE)
    box = table.bounding_box()
    assert box is not None and box["x"] + box["width"] <= 1400
    page.get_by_role("button", name="Import", exact=True).click()
    go_on = page.get_by_role("button", name="Go on with these answers")
    go_on.wait_for(timeout=PATIENCE)
    page.get_by_role("radiogroup", name=re.compile("are not whole")).wait_for(timeout=PATIENCE)
    go_on.click()
    page.get_by_text(re.compile("rows read = ")).first.wait_for(timeout=PATIENCE)
    holds_what_it_should(catalogue.find("reframed", store=store))
    later(page, tmp_path / "february.csv")
    page.close()
    assert catalogue.find("reframed", store=store).counts["patient"] == 251


def later(page, path) -> None:
    """Next month's file by the page: it goes to the dataset it fits, and nothing is asked."""
    header, first = FILE.read_text(encoding="utf-8").splitlines()[:2]
    path.write_text(f"{header}\n99001{first[first.index(',') :]}\n", encoding="utf-8")
    page.goto(page.url)
    page.locator("input[type=file]").first.set_input_files(str(path))
    page.get_by_text("Added to the dataset 'reframed'").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text(re.compile("Imported: 2,826 rows read = ")).wait_for(timeout=PATIENCE)


def holds_what_it_should(info) -> None:
    assert info.counts["therapist"] == 22 and info.counts["patient"] == 250
    with dataset.open_dataset(info) as opened:
        units = {v.name: v.unit for v in opened.variables}
        lowest = opened.cursor().execute("SELECT min(phq9) FROM session").fetchall()
    assert units["grp"] == "episode" and units["phq9"] == "session"
    assert lowest == [(0.0,)]  # the score of -0.249 is set aside
    listed = info.path.with_suffix(".quarantine.csv").read_text(encoding="utf-8")
    assert "-0.24" in listed
