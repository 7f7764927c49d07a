"""What else can be asked of a fitted formula: verdicts of the checks, and R2 in full."""

import streamlit as st

from analysis.presentation.words.rounding import estimate, percent, percent_interval
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import cached, cards

GRADES = {"fine": "fine", "note": "look", "problem": "problem"}


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
    shown = [
        {"Check": r["check"].capitalize(), "Grade": GRADES[r["grade"]], "Verdict": r["sentence"]}
        for r in found.tidy()
    ]
    cards.table(found.tidy(), "Diagnostics", synthetic, shown)
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
    shown = [
        {
            "Of": r["group"] or "all",
            "What": r["term"],
            "Share": _share(r),
            "95 % interval": _interval(r),
        }
        for r in rows
    ]
    with st.expander(f"Table: {name}"):
        cards.table(rows, name, synthetic, shown, numbers=("Share",))


def _share(row: dict) -> str:
    if row["group"] == "structure":
        return estimate(row["estimate"], decimals=2)
    return percent(row["estimate"], decimals=1)


def _interval(row: dict) -> str:
    if row["low"] is None:
        return "–"
    if row["group"] == "structure":
        return f"{estimate(row['low'], decimals=2)} to {estimate(row['high'], decimals=2)}"
    return percent_interval(row["low"], row["high"], decimals=1)
