"""The parts of a page that answer what explains outcome."""

import streamlit as st

from analysis.charts import effects as effect_charts
from analysis.charts import partition as charts
from analysis.charts import published
from analysis.charts.theme import LEVEL_LABELS, factor_label
from analysis.report import literature, words
from analysis.report.rounding import (
    common_decimals,
    count,
    estimate,
    p_value,
    percent,
    percent_interval,
    se_decimals,
)
from pages._app import cached, cards


def bar(p, outcome: str) -> None:
    """The bar of 100 % with its downloads."""
    name = f"What explains {outcome} ({p.dataset})"
    cards.chart(
        lambda look: charts.partition_bar(p, look), name, words.describe_bar(p, outcome),
        p.tidy(), p.synthetic, figure=lambda look: charts.partition_figure(p, look, name),
    )  # fmt: skip


def judged() -> None:
    """Published pies: another quantity, in another shape, and said to be so."""
    with st.container(border=True, key="judged"):
        st.markdown("**Another quantity: expert judgement, not variance**")
        st.caption("How much of improvement two reviews *judged* each factor to account for. "
                   "Nothing here was computed from data, so it cannot be compared slice by slice "
                   "with the bar.")  # fmt: skip
        for pie in literature.pies():
            st.markdown(f"{pie.label}")
            st.altair_chart(published.pie_chart(pie, cards.look()), theme=None, width="stretch",
                            alt=published.pie_text(pie), key=f"pie {pie.id}")  # fmt: skip
            source = f"{pie.source} {_doi(pie.doi)}".strip()
            st.caption(f"{cards.escape(source)}. {pie.note}")
        rows = [r for pie in literature.pies() for r in published.pie_rows(pie)]
        cards.table_download(rows, "Expert judgement", synthetic=False)


def shares(p) -> None:
    """Each part from zero with its interval, then the table."""
    truth = " The diamond is the true share, known because the data are synthetic."
    cards.section(
        "Shares of the outcome's variance",
        "Bars: the share. Lines: its 95 % interval." + (truth if p.truth else ""),
    )
    cards.chart(
        lambda look: charts.shares_chart(p, look), "Shares with intervals",
        "Bar chart of the shares in the table below, with their 95 % intervals.",
        p.tidy(), p.synthetic,
    )  # fmt: skip
    parts = [*([p.adjusted_for] if p.adjusted_for else []), *p.blocks, *p.unexplained]
    places = common_decimals(parts)
    cards.table(
        _share_rows(p), "Shares", p.synthetic, shown=_shares_shown(p, places),
        numbers=("Share", "95 % interval", "Alone", "Last", "Truth"),
    )  # fmt: skip
    st.caption("*Alone*: what the factor explains if it enters first. *Last*: what it adds when "
               "all others are in. The share averages over all orders; where alone and last lie "
               "far apart, factors overlap.")  # fmt: skip


def literature_table() -> None:
    """The meta-analytic figure of each factor, with its source."""
    cards.section(
        "What meta-analyses found",
        "Correlations with outcome over many studies, each factor by itself: closer to 'alone' "
        "than to 'share'.",
    )
    found = literature.effects()
    rows = [
        dict(factor=e.factor, what=e.what, r=e.r, low=e.low, high=e.high,
             share_of_variance=e.variance, samples=e.k, patients=e.n_text, source=e.source,
             doi=e.doi)
        for e in found
    ]  # fmt: skip
    shown = [
        {
            "Factor": factor_label(e.factor), "What": e.what, "r": _r_shown(e),
            "Variance": ("< " if e.at_most else "") + percent(e.variance, decimals=1),
            "Samples": count(e.k), "Patients": e.n_text or "–",
            "Source": f"{e.source} {_doi(e.doi)}".strip(),
        }
        for e in found
    ]  # fmt: skip
    cards.table(rows, "What meta-analyses found", False, shown,
                numbers=("Variance", "Samples"))  # fmt: skip


