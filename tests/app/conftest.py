"""Stores for the page tests."""

import contextlib
from pathlib import Path

import pytest
import streamlit as st

from analysis import work
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


@contextlib.contextmanager
def _store(folder: Path):
    """RAPPORT_STORE names a store in `folder`; the workers are new, as they keep the name that
    they were started with, and nothing is cached."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(folder / "store"))
        work.close()
        st.cache_resource.clear()
        yield folder / "store"
        work.close()
        st.cache_resource.clear()
