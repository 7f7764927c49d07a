"""Before a calculation that takes long: how long, and a button. A link alone starts none."""

import streamlit as st

from pages._app.frame import cards

AT_ONCE = 20.0  # seconds: what a page works out without being asked twice
AGREED = "calculations agreed to"


def may_start(question, seconds: float | None) -> bool:
    """Whether `question` (hashable) is to be worked out now: it is short, or this session said so.

    seconds: the estimate; None where there is none, which asks what a link brought along.
    """
    agreed = st.session_state.setdefault(AGREED, set())
    if question in agreed or (seconds is not None and seconds <= AT_ONCE):
        return True
    with st.container(border=True, key="asks first"):
        st.markdown(cards.escape(_told(seconds)))
        if st.button("Work it out", type="primary", icon=":material/play_arrow:", key="go ahead"):
            agreed.add(question)
            st.rerun()
    return False


def _told(seconds: float | None) -> str:
    if seconds is None:
        return "The link asks for a calculation that can take minutes. Nothing was started."
    minutes = max(1, round(seconds / 60))
    long = f"about {round(seconds, -1):.0f} seconds" if seconds < 90 else f"about {minutes} minutes"
    return f"This takes {long} on this computer. Nothing was started yet."
