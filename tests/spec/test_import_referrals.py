"""A column of referral dates becomes the days until the first session."""

import pytest

from analysis.base.errors import ImportRefused
from analysis.importing.doors import Mapping, guess_mapping
from tests.spec.landing import land

HEAD = "patient,session,date,Date of referral,phq9\n"
ROWS = """p1,1,2025-02-12,2025-01-01,15
p1,2,2025-02-19,2025-01-01,9
p2,1,2025-02-12,,15
p2,2,2025-02-19,,8
p3,1,2025-02-12,2025-02-14,12
p3,2,2025-02-19,2025-02-14,8
p4,1,2025-02-12,2025-02-31,12
"""
DAYS = "SELECT patient, wait_days FROM episode ORDER BY patient"


def guessed(folder, **files: str) -> Mapping:
    paths = []
    for name, text in files.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(text)
    return guess_mapping(paths)


def test_it_is_found_counted_from_and_said_where_it_comes_too_late(tmp_path):
    """42 days; none; two days after the first session; a day that does not exist is set aside."""
    mapping = guessed(tmp_path, a=HEAD + ROWS.replace("2025-02-31", "2025-02-11")).to_toml()
    assert "until_first_session = true" in mapping and 'column = "Date of referral"' in mapping
    assert Mapping.from_text(mapping).to_toml() == mapping
    found = land(tmp_path / "in", HEAD + ROWS, mapping)
    assert found.rows(DAYS) == [("p1", 42.0), ("p2", None), ("p3", -2.0), ("p4", None)]
    assert found.warned("in 1 episodes the day in 'Date of referral' comes after the first session")
    assert [row["reason"] for row in found.quarantine] != []
    label = "SELECT label, unit, factor FROM dictionary WHERE name = 'wait_days'"
    assert found.rows(label) == [("Days from referral to the first session", "episode", "process")]


def test_a_file_of_treatments_has_them_too_and_the_first_of_two_is_kept(tmp_path):
    sessions = "patient,session,date,phq9\np1,1,2025-03-03,15\np1,2,2025-03-10,9\n"
    treatments = "patient,Überweisungsdatum\np1,2025-02-24\n"
    mapping = guessed(tmp_path, sessions=sessions, treatments=treatments).to_toml()
    files = {"sessions.csv": sessions, "treatments.csv": treatments}
    assert land(tmp_path / "in", files, mapping).rows(DAYS) == [("p1", 7.0)]
    changing = HEAD + "p1,1,2025-02-12,2025-02-05,15\np1,2,2025-02-19,2025-02-06,9\n"
    plain = guessed(tmp_path, a=HEAD + ROWS.replace("2025-02-31", "2025-02-11")).to_toml()
    found = land(tmp_path / "again", changing, plain)
    assert found.rows(DAYS) == [("p1", 7.0)]
    assert found.warned("differs between the rows of 1 of them; the first value is kept")


def test_days_until_the_first_session_are_of_a_treatment():
    with pytest.raises(ImportRefused, match="are of a treatment"):
        Mapping.from_text("[variables.wait]\nuntil_first_session = true\n")
