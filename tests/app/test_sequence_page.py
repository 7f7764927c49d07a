"""Which comes first on a page: the verdict first, and calm sentences where data lack something."""

import pytest

from tests.app.alliance_dataset import alliance_dataset
from tests.app.open_page import answered, opened, tables, texts


@pytest.fixture(scope="module")
def page(demo_store):
    return answered(opened("sequence", panel_sessions="5"))


def test_the_verdict_comes_first_with_lags_and_chances(page):
    assert not page.exception and not page.error and not page.warning
    said = texts(page)
    assert "lliance" in said.splitlines()[3] and "sessions 1 to 5" in said
    assert all(c.proto.alt for c in page.get("vega_lite_chart"))
    lags = next(t for t in tables(page) if "To, a session later" in t[0])
    assert [r["From"] for r in lags] == ["Symptoms", "Alliance", "Symptoms", "Alliance"]
    assert "--sessions 1:5" in said and "--alliance wai_bond+wai_goal+wai_task" in said


def test_without_data_the_demo_is_offered(empty_store):
    assert "This page needs a dataset" in texts(opened("sequence"))


@pytest.mark.parametrize(
    "kind, said",
    [
        ("no alliance", "this dataset lacks one"),
        ("one session each", "One session each cannot tell what comes first"),
        ("three sessions", "choose more sessions"),
        ("constant", "the same"),
    ],
)
def test_what_cannot_be_told_is_said_calmly(empty_store, kind, said):
    alliance_dataset(kind)
    at = answered(opened("sequence", dataset="made"))
    assert not at.exception and not at.error
    everything = texts(at) + " ".join(w.value for w in at.warning)
    assert said in everything.replace("\\", ""), everything


def test_twenty_patients_get_an_answer_or_a_reason(empty_store):
    alliance_dataset("twenty patients")
    at = answered(opened("sequence", dataset="made"))
    assert not at.exception and not at.error
    assert "told" in texts(at) or at.warning
