"""The parts of a page that say how far a result can be trusted and how to get it again."""

import streamlit as st

from analysis.presentation.tables import partition_tables
from analysis.presentation.words.partition import partition_cautions, partition_words
from pages._app.frame import cached, cards, sidebar, tables
from pages._app.frame.block import block


def trust(p, chosen, outcome: str) -> None:
    """How far the answer can be trusted, in words, and how to get it again."""
    with block("How far to trust it", p.synthetic) as card:
        words, paper, checked, made = st.tabs(
            ["In words", "For a paper", "Checks", "How"], key="tabs checks"
        )
        with checked:
            _checks(p)
        with words:
            st.markdown(cards.escape(partition_words.paragraph(p, outcome)))
            for sentence in partition_cautions.caveats(p):
                st.markdown(f"- {cards.escape(sentence)}")
        with paper:
            st.markdown(cards.escape(partition_words.journal(p, outcome)))
        with made:
            _how(p, chosen)
        card.take(partition_tables.checks(p))


def _checks(p) -> None:
    tables.shown(partition_tables.checks(p))


def _how(p, chosen) -> None:
    cards.go_to("method", "Method: formulas, sources, limits", "functions")
    st.caption("The full model")
    st.code(p.fit.formula, language=None, wrap_lines=True)
    st.caption("The same numbers from the command line")
    st.code(sidebar.command(chosen), language="bash", wrap_lines=True)
    st.caption("A link to this view, with every setting spelled out")
    st.code(sidebar.link(chosen), language=None, wrap_lines=True)
    st.text(f"Dataset {p.dataset}, version {p.version}; {p.seconds:.1f} s.")
    with st.expander("Check with statsmodels", key="more: witness"):
        _witness(p, chosen)


def _witness(p, chosen) -> None:
    st.write(
        "Fits the same model to the same rows with statsmodels' MixedLM, a second program "
        "that shares no code with this one. Treatments take seconds, sessions can take "
        "minutes."
    )
    if st.button("Fit with statsmodels"):
        st.session_state["witness"] = chosen
    if st.session_state.get("witness") != chosen:
        return
    job = cached.witness_job(chosen.version, chosen)
    second = cards.wait(
        job,
        200,
        "Fitting with statsmodels",
        retry=lambda: cached.witness_job.clear(chosen.version, chosen),
    )
    if second is not None:
        cards.compare(p.fit, second)
