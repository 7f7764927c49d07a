"""The parts of a page that say who and how much a dataset holds."""

import streamlit as st

from analysis.presentation.charts.counts import sessions_histogram
from analysis.presentation.tables.data import data_tables
from analysis.presentation.words.rounding import NONE, count, counted, percent
from pages._app.frame import cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture


def sentence(seen, outcome: str) -> str:
    """'3,000 treatments of 2,900 patients by 150 therapists in 20 clinics, …'"""
    when = ""
    if seen.first_date and seen.last_date:
        when = f", from {_month(seen.first_date)} to {_month(seen.last_date)}"
    filled = ""
    if seen.last_filled is not None:
        filled = f"; {percent(seen.last_filled)} of them end with {outcome} on record"
    clinics = counted(seen.clinics, "clinic")
    return (
        f"{counted(seen.episodes, 'treatment')} of {counted(seen.patients, 'patient')} by "
        f"{counted(seen.therapists, 'therapist')} in {clinics}{when}{filled}."
    )


def dataset(seen, outcome: str, name: str, synthetic: bool) -> None:
    """What the chosen dataset holds, the demo named as what it is."""
    made = " It is made by a program with known truth: no patient is in it." if synthetic else ""
    with block(f"The dataset {name}", synthetic, sentence(seen, outcome) + made):
        _numbers(seen, outcome)


def _numbers(seen, outcome: str) -> None:
    cells = [
        ("Clinics", count(seen.clinics)),
        ("Therapists", count(seen.therapists)),
        ("Patients", count(seen.patients)),
        ("Treatments", count(seen.episodes)),
        ("Sessions", count(seen.sessions)),
        (
            "Sessions in a treatment",
            f"{seen.median_sessions} (median)" if seen.median_sessions else NONE,
        ),
        ("Outcome at first session", percent(seen.first_filled)),
        ("Outcome at last session", percent(seen.last_filled)),
        ("Outcome in all sessions", percent(seen.outcome_filled)),
    ]
    with st.grid(min_column_width=150, gap="small", key="counts"):
        for label, value in cells:
            st.metric(label, value)
    if seen.outcome:
        st.caption(f"Outcome: {cards.escape(outcome)}. Percentages say how many forms are filled.")


def lengths(seen, synthetic: bool) -> None:
    """How long treatments last."""
    if not seen.sessions_in_episode:
        return
    with block("How long treatments last", synthetic) as card:
        card.show(
            Picture(
                lambda look: sessions_histogram(seen.sessions_in_episode, look),
                "Sessions in a treatment",
                f"Histogram of sessions in a treatment; the median is {seen.median_sessions}.",
            ),
            data_tables.session_counts(seen.sessions_in_episode),
        )


def _month(day) -> str:
    return f"{day:%B %Y}"
