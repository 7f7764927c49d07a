"""What a link asks for and this dashboard does not have: said, and not replaced in silence.

Streamlit drops a value of the address that is none of a widget's options and shows its first one
instead; who opened the link would read the answer to another question.
"""

import sys
from collections.abc import Iterable
from typing import Any

import streamlit as st

SEEN, SAID, CAME = "not as linked", "said of the link", "came by the link"
LONGEST = 60  # characters of what a link says that are shown


def check(key: str, what: str, options: Iterable[str]) -> None:
    """Before the widget `key` is drawn: notes what the address names beyond its options.

    what: the widget in words ('the dataset'). options: as they are shown, hence as links hold them.
    """
    known = set(options)
    _note(key, what, [v for v in st.query_params.get_all(key) if v and v not in known])


def text(key: str, what: str, most: int) -> None:
    """The same for a text of at most `most` characters: a longer one would be cut."""
    _note(
        key,
        what,
        [v for v in st.query_params.get_all(key) if len(v) > most],
        f" (up to {most:,} characters)",
    )


def study(names: Iterable[str], placeholder: str) -> str | None:
    """One of the studies kept of the dataset, chosen here or by the link; None where none is."""
    offered = list(names)
    check("study", "the study", offered)
    if not offered:
        return None
    return st.selectbox(
        "Study", offered, index=None, placeholder=placeholder, key="study", bind="query-params"
    )


def number(key: str, what: str, lowest: float, highest: float) -> dict[str, Any]:
    """The same for a widget of numbers; how it is bound: not at all to what is no number (Streamlit
    fails at '1e309')."""
    values = [v for v in st.query_params.get_all(key) if v]
    wrong = [v for v in values if not _within(v, lowest, highest)]
    _note(key, what, wrong, f" (from {lowest:,} to {highest:,})")
    finite = all(_within(v, -sys.float_info.max, sys.float_info.max) for v in values)
    return {"bind": "query-params"} if finite else {}


def _note(key: str, what: str, unknown: list[str], allowed: str = "") -> None:
    said = st.session_state.setdefault(SAID, {})
    if not unknown or said.get(key) == unknown:
        return
    said[key] = unknown
    named = ", ".join(repr(v[:LONGEST]) for v in unknown[:3])
    sentence = f"The link asks for {what} {named}, which is not to be had{allowed}"
    _notes()[key] = (f"{sentence}: what is shown is another.", None)


def _within(text: str, lowest: float, highest: float) -> bool:
    try:
        return lowest <= float(text) <= highest
    except ValueError:
        return False


def arrived() -> None:
    """In a session's first run: keeps what its address says."""
    if CAME not in st.session_state:
        st.session_state[CAME] = st.query_params.to_dict()


def begin_with(key: str, options: list[str]) -> None:
    """Before a bound widget without a default: the first option where nothing is chosen.

    Into the address, too, as long as the widget was not drawn yet: what is bound can't be written
    any more. Then, and where the link names what is not to be had, the address stays without it.
    """
    first = key not in st.session_state
    if first and key not in st.query_params:
        st.query_params[key] = options[0]
    if st.session_state.get(key) is None and st.query_params.get(key) not in options[1:]:
        st.session_state[key] = options[0]


def came_with(key: str, value: str | None) -> bool:
    """Whether the session's first address named this value for `key`."""
    return bool(value) and st.session_state.get(CAME, {}).get(key) == value


def notes() -> list[str]:
    """The sentences, as long as nobody chose something else since."""
    kept = {}
    for key, (sentence, then) in _notes().items():
        now = repr(st.session_state.get(key))
        if then in (None, now):
            kept[key] = (sentence, now)
    st.session_state[SEEN] = kept
    return [sentence for sentence, _ in kept.values()]


def _notes() -> dict:
    return st.session_state.setdefault(SEEN, {})
