"""Clinics and therapists: at equal case-mix, with intervals, and never as a ranking."""

import streamlit as st

from analysis.presentation.words import clinic_words as words
from pages._app.clinics import clinics_view, unit_rates_view
from pages._app.frame import cached, cards, door, heights, prologue
from pages._app.outcomes import outcome_scope

CARD = 620  # pixels of the card of twenty units
chosen, about = prologue.begin(
    "Clinics and therapists",
    "This page needs a dataset with an outcome that is rated in sessions, and "
    "clinics or therapists to set side by side.",
    outcome=True,
)
top = st.container()
asked = outcome_scope.outcome_widgets(chosen, about)
level, fewest, case_mix = clinics_view.widgets(about)
named = door.settings().therapist_names
key = (chosen.version, asked.question, level, case_mix, fewest, named)
with st.container(key=heights.key(CARD, "scores")):
    found = cards.wait(
        cached.adjusted_job(*key),
        CARD - 60,
        "Fitting the model",
        retry=lambda: cached.adjusted_job.clear(*key),
    )
    if found is not None:
        with top:
            cards.lead(words.answer(found, asked.outcome))
        cards.facts(words.header_line(found, asked.outcome))
        cards.cautions(f"{message}." for message in found.messages)
        clinics_view.scores(found, asked.outcome, about.synthetic)
rates = cached.groups(chosen.version, asked.question, level)
unit_rates_view.rates(asked, level, fewest, case_mix, rates)
clinics_view.how(found, asked, level, about.synthetic)
