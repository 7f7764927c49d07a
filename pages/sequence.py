"""Which comes first: alliance moves later symptoms, symptoms move later alliance, both, neither."""

from functools import partial

import streamlit as st

from analysis.presentation.words.alliance import sequence_words as words
from pages._app.alliance import sequence_view as view
from pages._app.alliance.choices import asked_or_stop
from pages._app.frame import cached, cards, prologue

chosen, about = prologue.begin(
    "Which comes first",
    "This page needs a dataset with an alliance and an outcome that are both rated in "
    "sessions: at least three sessions of the same patients.",
)
top = st.container()
asked = asked_or_stop(view.question(chosen, about))
found = cards.wait(cached.sequence_job(asked), 420, retry=partial(cached.sequence_job.clear, asked))
if found is None:
    st.stop()
cards.lead(found.sentence)
cards.facts(words.header_line(found, about.label(asked.symptoms), "alliance"))
cards.cautions(
    (
        *words.direction(about.label(asked.symptoms), about.higher_is(asked.symptoms)),
        *words.ordered(found.messages),
    )
)
view.lags(found, about.synthetic, about.truth.get("sequence", {}))
view.later(found, about.synthetic)
view.certainty(found, about.synthetic)
view.centred(found, about.synthetic)
view.fit(found, about.synthetic, words.command(asked))
