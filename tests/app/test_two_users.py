"""Two people at one server: each sees the own store and the own rights, whatever is cached."""

import contextlib

import pytest
import streamlit as st

from analysis.base.settings import Settings
from analysis.demo import make_demo
from analysis.store.place import Store
from tests.app.open_page import ROUTER, answered, texts


@pytest.fixture(scope="module")
def two_stores(tmp_path_factory):
    """Settings of two: one sees codes, the other names."""
    folder = tmp_path_factory.mktemp("two")
    one = Settings(store=folder / "north")
    other = Settings(store=folder / "south", therapist_names=True)
    for seed, settings in enumerate((one, other)):
        make_demo("ours", 300, seed, store=Store(settings.store))
    return one, other


@pytest.fixture
def people(two_stores, monkeypatch):
    """The two; the process's own settings would be refused."""
    st.cache_resource.clear()
    one, other = two_stores
    monkeypatch.setenv("RAPPORT_STORE", __file__)
    yield one, other
    st.cache_resource.clear()


def opened_by(settings: Settings, page: str, **address):
    at = st.testing.v1.AppTest.from_file(str(ROUTER), default_timeout=60)
    at.session_state["settings"] = settings
    for name, value in address.items():
        at.query_params[name] = value
    at.switch_page(f"../../{page}.py")
    return answered(at.run())


@pytest.mark.parametrize(
    "page",
    ["home", "explains", "outcomes", "clinics", "model_lab", "share", "datasets", "dictionary"],
)
def test_every_page_answers_from_the_store_of_who_looks(page, people):
    for settings in people:
        at = opened_by(settings, page)
        assert not at.exception and not at.error and not at.warning


def test_therapists_are_named_for_one_and_not_for_the_other(people):
    one, other = (texts(opened_by(s, "clinics", level="Therapists")) for s in people)
    assert "by codes without meaning" in one and "by codes without meaning" not in other


def test_the_same_version_is_not_shown_to_who_may_not_see_it(people, tmp_path):
    one, _ = people
    stranger = Settings(store=tmp_path / "empty")
    assert "Treatments" in texts(opened_by(one, "datasets")) or opened_by(one, "datasets").main
    seen = opened_by(stranger, "datasets")
    assert "ours" not in texts(seen)
    with contextlib.suppress(KeyError):
        assert seen.session_state["scope"] is None
