"""The steps of the Import page: keep, guess, correct, check, import, report."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from analysis import importing
from analysis.base import work
from analysis.importing import rehearsal
from analysis.importing.meaning.mapping import KEYS, OUT_OF_RANGE, MappedVariable, Mapping
from analysis.importing.uploads import Uploads
from analysis.measures.variables import DIRECTIONS, FACTORS, KINDS, RATERS, UNITS
from analysis.presentation.tables import data_tables
from analysis.presentation.words.rounding import count
from pages._app.data import import_questions
from pages._app.frame import cards, door, tables

KEY_MEANINGS = {
    "clinic": "Clinic",
    "therapist": "Therapist",
    "patient": "Patient",
    "episode": "Treatment (episode)",
    "session": "Session number",
    "date": "Date of the session",
    "started": "Start of the treatment",
    "ended": "End of the treatment",
    "ending": "How it ended",
    "weeks": "Weeks since intake",
}
EDITED = (
    "name",
    "label",
    "unit",
    "kind",
    "factor",
    "component",
    "rater",
    "minimum",
    "maximum",
    "higher_is",
    "out_of_range",
)


def kept_privately(uploads) -> tuple[str, ...]:
    """The uploads as files in a folder that only this user can read; it goes with the session."""
    print_of = hashlib.sha256(b"".join(u.getvalue() for u in uploads)).hexdigest()
    print_of += "".join(u.name for u in uploads)
    kept = st.session_state.get("kept_uploads")
    if kept is None or kept[0] != print_of:
        files = Uploads(door.store(), [(u.name, u.getvalue()) for u in uploads])
        for name in ("guess_job", "import_job", "check_job"):
            st.session_state.pop(name, None)
        import_questions.forget()
        kept = st.session_state["kept_uploads"] = (print_of, files)
    return kept[1].paths


def guessed(paths) -> Mapping | None:
    """The guess for these files; None while it is being made or where the files are refused."""
    answers = import_questions.answers()
    if st.session_state.get("guess_answers") != answers:
        st.session_state.pop("guess_job", None)
    if "guess_job" not in st.session_state:
        st.session_state["guess_answers"] = answers
        st.session_state["guess_job"] = work.submit(
            importing.guess_in_child, paths, answers, progress=False, small=True
        )
    return cards.wait(st.session_state["guess_job"], 200, "Reading the files")


def keys_editor(guess: Mapping) -> pd.DataFrame:
    """Which column is which key, to correct. Columns: key, meaning, column."""
    own = dict(guess.keys)
    frame = pd.DataFrame(
        [dict(key=k, meaning=KEY_MEANINGS[k], column=own.get(k, "")) for k in KEYS]
    )
    config = {
        "key": None,
        "meaning": st.column_config.TextColumn("Key", disabled=True),
        "column": st.column_config.SelectboxColumn(
            "Column of the file", options=["", *_columns(guess)]
        ),
    }
    return st.data_editor(
        frame,
        column_config=config,
        hide_index=True,
        key=_key("keys"),
        alt="Which column is which key",
    )


def variables_editor(guess: Mapping) -> pd.DataFrame:
    """Which column is which variable, to correct; the box says whether it is imported."""
    reasons = dict(guess.reasons)
    frame = pd.DataFrame(
        [
            dict(
                use=True,
                column=v.source,
                **{f: getattr(v, f) for f in EDITED},
                main=v.name == guess.main_outcome,
                reason=reasons.get(f"variable {v.name}", ""),
            )
            for v in guess.variables
        ],
        columns=["use", "column", *EDITED, "main", "reason"],
    ).astype({"minimum": "float64", "maximum": "float64", "use": bool, "main": bool})
    choose = st.column_config.SelectboxColumn
    config = {
        "use": st.column_config.CheckboxColumn("Import"),
        "column": st.column_config.TextColumn("Column of the file", disabled=True),
        "name": st.column_config.TextColumn("Name", required=True),
        "label": st.column_config.TextColumn("Label"),
        "unit": choose("Measured in each", options=UNITS, required=True),
        "kind": choose("Kind", options=KINDS, required=True),
        "factor": choose("Factor", options=["", *FACTORS]),
        "component": st.column_config.TextColumn("Component"),
        "rater": choose("Rater", options=("", *RATERS)),
        "minimum": st.column_config.NumberColumn("Lowest"),
        "maximum": st.column_config.NumberColumn("Highest"),
        "higher_is": choose("Higher is", options=("", *DIRECTIONS)),
        "out_of_range": choose("Out of range", options=OUT_OF_RANGE, required=True),
        "main": st.column_config.CheckboxColumn("Main outcome"),
        "reason": st.column_config.TextColumn("Why", disabled=True),
    }
    return st.data_editor(
        frame,
        column_config=config,
        hide_index=True,
        key=_key("variables"),
        alt="Which column is which variable",
    )


def corrected(guess: Mapping, keys: pd.DataFrame, variables: pd.DataFrame) -> Mapping:
    """The guess with the user's corrections."""
    before = {v.source: v for v in guess.variables}
    chosen = [row for row in variables.to_dict("records") if row["use"]]
    mapped = tuple(_mapped(before[row["column"]], row) for row in chosen)
    main = next((row["name"] for row in chosen if row["main"]), "")
    pairs = tuple((r["key"], r["column"]) for r in keys.to_dict("records") if r["column"])
    return replace(guess, keys=pairs, variables=mapped, main_outcome=main)


