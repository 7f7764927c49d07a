"""What an import starts from: a template, a mapping from before, and how the files look."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from analysis.importing.doors import Proposal
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.template import template_columns, template_csv, template_xlsx
from analysis.presentation.words.rounding import count
from pages._app.frame import cards

_NEW = "A dataset of its own"
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def templates() -> None:
    """An empty table for whoever starts from nothing."""
    columns = template_columns()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Nothing to import yet? Fill in a template:")
        for label, made, name, kind in (
            ("Workbook", template_xlsx, "sessions.xlsx", _WORKBOOK),
            ("CSV", template_csv, "sessions.csv", "text/csv"),
        ):
            st.download_button(
                label,
                lambda made=made: made(columns),
                name,
                kind,
                on_click="ignore",
                type="tertiary",
                icon=":material/table_view:",
                key=f"template {name}",
            )


def looks(guess: Mapping) -> None:
    """Each file's kind, encoding, size and first rows."""
    for number, look in enumerate(guess.looks):
        rows = f"the first {count(look.rows)} rows" if look.part else f"{count(look.rows)} rows"
        st.text(f"{look.name}: {rows}, {len(look.header)} columns ({look.kind})")
        unfolded, key = len(guess.looks) == 1, f"more: first rows {number}"
        with st.expander("First rows, as they were read", expanded=unfolded, key=key):
            frame = pd.DataFrame(list(look.first), columns=list(look.header), dtype=str)
            st.dataframe(frame, hide_index=True, height=min(38 + 35 * len(frame), 330))


def goes_to(proposal: Proposal) -> Mapping:
    """The guess, or the mapping of the dataset that the files are added to, by the user's choice;
    chosen at first is the only one with the same columns."""
    known = dict(proposal.known)
    if not known:
        st.session_state["import_goes_to"] = ""
        return proposal.guess
    options = [*known, ""]
    before = st.session_state.get("import_goes_to", proposal.likely)
    chosen = st.radio(
        "Where it goes",
        options,
        index=options.index(before if before in options else ""),
        format_func=lambda name: f"Added to '{name}', read as its files were" if name else _NEW,
        key="import_target",
    )
    st.session_state["import_goes_to"] = chosen
    return known.get(chosen, proposal.guess)


def added_to() -> str:
    """The dataset that the files are added to, '' for a new one."""
    return st.session_state.get("import_goes_to", "")


def why() -> str:
    """Where the meaning of the columns comes from."""
    if name := added_to():
        return f"As the files of '{name}' were read; what is new is guessed."
    return "Guessed from their names and content."


def mapping_from_before(guess: Mapping) -> Mapping:
    """The guess, or a mapping that the user brings, with what the guess knows of the files."""
    with st.expander("Use a mapping from before", key="more: mapping from before"):
        brought = st.file_uploader("Mapping (.toml)", type="toml", key="brought_mapping")
    if brought is not None:
        try:
            text = brought.getvalue().decode("utf-8-sig")
        except UnicodeDecodeError:
            st.warning("The mapping is not UTF-8 text.")
            return guess
        with cards.calm():
            st.session_state["import_brought"] = Mapping.from_text(text, brought.name)
    mapping = st.session_state.get("import_brought")
    if mapping is None:
        return guess
    st.caption("The mapping you brought is used; what it leaves out is listed below it.")
    return replace(
        mapping,
        columns=guess.columns,
        reasons=guess.reasons,
        questions=guess.questions,
        looks=guess.looks,
    )
