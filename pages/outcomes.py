"""Outcomes: what a director reports: rates, effect sizes, endings, trends, completeness."""

import streamlit as st

from analysis.presentation.words import outcome_words as words
from pages._app.frame import cached, cards, prologue
from pages._app.outcomes import endings_view, outcome_scope, outcomes_method_view, outcomes_view

MOVED = 615  # pixels: the card of effect sizes
chosen, about = prologue.begin(
    "Outcomes", "This page needs a dataset with an outcome that is rated in sessions.", outcome=True
)
top = st.container()
asked = outcome_scope.outcome_widgets(chosen, about)
found = cached.outcomes(chosen.version, asked.question)
with top:
    cards.lead(words.answer(found, asked.outcome))
cards.facts(words.header_line(found, asked.outcome))
cards.cautions(f"{message}." for message in found.messages)
groups = ()
measured = found.all.counts["measured"]
if measured and found.metrics:
    with st.grid(min_column_width=cards.HALF, gap="small", key="at first sight"):
        outcomes_view.rates(found, asked.outcome, about.variables)
        outcomes_view.over_time(found)
if found.all.counts["episodes"]:
    labels = {v.name: v.label or v.name for v in about.variables}
    with st.grid(min_column_width=cards.HALF, gap="small", key="beside"):
        with st.container(gap="small"):  # shorter than the card beside it
            if measured and found.metrics:
                groups = outcomes_view.by_group(found, asked.outcome, labels)
            endings_view.waits(found, labels)
        endings_view.endings(found, labels, groups)
    with st.container(horizontal=True, gap="small"):
        if measured:
            with st.container(width=MOVED):
                outcomes_view.effect_sizes(found, asked.outcome)
        with st.container():
            endings_view.missing(found, labels)
outcomes_method_view.how(found, asked, about)
