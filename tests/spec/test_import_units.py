"""Table in, table out: whose row is it, and what happens when the ids do not say."""

import pytest

from analysis.base.errors import ImportRefused
from tests.spec.landing import KEYS, PHQ, land

FULL = KEYS + 'therapist = "therapist"\nclinic = "clinic"\n' + PHQ


def test_one_file_becomes_four_tables(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,therapist,clinic,session,phq9\n"
        "p1,t1,north,1,20\np1,t1,north,2,15\np2,t2,south,1,9\n",
        FULL,
    )
    assert landed.rows("FROM clinic") == [("north",), ("south",)]
    assert landed.rows("FROM therapist") == [("t1", "north"), ("t2", "south")]
    assert landed.rows("SELECT episode, patient, therapist FROM episode") == [
        ("p1", "p1", "t1"),
        ("p2", "p2", "t2"),
    ]
    assert landed.rows("SELECT episode, session, phq9 FROM session") == [
        ("p1", 1, 20.0),
        ("p1", 2, 15.0),
        ("p2", 1, 9.0),
    ]
    assert landed.report.warnings == () and landed.report.quarantine_path is None


def test_without_therapist_and_clinic_there_is_one_of_each(store, tmp_path):
    landed = land(tmp_path, "patient,session,phq9\np1,1,20\n", KEYS + PHQ)
    assert landed.rows("FROM therapist") == [("unknown", "unknown")]
    assert landed.warned("names the therapist") and landed.warned("names the clinic")


def test_ids_are_text(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,session,phq9\n00123,1,1\n123,1,2\n1E5,1,3\n100000,1,4\nNA,1,5\n"
        "9007199254740993,1,6\n9007199254740992,1,7\nnull,1,8\n",
        KEYS + PHQ,
    )
    patients = [p for (p,) in landed.rows("SELECT patient FROM episode ORDER BY patient")]
    assert patients == sorted(
        ["00123", "123", "1E5", "100000", "NA", "9007199254740993", "9007199254740992", "null"]
    )


def test_ids_that_differ_in_case_stay_apart_and_are_said(store, tmp_path):
    landed = land(tmp_path, "patient,session,phq9\nab,1,1\nAB,1,2\n", KEYS + PHQ)
    assert landed.report.tables["patient"] == 2 and landed.warned("differ only in case")


def test_a_row_without_patient_is_quarantined(store, tmp_path):
    landed = land(tmp_path, "patient,session,phq9\n,1,1\np,1,2\n", KEYS + PHQ)
    assert [(q["row"], q["column"]) for q in landed.quarantine] == [("2", "patient")]


def test_a_missing_therapist_is_never_dropped(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,therapist,clinic,session,phq9\np1,,north,1,20\np2,t2,north,1,9\np2,,north,2,8\n",
        FULL,
    )
    assert landed.rows("SELECT episode, therapist FROM episode") == [
        ("p1", "unknown"),
        ("p2", "t2"),
    ]
    assert landed.warned("1 sessions name no therapist; they count for no therapist")
    assert landed.warned("1 sessions name no therapist; the only therapist of their episode")


def test_one_code_in_two_clinics_is_two_therapists(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,therapist,clinic,session,phq9\np1,1,north,1,20\np2,1,south,1,9\np3,2,south,1,9\n",
        FULL,
    )
    assert landed.rows("FROM therapist") == [
        ("2", "south"),
        ("north/1", "north"),
        ("south/1", "south"),
    ]
    assert landed.warned("1 therapist codes occur in more than one clinic")


def test_a_patient_with_two_therapists_has_two_episodes(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,therapist,clinic,session,phq9\np1,t1,north,1,20\np1,t2,north,2,9\np2,t1,north,1,1\n",
        FULL,
    )
    assert landed.rows("SELECT episode, patient, therapist FROM episode") == [
        ("p1/t1", "p1", "t1"),
        ("p1/t2", "p1", "t2"),
        ("p2", "p2", "t1"),
    ]
    assert landed.warned("1 patients have more than one therapist")


