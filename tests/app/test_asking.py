"""What takes long is told and asked before it starts; a link alone starts nothing."""

import pytest

from analysis.base.background import work
from analysis.questions.partition import cost
from analysis.questions.scope import Scope
from tests.app.open_page import answered, opened, texts


@pytest.fixture
def submitted(monkeypatch):
    """The functions that were handed to the workers."""
    seen = []
    hand_in = work.submit

    def noted(function, *arguments, **options):
        seen.append(function.__name__)
        return hand_in(function, *arguments, **options)

    monkeypatch.setattr(work, "submit", noted)
    return seen


def test_a_heavy_link_asks_and_starts_nothing(demo_store, submitted):
    address = dict(question="Growth", bootstrap="2000")
    at = opened("explains", **address)
    at.selectbox(key="question").select("growth").run()
    assert not at.exception and not at.error
    assert "This takes about" in texts(at) and submitted == []
    assert [b.label for b in at.button if b.key == "go ahead"] == ["Work it out"]


def test_a_light_one_is_worked_out_at_once(demo_store, submitted):
    at = answered(opened("explains", bootstrap="50"))
    assert "left unexplained" in texts(at) and submitted == ["partition"]


def test_a_link_to_refits_asks_first(demo_store, submitted):
    at = answered(opened("model_lab", asked="Bootstrap"))
    asked = [b.label for b in at.button if b.key == "go ahead"]
    assert asked == ["Work it out"] and "ask" not in submitted


def test_the_estimate_is_the_measured_one():
    scope = Scope("d", "v", "end", factors=("a", "b", "c", "d", "e"), bootstrap=1000)
    assert cost.seconds(scope, {"episode": 5835}) == pytest.approx(5.2, abs=0.1)


def test_a_report_with_a_heavy_section_asks_first(demo_store, submitted):
    at = opened("share", sections="What explains outcome", bootstrap="2000", question="Growth")
    at.selectbox(key="question").select("growth").run()
    submitted.clear()
    at.run()
    assert not at.exception and "This takes about" in texts(at)
    assert [b.label for b in at.button if b.key == "go ahead"] == ["Work it out"]
    assert submitted == []
