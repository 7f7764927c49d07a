"""Progress: open treatments, early and honestly: who is worth a talk, and how sure that is."""

import streamlit as st

from analysis.presentation.words import progress_words as words
from pages._app.frame import cached, cards, door, prologue, sidebar
from pages._app.progress import open_view, signals_view

if not door.settings().progress:
    cards.title("Progress", synthetic=sidebar.is_synthetic())
    cards.lead("This page shows single treatments. It is switched off here.")
    st.info(
        "Whoever runs Rapport for several people decides who sees single treatments: "
        "RAPPORT_PROGRESS=show switches the page on."
    )
    st.stop()
chosen, about = prologue.begin(
    "Progress",
    "This page needs a dataset with scores of finished and of open treatments.",
    outcome=True,
)
question = open_view.question_widgets(chosen, about)
found = cards.wait(cached.progress_job(chosen.version, question), 420)
if found is None:
    st.stop()
cards.lead(words.answer(found))
cards.facts(words.header_line(found))
cards.cautions(words.cautions(found))
treatment = open_view.open_treatments(found)
if treatment is not None:
    open_view.one_treatment(found, treatment)
with st.grid(min_column_width=cards.HALF, gap="small", key="signals and bands"):
    signals_view.how_good(found)
    signals_view.bands(found)
with st.grid(min_column_width=cards.HALF, gap="small", key="chances"):
    signals_view.calibration(found)
signals_view.everybody(found)
signals_view.elsewhere(found, question)
