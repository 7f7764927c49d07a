"""Two people, one alliance: both ratings beside each other, and what agreement goes with."""

from dataclasses import asdict

import streamlit as st

from analysis.presentation.charts.alliance.surface import surface, surface_text
from analysis.presentation.tables.alliance import alliance_tables as tables
from analysis.questions.alliance.components.result import AllianceQuestion
from analysis.questions.alliance.two.asked import raters_question
from analysis.questions.alliance.two.raters import RatersAnswer
from pages._app.frame import cached, cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

TITLE = "Two people"
READ = (
    "Each square is a place where five sessions or more were rated so by both: to the right the "
    "patient's rating, upwards the therapist's, both about that patient's own means. Blue: a "
    "better outcome. Dashed: both moved alike."
)
HOW = (
    "The therapist's rating less the patient's mean, on the patient's rating less that mean, both "
    "varying by dyad (truth and bias, West & Kenny 2011). The surface: outcome on both ratings, "
    "their squares and product, an intercept for each patient; agreement goes with a better "
    "outcome only where all four conditions hold (Humberg, Nestler & Back 2019)."
)


def two_people(asked: AllianceQuestion, about: cached.About) -> None:
    """Bias, congruence and the surface; what is missing where there is one rater alone."""
    question = raters_question(about.variables, asked)
    if question is None:
        with block(TITLE, about.synthetic):
            st.text(
                "One person rated the alliance in this dataset: how both see it cannot be told. It "
                "takes a rating by the patient and one by the therapist."
            )
        return
    with block(TITLE, about.synthetic, word="Congruence") as card:
        found = cards.wait(cached.raters_job(question), 420, "Comparing both ratings")
        if found is not None:
            _shown(card, found, about)


def _shown(card, found: RatersAnswer, about: cached.About) -> None:
    st.markdown(cards.escape(f"{found.sentence} {found.surface_sentence}"))
    known = about.truth.get("raters")
    if known:
        st.caption(
            f"The truth of these synthetic data: bias {known['bias']:+.2f}, congruence "
            f"{known['congruence']:.2f}.".replace("-", "−")
        )
    for message in found.messages:
        st.markdown(f"- {cards.escape(message)}")
    outcome = about.label(found.outcome)
    fields = [asdict(c) for c in found.cells]
    drawn = Picture(
        lambda look: surface(
            fields, "Patient's rating", "Therapist's rating", outcome, _lower(found), look
        ),
        "Both ratings and the outcome",
        surface_text(fields, f"{outcome} by both ratings") if fields else "",
    )
    card.show(
        drawn if fields else None,
        tables.raters(found, "Both ratings, table"),
        lambda: _how(found),
        READ,
    )


def _how(found: RatersAnswer) -> None:
    from pages._app.frame import tables as html

    st.markdown(cards.escape(HOW))
    if found.surface:
        shape = tables.surface(found, "The surface's shape")
        html.shown(shape)
        for note in shape.notes:
            st.caption(cards.escape(note))


def _lower(found: RatersAnswer) -> bool:
    return bool(found.surface and found.surface.lower_is_better)
