"""A series on the page Share: which reports, what is told how often, and a year in play."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from analysis.presentation.words.outcome_words import BY_LABELS
from analysis.sharing.cover.logo import carried
from analysis.sharing.periods_asked import KINDS, NAMED, periods_of_year
from analysis.sharing.plan import BREAKDOWNS, Plan, written_plan
from analysis.sharing.request import KINDS as KINDS_OF_REPORTS
from analysis.sharing.request import ReportRequest, without_words
from analysis.sharing.series import saying
from analysis.sharing.series.rehearsal import with_periods
from pages._app.frame import cached, cards, tables

BOUND: dict[str, Any] = dict(bind="query-params")
AS_FILTERED = "As filtered above"
NONE_OF_THEM = "The files below are of no report of the series yet: choose one under 'This report'."
LABELS = {
    "quarter": "Each quarter",
    "year-to-date": "Year to date",
    "year": "The year",
    "rolling": "Rolling twelve months",
    "everything": "Everything so far",
}
OWN_NUMBERS = "A plan's file holds no change of your own definition: take the instrument's own."


def of_series(request: ReportRequest, treatments) -> ReportRequest:
    """The request as the chosen report of a series asks it; as it is where none is planned."""
    if request.profile != "share" or not set(request.sections) & set(KINDS_OF_REPORTS["outcomes"]):
        return request
    known = [name for name in treatments.values("period") if name]
    years = sorted({name[:4] for name in known}, reverse=True)
    over = next((i for i, year in enumerate(years) if f"{year} Q4" in known), 0)
    with st.expander("A series: quarters, year to date, the year", key="more: a series"):
        every = _kinds()
        if not every or not years:
            return request
        with st.grid(min_column_width=180, gap="small", key="series"):
            halves = _breakdowns("Told by the half-year", "by_half")
            whole = _breakdowns("Told by the year", "by_year")
            year = st.selectbox("Year", years, over, key="series_year", **BOUND)
            asked = {
                NAMED[kind].format(last=last): (first, last)
                for kind, first, last in periods_of_year(every, year)
            }
            chosen = st.selectbox("This report", [AS_FILTERED, *asked], key="series_report")
        if chosen == AS_FILTERED:
            st.caption(NONE_OF_THEM)
        grains = {name: 2 for name in halves} | {name: 4 for name in whole}
        request = replace(request, grains=tuple(grains.items()))
        _try(request, every, year)
    return with_periods(request, *asked[chosen]) if chosen in asked else request


def plan_of(request: ReportRequest) -> None:
    """The plan as a file that the command `report --plan` reads, where a series is planned."""
    every = _chosen()
    question = request.question
    if not every or question is None:
        return
    if question.definition == "own" or question.population:
        st.caption(OWN_NUMBERS)
        return
    grains = dict(request.grains)
    plan = Plan(
        dataset=request.scope.dataset,
        sections=request.sections,
        title=request.title,
        notes=request.notes,
        outcome=question.measures[0] if len(question.measures) == 1 else "",
        clinics=question.selection.clinics,
        models=question.selection.models,
        severities=question.selection.severities,
        denominator=question.denominator,
        language=request.language,
        every=every,
        by_half=tuple(name for name, quarters in grains.items() if quarters == 2),
        by_year=tuple(name for name, quarters in grains.items() if quarters == 4),
        organisation=request.cover.organisation,
        contact=request.cover.contact,
        confidentiality=request.cover.confidentiality,
        logo=carried(request.cover.logo),
        comments=tuple(f"{name}={text}" for name, text in request.comments),
        targets=tuple(f"{metric}={points}" for metric, points in request.targets),
    )
    st.download_button(
        "The plan as a file",
        written_plan(plan),
        f"{request.scope.dataset}-plan.toml",
        "application/toml",
        key="plan file",
        on_click="ignore",
        icon=":material/event_repeat:",
        help="For the command report --plan FILE --due. It carries the logo, too.",
    )


def _kinds() -> tuple[str, ...]:
    chosen = st.pills(
        "Reports of the series",
        list(KINDS),
        selection_mode="multi",
        format_func=LABELS.__getitem__,
        key="every",
        **BOUND,
    )
    st.caption(
        "Reports of several periods are told so that none of them gives another's patients away. "
        "Fine breakdowns show more when they are told less often."
    )
    return tuple(kind for kind in KINDS if kind in chosen)


def _chosen() -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if kind in (st.session_state.get("every") or ()))


def _breakdowns(label: str, key: str) -> list[str]:
    return st.multiselect(
        label, list(BREAKDOWNS), format_func=BY_LABELS.__getitem__, key=key, **BOUND
    )


def _try(request: ReportRequest, every: tuple[str, ...], year: str) -> None:
    """What the year could show, and the proposal, once they are asked for."""
    figures = without_words(request)
    version = request.scope.version
    asked = ("rehearse", version, figures, every, year)
    plain = ("propose", version, replace(figures, grains=()), every, BREAKDOWNS, year)
    with st.container(horizontal=True, gap="small", key="series buttons"):
        if st.button("What can it show?", icon=":material/visibility:"):
            st.session_state["rehearsed"] = asked
        if st.button("Propose how often", icon=":material/recommend:"):
            st.session_state["proposed"] = plain
    if st.session_state.get("rehearsed") == asked:
        job = cached.series_job(*asked)
        found = cards.wait(job, 120, retry=partial(cached.series_job.clear, *asked))
        if found is not None:
            table = saying.rehearsal_table(found)
            st.markdown(f"**{cards.escape(table.caption)}**")
            tables.shown(table)
            for note in table.notes:
                st.caption(cards.escape(note))
    if st.session_state.get("proposed") == plain:
        job = cached.series_job(*plain)
        found = cards.wait(job, 120, retry=partial(cached.series_job.clear, *plain))
        if found is not None:
            st.markdown(cards.escape(saying.proposal_sentence(found)))
            st.button("Take the proposal", on_click=_take, args=(found.by_half, found.by_year))


def _take(by_half: tuple[str, ...], by_year: tuple[str, ...]) -> None:
    st.session_state["by_half"], st.session_state["by_year"] = list(by_half), list(by_year)
