"""What clinics export: two header lines, survey tools, baseline rows, labels, other names."""

import pytest

from analysis.importing import doors as importing
from analysis.store.versions import catalogue, dataset

SURVEY = (
    "Respondent ID,Collector ID,Start Date,Client code,Session,Rate the session,,,,Finished\n"
    ",,,Open-Ended Response,Open-Ended Response,Relationship,Goals,Approach,Overall,\n"
    + "".join(
        f"11890{p}{s},430,{s:02}/11/2024 09:14:22 AM,C{p},{s},8,7,{s},9,{str(s < 3).upper()}\n"
        for p in range(4)
        for s in (1, 2, 13)
    )
)


def imported(tmp_path, files, name="d", **answers):
    if isinstance(files, str):
        files = {"data.csv": files}
    paths = []
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        paths.append(tmp_path / file)
    given = tuple((code.replace("_", "-"), choice) for code, choice in answers.items())
    return importing.import_by_command(name, paths, None, importing.Answers(given, "ask"))


def rows(query, name="d"):
    with dataset.open_dataset(catalogue.find(name)) as d:
        return d.cursor().execute(query).fetchall()


def test_two_header_lines_are_one(store, tmp_path):
    with pytest.raises(importing.QuestionsOpen, match="header-lines=join"):
        imported(tmp_path, SURVEY)
    report = imported(tmp_path, SURVEY, header_lines="join", unfinished="keep")
    assert (report.rows_read, report.kept) == (12, 12)
    names = [n for (n,) in rows("SELECT label FROM dictionary ORDER BY position")]
    assert names[0] == "Rate the session: Relationship" and "Rate the session: Overall" in names
    assert not {"Respondent ID", "Collector ID", "Start Date"} & set(names)
    assert rows("SELECT count(date) FROM session") == [(12,)]
    again = importing.Mapping.from_text(report.mapping)
    assert dict(again.answers)["header-lines"] == "join"


def test_a_description_below_the_names_is_no_name(store, tmp_path):
    text = "pid,session,q1\nYour code,The session,How are you\np1,1,3\np1,2,4\np2,1,2\np2,2,2\n"
    imported(tmp_path, text, header_lines="join")
    assert rows("SELECT name FROM dictionary") == [("q1",)]


def test_unfinished_sheets_are_asked_about(store, tmp_path):
    with pytest.raises(importing.QuestionsOpen, match="4 of 12 sheets are not finished"):
        imported(tmp_path, SURVEY, header_lines="join")
    report = imported(tmp_path, SURVEY, header_lines="join", unfinished="leave-out")
    assert (report.kept, report.quarantined) == (8, 4)


BASELINE = "patient,session,age,sex,phq9\n" + "".join(
    f"p{p},,{30 + p},{'fm'[p % 2]},\n" + "".join(f"p{p},{s},,,{20 - s}\n" for s in (1, 2, 3))
    for p in range(6)
)


def test_baseline_rows_feed_the_treatment(store, tmp_path):
    with pytest.raises(importing.QuestionsOpen, match="6 rows have no session number"):
        imported(tmp_path, BASELINE)
    report = imported(tmp_path, BASELINE, baseline_rows="treatment")
    assert report.tables["session"] == 18 and report.tables["episode"] == 6
    assert rows("SELECT episode, age, sex FROM episode ORDER BY episode")[1] == ("p1", 31.0, "m")
    assert sum(dict(f.cells)["landed"] for f in report.files) == sum(
        dict(f.cells)["read"] for f in report.files
    )


def test_baseline_rows_with_scores_are_session_0(store, tmp_path):
    text = BASELINE.replace("m,\n", "m,21\n").replace("f,\n", "f,21\n")
    imported(tmp_path, text, baseline_rows="session-0")
    assert rows("SELECT count(*), min(session) FROM session") == [(24, 0)]
    assert rows("SELECT age FROM episode WHERE episode = 'p1'") == [(31.0,)]


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [
        (("Session 1", "Session 2", "Session 3"), [1, 2, 3]),
        (("S01", "S02", "S10"), [1, 2, 10]),
        (("session_1_arm_1", "session_2_arm_1", "session_3_arm_1"), [1, 2, 3]),
        (("Sitzung 1", "Sitzung 2", "Sitzung 3"), [1, 2, 3]),
    ],
)
def test_labels_with_numbers_are_numbers(store, tmp_path, labels, numbers):
    text = "patient,session,phq9\n" + "".join(f"p{p},{s},9\n" for p in (1, 2) for s in labels)
    imported(tmp_path, text)
    assert rows("SELECT session FROM session WHERE episode = 'p1'") == [(n,) for n in numbers]


def test_labels_in_their_order_are_asked_about(store, tmp_path):
    labels = ("Pre", "Post", "Follow-up 1")
    text = "patient,timepoint,phq9\n" + "".join(f"p{p},{s},9\n" for p in (1, 2) for s in labels)
    with pytest.raises(importing.QuestionsOpen, match="'Pre' = 1, 'Post' = 2, 'Follow-up 1' = 3"):
        imported(tmp_path, text)
    imported(tmp_path, text, session_labels="ranked")
    assert rows("SELECT session FROM session WHERE episode = 'p1'") == [(1,), (2,), (3,)]


def test_months_with_other_names_for_the_same_column(store, tmp_path):
    files = {
        "jan.csv": "patient,session,phq9,empathy\np1,1,9,3\np2,1,8,2\n",
        "feb.csv": "Client ID,Session No,PHQ-9 total,Empathy\np1,2,7,3\np2,2,6,2\n",
    }
    report = imported(tmp_path, files)
    assert report.tables["session"] == 4
    assert rows("SELECT phq9, empathy FROM session ORDER BY ALL") == [
        (6, 2),
        (7, 3),
        (8, 2),
        (9, 3),
    ]


def test_ids_that_a_spreadsheet_cut_off_are_named(store, tmp_path):
    text = "patient,session,phq9\n1.23E+11,1,9\n1.23E+11,2,9\nP4,1,3\nP4,2,3\n"
    with pytest.raises(importing.QuestionsOpen, match="2 ids in 'patient' are numbers that a"):
        imported(tmp_path, text)
    report = imported(tmp_path, text, damaged_ids="set-aside", much_refused="land")
    assert (report.kept, report.quarantined) == (2, 2)


def test_american_dates_number_the_sessions(store, tmp_path):
    """Days past the twelfth: read day first, as evidence was, hardly one of them is a date."""
    days = "".join(
        f"{p},{m:02}/{d}/2024 {h}:05 {half},{d - p}\n"
        for p in (1, 2)
        for m, d, h, half in ((3, 14, 2, "PM"), (3, 21, 12, "PM"), (4, 28, 12, "AM"))
    )
    assert imported(tmp_path, "Client ID,Admin Date,PHQ-9\n" + days).kept == 6
    told = rows("SELECT DISTINCT session, date FROM session ORDER BY ALL")
    assert [f"{n} {d}" for n, d in told] == ["1 2024-03-14", "2 2024-03-21", "3 2024-04-28"]
