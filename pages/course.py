"""From the first contact: ruptures and repairs, early and late, when the alliance works."""

from functools import partial

import streamlit as st

from analysis.presentation.words.alliance import course_words as words
from pages._app.alliance import course_view as view
from pages._app.alliance import gains_view
from pages._app.alliance.choices import asked_or_stop
from pages._app.frame import cached, cards, prologue

chosen, about = prologue.begin(
    "From the first contact",
    "This page needs a dataset with an alliance that is rated in sessions.",
)
asked = asked_or_stop(view.question(chosen, about))
found = cards.wait(cached.course_job(asked), 420, retry=partial(cached.course_job.clear, asked))
if found is None:
    st.stop()
cards.lead(words.lead(found))
cards.facts(words.header_line(found))
cards.cautions(found.messages)
view.ruptures(found, about.synthetic, about.truth.get("ruptures", {}))
with st.grid(min_column_width=cards.HALF, gap="small", key="over the course"):
    view.effect(found, about.synthetic)
    view.phases(found, about.synthetic)
view.response(found, about.synthetic)
gains_view.gains(found, about.synthetic)
view.way_back(found, about.synthetic)
