"""From the first contact on a page: ruptures first, calm sentences where data lack something."""

import pytest

from tests.app.alliance_dataset import alliance_dataset
from tests.app.open_page import answered, opened, tables, texts


@pytest.fixture(scope="module")
def page(demo_store):
    return answered(opened("course", false_alarms="10 %"))


def test_ruptures_come_first_with_the_rules_false_alarms(page):
    assert not page.exception and not page.error and not page.warning
    said = texts(page)
    assert "At a false-alarm rate of 10 % of the courses" in said.splitlines()[3]
    rules = next(t for t in tables(page) if "Rule" in t[0])
    own = float(rules[0]["False alarms, 8 sessions"].split()[0])
    assert 8 < own < 12 and len(rules) == 6
    assert "When the alliance works" in said and "--false-alarms 0.1" in said
    assert all(c.proto.alt for c in page.get("vega_lite_chart"))


@pytest.mark.parametrize(
    "kind, said",
    [
        ("no alliance", "this dataset lacks one"),
        ("one session each", "too few courses"),
        ("constant", "same in every session"),
        ("three sessions", "false-alarm rate"),
        ("unknown range", "false-alarm rate"),
        ("twenty patients", "too few courses"),
    ],
)
def test_what_is_missing_is_said(empty_store, kind, said):
    alliance_dataset(kind)
    at = answered(opened("course", dataset="made"))
    assert not at.exception and not at.error
    everything = texts(at) + " ".join(w.value for w in at.warning)
    assert said in everything.replace("\\", ""), everything
