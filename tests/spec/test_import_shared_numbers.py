"""Clinics that each number their patients 1, 2, 3 … have patients of their own."""

import random

import openpyxl

from analysis.importing.doors import guess_mapping
from tests.spec.landing import PHQ, land

HEAD = "patient,session,date,phq9\n"
MAPPING = '[keys]\npatient = "patient"\nsession = "session"\ndate = "date"\n' + PHQ
WITH_CLINIC = MAPPING.replace("[variables", '\nclinic = "clinic"\n[variables', 1).replace(
    "\n\n", "\n"
)
UNITS = "SELECT patient, count(*) FROM episode JOIN session USING (episode) GROUP BY ALL ORDER BY 1"


def rows(seed: int, month: int = 1, first: int = 1, ids=range(1, 9), clinic: str = "") -> str:
    """Three sessions each of eight patients; who 'seed' is decides the scores."""
    dice = random.Random(f"{seed} {month}")
    return "".join(
        f"{clinic}{i},{first + s},2025-{month:02d}-{7 * s + 1:02d},{dice.randint(0, 27)}\n"
        for i in ids
        for s in range(3)
    )


def test_two_files_of_two_clinics_keep_every_row_and_next_month_goes_on(tmp_path):
    """Before: all 48 rows contradicted each other and were set aside."""
    files = {"North_2025-01.csv": HEAD + rows(1), "South_2025-01.csv": HEAD + rows(2)}
    files |= {f"{s}_patients.csv": "patient,age\n" + ages(s) for s in ("North", "South")}
    aged = MAPPING + '\n[variables.age]\nunit = "episode"\n'
    found = land(tmp_path / "first", files, aged)
    assert [u for u in found.rows(UNITS)] == [
        (f"{site}/{i}", 3) for site in ("north", "south") for i in range(1, 9)
    ]
    assert found.rows("SELECT clinic FROM clinic ORDER BY 1") == [("north",), ("south",)]
    assert found.rows("SELECT min(age), max(age) FROM episode WHERE patient LIKE 'south%'") == [
        (51.0, 58.0)
    ]
    assert found.warned("8 patients' numbers occur in more than one of the files")
    files |= {"North_2025-02.csv": HEAD + rows(1, 2, 4), "South_2025-02.csv": HEAD + rows(2, 2, 4)}
    found = land(tmp_path / "second", files, aged)
    assert {n for _, n in found.rows(UNITS)} == {6} and len(found.rows(UNITS)) == 16


def ages(site: str) -> str:
    return "".join(f"{i},{(20 if site == 'North' else 50) + i}\n" for i in range(1, 9))


def test_one_file_with_its_clinics(tmp_path):
    """Before: 8 patients, each with treatments in both clinics."""
    head = "clinic," + HEAD
    found = land(tmp_path, head + rows(1, clinic="A,") + rows(2, clinic="B,"), WITH_CLINIC)
    assert len(found.rows(UNITS)) == 16 and found.rows(UNITS)[0] == ("A/1", 3)


def test_what_never_changes_within_a_patient_of_a_clinic_is_the_treatment_s(tmp_path):
    """Before: as patient 1 of A and of B differ in age and sex, both were each session's."""
    lines = []
    for at, clinic in enumerate("AB"):
        for line in rows(1).splitlines():
            number = int(line.split(",")[0])
            lines.append(f"{clinic},{line},{20 + 30 * at + number},{'fm'[(number + at) % 2]}")
    (tmp_path / "two.csv").write_text(f"clinic,{HEAD.strip()},age,sex\n" + "\n".join(lines))
    guessed = guess_mapping([tmp_path / "two.csv"])
    units = {v.name: v.unit for v in guessed.variables}
    assert (units["phq9"], units["age"], units["sex"]) == ("session", "episode", "episode")


def test_who_goes_from_one_clinic_to_the_other_is_one_patient(tmp_path):
    """Running numbers of one service; every patient of B had been in A before."""
    text = "clinic," + HEAD + rows(1, clinic="A,") + rows(1, month=2, first=4, clinic="B,")
    found = land(tmp_path / "moved", text, WITH_CLINIC)
    assert found.rows("SELECT count(DISTINCT patient) FROM episode") == [(8,)]
    ids = [f"N-{i * 7919 + 100003}" for i in range(8)]
    text = "clinic," + HEAD + rows(1, ids=ids, clinic="A,") + rows(2, ids=ids, clinic="B,")
    found = land(tmp_path / "both", text, WITH_CLINIC)
    assert found.rows("SELECT count(DISTINCT patient) FROM episode") == [(8,)]


def test_months_that_number_sessions_anew_go_on_by_their_dates(tmp_path):
    """Before: all rows of three months were set aside."""
    files = {f"export-{m}.csv": HEAD + rows(1, m) for m in (1, 2, 3)}
    found = land(tmp_path, files, MAPPING)
    assert found.rows(UNITS) == [(str(i), 9) for i in range(1, 9)]
    assert found.rows("SELECT session FROM session ORDER BY episode, date LIMIT 9") == [
        (i,) for i in range(1, 10)
    ]


def test_a_file_that_does_not_say_which_clinics_patient_it_means(tmp_path):
    files = {"north.csv": HEAD + rows(1), "south.csv": HEAD + rows(2)}
    files["patients.csv"] = "patient,age\n" + ages("North") + "9,44\n"
    found = land(
        tmp_path,
        files,
        MAPPING + '\n[variables.age]\nunit = "episode"\n[answers]\n"much-refused" = "land"\n',
    )
    said = {row["reason"] for row in found.quarantine}
    assert said == {"does not say which clinic's patient it means"} and len(found.quarantine) == 8
    assert found.rows("SELECT count(age) FROM episode") == [(1,)]


def test_corrections_and_a_sheet_for_each_clinic(tmp_path):
    """A second export of the same data with two values corrected is no second clinic."""
    text = HEAD + rows(1)
    lines = text.splitlines()
    corrected = "\n".join([*lines[:-2], *(line[: line.rindex(",")] + ",0" for line in lines[-2:])])
    found = land(tmp_path / "again", {"a.csv": text, "b.csv": corrected + "\n"}, MAPPING)
    assert not found.warned("patients' numbers")
    book = openpyxl.Workbook()
    for sheet, seed in (("North", 1), ("South", 2)):
        page = book.create_sheet(sheet)
        for line in (HEAD + rows(seed)).splitlines():
            page.append(line.split(","))
    del book["Sheet"]
    book.save(tmp_path / "book.xlsx")
    assert dict(guess_mapping([tmp_path / "book.xlsx"]).keys)["clinic"] == "sheet"
