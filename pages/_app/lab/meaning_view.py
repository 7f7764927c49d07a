"""What the model says of one predictor: expected outcomes, differences, slopes, regions."""

import streamlit as st

from analysis.presentation.tables.models import lab_tables
from analysis.presentation.words.meaning_words import caption, regions_sentence
from analysis.questions.lab.meaning import predictor_names
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import cached, cards
from pages._app.frame.block import Card


def meaning(question: ModelQuestion, _fit, card: Card) -> None:
    """One predictor, at values of another where one is chosen."""
    names = predictor_names(question.formula)
    if not names:
        st.info("The model has no predictor to ask about.")
        return
    left, right = st.columns(2)
    of = left.selectbox("Predictor", names, key="meaning_of", bind="query-params")
    others = [n for n in names if n != of]
    by = right.selectbox(
        "At values of",
        others,
        index=None,
        placeholder="Averaged over all others",
        key="meaning_by",
        bind="query-params",
    )
    options = (of, by or "")
    found = cards.wait(
        cached.inference_job("meaning", question.key, *options),
        260,
        "Working out what it means",
        retry=lambda: cached.inference_job.clear("meaning", question.key, *options),
    )
    if found is None:
        return
    st.caption(cards.escape(caption(found)))
    card.show(table=lab_tables.meaning(found))
    said = regions_sentence(found)
    if said:
        st.markdown(cards.escape(said))
