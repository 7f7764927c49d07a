"""Home: the dataset in one screen: who, how much, how complete, and the headline partition."""

import streamlit as st

from analysis.presentation.words import partition_words
from pages._app.data import overview_view
from pages._app.explains import partition_view
from pages._app.frame import cached, cards, sidebar

chosen = sidebar.current()
if chosen is None:
    cards.title("Rapport")
    cards.needs_data(
        "Rapport tells you what explains the success of psychotherapy in your own "
        "data: it needs a dataset to begin with."
    )
    st.stop()
about = cached.about(chosen.dataset, chosen.version)
seen = cached.dataset_overview(chosen.dataset, chosen.version, chosen.outcome)
outcome = about.label(chosen.outcome)

cards.title(chosen.dataset, synthetic=about.synthetic)
cards.lead(overview_view.sentence(seen, outcome))
overview_view.numbers(seen, outcome)
cards.section("What explains outcome")
if sidebar.answerable(chosen, about):
    job = cached.partition_job(chosen.version, chosen)
    p = cards.wait(job, 260, retry=lambda: cached.partition_job.clear(chosen.version, chosen))
    if p is not None:
        st.markdown(cards.escape(partition_words.answer(p, outcome)))
        partition_view.bar(p, outcome)
        cards.go_to("explains", "All about this answer: intervals, levels, effects, checks")
overview_view.lengths(seen, about.synthetic)
