"""The parts of a page that answer what explains outcome."""

import streamlit as st

from analysis.charts import partition as charts
from analysis.charts.theme import LEVEL_LABELS, factor_label
from analysis.report import words
from analysis.report.rounding import common_decimals, percent, percent_interval
from pages._app import cards


def bar(p, outcome: str) -> None:
    """The bar of 100 % with its downloads."""
    name = f"What explains {outcome} ({p.dataset})"
    cards.chart(
        lambda look: charts.partition_bar(p, look), name, words.describe_bar(p, outcome),
        p.synthetic, p.tidy(), figure=lambda look: charts.partition_figure(p, look, name),
    )  # fmt: skip


def shares(p) -> None:
    """Each part from zero with its interval, then the table."""
    truth = " The diamond is the true share, known because the data are synthetic."
    cards.section(
        "Shares of the outcome's variance",
        "Bars: the share. Lines: its 95 % interval." + (truth if p.truth else ""),
    )
    cards.chart(
        lambda look: charts.shares_chart(p, look), "Shares with intervals",
        "Bar chart of the shares in the table below, with their 95 % intervals.", p.synthetic,
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


def levels(p) -> None:
    """What each factor explains of each level's own variance."""
    if not p.levels:
        return
    cards.section(
        "At each level",
        "Each bar is one level's own variance. Coloured: what a factor explains of it. Outlined "
        "grey: the rest. An alliance that goes with outcome between therapists need not do so "
        "between one therapist's patients, and the other way round.",
    )
    rows = [dict(level=s.level, factor=s.factor, share=s.share, low=s.low, high=s.high)
            for s in p.levels]  # fmt: skip
    cards.chart(
        lambda look: charts.levels_chart(p, look), "Shares at each level",
        "Stacked bars of the shares in the table below, one bar a level.", p.synthetic,
    )  # fmt: skip
    places = common_decimals(p.levels)
    shown = [
        {"Level": LEVEL_LABELS.get(s.level, s.level), "Factor": factor_label(s.factor),
         "Share of the level": percent(s.share, decimals=places),
         "95 % interval": percent_interval(s.low, s.high, places)}
        for s in p.levels
    ]  # fmt: skip
    cards.table(rows, "Shares by level", p.synthetic, shown,
                numbers=("Share of the level", "95 % interval"))  # fmt: skip


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
