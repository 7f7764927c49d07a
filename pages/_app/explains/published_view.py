"""Published figures beside a dataset's own: another quantity, and said to be so."""

from functools import partial

import streamlit as st

from analysis.presentation.charts.partition import published
from analysis.presentation.tables import published_tables
from analysis.presentation.words import literature
from pages._app.frame import cards, tables
from pages._app.frame.block import block

APART = (
    "How much of improvement two reviews judged each factor to account for. Nothing here was "
    "computed from data, so it cannot be compared slice by slice with the bar."
)
ALONE = (
    "Correlations with outcome over many studies, each factor by itself: closer to 'alone' than to "
    "'share'."
)


def elsewhere() -> None:
    """Meta-analyses of each factor, and expert judgement, which is another quantity."""
    with block("What others found", synthetic=False) as card:
        found, judged = st.tabs(
            ["What meta-analyses found", "Expert judgement"], key="tabs published"
        )
        with found:
            st.caption(ALONE)
            tables.shown(published_tables.meta_analyses())
        with judged:
            _judged()
        card.take(published_tables.meta_analyses())


def _judged() -> None:
    """Published pies: another quantity, in another shape, and said to be so."""
    st.markdown("**Another quantity: expert judgement, not variance**")
    st.caption(APART)
    pies = literature.pies()
    for place, pie in zip(st.columns(len(pies)), pies, strict=True):
        with place:
            _pie(pie)


def _pie(pie) -> None:
    st.markdown(f"**{cards.escape(pie.label)}**")
    cards.picture(partial(published.pie_chart, pie), published.pie_text(pie), f"pie {pie.id}")
    source = f"{pie.source} {published_tables.doi(pie.doi)}".strip()
    st.caption(f"{cards.escape(source)}. {pie.note}")
