"""What explains outcome: the partition of the outcome's variance, the product's main job."""

from functools import partial

import streamlit as st

from analysis.presentation.words.partition import (
    partition_cautions,
    partition_phrases,
    partition_words,
)
from pages._app.explains import (
    checks_view,
    effects_view,
    missing_view,
    partition_view,
    published_view,
)
from pages._app.frame import asking, cached, cards, prologue, sidebar

chosen, about = prologue.begin(
    "What explains outcome",
    "This page needs a dataset with an outcome, rated in sessions, and at least "
    "one factor that could explain it.",
)
if not sidebar.answerable(chosen, about):
    st.stop()
outcome = about.label(chosen.outcome)
if not asking.may_start(chosen, cached.partition_seconds(chosen)):
    st.stop()
p = cards.wait(
    cached.partition_job(chosen.version, chosen),
    420,
    retry=partial(cached.partition_job.clear, chosen.version, chosen),
)
if p is None:
    st.stop()

cards.lead(partition_words.answer(p, outcome))
sidebar.summary(chosen, outcome, partition_phrases.counted(p))
cards.cautions(partition_cautions.cautions(p))
if p.question == "next":  # within patients is this question's answer
    partition_view.levels(p)
    partition_view.time_order(p, about)
    partition_view.bar(p, outcome)
else:
    partition_view.bar(p, outcome)
    partition_view.time_order(p, about)
    partition_view.levels(p)
effects_view.effects(p, about, outcome)
missing_view.missing(p, chosen)
published_view.elsewhere()
checks_view.trust(p, chosen, outcome)
