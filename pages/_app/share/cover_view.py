"""What the sender says in a report: title, notes, cover, words on sections."""

from dataclasses import replace

import streamlit as st

from analysis.base.errors import RequestError
from analysis.presentation.words.outcome_words import METRIC_LABELS
from analysis.sharing.cover.cover import Cover
from analysis.sharing.cover.logo import MOST_BYTES, Logo, logo_of
from analysis.sharing.request import (
    LONGEST_LINE,
    LONGEST_NOTES,
    LONGEST_TITLE,
    SECTIONS,
    ReportRequest,
)
from analysis.sharing.sections.targets import DOWN
from pages._app.frame import cards
from pages._app.share.plan_view import LOGO

AIMED = ("reliable_improvement", "recovery", "reliable_recovery", "deterioration")
AS_TYPED = "It stands in the report as you type it: name nobody in it."


def own_words(request: ReportRequest) -> ReportRequest:
    """The request with what is typed here."""
    title = st.text_input(
        "Title",
        key="title",
        max_chars=LONGEST_TITLE,
        placeholder="Made from the sections when empty",
    )
    with st.expander("Cover, notes and commentary", key="more: own words"):
        cover = _cover()
        notes = _area("Notes, below the title", "notes")
        comments = tuple(
            (name, text)
            for name in request.sections
            if (text := _area(f"Commentary: {SECTIONS[name]}", f"comment {name}"))
        )
    return replace(request, title=title or "", notes=notes, cover=cover, comments=comments)


def targets(request: ReportRequest) -> ReportRequest:
    """The request with the rates that the sender wants to reach."""
    if "summary" not in request.sections:
        return request
    with (
        st.expander("Targets", key="more: targets"),
        st.grid(min_column_width=180, gap="small", key="targets"),
    ):
        typed = {
            metric: st.number_input(
                f"{METRIC_LABELS[metric]}, {'at most' if metric in DOWN else 'at least'} (%)",
                0,
                100,
                None,
                key=f"target {metric}",
            )
            for metric in AIMED
        }
    found = tuple((metric, int(n)) for metric, n in typed.items() if n is not None)
    return replace(request, targets=found)


def _cover() -> Cover:
    with st.grid(min_column_width=220, gap="small", key="cover"):
        organisation, contact, line = (
            (st.text_input(label, key=key, max_chars=LONGEST_LINE, help=AS_TYPED) or "").strip()
            for label, key in (
                ("Organisation", "organisation"),
                ("Contact", "contact"),
                ("Confidentiality line, on every page", "confidentiality"),
            )
        )
    return Cover(organisation, contact, line, _logo())


def _logo() -> Logo | None:
    # The limit stands in sight: of a file over the server's own, Streamlit says nothing but red.
    file = st.file_uploader(f"Logo, PNG or JPEG, up to {MOST_BYTES // 1_000_000} MB", key="logo")
    if file is None:
        return st.session_state.get(LOGO)
    try:
        return logo_of(file.getvalue(), file.name)
    except RequestError as error:
        st.warning(cards.escape(str(error)))
        return None


def _area(label: str, key: str) -> str:
    text = st.text_area(label, key=key, max_chars=LONGEST_NOTES, height=80, help=AS_TYPED)
    return (text or "").strip()
