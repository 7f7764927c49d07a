"""The empty table: what it asks for, and that it comes back without a question."""

import io
import json

import openpyxl
import pytest

from analysis.application import cli
from analysis.base.errors import RequestError
from analysis.importing.template import template_columns, template_csv, template_xlsx
from analysis.store.versions import catalogue


def test_a_filled_in_template_asks_nothing(store, tmp_path, capsys):
    path = tmp_path / "sessions.xlsx"
    assert cli.main(["template", str(path), "--measures", "phq9", "wai_sr"]) == 0
    book = openpyxl.load_workbook(path)
    sheet = book["Sessions"]
    header = [cell.value for cell in sheet[1]]
    for p in range(1, 7):
        for s in range(1, 4):
            row = dict(clinic="n", therapist=f"T{p % 2}", patient=f"00{p}", session=s, age=30 + p)
            row |= dict(phq9=20 - s, wai_sr=30 + s, treatment="CBT", ending="planned")
            row |= dict(date=f"2026-0{s}-0{p}", started=f"2026-01-0{p}")
            sheet.append([row.get(name) for name in header])
    book.save(path)
    capsys.readouterr()
    assert cli.main(["import", "ours", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["tables"] | {"clinic": 1} == answer["tables"] and answer["kept"] == 18
    assert catalogue.find("ours").counts["patient"] == 6
    (file,) = answer["files"]
    assert file["cells"]["refused"] == 0 and file["cells"]["landed"] > 18 * 9


def test_the_workbook_checks_what_is_typed():
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx(template_columns())))
    checks = book["Sessions"].data_validations.dataValidation
    by_kind = {(v.type, v.formula1, v.formula2) for v in checks}
    assert all(str(v.sqref).endswith("5001") for v in checks)
    assert ("whole", "0", "27") in by_kind and (
        "list",
        '"planned,unplanned,ongoing"',
        None,
    ) in by_kind
    told = {row[0].value: row[2].value for row in book["Explanations"].iter_rows(min_row=2)}
    assert told["phq9"] == "0 to 27" and told["wai_sr"] == "12 to 60"


def test_the_text_has_the_same_columns(tmp_path):
    text = template_csv(template_columns()).decode("utf-8-sig")
    assert text.strip().split(",") == [c.name for c in template_columns()]


def test_what_cannot_be_written_is_said(tmp_path, capsys):
    with pytest.raises(RequestError, match="no instrument"):
        template_columns(("phq99",))
    (tmp_path / "there.csv").write_text("x")
    for name in ("there.csv", "a.pdf", "no/a.csv"):
        assert cli.main(["template", str(tmp_path / name)]) == 2
    assert (tmp_path / "there.csv").read_text() == "x"
