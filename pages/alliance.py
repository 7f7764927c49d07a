"""Alliance: bond, goal and task; within and between; both who rate it; what others found."""

from functools import partial

import streamlit as st

from analysis.presentation.words.alliance import alliance_words as words
from pages._app.alliance import made_of_view as view
from pages._app.alliance import two_people_view
from pages._app.alliance.choices import asked_or_stop
from pages._app.frame import cached, cards, prologue

chosen, about = prologue.begin(
    "Alliance", "This page needs a dataset with an alliance that is rated in sessions."
)
asked = asked_or_stop(view.question(chosen, about))
found = cards.wait(cached.alliance_job(asked), 420, retry=partial(cached.alliance_job.clear, asked))
if found is None:
    st.stop()
cards.lead(words.lead(found, found.outcome.label))
cards.facts(words.header_line(found))
cards.cautions(found.messages)
view.levels(found, about.synthetic, about.truth.get("levels", {}))
view.components(found, about.synthetic)
two_people_view.two_people(asked, about)
with st.grid(min_column_width=cards.HALF, gap="small", key="course and size"):
    view.course(found, about.synthetic)
    view.needed(found, about.synthetic)
view.trust(found, about.synthetic)
view.elsewhere(found, about.synthetic)
view.way_back(found, about.synthetic)
