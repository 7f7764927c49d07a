"""A workbook with patients on one sheet and their sessions on another is like two files."""

import io

import pytest
import xlsxwriter

from analysis.base.errors import ImportRefused
from analysis.importing import doors as importing
from analysis.store.versions import catalogue, dataset, integrity

PEOPLE = ["Patient ID", "Age", "Therapist"]
SCORES = ["Patient", "Session", "PHQ9"]


def people(first: int, last: int) -> list[list]:
    return [PEOPLE, *([f"P{p}", 20 + p, f"T{p % 3}"] for p in range(first, last))]


def scores(first: int, last: int) -> list[list]:
    return [SCORES, *([f"P{p}", s, 20 - s] for p in range(first, last) for s in (1, 2, 3))]


def book(path, **sheets: list[list]):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        for name, lines in sheets.items():
            sheet = made.add_worksheet(name)
            for i, line in enumerate(lines):
                sheet.write_row(i, 0, line)
    path.write_bytes(stream.getvalue())
    return path


def brought(path, *given, settle="ask"):
    return importing.import_by_command("d", [path], None, importing.Answers(given, settle))


def read(query: str) -> list[tuple]:
    with dataset.open_dataset(catalogue.find("d")) as opened:
        return opened.cursor().execute(query).fetchall()


@pytest.fixture
def january(store, tmp_path):
    return book(tmp_path / "jan.xlsx", Patients=people(0, 9), Sessions=scores(0, 8), Notes=[["x"]])


def test_it_is_asked_and_a_patient_without_sessions_stays(january):
    with pytest.raises(importing.QuestionsOpen) as asked:
        brought(january)
    (question,) = asked.value.questions
    assert (question.code, question.recommended) == ("sheet", "each")
    report = brought(january, ("sheet", "each"))
    assert [f.file for f in report.files] == ["jan.xlsx: Patients", "jan.xlsx: Sessions"]
    assert (report.tables["session"], report.tables["episode"]) == (24, 9)
    ages = read("SELECT episode, age FROM episode ORDER BY age")
    assert ages[:2] == [("P0", 20), ("P1", 21)]


def test_one_sheet_alone_can_be_taken(january):
    report = brought(january, ("sheet", "Sessions"))
    assert [f.file for f in report.files] == ["jan.xlsx"]
    assert report.tables["session"] == 24


def test_next_months_workbook_is_added_and_counts_once(january, tmp_path):
    brought(january, settle="yes")
    february = book(tmp_path / "feb.xlsx", Patients=people(9, 12), Sessions=scores(9, 12))
    more = brought(february, ("existing", "append"))
    assert (more.tables["session"], more.tables["episode"]) == (33, 12)
    with pytest.raises(ImportRefused, match="in the dataset already"):
        brought(january, ("existing", "append"))  # in the dataset already


def test_the_known_mapping_reads_the_next_workbook(january, tmp_path):
    brought(january, settle="yes")
    whole = book(tmp_path / "all.xlsx", Patients=people(0, 20), Sessions=scores(0, 20))
    report = brought(whole, ("existing", "replace"))  # nothing is asked any more
    assert (report.tables["session"], report.tables["episode"]) == (60, 20)


def test_no_sheet_is_kept_as_it_came_where_one_names_patients(store, tmp_path):
    named = [
        ["Patient ID", "Last name", "Age"],
        *([f"P{p}", f"Bergman{p}", 20 + p] for p in range(9)),
    ]
    report = brought(book(tmp_path / "n.xlsx", People=named, Sessions=scores(0, 9)), settle="yes")
    info = catalogue.find("d", report.version)
    kept = sorted(info.path.with_suffix(".originals").iterdir())
    assert len(kept) == 2
    assert not any(
        b"Bergman" in path.read_bytes() or b"PK" in path.read_bytes()[:2] for path in kept
    )
    assert [c.state for c in integrity.check("d")] == ["sound"]
    later = book(
        tmp_path / "later.xlsx", People=named[:1] + [["P9", "Ek", 40]], Sessions=scores(9, 10)
    )
    more = brought(later, ("existing", "append"), settle="yes")
    assert (more.tables["session"], more.tables["episode"]) == (30, 10)


def test_a_code_of_treatments_ties_scores_to_patients_of_several_treatments(store, tmp_path):
    cases = [["Case ID", "Patient"], *([f"C{c}", f"P{c // 2}"] for c in range(8))]
    marks = [
        ["Case ID", "Session no", "ORS"],
        *([f"C{c}", s, 20 + s] for c in range(8) for s in (1, 2)),
    ]
    report = brought(book(tmp_path / "c.xlsx", Cases=cases, Scores=marks), settle="yes")
    assert (report.tables["patient"], report.tables["episode"], report.tables["session"]) == (
        4,
        8,
        16,
    )


def test_sheets_without_an_id_in_common_are_not_tied(store, tmp_path):
    prices = [["Code", "Price"], *([i, 10 * i] for i in range(9))]
    path = book(tmp_path / "u.xlsx", Prices=prices, Sessions=scores(0, 9))
    with pytest.raises(importing.QuestionsOpen) as asked:
        brought(path)
    assert [c.choice for c in asked.value.questions[0].choices] == ["Prices", "Sessions"]
