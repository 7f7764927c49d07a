"""What else can be asked of a fitted formula: verdicts of the checks, and R2 in full."""

from dataclasses import replace

import streamlit as st

from analysis.presentation.charts.lab.check_pictures import pictures_of
from analysis.presentation.tables.models import lab_tables
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import cached, cards, tables
from pages._app.frame.block import block

PARTS = "Shares of the variance that the model implies, with 95 % intervals."
PLAIN = (
    "The checks are those of the model with independent residuals of one SD: they say why to "
    "choose others."
)
BY_LEVEL = "By source and level (Rights & Sterba 2019)."
BY_PREDICTOR = (
    "Part R²: what is lost without it; alone: what it explains by itself; structure: its "
    "correlation with the whole prediction (Stoffel, Nakagawa & Schielzeth 2021)."
)


def examination(question: ModelQuestion, synthetic: bool) -> None:
    """Diagnostics with a verdict each, the outcome's variance by source and level, part R2."""
    asked = replace(question.of_estimates, serial="", spread="")
    with block("Is the model right?", synthetic) as card:
        found = cards.wait(
            cached.examine_job(asked),
            300,
            "Examining the model",
            retry=lambda: cached.examine_job.clear(asked),
        )
        if found is None:
            return
        every = lab_tables.diagnostics(found)
        first = lab_tables.findings(found)
        if question.serial or question.spread:
            st.caption(PLAIN)
        st.markdown(cards.escape(lab_tables.tally(found)))
        heads = ["To look at"] * bool(first.rows) + ["All checks", "Pictures"]
        *look, everything, drawn = st.tabs(heads, key="tabs examination")
        if look:
            with look[0]:
                tables.shown(first)
        with everything:
            tables.shown(every)
        with drawn:
            _pictures(found)
        card.take(every)
        for message in found.messages:
            st.caption(cards.escape(message))
    with block("Where the variance lies", synthetic, PARTS, "R²") as card:
        parts, r2 = st.tabs(["By predictor", "By source and level"], key="tabs explained")
        by_level = lab_tables.variance_shares(found.r2.tidy(), "R2 by source and level")
        with r2:
            tables.shown(by_level)
            st.caption(cards.escape(BY_LEVEL))
        with parts:
            tables.shown(lab_tables.variance_shares(found.parts.tidy(), "Part R2"))
            st.caption(cards.escape(BY_PREDICTOR))
        card.take(by_level)


def _pictures(found) -> None:
    """Residuals, quantiles and influence beside each other, each under its name."""
    with st.grid(min_column_width=cards.HALF, gap="small", key="check pictures"):
        for k, (title, said, build) in enumerate(pictures_of(found)):
            with st.container():
                st.markdown(f"**{cards.escape(title)}**")
                cards.picture(build, said, f"check picture {k}")
                st.caption(cards.escape(said.split(". ", 1)[-1]))
