"""The parts of a page that say how far a result can be trusted and how to get it again."""

import streamlit as st

from analysis.presentation.tables import partition_tables
from analysis.presentation.words import partition_words
from pages._app.frame import cached, cards, sidebar


def checks(p) -> None:
    """Convergence, singularity, rows in and out, groups, failed replicates."""
    cards.section("Checks")
    for sentence in partition_words.caveats(p):
        st.markdown(f"- {cards.escape(sentence)}")
    cards.table(partition_tables.checks(p), p.synthetic)


def in_words(p, outcome: str) -> None:
    """Both paragraphs."""
    cards.section("In words")
    st.markdown("**For everyone**")
    st.markdown(cards.escape(partition_words.plain(p, outcome)))
    st.markdown("**For a paper**")
    st.markdown(cards.escape(partition_words.journal(p, outcome)))


def how(p, chosen) -> None:
    """Model, command and link that give the same answer again, and the second witness."""
    cards.section("How it was made")
    st.write(
        "Shares are Shapley values of explained variance: what each factor adds, averaged "
        "over all orders in which the factors can enter one mixed model, corrected for what "
        "chance alone would add."
    )
    cards.go_to("method", "Method: formulas, sources, limits", "functions")
    st.caption("The full model")
    st.code(p.fit.formula, language=None, wrap_lines=True)
    st.caption("The same numbers from the command line")
    st.code(sidebar.command(chosen), language="bash", wrap_lines=True)
    st.caption("A link to this view, with every setting spelled out")
    st.code(sidebar.link(chosen), language=None, wrap_lines=True)
    st.text(f"Dataset {p.dataset}, version {p.version}; {p.seconds:.1f} s.")
    with st.expander("Check with statsmodels"):
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
        cards.compare(p.fit, second, p.synthetic)
