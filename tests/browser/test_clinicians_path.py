"""A clinician's path: the open treatments, one of them, and its sheet as PDF."""

import re

import pypdf

from tests.browser.served import PATIENCE, needs_chromium

pytestmark = needs_chromium


def test_from_the_list_to_the_sheet(browser, server, tmp_path):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{server}/progress")
    page.get_by_role("heading", name="Open treatments").wait_for(timeout=2 * PATIENCE)
    listed = page.get_by_role("region", name=re.compile("^Open treatments")).get_by_role(
        "rowheader"
    )
    second = listed.nth(1).inner_text()
    # The last block is the slowest, and its arrival draws the page anew.
    page.get_by_role("region", name=re.compile("^Signals in clinics")).wait_for(
        timeout=2 * PATIENCE
    )
    page.get_by_role("combobox", name="One treatment").click()
    page.keyboard.type(second)  # a click could hit a list that is being drawn anew
    page.keyboard.press("Enter")
    page.get_by_text(re.compile("^Over .* scores|^One .* score")).wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Make the sheet for the session").click()
    save = page.get_by_role("button", name="Save the sheet (PDF)")
    save.wait_for(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as waiting:
        save.click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    page.close()
    said = " ".join(p.extract_text() for p in pypdf.PdfReader(path).pages)
    assert path.name.startswith("internal_") and "not for sharing" in said
    assert second in said and "How it has been going" in said
    assert "chance" not in said and "expected" not in said
