"""Small files that data managers bring, one row each: what is asked, and what then lands.

The files stand in clinic_files/. Each was made for one way in which an import can go wrong. By page
they go in `tests/app/test_import_cases.py`.
"""

import json
from pathlib import Path

import pytest

from analysis.application import cli
from analysis.importing import doors as importing
from analysis.store.versions import catalogue, dataset
from tests.spec.bad_input_files import Case

FOLDER = Path(__file__).parent / "clinic_files"
# File -> codes of the questions; further answers; sessions, patients and refused cells.
FILES = {
    "jan.csv": ([], [], (18, 6, 0)),
    "feb.csv": ([], [], (16, 8, 0)),
    "wide12.csv": (["shape"], [], (360, 30, 0)),
    "long.csv": (["shape"], [], (80, 20, 0)),
    "items_only.csv": ([], [], (18, 6, 0)),
    "reversed_item.csv": (["reversed:wai_sr"], [], (90, 30, 0)),
    "surveymonkey2.csv": (["header-lines"], [], (36, 12, 0)),
    "a.sav": (["identifier:name"], [], (3, 3, 0)),
    "a.dta": (["identifier:name", "missing-codes:phq"], [], (3, 3, 0)),
    "mixed.xlsx": (
        ["hidden-rows", "formulas", "nothing-lands:big"],
        ["formulas=land", "nothing-lands=land"],
        (4, 3, 2),
    ),
    "patient_code_left_out.csv": (["column-of-patient"], [], (159, 100, 0)),
    "xfd.xlsx": None,
    "parquet_nan.parquet": ([], [], (3, 3, 0)),
    "identifiers.csv": (
        [f"identifier:{c}" for c in ("client_name", "dob", "postcode", "email", "therapist")],
        [],
        (399, 100, 0),
    ),
    "ambiguous_dates.csv": (["date-order:date"], ["date-order=dmy"], (76, 19, 0)),
    "two_digit_year.csv": ([], [], (42, 14, 0)),
    "readme_example_headers.csv": ([], [], (80, 20, 0)),
    "one_point_among_commas.csv": ([], [], (17, 6, 5)),
    "thousands_among_commas.csv": ([], [], (36, 12, 0)),
    "unicode_minus.csv": ([], [], (18, 6, 0)),
    "sessions_backwards.csv": (["session-order"], [], (12, 4, 0)),
    "two_episodes_no_key.csv": (["gaps"], [], (80, 10, 0)),
    "wai_mean_and_sum.csv": (["two-ranges:wai_sr", "shared-codes"], [], (64, 16, 0)),
    "cp1250.csv": (["encoding"], [], (18, 6, 0)),
}


def as_case(name: str) -> Case:
    """A row of the table as the page's tests take it."""
    content = {name: (FOLDER / name).read_bytes()}
    if FILES[name] is None:
        return Case(name, content, refused=".")
    asked, answers, (sessions, _, cells) = FILES[name]
    lands = ("SELECT count(*) FROM session", sessions)
    return Case(name, content, "", tuple(asked), tuple(answers), None, cells=cells, reads=lands)


def run(capsys, *argv: str) -> tuple[int, dict]:
    status = cli.main(["import", *argv, "--json"])
    out = capsys.readouterr().out
    return status, json.loads(out) if out else {}


def value(name: str, query: str):
    with dataset.open_dataset(catalogue.find(name)) as opened:
        return opened.cursor().execute(query).fetchone()[0]


