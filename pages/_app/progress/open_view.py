"""Which treatments are open, and one of them with its expected course."""

from functools import partial

import streamlit as st

from analysis.presentation.charts import courses as charts
from analysis.presentation.tables import progress_tables as tables
from analysis.presentation.words import progress_words as words
from analysis.questions.progress.answer import Progress
from analysis.questions.progress.judging import VERDICTS, OpenTreatment, course_of
from analysis.questions.progress.question import ProgressQuestion
from analysis.questions.scope import Scope
from pages._app.frame import cached, cards
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

SHARES = (0.05, 0.1, 0.15, 0.2, 0.3)


def question_widgets(chosen: Scope, about: cached.About) -> ProgressQuestion:
    """Outcome and share flagged, bound to the address bar."""
    with st.container(horizontal=True, gap="medium"):
        names = [v.name for v in about.outcomes]
        outcome = st.selectbox(
            "Outcome",
            names,
            index=names.index(about.main_outcome) if about.main_outcome in names else 0,
            format_func=about.label,
            key="progress_outcome",
            bind="query-params",
        )
        share = st.select_slider(
            "Share of treatments flagged",
            SHARES,
            value=0.15,
            format_func=lambda s: f"{100 * s:.0f} %",
            key="flagged",
            bind="query-params",
            help="More flags find more treatments that end badly, and are wrong more often.",
        )
    return ProgressQuestion(
        chosen.dataset, chosen.version, outcome=outcome, share=share, store=chosen.store
    )


def open_treatments(found: Progress) -> OpenTreatment | None:
    """The list, those most worth a talk first; returns the one that was chosen."""
    if not found.open:
        return None
    with block("Open treatments", found.synthetic, words.EVIDENCE) as card:
        verdict = st.segmented_control(
            "Show",
            VERDICTS,
            key="verdict",
            label_visibility="collapsed",
            format_func=str.capitalize,
        )
        listed = tuple(t for t in found.open if verdict in (None, t.verdict))
        if not listed:
            st.info("No open treatment is in this group.")
        card.show(table=tables.open_treatments(found, listed))
        return st.selectbox(
            "One treatment",
            listed or found.open,
            format_func=lambda t: f"{t.episode} · {t.verdict}",
            key="treatment",
        )


def one_treatment(found: Progress, treatment: OpenTreatment) -> None:
    """Scores so far, where it may go, the alliance on the same axis, and the sheet."""
    said = words.why(treatment, found)
    with block("One treatment", found.synthetic, said, "Expected course") as card:
        course = course_of(found.judge, treatment)
        card.show(
            Picture(
                partial(charts.fan_chart, course, found),
                f"Course of {treatment.episode}",
                charts.fan_text(course, found),
            ),
            note="Line: scores so far. Bands: where half, and where 80 %, of later scores of "
            "treatments like this lay. Dashed: the course expected from the first score alone.",
            rows=tables.course_rows(course),
        )
        strip = charts.alliance_strip(course, found)
        if strip is not None:
            cards.picture(
                lambda look: charts.alliance_strip(course, found, look),
                "Line of the alliance ratings so far.",
                "chart alliance strip",
            )
        if st.button("Make the sheet for the session", icon=":material/print:"):
            from analysis.sharing.session_sheet import session_sheet  # loads the typesetter

            st.download_button(
                "Save the sheet (PDF)",
                session_sheet(course, found),
                f"internal_sheet_{treatment.number}.pdf",
                "application/pdf",
                icon=":material/download:",
            )
