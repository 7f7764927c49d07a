"""What explains outcome: the partition of the outcome's variance, the product's main job."""

import streamlit as st

from pages._app import (
    cached,
    cards,
    checks_view,
    effects_view,
    partition_view,
    published_view,
    scope,
)

chosen = scope.current()
cards.title("What explains outcome", synthetic=scope.is_synthetic())
if chosen is None:
    cards.needs_data("This page needs a dataset with an outcome, rated in sessions, and at least "
                     "one factor that could explain it.")  # fmt: skip
    st.stop()
about = cached.about(chosen.dataset, chosen.version)
if not scope.answerable(chosen, about):
    st.stop()
outcome = about.label(chosen.outcome)
p = cards.wait(
    cached.partition_job(chosen.version, chosen), 420,
    retry=lambda: cached.partition_job.clear(chosen.version, chosen),
)  # fmt: skip
if p is None:
    st.stop()

cards.lead(partition_view.words.answer(p, outcome))
scope.summary(chosen, outcome)
left, right = st.columns([7, 3], gap="large")
with left:
    partition_view.bar(p, outcome)
    partition_view.shares(p)
with right:
    published_view.judged()
published_view.meta_analyses()
partition_view.levels(p)
effects_view.effects(p, about, outcome)
checks_view.checks(p)
checks_view.in_words(p, outcome)
checks_view.how(p, chosen)