def levels(p) -> None:
    """What is explained and what is not, at each level."""
    if not p.levels:
        return
    cards.section("Shares at each level", "Coloured: explained there by each factor. Outlined "
                  "grey: not explained there.")  # fmt: skip
    rows = [dict(level=s.level, factor=s.factor, share=s.share, low=s.low, high=s.high)
            for s in p.levels]  # fmt: skip
    cards.chart(lambda look: charts.levels_chart(p, look), "Shares at each level",
                "Stacked bars of the shares in the table below, one bar a level.",
                rows, p.synthetic)  # fmt: skip
    places = common_decimals(p.levels)
    shown = [
        {"Level": LEVEL_LABELS.get(s.level, s.level), "Factor": factor_label(s.factor),
         "Share": percent(s.share, decimals=places),
         "95 % interval": percent_interval(s.low, s.high, places)}
        for s in p.levels
    ]  # fmt: skip
    with st.expander("Table"):
        cards.table(rows, "Shares by level", p.synthetic, shown,
                    numbers=("Share", "95 % interval"))  # fmt: skip


def effects(p, about: cached.About) -> None:
    """The coefficients: forest plot and table."""
    cards.section(
        "Effects",
        "Change in the outcome for one unit more of the predictor, with all others in the model. "
        "Intervals use Satterthwaite's degrees of freedom.",
    )
    plotted = [_effect_row(f, about) for f in p.fit.fixed if f.term != "(Intercept)"]
    if plotted:
        cards.chart(lambda look: effect_charts.forest(plotted, "Estimate", look), "Effects",
                    effect_charts.forest_text(plotted), p.fit.tidy(), p.synthetic)  # fmt: skip
    shown = [
        {"Term": f.term, "Estimate": estimate(f.estimate, f.se),
         "SE": estimate(f.se, f.se), "df": "–" if f.df is None else f"{f.df:,.0f}",
         "p": p_value(f.p), "95 % interval": _interval(f)}
        for f in p.fit.fixed
    ]  # fmt: skip
    with st.expander("Table"):
        cards.table(p.fit.tidy(), "Effects table", p.synthetic, shown,
                    numbers=("Estimate", "SE", "df", "p", "95 % interval"))  # fmt: skip


def _share_rows(p) -> list[dict]:
    truth = p.truth or {}
    return [
        row | ({"truth": truth.get(row["name"])} if p.truth else {})
        for row in p.tidy()
    ]  # fmt: skip


def _shares_shown(p, places: int) -> list[dict]:
    shown = []
    for row in _share_rows(p):
        line = {
            "Part": _part_name(row), "Share": percent(row["share"], decimals=places),
            "95 % interval": percent_interval(row["low"], row["high"], places),
            "Alone": percent(row["alone"], decimals=places),
            "Last": percent(row["last"], decimals=places),
        }  # fmt: skip
        if p.truth:
            line["Truth"] = percent(row["truth"], decimals=places)
        shown.append(line)
    return shown


def _part_name(row: dict) -> str:
    if row["kind"] == "adjusted":
        return f"Adjusted for: {row['name']}"
    if row["kind"] == "unexplained":
        return f"Unexplained: {LEVEL_LABELS.get(row['name'], row['name']).lower()}"
    return factor_label(row["name"])


def _effect_row(f, about: cached.About) -> dict:
    return dict(term=f.term, factor=about.factor(f.term), estimate=f.estimate, low=f.low,
                high=f.high, shown=f"{estimate(f.estimate, f.se)} ({_interval(f)})")  # fmt: skip


def _interval(f) -> str:
    places = se_decimals(f.se)
    return f"{estimate(f.low, decimals=places)} to {estimate(f.high, decimals=places)}"


def _r_shown(e) -> str:
    if e.r is None:
        return "–"
    plain = lambda r: f"{r:.3f}".rstrip("0").replace("0.", ".", 1)  # noqa: E731
    return plain(e.r) + ("" if e.low is None else f" [{plain(e.low)}, {plain(e.high)}]")


def _doi(doi: str) -> str:
    return f"doi {doi}" if doi else ""
