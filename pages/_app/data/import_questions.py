"""The questions of an import on its page: each with its evidence and its choices."""

import streamlit as st

from analysis.importing.findings.finding import Answers
from pages._app.frame import cards

_KEY = "import_answers"


def answers(more: tuple[str, str] | tuple[()] = ()) -> Answers:
    """What was answered for these files, and one answer more."""
    given = st.session_state.get(_KEY, {}) | dict([more] if more else [])
    return Answers(tuple(given.items()), "ask")


def forget() -> None:
    """Other files, other questions."""
    st.session_state.pop(_KEY, None)


def asked(questions) -> None:
    """The open questions; nothing lands before each has an answer."""
    cards.section(
        "Questions",
        "Nothing is imported before they are answered. Answers are kept in the mapping, for the "
        "next file.",
    )
    chosen = {question.code: _choice(question) for question in questions}
    if st.button("Go on with these answers", type="primary", icon=":material/check:"):
        _keep({code: choice for code, choice in chosen.items() if choice})


def _choice(question) -> str | None:
    means = {c.choice: c.means for c in question.choices}
    options = list(means)
    marked = options.index(question.recommended) if question.recommended else None
    return st.radio(
        cards.escape(question.evidence),
        options,
        index=marked,
        format_func=lambda choice: cards.escape(means[choice]),
        key=f"answer {question.code}",
    )


def _keep(chosen: dict[str, str]) -> None:
    """The job that asked is handed in again by the page's next run, with the answers."""
    st.session_state[_KEY] = st.session_state.get(_KEY, {}) | chosen
    for kind in ("check_job", "import_job"):
        if kind in st.session_state:
            del st.session_state[kind]
            st.session_state["go_on"] = kind
    st.rerun()
