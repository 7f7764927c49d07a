"""The steps of the Import page: keep, guess, correct, check, import, report."""

import hashlib
import re
from pathlib import Path

import streamlit as st

from analysis.base.background import work
from analysis.importing import doors as importing
from analysis.importing import rehearsal
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.uploads import Uploads
from analysis.presentation.tables.data import data_tables
from analysis.presentation.words.rounding import count
from pages._app.data import import_found, import_questions
from pages._app.frame import cards, door, tables

# Streamlit keeps every upload in memory until its session ends: so many and so much of one person.
MOST_FILES, MOST_MEGABYTES = 40, 200


def too_many(uploads) -> str:
    """What is wrong with the uploads together, '' for nothing."""
    megabytes = sum(u.size for u in uploads) / 1e6
    if len(uploads) <= MOST_FILES and megabytes <= MOST_MEGABYTES:
        return ""
    they = f"{count(len(uploads))} files of {count(round(megabytes))} MB"
    return (
        f"{they} are too many at once. Allowed: {MOST_FILES} files and "
        f"{MOST_MEGABYTES} MB together. Take some out, or import them with "
        "the command, which has no such limit."
    )


def kept_privately(uploads) -> tuple[str, ...]:
    """The uploads as files in a folder that only this user can read; it goes with the session."""
    print_of = hashlib.sha256(b"".join(u.getvalue() for u in uploads)).hexdigest()
    print_of += "".join(u.name for u in uploads)
    kept = st.session_state.get("kept_uploads")
    if kept is None or kept[0] != print_of:
        files = Uploads(door.store(), [(u.name, u.getvalue()) for u in uploads])
        _start_anew()
        kept = st.session_state["kept_uploads"] = (print_of, files)
    return kept[1].paths


def kept_from_before() -> tuple[str, ...] | None:
    """The files of an import that was left for another page, with a way to put them away."""
    kept = st.session_state.get("kept_uploads")
    if kept is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text("Files from before: " + ", ".join(Path(p).name for p in kept[1].paths))
        if st.button("Put them away", type="tertiary", icon=":material/close:"):
            del st.session_state["kept_uploads"]
            _start_anew()
            st.rerun()
    return kept[1].paths


def _start_anew() -> None:
    """Other files: nothing of what was said of those before holds."""
    for name in (
        "guess_job",
        "import_job",
        "check_job",
        "last_report",
        "import_kept",
        "import_shape",
        "import_brought",
        "import_named",
        "import_goes_to",
        "import_target",
    ):
        st.session_state.pop(name, None)
    import_questions.forget()


def base(guess: Mapping) -> Mapping:
    """What the tables start from: the guess, or the corrections of a visit before this one.

    The tables' own state goes when another page opens; what they held is kept beside it.
    """
    shape = (guess.keys, guess.variables, guess.files)
    if st.session_state.get("import_shape") != shape:  # other files, or an answer changed the guess
        st.session_state["import_shape"] = shape
        st.session_state["import_base"] = guess
    elif key("variables") not in st.session_state and "import_kept" in st.session_state:
        st.session_state["import_base"] = st.session_state["import_kept"]
    return st.session_state["import_base"]


def key(what: str) -> str:
    """A key of its own for each upload, so that corrections never carry over to other files."""
    print_of = st.session_state["kept_uploads"][0]
    return f"{what} {hash((print_of, st.session_state['import_shape']))}"


def named(paths) -> str:
    """The dataset's name: that which the files are added to, or as it was typed before another page
    was opened."""
    if added_to := import_found.added_to():
        st.text(f"Added to the dataset '{added_to}'; what stands there is kept as a version.")
        return added_to
    suggested = st.session_state.get("import_named") or suggested_name(paths)
    name = st.text_input(
        "Name of the dataset",
        suggested,
        max_chars=64,
        help="Small letters, digits, - and _.",
        key="import_name",
    )
    st.session_state["import_named"] = name
    return name


def proposed(paths) -> importing.Proposal | None:
    """The guess for these files, and the mappings of datasets that they fit; None while it is being
    made or where the files are refused."""
    answers = import_questions.answers()
    if st.session_state.get("guess_answers") != answers:
        st.session_state.pop("guess_job", None)
    if "guess_job" not in st.session_state:
        st.session_state["guess_answers"] = answers
        st.session_state["guess_job"] = work.submit(
            importing.propose_in_child,
            paths,
            answers,
            importing.known_mappings(door.store()),
            progress=False,
            small=True,
        )
    return cards.wait(st.session_state["guess_job"], 200, "Reading the files")


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


def suggested_name(paths) -> str:
    """A dataset's name from the first file's: 'Clinic North 2024.csv' gives 'clinic-north-2024'."""
    stem = re.sub(r"[^a-z0-9]+", "-", Path(paths[0]).stem.lower()).strip("-")
    return stem[:64] or "data"


def start_check(name: str, paths, mapping: Mapping) -> None:
    """Reads and judges everything in a limited process, and writes nothing."""
    _start("check_job", rehearsal.rehearse, name, paths, mapping)


def start_import(name: str, paths, mapping: Mapping) -> None:
    """Imports in a limited process."""
    _start("import_job", rehearsal.import_judged, name, paths, mapping, door.store())


def progress_and_report() -> None:
    """What the check or the import found, or how far it is."""
    for kind in ("check_job", "import_job"):
        if job := st.session_state.get(kind):
            judged = cards.wait(job, 160)
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
    answers = import_questions.answers(("existing", "append") if import_found.added_to() else ())
    st.session_state[kind] = work.submit(function, name.strip(), paths, mapping, store, answers)


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
    if report.changes:
        st.markdown("**Changed since the version before**")
        for sentence in report.changes.sentences():
            st.text(f"• {sentence}")
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
