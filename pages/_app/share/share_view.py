"""The parts of the page that makes a report: choices, files, preview."""

from dataclasses import replace

import streamlit as st

from analysis.base.background import work
from analysis.base.errors import RapportError
from analysis.base.languages import codes, language
from analysis.presentation.charts.theme import redrawn
from analysis.presentation.tables.table import Table
from analysis.presentation.words.rounding import counted
from analysis.questions.lab.studies import keeping
from analysis.questions.lab.studies.study import Member
from analysis.sharing.export import files as make_files
from analysis.sharing.request import KINDS, SECTIONS, ReportRequest, checked_request
from analysis.sharing.sections.method_section import rules as rules_of
from analysis.sharing.writing.document import Chart, KeyFigures, Paragraph
from pages._app.frame import cards, linked, tables

PROFILES = {
    "share": "To be shared: protected figures",
    "internal": "Internal: exact figures, not for sharing",
}


def choices(scope) -> ReportRequest | None:
    """Sections and profile; None where no section is chosen."""
    sections = st.pills(
        "Sections",
        list(SECTIONS),
        selection_mode="multi",
        format_func=SECTIONS.__getitem__,
        default=list(KINDS["outcomes"]),
        key="sections",
        bind="query-params",
    )
    if not set(sections) - {"method"}:
        st.info("Choose at least one section that answers something.")
        return None
    profile = st.radio(
        "Profile",
        list(PROFILES),
        format_func=PROFILES.__getitem__,
        key="profile",
        horizontal=True,
        bind="query-params",
    )
    tag = st.selectbox(
        "Language",
        codes(),
        format_func=lambda code: language(code).name,
        key="language",
        bind="query-params",
    )
    chosen = tuple(name for name in SECTIONS if name in sections)
    study = _study(scope) if "lab" in chosen else ()
    return ReportRequest(scope, chosen, profile, language=tag, study=study)


def _study(scope) -> tuple[Member, ...]:
    """The models of the chosen study; none, and why, where it is of another version."""
    found = {s.name: s for s in keeping.studies(scope.store, scope.dataset)}
    name = linked.study(found, "Whose models?")
    if not found:
        st.info("No study is kept of this dataset: keep models in one on the page Model lab.")
    if not name:
        return ()
    try:
        return keeping.checked_data(found[name], scope.version, scope.store).models
    except RapportError as error:
        cards.problem(error)
        return ()


def completed(request: ReportRequest, question) -> ReportRequest:
    """The request with what the outcomes are asked. RequestError where it cannot be a report."""
    return checked_request(replace(request, question=question))


def files(report) -> None:
    """The button that makes the files, and their downloads once they are made."""
    if st.button("Make the files", type="primary", icon=":material/task:"):
        job = work.submit(make_files, report, progress=False)
        st.session_state["report_files"] = (report.request, job)
    made_for, job = st.session_state.get("report_files", (None, None))
    if made_for != report.request:
        said = "From then on it counts as shared." if report.request.profile == "share" else ""
        st.caption(f"Makes the report as web page, PDF, Word document and workbook. {said}")
        return
    made = cards.wait(job, 60, "Writing the files")
    if made is None:
        return
    with st.container(horizontal=True, gap="small", key="report downloads"):
        for file in made:
            st.download_button(
                file.format,
                file.content,
                file.name,
                file.mime,
                key=f"report {file.format}",
                on_click="ignore",
                icon=":material/download:",
            )


def preview(report) -> None:
    """The report as its files show it, block by block."""
    document = report.document.numbered()
    cards.section("Preview", f"{counted(report.hidden, 'figure')} hidden.")
    with st.container(border=True, key="preview"):
        for mark in document.marks:
            st.badge(cards.escape(mark), color="orange")
        if document.cover.logo:
            st.image(document.cover.logo.png, width=180, alt=document.logo_says)
        st.markdown(f"### {cards.escape(document.title)}", anchors=False)
        cover = (document.cover.organisation, document.cover.contact)
        said = [document.subtitle, document.date_text, *filter(None, cover), *document.notes]
        st.text("\n".join(said))
        for number, section in enumerate(document.sections):
            st.subheader(cards.escape(section.heading), anchor=False)
            if section.comment:
                st.text("\n".join(section.comment))
            for place, block in enumerate(section.blocks):
                _show(block, f"{number} {place}")
        st.caption(cards.escape(document.foot))


def rules(profile: str) -> None:
    """What protects the patients, in words."""
    with st.expander("How the figures are protected", key="more: rules"):
        for rule in rules_of(profile):
            st.markdown(cards.escape(rule))


def _show(block, key: str) -> None:
    if isinstance(block, Paragraph):
        st.markdown(cards.escape(block.text))
    elif isinstance(block, KeyFigures):
        with st.grid(min_column_width=190, gap="small", key=f"figures {key}"):
            for figure in block.figures:
                with st.container(gap="xsmall"):
                    st.metric(cards.escape(figure.label), figure.value.text)
                    st.caption(cards.escape(figure.note))
    elif isinstance(block, Table):
        _show_table(block)
    elif isinstance(block, Chart):
        st.markdown(f"**{cards.escape(block.caption)}**")
        spec = redrawn(block.spec, cards.look())
        st.vega_lite_chart(
            spec=spec, theme=None, width="stretch", alt=block.alt, key=f"preview {key}"
        )
        _notes(block.notes)
        if block.table:
            _show_table(block.table)


def _show_table(table: Table) -> None:
    st.markdown(f"**{cards.escape(table.caption)}**")
    tables.shown(table)
    _notes(table.notes)


def _notes(notes: tuple[str, ...]) -> None:
    for note in notes:
        st.caption(cards.escape(note))
