"""Published figures beside a dataset's own: another quantity, and said to be so."""

from functools import partial

import streamlit as st

from analysis.presentation.charts import published
from analysis.presentation.tables import published_tables
from analysis.presentation.words import literature
from pages._app.frame import cards


def judged() -> None:
    """Published pies: another quantity, in another shape, and said to be so."""
    with st.container(border=True, key="judged"):
        st.markdown("**Another quantity: expert judgement, not variance**")
        st.caption(
            "How much of improvement two reviews *judged* each factor to account for. "
            "Nothing here was computed from data, so it cannot be compared slice by slice "
            "with the bar."
        )
        for pie in literature.pies():
            st.markdown(f"{pie.label}")
            cards.chart(
                partial(published.pie_chart, pie),
                f"{pie.label}, expert judgement",
                published.pie_text(pie),
                synthetic=False,
            )
            source = f"{pie.source} {published_tables.doi(pie.doi)}".strip()
            st.caption(f"{cards.escape(source)}. {pie.note}")
        rows = [r for pie in literature.pies() for r in published.pie_rows(pie)]
        cards.table_download(rows, "Expert judgement", synthetic=False)


def meta_analyses() -> None:
    """The meta-analytic figure of each factor, with its source."""
    cards.section(
        "What meta-analyses found",
        "Correlations with outcome over many studies, each factor by itself: closer to 'alone' "
        "than to 'share'.",
    )
    cards.table(published_tables.meta_analyses(), synthetic=False)