def test_composed_names_that_clash_stay_apart(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,therapist,clinic,session,phq9\na,b,k,1,20\na,c,k,2,9\na/b,b,k,1,5\n",
        FULL,
    )
    assert landed.report.tables["episode"] == 3
    assert landed.rows("SELECT count(*) FROM session") == [(3,)]


def test_episode_ids_used_by_two_patients_get_the_patient_in_front(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,episode,session,phq9\np1,1,1,20\np1,2,1,9\np2,1,1,5\n",
        KEYS + 'episode = "episode"\n' + PHQ,
    )
    episodes = [e for (e,) in landed.rows("SELECT episode FROM episode")]
    assert episodes == ["2", "p1/1", "p2/1"] and landed.warned("used by more than one patient")


def test_equal_rows_are_kept_once_and_unlike_rows_not_at_all(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,session,phq9\np1,1,20\np1,1,20\np1,2,9\np2,1,5\np2,1,6\np2,2,3\n",
        KEYS + PHQ,
    )
    assert landed.rows("SELECT episode, session, phq9 FROM session") == [
        ("p1", 1, 20.0),
        ("p1", 2, 9.0),
        ("p2", 2, 3.0),
    ]
    assert [q["row"] for q in landed.quarantine] == ["3", "5", "6"]
    assert landed.warned("3 rows repeat a session")


def test_without_session_numbers_the_date_orders(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,day,phq9\np1,2026-01-15,15\np1,2026-01-01,20\np1,2026-01-29,9\n",
        '[keys]\npatient = "patient"\ndate = "day"\n' + PHQ,
    )
    assert landed.rows("SELECT session, phq9, weeks_since_intake FROM session") == [
        (1, 20.0, 0.0),
        (2, 15.0, 2.0),
        (3, 9.0, 4.0),
    ]


def test_weeks_come_from_dates_then_from_the_column(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,session,day,w,phq9\np1,1,2026-01-01,7,20\np1,2,2026-01-08,7,15\np1,3,,7,9\n",
        KEYS + 'date = "day"\nweeks = "w"\n' + PHQ,
    )
    assert landed.rows("SELECT weeks_since_intake FROM session") == [(0.0,), (1.0,), (7.0,)]


def test_session_numbers_are_whole_and_from_zero_on(store, tmp_path):
    right, wrong = ["0", "5", "6.0", "+3"], ["Post-Rx", "2.5", "-1", "", "1e3", "99999999999"]
    rows = "".join(f"p{i},{text},20\n" for i, text in enumerate([*right, *wrong]))
    landed = land(tmp_path, "patient,session,phq9\n" + rows, KEYS + PHQ)
    assert landed.rows("SELECT session FROM session ORDER BY episode") == [(0,), (5,), (6,), (3,)]
    assert [q["row"] for q in landed.quarantine] == [str(i) for i in range(6, 12)]
    assert {q["column"] for q in landed.quarantine} == {"session"}


def test_a_value_of_the_episode_in_session_rows(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,session,age,phq9\np1,1,,20\np1,2,40,15\np1,3,41,9\np2,1,30,3\n",
        KEYS + PHQ + '[variables.age]\nunit = "episode"\n',
    )
    assert landed.rows("SELECT episode, age FROM episode") == [("p1", 40.0), ("p2", 30.0)]
    assert landed.warned("'age' is measured once in each episode but differs")


FOUR = {
    "sessions.csv": "patient,session,phq9\np1,1,20\np1,2,15\np2,1,9\np9,1,1\n",
    "episodes.csv": "patient,therapist,begin,end,how,age\n"
    "p1,t1,2026-01-01,2026-03-01,completed,40\np2,t2,,,drop-out,30\np3,t1,,,,50\n",
    "therapists.csv": "therapist,clinic,years\nt1,north,5\nt2,south,9\nt3,south,1\n",
    "clinics.csv": "clinic,rural\nnorth,yes\nsouth,no\n",
}
FOUR_MAPPING = (
    KEYS
    + """therapist = "therapist"
clinic = "clinic"
started = "begin"
ended = "end"
ending = "how"
[variables.age]
unit = "episode"
[variables.years]
unit = "therapist"
[variables.rural]
unit = "clinic"
kind = "category"
"""
    + PHQ
)


