"""Stores for the page tests."""

import contextlib
from pathlib import Path

import pytest
import streamlit as st

from analysis.base.background import work
from analysis.demo import make_demo


@pytest.fixture(scope="module")
def demo_store(tmp_path_factory):
    """A store with a demo of 900 treatments."""
    with _store(tmp_path_factory.mktemp("app")) as folder:
        make_demo(episodes=900)
        yield folder


@pytest.fixture
def empty_store(tmp_path):
    """A store without any dataset."""
    with _store(tmp_path) as folder:
        yield folder


@pytest.fixture(scope="module")
def module_store(tmp_path_factory):
    """A store for all tests of a file, empty at first."""
    with _store(tmp_path_factory.mktemp("app")) as folder:
        yield folder


@pytest.fixture(scope="session", autouse=True)
def pool():
    """One pool for all page tests; a job is told which store is meant."""
    yield
    work.close()


@contextlib.contextmanager
def _store(folder: Path):
    """RAPPORT_STORE names a store in `folder`, and nothing is cached."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(folder / "store"))
        st.cache_resource.clear()
        yield folder / "store"
        st.cache_resource.clear()
