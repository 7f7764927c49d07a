"""Home: the dataset in one screen: who, how much, how complete, and the headline partition."""

from functools import partial

import streamlit as st

from analysis.presentation.words.partition import partition_words
from pages._app.data import home_view, overview_view
from pages._app.explains import partition_view
from pages._app.frame import asking, cached, cards, sidebar
from pages._app.frame.block import block

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

cards.title("Rapport", synthetic=about.synthetic)
cards.lead(home_view.WHAT_IT_IS)
home_view.doors()
overview_view.dataset(seen, outcome, chosen.dataset, about.synthetic)
with block("What explains outcome", about.synthetic) as card:
    short = sidebar.answerable(chosen, about) and asking.may_start(
        chosen, cached.partition_seconds(chosen)
    )
    if short:
        job = cached.partition_job(chosen.version, chosen)
        p = cards.wait(job, 330, retry=partial(cached.partition_job.clear, chosen.version, chosen))
        if p is not None:
            st.markdown(cards.escape(partition_words.answer(p, outcome)))
            partition_view.headline_bar(p, outcome, card)
            cards.go_to("explains", "All about this answer: intervals, levels, effects, checks")
overview_view.lengths(seen, about.synthetic)
