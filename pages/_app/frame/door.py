"""The pages' door: the settings of whoever looks, read once a session."""

import streamlit as st

from analysis.base.errors import RapportError
from analysis.base.settings import Settings, of_process
from analysis.questions.datasets import Store


def settings() -> Settings:
    """Those of this session; RequestError where the server's environment names a wrong one."""
    if "settings" not in st.session_state:
        st.session_state["settings"] = of_process()
    return st.session_state["settings"]


def debug() -> bool:
    """Whether errors show their traceback; not where the settings themselves cannot be read."""
    try:
        return settings().debug
    except RapportError:
        return False


def store() -> Store:
    """Where this session's datasets lie."""
    return Store(settings().store)
