"""Sudden gains on a page, and the alliance around them."""

import streamlit as st

from analysis.presentation.charts.alliance.lines import lines, lines_text
from analysis.presentation.charts.theme import axis_title
from analysis.presentation.tables.alliance import course_tables as tables
from analysis.presentation.words.rounding import estimate
from analysis.questions.alliance.course.gains import GainsQuestion
from analysis.questions.alliance.course.result import CourseAnswer
from pages._app.frame import cached, cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

ABOUT_MEAN = axis_title("Alliance about own mean", "(↑ better)")
HOW = (
    "Between two sessions in a row: a drop of the cut-off or more, of a quarter of the score "
    "before, and a mean of the three scores after that lies below that of the three before by "
    "more than chance (Tang & DeRubeis 1999). Lost: half of it given back at any later session."
)
READ = (
    "The alliance about the patient's own mean, from two sessions before the last score before a "
    "gain to three after. A rise before it speaks for the alliance coming first, one after it for "
    "its following."
)


def gains(answer: CourseAnswer, synthetic: bool) -> None:
    """How many, how large, how many lost again, and the alliance around them."""
    with block("Sudden gains and the alliance around them", synthetic) as card:
        if answer.outcome.higher_is == "better":
            st.text("Sudden gains are told of an outcome in which a higher score is worse.")
            return
        usual = answer.response.criterion if answer.response else 5.0
        cut_off = st.number_input(
            "Cut-off, points",
            0.5,
            1000.0,
            round(float(usual), 1),
            key="gain",
            bind="query-params",
            width=200,
        )
        asked = answer.question
        question = GainsQuestion(
            asked.dataset, asked.outcome, cut_off, asked.alliance, asked.version, asked.store
        )
        found = cards.wait(cached.gains_job(question), 200, "Looking for sudden gains")
        if found is None:
            return
        # The answer names its variable by the key that the command was given.
        named = found.sentence.replace(f" in {asked.outcome};", f" in {answer.outcome.label};")
        st.markdown(cards.escape(named))
        rows = [
            dict(x=a.offset, kind="alliance", value=a.mean, low=None, high=None,
                 shown=estimate(a.mean, decimals=2))
            for a in found.around
            if a.mean is not None
        ]  # fmt: skip
        drawn = Picture(
            lambda look: lines(
                rows, "Sessions from the last one before a gain", ABOUT_MEAN, look, True, 210
            ),
            "The alliance around sudden gains",
            lines_text(rows, "Alliance less the own mean") if rows else "",
        )
        if not found.gains:
            return
        card.show(
            drawn if rows else None,
            tables.around(found, "The alliance around sudden gains, table"),
            HOW,
            READ,
        )
