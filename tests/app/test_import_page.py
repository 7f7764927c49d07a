"""Upload, guess, correct, check, import, report: the whole way through the page."""

import random
from pathlib import Path

import pytest

from analysis.store.versions import catalogue
from tests.app.open_page import answered, opened, texts

REFRAMED = Path(__file__).resolve().parents[3] / "shared" / "data" / "refraMED" / "reframed.csv"


def csv(seed: int = 1) -> bytes:
    """40 patients of 5 therapists in 2 clinics; one row has a score that PHQ-9 does not have."""
    rng = random.Random(seed)
    lines = ["clinic,therapist,patient,session,phq9,wai_bond"]
    for patient in range(40):
        for session in range(1, rng.randrange(3, 8)):
            phq9 = 28 if (patient, session) == (7, 1) else rng.randrange(0, 28)
            group = patient % 5
            lines.append(f"c{group % 2},t{group},p{patient},{session},{phq9},{rng.randrange(1, 6)}")
    return "\n".join(lines).encode()


def uploaded(*files):
    at = opened("import")
    at.file_uploader[0].set_value([(name, data, "text/csv") for name, data in files])
    return answered(at.run())


def press(at, label: str):
    next(b for b in at.button if b.label == label).click()
    return answered(at.run())


def test_a_check_tells_all_and_writes_nothing(empty_store):
    at = press(uploaded(("Clinic North.csv", csv())), "Check")
    assert not at.exception
    said = texts(at)
    rows = csv().count(b"\n")
    assert f"Checked; nothing was written: {rows} rows read = {rows - 1} kept + 1 set aside" in said
    assert "Set aside, and why" in said
    assert catalogue.datasets() == ()


def test_an_import_lands_and_reports(empty_store):
    at = uploaded(("Clinic North.csv", csv()))
    assert at.text_input(key="import_name").value == "clinic-north"
    at = press(at, "Import")
    rows = csv().count(b"\n")
    assert f"Imported: {rows} rows read = {rows - 1} kept + 1 set aside" in texts(at)
    (info,) = catalogue.datasets()
    assert (info.name, info.synthetic) == ("clinic-north", False)
    assert info.counts["session"] == rows - 1
    assert "Download every row set aside, with reason and remedy" in [
        b.proto.label for b in at.get("download_button")
    ]


def test_several_files_are_shown_each_with_its_first_rows(empty_store):
    people = b"patient,age\n" + b"".join(b"p%d,%d\n" % (p, 20 + p) for p in range(40))
    at = uploaded(("sessions.csv", csv()), ("people.csv", people))
    assert not at.error
    assert [e.label for e in at.expander].count("First rows, as they were read") == 2


def test_a_correction_reaches_the_dataset(empty_store):
    at = uploaded(("a.csv", csv()))
    variables = next(e for e in at.data_editor if "variables" in (e.key or ""))
    row = variables.value["column"].tolist().index("phq9")
    assert "PHQ-9" in variables.value["reason"][row]  # why it was guessed
    edits = st_edits(row, label="Depression", maximum=100.0)
    at.session_state[variables.key] = edits
    at = press(at, "Import")
    assert "0 set aside" in texts(at)


def st_edits(row: int, **cells) -> dict:
    return {"edited_rows": {row: cells}, "added_rows": [], "deleted_rows": []}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("header.csv", b"patient,session,phq9\n"),
        ("program.csv", b"MZ\x90\x00\x03" + bytes(range(256)) * 20),
        ("page.csv", b"<html><body>no table</body></html>"),
    ],
)
def test_what_is_no_table_is_refused_calmly(empty_store, name, data):
    at = uploaded((name, data))
    assert not at.exception
    assert not at.error
    if not at.warning:
        at = press(at, "Import")
    assert at.warning
    assert catalogue.datasets() == ()


@pytest.mark.parametrize("name", ["../../../evil.csv", "/etc/passwd", ".hidden", "a\x00b.csv", "…"])
def test_an_upload_s_name_never_leaves_its_folder(empty_store, name):
    at = uploaded((name, csv()))
    assert not at.exception
    assert not at.error
    paths = [Path(p) for p in at.session_state["kept_uploads"][1].paths]
    (folder,) = {path.parent for path in paths}
    assert folder.parent == empty_store / ".scratch" and folder.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(
    not REFRAMED.exists(), reason=f"the public refraMED file is not in {REFRAMED.parent.name}"
)
def test_the_public_refra_med_file_is_imported_by_the_page(empty_store):
    at = press(uploaded((REFRAMED.name, REFRAMED.read_bytes())), "Import")
    assert not at.exception
    # 54 scores that are no whole numbers: asked, and kept as recommended.
    assert any("54 values" in asked.label for asked in at.radio)
    at = press(at, "Go on with these answers")
    assert "2,825 rows read" in texts(at)
    (info,) = catalogue.datasets()
    assert info.name == "reframed"


def test_too_many_files_at_once_are_said_and_none_is_kept(empty_store):
    at = uploaded(*((f"{k}.csv", csv()) for k in range(41)))
    (said,) = [w.value for w in at.warning]
    assert said.startswith("41 files of 0 MB are too many at once. Allowed: 40 files and 200 MB")
    assert "kept_uploads" not in at.session_state
