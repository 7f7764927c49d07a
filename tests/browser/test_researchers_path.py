"""A researcher's way through Model lab: built by clicks, slopes read, three models compared, many
specifications, kept and reopened by its link, and taken to R with its data."""

import csv
import io
import re
import shutil
import subprocess

import pytest

from tests.browser.served import PATIENCE, needs_chromium, settled
from tests.browser.test_build_by_clicks import (
    ALLIANCE,
    BOTH,
    SLOPE,
    TIME,
    answer,
    begun,
    click,
    wait_for_formula,
)

pytestmark = needs_chromium

BUILT = "phq9 ~ wai_bond + session + wai_bond:session + (session | patient)"
SIMPLER = ("phq9 ~ session + (1 | patient)", "phq9 ~ wai_bond + session + (1 | patient)")


@pytest.fixture(scope="module")
def page(server, browser):
    opened = browser.new_page(viewport={"width": 1400, "height": 1400})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


def r_is_here() -> bool:
    if not shutil.which("Rscript"):
        return False
    return (
        subprocess.run(["Rscript", "-e", "library(lmerTest)"], capture_output=True).returncode == 0
    )


def taken(page, folder, press):
    """The path of what a press downloads."""
    with page.expect_download(timeout=PATIENCE) as waiting:
        press()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def from_menu(page, folder, card: str, button: str):
    page.locator(f"[class*='st-key-menu-{card}'] button").first.click()
    path = taken(page, folder, lambda: page.get_by_role("button", name=button, exact=True).click())
    page.keyboard.press("Escape")
    return path


def tab(page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def keep(page, button: str | re.Pattern) -> None:
    page.get_by_role("button", name=button).click()
    page.get_by_text("The model at hand is in it.").wait_for(timeout=PATIENCE)
    settled(page)


def typed(page, formula: str) -> None:
    area = page.get_by_role("textbox", name="Formula")
    area.fill(formula)
    area.press("Control+Enter")
    page.get_by_role("button", name=re.compile("^Add this model")).wait_for(timeout=PATIENCE)
    answer(page)


def test_a_researchers_path(page, server, tmp_path):
    begun(page, server)
    as_it_is = ("build-way-wai_bond", "As it is", "list")
    for one in (ALLIANCE, TIME, as_it_is, BOTH, SLOPE):
        click(page, *one)
    wait_for_formula(page, BUILT)
    answer(page)
    tab(page, "What it means")
    # Simple slopes, and where they differ from zero.
    page.locator("[class*='st-key-asked']").get_by_text("Meaning", exact=True).click(
        timeout=PATIENCE
    )
    page.locator("[class*='st-key-meaning_by'] [role=combobox]").click()
    page.get_by_role("option", name="session", exact=True).click()
    page.get_by_text(re.compile(r"Johnson–Neyman, 95\s%")).wait_for(timeout=PATIENCE)
    tab(page, "Compare")
    # Three models in a study, side by side.
    page.get_by_role("textbox", name="Name of a new study").fill("path")
    page.keyboard.press("Enter")
    settled(page)
    keep(page, "Keep this model in it")
    for formula in SIMPLER:
        typed(page, formula)
        keep(page, re.compile("^Add this model"))
    # Each model's own table has a row AIC, too, in a tab that is not shown.
    page.get_by_text("AIC").locator("visible=true").first.wait_for(timeout=PATIENCE)
    assert page.get_by_role("button", name="Take out").count() == 3
    # Every defensible specification.
    page.locator("[class*='st-key-work-out-specifications'] button").click()
    page.get_by_text(re.compile("specifications", re.I)).nth(1).wait_for(timeout=PATIENCE)
    page.locator("[class*='st-key-menu-many-specifications'] button").wait_for(timeout=PATIENCE)
    # The link opens the study again; its first model is one click away.
    version = re.search(r"version=(\w+)&study=path", page.content().replace("&amp;", "&"))
    page.goto(f"{server}/model_lab?dataset=demo&version={version[1]}&study=path")
    answer(page)
    tab(page, "Compare")
    page.locator("[class*='st-key-open-model-0'] button").click()
    wait_for_formula(page, BUILT)
    answer(page)
    tab(page, "What was found")
    # Taken away: a Word table, the numbers, the R script with the rows that it reads.
    word = from_menu(page, tmp_path, "effects", "Word")
    assert "internal_demo_phq9-by-wai-bond" in word.name and word.read_bytes()[:2] == b"PK"
    numbers = from_menu(page, tmp_path, "effects", "CSV").read_text(encoding="utf-8-sig")
    tab(page, "Way back")
    tab(page, "In R")
    rows = page.get_by_role("button", name="Analysis data (internal)")
    script = taken(page, tmp_path, lambda: page.get_by_role("button", name="Script").first.click())
    assert taken(page, tmp_path, rows.click).name in script.read_text()
    if not r_is_here():
        pytest.skip("R with lmerTest is not here; all before R was seen")
    done = subprocess.run(["Rscript", script.name], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours = [r for r in csv.DictReader(io.StringIO(numbers)) if r["se"]]
    for row in ours:
        named = row["term"].replace("(", r"\(").replace(")", r"\)")
        theirs = re.search(rf"^{named} +(\S+) +(\S+)", done.stdout, re.M)
        # lmer's search ends flat: some six digits.
        assert float(theirs[1]) == pytest.approx(float(row["estimate"]), rel=1e-4)
        assert float(theirs[2]) == pytest.approx(float(row["se"]), rel=1e-4)
    assert len(ours) == 4
