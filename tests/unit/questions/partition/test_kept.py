"""The demo's first answer is kept beside it, for the very question and the very program alone."""

from dataclasses import replace

import pytest

from analysis.questions.partition import kept as keeping
from analysis.questions.partition.answer import partition
from analysis.questions.partition.kept import kept, make_demo_answered
from analysis.questions.scope import USUAL_RESAMPLES, Scope
from analysis.store.place import Store
from analysis.store.versions import catalogue


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("kept"))
    info = make_demo_answered(episodes=500, store=store)
    return Scope("demo", info.version, outcome="phq9", bootstrap=USUAL_RESAMPLES, store=store)


def test_it_is_the_answer_that_would_be_worked_out(asked):
    found, anew = kept(asked), partition(asked)
    assert found is not None
    same = dict(seconds=0.0, fit=replace(anew.fit, seconds=found.fit.seconds))
    assert replace(found, seconds=0.0) == replace(anew, **same)


def test_another_question_has_none(asked):
    for other in (
        dict(seed=2),
        dict(bootstrap=0),
        dict(adjust="none"),
        dict(factors=("alliance",)),
    ):
        assert kept(replace(asked, **other)) is None


def test_another_program_has_none(asked, monkeypatch):
    monkeypatch.setattr(keeping, "_program", lambda: "changed")
    assert kept(asked) is None


@pytest.mark.parametrize("text", ["", "no line", "{}", "[1, 2]", '{"dataset": 1}'])
def test_a_damaged_one_is_none(asked, text):
    path = catalogue.find("demo", "", asked.store).path.with_suffix(keeping.SUFFIX)
    content = path.read_text()
    try:
        path.write_text(content.split("\n")[0] + "\n" + text if text else "")
        assert kept(asked) is None
    finally:
        path.write_text(content)


def test_too_small_a_demo_has_none_and_stands(tmp_path):
    store = Store(tmp_path)
    info = make_demo_answered(episodes=50, store=store)
    assert catalogue.find("demo", "", store) == info
    assert list(info.path.parent.glob("*.json")) == []


def test_it_goes_with_its_version(tmp_path):
    store = Store(tmp_path)
    info = make_demo_answered(episodes=500, store=store)
    assert info.path.with_suffix(keeping.SUFFIX).exists()
    catalogue.delete("demo", store)
    assert not info.path.parent.exists()
