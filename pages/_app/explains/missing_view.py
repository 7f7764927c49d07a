"""What the shares would be had nobody been lost: asked for, as it takes a minute."""

from functools import partial

import streamlit as st

from analysis.presentation.charts.missing import ways_chart
from analysis.presentation.tables import partition_tables
from analysis.presentation.words import missing_words
from pages._app.frame import cached, cards, tables
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

WHAT = (
    "The shares are those of treatments that reached the landmark and have every value. Here those "
    "who stayed stand for those like them who left, or what is missing is drawn from all that was "
    "seen of a patient and their therapist, twenty times; and it is told how much better or worse "
    "those who left would have to have ended for the answer to change."
)


def missing(p, chosen) -> None:
    """The block, of the end of treatment where somebody is lost."""
    if p.question != "end" or not p.rows_out:
        return
    with block("Those who are not in it", p.synthetic) as card:
        if st.session_state.get("missing") != chosen:
            st.caption(WHAT)
            if not st.button("Work it out (about a minute)", key="work out missing"):
                return
            st.session_state["missing"] = chosen
        job = cached.missing_job(chosen.version, chosen)
        retry = partial(cached.missing_job.clear, chosen.version, chosen)
        found = cards.wait(job, 240, "Drawing what is missing", retry=retry)
        if found is None:
            return
        _shown(found, card)


def _shown(found, card) -> None:
    st.markdown(cards.escape(missing_words.answer(found)))
    for said in (missing_words.tipping(found), *found.messages):
        if said:
            st.markdown(cards.escape(said))
    card.show(
        Picture(
            lambda look: ways_chart(found, look),
            "Shares by what is done with what is missing",
            "The shares of the table behind it, each with its interval.",
        ),
        partition_tables.missing_lines(found),
        " ".join([WHAT, missing_words.chance(found)]),
        "Points: the share. Lines: its 95 % interval.",
    )
    shifts = partition_tables.missing_shifts(found)
    if shifts:
        with st.expander("If those who left were off", key="more: if off"):
            tables.shown(shifts)
