"""A newcomer with a file: five clicks from the start to how much goes with the alliance in it."""

import random
import re

from tests.browser.served import PATIENCE, needs_chromium, serving

pytestmark = needs_chromium


def own_file() -> str:
    """A clinic's export: 240 patients of 24 therapists, alliance that goes with the next score."""
    chance = random.Random(4)
    rows = ["clinic,therapist,patient,session,date,phq9,wai_total"]
    for patient in range(240):
        therapist, score, bond = patient % 24, chance.gauss(16, 4), chance.gauss(5, 0.8)
        for session in range(1, 11):
            score += 0.5 * (chance.gauss(0, 2) - 0.9 - 0.8 * (bond - 5))
            shown = min(27, max(0, round(score)))
            alliance = min(7.0, max(1.0, bond + chance.gauss(0, 0.4)))
            day = f"2024-{1 + session // 4:02}-{1 + 7 * (session % 4):02}"
            rows.append(
                f"c{therapist % 4},t{therapist:02},p{patient:03},{session},{day},{shown},"
                f"{alliance:.2f}"
            )
    return "\n".join(rows) + "\n"


def test_from_the_start_to_ones_own_answer(browser, tmp_path):
    file = tmp_path / "our-clinic.csv"
    file.write_text(own_file())
    environment = {"RAPPORT_STORE": str(tmp_path / "store"), "RAPPORT_TOKEN": "none"}
    with serving(tmp_path, environment) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(address)
        page.get_by_role("link", name=re.compile("Import data|Bring my own")).click()  # 1
        page.get_by_text(re.compile("Import.*OpenDocument|OpenDocument")).first.wait_for(
            timeout=PATIENCE
        )
        page.locator("input[type=file]").set_input_files(file)  # 2: 'Browse files' and the file
        button = page.get_by_role("button", name="Import", exact=True)
        button.wait_for(timeout=PATIENCE)
        button.click()  # 3
        opened = page.get_by_role("link", name=re.compile("Open the dataset"))
        opened.wait_for(timeout=PATIENCE)
        opened.click()  # 4: nothing is asked of this file
        said = page.get_by_text(re.compile(r"alliance.*%|%.*alliance", re.IGNORECASE)).first
        said.wait_for(timeout=PATIENCE)
        assert page.get_by_text("240 patients").first.is_visible()
        page.close()