@pytest.fixture(autouse=True)
def own_key(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.importing.meaning.identities.KEY_FILE", tmp_path / "k" / "key")


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_asked_about_and_lands(store, capsys, name):
    status, answer = run(capsys, "d", str(FOLDER / name))
    if FILES[name] is None:
        assert (status, answer) == (2, {})
        return
    asked, answers, (sessions, patients, refused) = FILES[name]
    assert [q["code"] for q in answer.get("questions", [])] == asked
    for question in answer.get("questions", []):
        assert question["evidence"] and len(question["choices"]) >= 1
        offered = [c["choice"] for c in question["choices"]]
        assert question["recommended"] is None or question["recommended"] in offered
    if asked:
        assert status == 2 and not catalogue.datasets()
        given = [part for a in answers for part in ("--answer", a)]
        status, answer = run(capsys, "d", str(FOLDER / name), "--yes", *given)
    assert status == 0
    cells = answer["files"][0]["cells"]
    assert cells["read"] == sum(v for k, v in cells.items() if k != "read")
    assert cells["refused"] == refused
    assert (answer["tables"]["session"], answer["tables"]["patient"]) == (sessions, patients)


def test_two_months_join_and_the_second_asks_nothing_more(store, capsys):
    assert run(capsys, "d", str(FOLDER / "jan.csv"))[0] == 0
    status, answer = run(capsys, "d", str(FOLDER / "feb.csv"))
    assert status == 2 and [q["code"] for q in answer["questions"]] == ["existing"]
    assert value("d", "SELECT count(*) FROM session") == 18
    status, answer = run(capsys, "d", str(FOLDER / "feb.csv"), "--append")
    assert status == 0 and answer["tables"]["session"] == 34
    assert value("d", "SELECT count(*) FROM dictionary") == 1  # one phq9
    status, answer = run(capsys, "both", str(FOLDER / "jan.csv"), str(FOLDER / "feb.csv"))
    assert status == 0 and answer["version"] == catalogue.find("d").version


def test_a_corrected_row_replaces_the_one_that_stands(store, capsys, tmp_path):
    run(capsys, "d", str(FOLDER / "jan.csv"))
    first = (FOLDER / "jan.csv").read_text().splitlines()
    (tmp_path / "fix.csv").write_text(f"{first[0]}\n{first[1].rsplit(',', 1)[0]},3\n{first[2]}\n")
    status, answer = run(capsys, "d", str(tmp_path / "fix.csv"), "--append")
    assert status == 2 and [q["code"] for q in answer["questions"]] == ["corrections-session"]
    assert run(capsys, "d", str(tmp_path / "fix.csv"), "--append", "--yes")[0] == 0
    assert value("d", "SELECT count(*) FROM session") == 18
    assert value("d", "SELECT phq9 FROM session WHERE episode = 'P01' AND session = 1") == 3


def test_answers_are_kept_in_the_mapping_file(store, capsys, tmp_path):
    mapping, path = tmp_path / "map.toml", str(FOLDER / "ambiguous_dates.csv")
    mapping.write_text("# ours\n" + importing.guess_mapping([path]).to_toml())
    options = ("--mapping", str(mapping))
    assert run(capsys, "d", path, *options, "--answer", "date-order:date=dmy")[0] == 0
    assert mapping.read_text().startswith("# ours\n")
    assert '"date-order:date" = "dmy"' in mapping.read_text()
    assert run(capsys, "next", path, *options)[0] == 0


def test_names_leave_no_trace_and_ids_stay_linkable(store, capsys):
    assert run(capsys, "d", str(FOLDER / "identifiers.csv"), "--yes")[0] == 0
    assert value("d", "SELECT therapist FROM episode LIMIT 1").startswith("p-")
    for path in store.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"Maria Gomez" not in content and b"Jane Roe" not in content
    status, answer = run(capsys, "d", str(FOLDER / "identifiers.csv"), "--append")
    assert status == 2 and not answer  # the same file again


def test_means_become_sums_and_thousands_are_read(store, capsys):
    run(capsys, "d", str(FOLDER / "wai_mean_and_sum.csv"), "--yes")
    assert value("d", "SELECT phq FROM (SELECT min(wai_sr) AS phq FROM session)") >= 12
    run(capsys, "t", str(FOLDER / "thousands_among_commas.csv"))
    assert value("t", "SELECT max(cost) FROM session") == 1234.56


def test_treatments_a_year_apart_are_two(store, capsys):
    run(capsys, "d", str(FOLDER / "two_episodes_no_key.csv"), "--yes")
    assert value("d", "SELECT count(*) FROM episode") == 20
    assert value("d", "SELECT max(weeks_since_intake) FROM session") < 26
