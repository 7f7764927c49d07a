"""What a link names and this dashboard does not have is said; the rest of the page is there."""

import pytest

from analysis.questions.outcomes.question import DEFINITIONS
from tests.app.open_page import answered, opened, texts

UNKNOWN = [
    ("home", {"dataset": "nowhere"}, "nowhere"),
    ("outcomes", {"measure": "PHQ-99"}, "PHQ-99"),
    ("outcomes", {"clinics": "Atlantis"}, "Atlantis"),
    ("outcomes", {"from": "1812 Q1"}, "1812 Q1"),
    ("clinics", {"level": "Continents"}, "Continents"),
    ("explains", {"question": "everything"}, "everything"),
    ("explains", {"seed": "1e309"}, "1e309"),
    ("explains", {"seed": "nan"}, "nan"),
    ("explains", {"window": "1e309"}, "1e309"),
    ("clinics", {"fewest": "1e309"}, "1e309"),
    ("outcomes", {"sd": "1e309", "definition": DEFINITIONS["own"]}, "1e309"),
    ("explains", {"bootstrap": "7"}, "7"),
    ("home", {"version": "0123456789ab"}, "0123456789ab"),
    ("model_lab", {"formula": "phq9 ~ 1 + (1 | patient)", "weights": "mood"}, "mood"),
    ("model_lab", {"formula": "phq9 ~ 1" + " " * 2000}, "up to 2,000 characters"),
]


@pytest.mark.parametrize(("page", "address", "said"), UNKNOWN)
def test_a_value_that_is_not_to_be_had_is_said(demo_store, page, address, said):
    at = answered(opened(page, **address))
    assert not at.exception and not at.error
    (warning,) = at.warning
    assert said in warning.value.replace("\\", "") and "not to be had" in warning.value
    assert len(texts(at)) > 500, "the rest of the page is usable"


def test_a_link_that_fits_says_nothing(demo_store):
    at = answered(opened("outcomes", dataset="demo", period="Years"))
    assert not at.warning


def test_the_note_goes_when_something_else_is_chosen(demo_store):
    at = answered(opened("outcomes", period="Moons"))
    assert at.warning
    at.selectbox(key="period").select("year").run()
    assert not answered(at).warning
