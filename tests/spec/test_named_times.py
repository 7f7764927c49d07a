"""Files and sheets whose names alone say when their forms were filled in."""

import pytest

from analysis.base.errors import ImportRefused
from analysis.importing import doors as importing
from tests.spec.test_tied_sheets import book, brought, read

BEFORE = [["patient", "age", "phq9"], *([f"p{p}", 20 + p, 20 - p] for p in range(9))]
AFTER = [["patient", "phq9"], *([f"p{p}", 10 - p] for p in range(8))]
LANDED = "SELECT session, count(*), min(phq9) FROM session GROUP BY ALL ORDER BY ALL"


def written(folder, name: str, rows: list[list]):
    path = folder / name
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def test_files_called_pre_and_post_are_sessions(store, tmp_path):
    paths = [written(tmp_path, "PHQ pre.csv", BEFORE), written(tmp_path, "PHQ post.csv", AFTER)]
    with pytest.raises(importing.QuestionsOpen) as asked:
        importing.import_by_command("d", paths, None, importing.Answers((), "ask"))
    assert [q.code for q in asked.value.questions] == ["file-times"]
    report = importing.import_by_command("d", paths, None, importing.Answers((), "yes"))
    assert (report.tables["session"], report.tables["episode"]) == (17, 9)
    assert read(LANDED) == [(1, 9, 12), (3, 8, 3)]
    assert read("SELECT age FROM episode WHERE episode = 'p1'") == [(21,)]
    later = written(tmp_path, "PHQ follow-up.csv", [*AFTER[:-1], ["p7", 9]])
    more = brought(later, ("existing", "append"))  # nothing is asked any more
    assert more.tables["session"] == 25
    assert [session for session, *_ in read(LANDED)] == [1, 3, 4]


def test_sheets_called_so_stand_beside_one_of_patients(store, tmp_path):
    people = [["patient", "sex"], *([f"p{p}", "fm"[p % 2]] for p in range(9))]
    path = book(tmp_path / "all.xlsx", People=people, Intake=BEFORE, Discharge=AFTER)
    report = brought(path, settle="yes")
    assert [f.role for f in report.files] == ["episode", "session", "session"]
    assert read(LANDED) == [(1, 9, 12), (3, 8, 3)]


def test_alike_sheets_called_so_are_sessions(store, tmp_path):
    alike = [BEFORE[0], *([f"p{p}", 20 + p, 9 - p] for p in range(9))]
    report = brought(book(tmp_path / "two.xlsx", Pre=BEFORE, Post=alike), settle="yes")
    assert report.tables["session"] == 18
    assert read(LANDED) == [(1, 9, 12), (2, 9, 1)]


def test_names_that_tell_no_time_make_no_sessions(store, tmp_path):
    paths = [written(tmp_path, "north.csv", BEFORE), written(tmp_path, "south.csv", AFTER)]
    with pytest.raises(ImportRefused, match="No file has session rows"):
        importing.import_by_command("d", paths, None, importing.Answers((), "yes"))