def mapping_download(mapping: Mapping) -> None:
    """The mapping as a file, for the command line and for the next time."""
    st.download_button(
        "Download this mapping",
        lambda: mapping.to_toml().encode("utf-8"),
        "mapping.toml",
        "application/toml",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def suggested_name(uploads) -> str:
    """A dataset's name from the first file's: 'Clinic North 2024.csv' gives 'clinic-north-2024'."""
    stem = re.sub(r"[^a-z0-9_]+", "-", Path(uploads[0].name).stem.lower()).strip("-_")
    return stem[:64] or "data"


def start_check(name: str, paths, mapping: Mapping) -> None:
    """Reads and judges everything in a limited process, and writes nothing."""
    _start("check_job", rehearsal.rehearse, name, paths, mapping)


def start_import(name: str, paths, mapping: Mapping) -> None:
    """Imports in a limited process."""
    _start("import_job", rehearsal.import_judged, name, paths, mapping, door.store())


def progress_and_report() -> None:
    """What the check or the import found, or how far it is."""
    for kind, doing in (("check_job", "Checking"), ("import_job", "Importing")):
        if job := st.session_state.get(kind):
            judged = cards.wait(job, 160, f"{doing} every row")
            if judged is not None and judged.questions:
                import_questions.asked(judged.questions)
            elif judged is not None:
                _show(judged)
                st.session_state["last_report"] = judged if judged.landed else None


def past_report() -> None:
    """The last import of this session, when the files are gone from the page."""
    if judged := st.session_state.get("last_report"):
        _show(judged)


def _start(kind: str, function, name: str, paths, mapping: Mapping, store=None) -> None:
    for other in ("check_job", "import_job"):
        st.session_state.pop(other, None)
    answers = import_questions.answers()
    st.session_state[kind] = work.submit(
        function, name.strip(), paths, mapping, store, answers, progress=False
    )


def _show(judged) -> None:
    report = judged.report
    what = "Imported" if judged.landed else "Checked; nothing was written"
    already = " This content was here already." if report.already_loaded else ""
    spotless = not judged.refusals and not report.warnings
    said = st.success if spotless else st.warning
    (said if judged.landed else st.info)(
        f"{what}: {count(report.rows_read)} rows read = {count(report.kept)} kept + "
        f"{count(report.quarantined)} set aside.{already}"
    )
    tables.shown(data_tables.imported(report))
    for warning in report.warnings:
        st.text(f"• {warning}")
    _show_refusals(judged)
    if judged.landed:
        cards.go_to("home", "Open the dataset", "home", query_params={"dataset": report.name})


def _show_refusals(judged) -> None:
    if not judged.refusals:
        return
    st.markdown("**Set aside, and why**")
    tables.shown(data_tables.refusals(judged.refusals))
    st.download_button(
        "Download every row set aside, with reason and remedy",
        judged.quarantine,
        f"{judged.report.name}_set-aside.csv",
        "text/csv",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _columns(guess: Mapping) -> list[str]:
    named = [*guess.columns, *(column for _, column in guess.keys)]
    named += [column for f in guess.files for _, column in f.keys]
    named += [v.source for v in guess.variables]
    return sorted(set(named), key=str.lower)


def _mapped(before: MappedVariable, row: dict) -> MappedVariable:
    """An empty cell comes back as None or NaN: text becomes '', a limit None."""
    changes = {}
    for field in EDITED:
        value = row[field]
        empty = value is None or value != value
        if field in ("minimum", "maximum"):
            changes[field] = None if empty or value is None else float(value)
        else:
            changes[field] = "" if empty else str(value).strip()
    return replace(before, **changes | {"column": before.source})


def _key(what: str) -> str:
    """A key of its own for each upload, so that corrections never carry over to other files."""
    return f"{what} {hash(st.session_state['kept_uploads'][0])}"
