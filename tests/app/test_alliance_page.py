"""The page Alliance: the answer first, each part, and calm sentences where data lack something."""

import pytest

from tests.app.alliance_dataset import alliance_dataset
from tests.app.open_page import answered, opened, texts


@pytest.fixture(scope="module")
def page(demo_store):
    return answered(opened("alliance"))


def test_the_answer_comes_first_and_every_part_is_there(page):
    assert not page.exception and not page.error and not page.warning
    said = texts(page)
    assert "A better alliance early goes with a better end" in said.splitlines()[3]
    for part in ("At each level: next session", "apart and together", "Two people", "By session"):
        assert part in said
    assert "see" in said and "congruence effect" in said
    assert all(c.proto.alt for c in page.get("vega_lite_chart"))


def test_without_data_the_demo_is_offered(empty_store):
    assert "This page needs a dataset" in texts(opened("alliance"))


@pytest.mark.parametrize(
    "kind, said",
    [
        ("no alliance", "this dataset lacks one"),
        ("one rater", "One person rated the alliance"),
        ("one session each", "rated twice"),
        ("constant", "the same in every session"),
        ("no therapist", "no level of therapists"),
        ("some therapists", "name no therapist"),
        ("unknown range", "which range"),
        ("twenty patients", "20 treatments"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_shown(empty_store, kind, said):
    alliance_dataset(kind)
    at = answered(opened("alliance", dataset="made"))
    assert not at.exception and not at.error
    everything = texts(at) + " ".join(w.value for w in at.warning)
    assert said in everything.replace("\\", ""), everything
