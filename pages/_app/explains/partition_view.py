"""The parts of a page that answer what explains outcome."""

import streamlit as st

from analysis.presentation.charts.partition import partition as charts
from analysis.presentation.charts.partition.partition_levels import levels_chart
from analysis.presentation.charts.partition.time_order import time_order_chart
from analysis.presentation.tables import partition_tables
from analysis.presentation.words import order_words
from analysis.presentation.words.partition import latent_words, partition_phrases, partition_words
from pages._app.frame import cards, tables
from pages._app.frame.block import Card, block
from pages._app.frame.menu import Picture

HOW = (
    "Shares are Shapley values of explained variance: what each factor adds, averaged over all "
    "orders in which the factors can enter one mixed model, corrected for what chance alone would "
    "add."
)


def bar(p, outcome: str) -> None:
    """The bar of 100 %, each share from zero with its interval, and the table."""
    name = f"What explains {outcome} ({p.dataset})"
    whole, each = _whole(p, outcome, name), _each(p)
    table = partition_tables.shares(p)
    truth = " The diamond is the true share, known because the data are synthetic."
    with block(f"Shares of {partition_phrases.whole(p)}", p.synthetic, word="Share") as card:
        picture, shares, figures, how = st.tabs(
            ["Picture", "Each share", "Table", "How"], key="tabs partition"
        )
        with picture:
            cards.picture(whole.build, whole.alt, "chart whole")
        with shares:
            cards.picture(each.build, each.alt, "chart each")
            st.caption("Bars: the share. Lines: its 95 % interval." + (truth if p.truth else ""))
        with figures:
            tables.shown(table)
            st.caption(cards.escape(partition_tables.ALONE_AND_LAST))
        with how:
            st.markdown(HOW)
        card.take(table, whole)


def headline_bar(p, outcome: str, card: Card) -> None:
    """The bar alone, for a page that is about more."""
    whole = _whole(p, outcome, f"What explains {outcome} ({p.dataset})")
    cards.picture(whole.build, whole.alt, "chart headline")
    card.take(partition_tables.shares(p), whole)


def time_order(p, about) -> None:
    """When is what, in a picture and a line each."""
    said = order_words.time_order(p, about.labelled)
    if not said:
        return
    with block("Time order", p.synthetic):
        if p.landmark:
            cards.picture(lambda look: time_order_chart(p, look), " ".join(said), "chart time")
        for line in said:
            st.caption(cards.escape(line))
        if cannot := order_words.cannot_tell(p):
            st.markdown(cards.escape(cannot))
            cards.go_to("sequence", "Which comes first", "swap_horiz")


def levels(p) -> None:
    """What each factor explains of each level's own variance."""
    if not p.levels:
        return
    with block("At each level", p.synthetic, word="Level") as card:
        card.show(
            Picture(
                lambda look: levels_chart(p, look),
                "Shares at each level",
                "Stacked bars of the shares in the table behind it, one bar a level.",
            ),
            partition_tables.levels(p),
            "An alliance that goes with outcome between therapists need not do so between one "
            "therapist's patients, and the other way round.",
            "Each bar is one level's own variance. Coloured: what a factor explains of it. "
            "Outlined grey: the rest.",
        )
        corrected = latent_words.corrected_sentence(p)
        if corrected:
            st.caption(cards.escape(corrected))
        effects = partition_tables.effects(p)
        if effects:
            with st.expander(
                "Effects at each level, as measured and corrected", key="more: effects by level"
            ):
                tables.shown(effects)
                st.caption(cards.escape(partition_tables.EFFECTS_NOTE))


def _each(p) -> Picture:
    return Picture(
        lambda look: charts.shares_chart(p, look),
        "Shares with intervals",
        "Bar chart of the shares in the table, with their 95 % intervals.",
    )


def _whole(p, outcome: str, name: str) -> Picture:
    return Picture(
        lambda look: charts.partition_bar(p, look),
        name,
        partition_words.describe_bar(p, outcome),
        lambda look: charts.partition_figure(p, look, name),
    )
