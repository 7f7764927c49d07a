"""What else can be asked of a fitted formula: verdicts of the checks, and R2 in full."""

import streamlit as st

from analysis.presentation.tables import lab_tables
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import cached, cards


def examination(question: ModelQuestion, synthetic: bool) -> None:
    """Diagnostics with a verdict each, the outcome's variance by source and level, part R2."""
    asked = question.of_estimates
    cards.section("Is the model right?", "Each check with its verdict and what follows from it.")
    found = cards.wait(
        cached.examine_job(asked),
        300,
        "Examining the model",
        retry=lambda: cached.examine_job.clear(asked),
    )
    if found is None:
        return
    cards.table(lab_tables.diagnostics(found), synthetic)
    for message in found.messages:
        st.caption(cards.escape(message))
    cards.section(
        "Where the variance lies",
        "Shares of the variance that the model implies, by source and level, with 95 % intervals "
        "(Rights & Sterba 2019).",
    )
    _shares(found.r2.tidy(), "R2 by source and level", synthetic)
    cards.section(
        "What each predictor adds",
        "Part R²: what is lost without it; alone: what it explains by itself; structure: its "
        "correlation with the whole prediction (Stoffel, Nakagawa & Schielzeth 2021).",
    )
    _shares(found.parts.tidy(), "Part R2", synthetic)


def _shares(rows: list[dict], name: str, synthetic: bool) -> None:
    with st.expander(f"Table: {name}"):
        cards.table(lab_tables.variance_shares(rows, name), synthetic)