def test_four_files(store, tmp_path):
    landed = land(tmp_path, FOUR, FOUR_MAPPING)
    assert landed.rows("FROM clinic ORDER BY ALL") == [
        ("north", "yes"),
        ("south", "no"),
        ("unknown", None),
    ]
    assert landed.rows("FROM therapist ORDER BY ALL") == [
        ("t1", "north", 5.0),
        ("t2", "south", 9.0),
        ("t3", "south", 1.0),
        ("unknown", "unknown", None),
    ]
    assert landed.rows("SELECT episode, therapist, ending, age FROM episode ORDER BY ALL") == [
        ("p1", "t1", "planned", 40.0),
        ("p2", "t2", "unplanned", 30.0),
        ("p3", "t1", None, 50.0),
        ("p9", "unknown", None, None),
    ]
    assert [f.role for f in landed.report.files] == ["session", "episode", "therapist", "clinic"]
    assert landed.warned("1 episodes have no session")
    assert landed.warned("1 therapists have no episode")


def test_the_order_of_files_does_not_matter(store, tmp_path):
    version = land(tmp_path / "1", FOUR, FOUR_MAPPING).report.version
    turned = dict(reversed(FOUR.items()))
    again = land(tmp_path / "2", turned, FOUR_MAPPING).report
    assert (again.version, again.already_loaded) == (version, True)


def test_sessions_that_fit_two_episodes_of_their_patient_are_quarantined(store, tmp_path):
    landed = land(
        tmp_path,
        {
            "s.csv": "patient,session,phq9\np1,1,20\np2,1,9\n",
            "e.csv": "patient,episode\np1,e1\np1,e2\np2,e3\n",
        },
        KEYS + 'episode = "episode"\n' + PHQ,
    )
    assert [(q["file"], q["row"]) for q in landed.quarantine] == [("s.csv", "2")]
    assert landed.rows("SELECT episode FROM session") == [("e3",)]


def test_episode_rows_that_contradict_each_other_are_quarantined(store, tmp_path):
    landed = land(
        tmp_path,
        {
            "s.csv": "patient,session,phq9\np1,1,20\np2,1,9\n",
            "e.csv": "patient,age\np1,40\np1,41\np2,30\np2,30\n,3\n",
        },
        KEYS + PHQ + '[variables.age]\nunit = "episode"\n',
    )
    assert [(q["file"], q["row"]) for q in landed.quarantine] == [
        ("e.csv", "2"),
        ("e.csv", "3"),
        ("e.csv", "5"),
        ("e.csv", "6"),
    ]
    assert landed.rows("SELECT episode, age FROM episode") == [("p1", None), ("p2", 30.0)]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ('[keys]\npatient = "patiend"\nsession = "session"\n' + PHQ, "did you mean 'patient'"),
        (KEYS + "[variables.phq8]\n", "did you mean 'phq9'"),
        ('[keys]\nsession = "session"\n' + PHQ, "whose session"),
        ('[keys]\npatient = "patient"\n' + PHQ, "order of the sessions"),
        (KEYS, "no variable"),
        (KEYS + PHQ + 'instrument = "phq-nine"\n', "instrument"),
        ('[[files]]\nname = "data.csv"\nrole = "episode"\n' + KEYS + PHQ, "coarser unit"),
        (KEYS + PHQ + '[variables.PHQ9]\ncolumn = "phq9"\n', "one name"),
        (KEYS + PHQ + '[variables.date]\ncolumn = "phq9"\n', "name of a key"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(store, tmp_path, mapping, told):
    from analysis.base.errors import RapportError

    with pytest.raises(RapportError, match=told):
        land(tmp_path, "patient,session,phq9\np1,1,20\n", mapping)
    assert not any(store.glob("*"))


def test_a_file_that_the_mapping_does_not_name_is_refused(store, tmp_path):
    files = {"a.csv": "patient,session,phq9\np1,1,20\n", "b.csv": "patient,age\np1,3\n"}
    with pytest.raises(ImportRefused, match="does not name this file"):
        land(tmp_path, files, '[[files]]\nname = "a.csv"\n' + KEYS + PHQ)
