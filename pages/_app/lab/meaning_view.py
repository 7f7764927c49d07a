"""What the model says of one predictor: predictions, expected outcomes, differences, slopes."""

import streamlit as st

from analysis.presentation.charts.lab import group_lines as lines
from analysis.presentation.charts.lab import predictions as charts
from analysis.presentation.tables.models import lab_tables
from analysis.presentation.words.meaning_words import caption, picture_caption, regions_sentence
from analysis.questions.lab.meaning import has_slopes, predictor_names
from analysis.questions.lab.question import ModelQuestion
from pages._app.frame import cached, cards
from pages._app.frame.block import Card
from pages._app.frame.menu import Picture


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
    found = _asked("meaning", "Working out what it means", question, options)
    drawn = None if found is None else _asked("predictions", "Predicting", question, options)
    if found is None or drawn is None:
        return
    st.caption(cards.escape(caption(found)))
    outcome = question.formula.split("~")[0].strip()
    title = f"Chance of {outcome}" if question.logistic else outcome
    picture = Picture(
        lambda look: charts.predictions(drawn, of, title, look),
        f"Predicted along {of}",
        charts.predictions_text(drawn),
    )
    card.show(picture, lab_tables.meaning(found), note=picture_caption(drawn))
    said = regions_sentence(found)
    if said:
        st.markdown(cards.escape(said))
    if has_slopes(question, of):
        _single_groups(question, of, outcome)


def _single_groups(question: ModelQuestion, of: str, outcome: str) -> None:
    """Lines of single groups, where the slope differs between them."""
    options = (of,)
    found = cards.wait(
        cached.inference_job("group_lines", question.of_estimates, *options),
        260,
        "Predicting single groups",
        retry=lambda: cached.inference_job.clear("group_lines", question.of_estimates, *options),
    )
    if found is None:
        return
    cards.picture(
        lambda look: lines.group_lines(found, outcome, look),
        lines.group_lines_text(found),
        "single groups",
    )
    st.caption(
        cards.escape(
            f"{len(found.lines)} of {found.groups:,} groups of {found.group}, without names, from "
            "the lowest slope to the highest; dashed: the average."
        )
    )


def _asked(what: str, doing: str, question: ModelQuestion, options: tuple[str, str]):
    return cards.wait(
        cached.inference_job(what, question.key, *options),
        260,
        doing,
        retry=lambda: cached.inference_job.clear(what, question.key, *options),
    )
