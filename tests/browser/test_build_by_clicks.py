"""A researcher's eight models and a newcomer's six clicks: built on the page, and typed."""

import re
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from playwright.sync_api import TimeoutError

from tests.browser.served import PATIENCE, needs_chromium, settled

# A researcher's path builds one by clicks with every run; the whole list takes six minutes.
pytestmark = [needs_chromium, pytest.mark.long]

BOND, SESSION = "Alliance: bond (patient)", "Session number"
PARTS = "within(wai_bond) + patient(wai_bond) + therapist(wai_bond) + clinic(wai_bond)"
# (what a click is in, its text); of a list: (its key, what to choose, "list").
ALLIANCE = ("build-role-alliance", BOND)
TIME = ("build-role-time", SESSION)
BOTH = ("build-together", f"{BOND} × {SESSION}")
SLOPE = ("build-slopes-patient", SESSION)
THERAPISTS = ("build-groups", "Therapists")
MODELS = {
    "interaction with slopes": (
        [ALLIANCE, TIME, ("build-way-wai_bond", "As it is", "list"), BOTH, SLOPE],
        "phq9 ~ wai_bond + session + wai_bond:session + (session | patient)",
    ),
    "within and between, over time": (
        [ALLIANCE, TIME, BOTH],
        f"phq9 ~ {PARTS} + session + ({PARTS}):session + (1 | patient)",
    ),
    "three levels with slopes": (
        [ALLIANCE, TIME, THERAPISTS, SLOPE, ("build-slopes-therapist", SESSION)],
        f"phq9 ~ {PARTS} + session + (session | patient) + (session | therapist)",
    ),
    "spline": (
        [TIME, ("build-way-session", "Curve: spline", "list")],
        "phq9 ~ ns(session, df=3) + (1 | patient)",
    ),
    "crossed": (
        [TIME, THERAPISTS, ("build-groups", "Clinics")],
        "phq9 ~ session + (1 | patient) + (1 | therapist) + (1 | clinic)",
    ),
    "category over time": (
        [
            ("build-role-other", "Gender"),
            TIME,
            ("build-base-gender", "male", "list"),
            ("build-together", f"Gender × {SESSION}"),
        ],
        "phq9 ~ C(gender, Treatment('male')) + session + C(gender, Treatment('male')):session + "
        "(1 | patient)",
    ),
    "dropout of treatments": (
        [
            ("build-rows", "Treatments"),
            ("build-outcome", "An unplanned ending (dropout)", "list"),
            ALLIANCE,
            ("build-role-other", "Age at intake (years)"),
        ],
        "I(ending == 'unplanned') ~ early(wai_bond) + age + (1 | therapist)",
    ),
    "maximum likelihood": ([TIME, ("method", "ML", "list")], "phq9 ~ session + (1 | patient)"),
}


@pytest.fixture(scope="module")
def page(server, browser):
    opened = browser.new_page(viewport={"width": 1400, "height": 1400})
    yield opened
    opened.close()


def wait_for_formula(page, wanted: str | None, before: str = "") -> None:
    """Until the formula is `wanted`; with None, until it is another than `before`."""
    area = page.get_by_role("textbox", name="Formula")
    for _ in range(150):
        now = area.input_value()
        if now == wanted or (wanted is None and now != before):
            return
        page.wait_for_timeout(200)
    assert area.input_value() == wanted


def click(page, where: str, text: str, how: str = "pill") -> None:
    """One click as a person makes it, who waits until the formula has followed."""
    place = page.locator(f"[class*='st-key-{where}']")
    before = page.get_by_role("textbox", name="Formula").input_value()
    if how == "list":
        option = page.get_by_role("option", name=text, exact=True)
        for _ in range(3):  # a run that ends just now closes the list
            place.last.locator("[data-baseweb=select], [role=combobox]").first.click()
            with suppress(TimeoutError):
                option.click(timeout=10_000)
                break
    else:
        place.get_by_text(text, exact=True).last.click()
    if where.startswith("build"):
        wait_for_formula(page, None, before)
    settled(page)


def answer(page) -> str:
    """The sentence at the top, once the model is fitted."""
    said = page.get_by_text(re.compile("^Over [0-9,]+ (sessions|treatments)")).first
    page.locator("[data-testid=stSkeleton]").first.wait_for(state="detached", timeout=PATIENCE)
    said.wait_for(timeout=PATIENCE)
    settled(page)
    return said.inner_text()


def begun(page, server) -> None:
    page.goto(f"{server}/model_lab?dataset=demo")
    page.get_by_role("button", name="Outcome alone").wait_for(timeout=PATIENCE)
    settled(page)
    page.get_by_role("button", name="Outcome alone").click()
    wait_for_formula(page, "phq9 ~ 1 + (1 | patient)")
    settled(page)


@pytest.mark.parametrize("named", MODELS)
def test_each_model_by_clicks_and_by_formula(page, server, named):
    clicks, formula = MODELS[named]
    begun(page, server)
    for one in clicks:
        click(page, *one)
    wait_for_formula(page, formula)
    built = answer(page)
    assert page.get_by_text("not your doing").count() == 0
    asked = {"dataset": "demo", "formula": formula}
    asked |= {"family": "Happens or doesn't"} if "ending" in formula else {}
    page.goto(f"{server}/model_lab?{urlencode(asked)}")
    page.get_by_text(built).first.wait_for(timeout=PATIENCE)
    # The clicks follow what was typed.
    pills = [text for where, text, *how in clicks if not how and where != "build-rows"]
    for text in pills:
        chosen = page.locator("[class*='st-key-build-'] button[aria-pressed=true]", has_text=text)
        chosen.first.wait_for(timeout=PATIENCE)


def test_a_newcomer_needs_six_clicks(page, server):
    begun(page, server)  # 1: outcome alone, patients differ
    clicks = [ALLIANCE, TIME, BOTH, THERAPISTS, SLOPE]
    for one in clicks:  # 2 to 6
        click(page, *one)
    wait_for_formula(
        page,
        f"phq9 ~ {PARTS} + session + ({PARTS}):session + (session | patient) + (1 | therapist)",
    )
    assert "groups of patient" in answer(page) and len(clicks) + 1 == 6
    # What is typed, the clicks follow.
    area = page.get_by_role("textbox", name="Formula")
    area.fill("phq9 ~ weeks_since_intake + (1 | clinic)")
    area.press("Control+Enter")
    chosen = page.locator("[class*='st-key-build-'] button[aria-pressed=true]")
    chosen.filter(has_text="Weeks since intake").first.wait_for(timeout=PATIENCE)
    chosen.filter(has_text="Clinics").first.wait_for(timeout=PATIENCE)
    settled(page)
    assert chosen.filter(has_text=SESSION).count() == 0
