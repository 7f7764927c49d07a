"""Published figures beside a dataset's own: another quantity, and said to be so."""

from functools import partial

import streamlit as st

from analysis.presentation.charts import published
from analysis.presentation.words import literature
from analysis.presentation.words.labels import factor_label
from analysis.presentation.words.rounding import count, percent
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
            source = f"{pie.source} {_doi(pie.doi)}".strip()
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
    found = literature.effects()
    rows = [
        dict(
            factor=e.factor,
            what=e.what,
            r=e.r,
            low=e.low,
            high=e.high,
            share_of_variance=e.variance,
            samples=e.k,
            patients=e.n_text,
            source=e.source,
            doi=e.doi,
        )
        for e in found
    ]
    shown = [
        {
            "Factor": factor_label(e.factor),
            "What": e.what,
            "r": _r_shown(e),
            "Variance": ("< " if e.at_most else "") + percent(e.variance, decimals=1),
            "Samples": count(e.k),
            "Patients": e.n_text or "–",
            "Source": f"{e.source} {_doi(e.doi)}".strip(),
        }
        for e in found
    ]
    cards.table(rows, "What meta-analyses found", False, shown, numbers=("Variance", "Samples"))


def _r_shown(e) -> str:
    if e.r is None:
        return "–"
    plain = lambda r: f"{r:.3f}".rstrip("0").replace("0.", ".", 1)  # noqa: E731
    return plain(e.r) + ("" if e.low is None else f"\u00a0[{plain(e.low)},\u00a0{plain(e.high)}]")


def _doi(doi: str) -> str:
    return f"doi {doi}" if doi else ""
