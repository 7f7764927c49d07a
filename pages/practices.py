"""Building the alliance: which practices go with a better one, and with the outcome through it."""

from functools import partial

import streamlit as st

from analysis.presentation.words.alliance import practice_words as words
from pages._app.alliance import practices_view as view
from pages._app.frame import cached, cards, prologue

chosen, about = prologue.begin(
    "Building the alliance",
    "This page needs a dataset with practices (listening, empathy, …) and an alliance that are "
    "rated in sessions.",
)
asked = view.question(chosen, about)
if asked is None:
    cards.lead(
        "This page needs practices, an alliance and an outcome, all numbers rated in sessions; "
        "this dataset lacks one. The page Dictionary lists what there is."
    )
    st.stop()
found = cards.wait(
    cached.practices_job(asked), 420, retry=partial(cached.practices_job.clear, asked)
)
if found is None:
    st.stop()
truth = about.truth.get("practices", {})
cards.lead(words.lead(found))
cards.facts(words.header_line(found))
cards.cautions(found.messages)
view.slopes(found, about.synthetic, truth)
view.paths(found, about.synthetic, truth)
view.here(found, about.synthetic)
view.groups(found, about.synthetic)
view.elsewhere(found, about.synthetic)
view.way_back(found, about.synthetic)
