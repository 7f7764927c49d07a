"""A dataset's versions on the pages: chosen, gone back to, checked, deleted after a plain yes."""

import pytest
import streamlit as st

from analysis.demo import make_demo
from analysis.store.versions import catalogue
from tests.app.open_page import answered, opened, texts


@pytest.fixture
def two(empty_store):
    st.cache_resource.clear()
    first, second = (make_demo("ours", 60, seed) for seed in (1, 2))
    return first.version, second.version


def test_a_version_is_chosen_in_the_sidebar_and_by_a_link(two):
    first, second = two
    at = opened("dictionary")
    assert at.session_state["scope"].version == second
    at.selectbox(key="version").select(first).run()
    assert at.session_state["scope"].version == first
    assert opened("dictionary", version=first).session_state["scope"].version == first
    made = make_demo("ours", 60, 3).version
    at = opened("dictionary")
    assert at.session_state["scope"].version == made, "who chose none sees the new one"


def test_one_goes_back_on_the_page(two):
    first, second = two
    at = opened("datasets")
    assert second in texts(at)
    at = pressed(at, "Make it current")
    assert not at.exception and not at.error
    assert catalogue.find("ours").version == first


def test_a_check_says_what_it_found(two):
    at = answered(pressed(opened("datasets"), "Check that all are as written"))
    said = " ".join(str(h.value) for h in at.get("html"))
    assert said.count("its content is what was written") == 2


def test_deleting_names_what_goes_and_can_be_cancelled(two):
    first, second = two
    at = pressed(opened("datasets"), "Delete this version…")
    assert first in texts(at) and len(catalogue.versions("ours")) == 2
    at = pressed(at, "Cancel")
    assert len(catalogue.versions("ours")) == 2
    at = pressed(pressed(at, "Delete this version…"), "Delete for good")
    assert [i.version for i in catalogue.versions("ours")] == [second]
    at = pressed(pressed(at, "Delete the dataset…"), "Delete for good")
    assert not at.exception and catalogue.datasets() == ()


def pressed(at, label):
    (button,) = [b for b in at.button if b.label == label]
    return button.click().run()
