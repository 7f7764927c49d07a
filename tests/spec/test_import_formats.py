"""One table in every format gives one version; what is no table is refused, in its own process."""

import datetime
import io
import zipfile
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import xlsxwriter

from analysis.base.errors import ImportRefused
from analysis.importing import doors as importing
from tests.spec.landing import land

MAPPING = """
[keys]
patient = "patient"
therapist = "therapist"
session = "session"
date = "day"
[variables.phq9]
factor = "outcome"
instrument = "phq9"
[variables.wai]
minimum = 1
maximum = 5
"""
CLINIC_FILES = Path(__file__).parent / "clinic_files"
DAY = datetime.date(2024, 3, 1)
ROWS = [
    (f"0{p}", f"t{p % 3}", s, DAY + datetime.timedelta(7 * s + p), 20 - s, w)
    for p in range(1, 7)
    for s, w in ((1, 4.25), (2, None), (3, 3.5))
]
NAMES = ("patient", "therapist", "session", "day", "phq9", "wai")


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=NAMES)


def csv_text(delimiter=",", decimal=".", dates="%Y-%m-%d") -> str:
    table = frame().assign(day=[r[3].strftime(dates) for r in ROWS])
    return table.to_csv(index=False, sep=delimiter, decimal=decimal)


def workbook(folder, date_1904=False) -> bytes:
    path = folder / "made.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": date_1904}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, NAMES)
        for i, row in enumerate(ROWS, start=1):
            for j, value in enumerate(row):
                if isinstance(value, datetime.date):
                    # Past noon: the day stays the day.
                    noon = datetime.datetime.combine(value, datetime.time(13, 30))
                    sheet.write_datetime(i, j, noon, day)
                elif value is not None:
                    sheet.write(i, j, value)
    return path.read_bytes()


def statistics(folder, kind: str) -> bytes:
    path = folder / f"made.{kind}"
    if kind == "xpt":  # the older version has names of eight letters
        pyreadstat.write_xport(frame(), str(path), file_format_version=8)
    else:
        write = pyreadstat.write_sav if kind == "sav" else pyreadstat.write_dta
        write(frame(), str(path))
    return path.read_bytes()


def parquet() -> bytes:
    stream = io.BytesIO()
    frame().to_parquet(stream)
    return stream.getvalue()


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../sessions.csv", csv_text())
    return stream.getvalue()


def opendocument() -> bytes:
    """The table as OpenDocument writes it: typed cells in one XML part."""
    lines = [list(NAMES), *[list(row) for row in ROWS]]
    body = "".join(
        f"<table:table-row>{''.join(map(_cell, line))}</table:table-row>" for line in lines
    )
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} '
        'office:version="1.3"><office:body><office:spreadsheet><table:table table:name="Data">'
        f"{body}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", content)
    return stream.getvalue()


MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest manifest:version="1.3" '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
    'manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def _cell(value) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, datetime.date):
        kind = f'office:value-type="date" office:date-value="{value}T13:30:00"'
    elif isinstance(value, str):
        kind = 'office:value-type="string"'
    else:
        kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"


FORMATS = {
    "old.xls": lambda folder: (CLINIC_FILES / "table.xls").read_bytes(),
    "open.ods": lambda folder: opendocument(),
    "sas.xpt": lambda folder: statistics(folder, "xpt"),
    "decimal commas.csv": lambda folder: csv_text(";", ",", "%d.%m.%Y").encode("cp1252"),
    "x1900.xlsx": workbook,
    "x1904.xlsx": lambda folder: workbook(folder, date_1904=True),
    "spss.sav": lambda folder: statistics(folder, "sav"),
    "stata.dta": lambda folder: statistics(folder, "dta"),
    "table.parquet": lambda folder: parquet(),
    "sessions.zip": lambda folder: zipped(),
}


@pytest.mark.parametrize("name", FORMATS)
def test_one_table_in_every_format_is_one_version(store, tmp_path, name):
    version = land(tmp_path / "plain", csv_text(), MAPPING).report.version
    again = land(tmp_path / "other", {name: FORMATS[name](tmp_path)}, MAPPING).report
    assert (again.version, again.already_loaded) == (version, True)
    assert not list(store.rglob("rapport-read-*"))


def packed(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


SHEET = "xl__worksheets__sheet1.xml"
BAD = {
    "bomb.zip": (packed(a=bytes(200_000_000)), "unpacks to far more"),
    "many parts.xlsx": (packed(**{f"xl__{i}": b"" for i in range(1100)}), "1100 parts"),
    "entities.xlsx": (packed(**{SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}), "document type"),
    "far cell.xlsx": (
        packed(**{SHEET: b'<row r="1"><c r="A1"/><c r="XFD1048576"/></row>'}),
        "1048576 rows",
    ),
    "macros.xlsm": (packed(**{SHEET: b"<x/>", "xl__vbaProject.bin": b"x"}), "macros"),
    "password.xlsx": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
        "password",
    ),
    "no workbook.xlsx": (packed(xl__workbook=b"<x/>"), "no workbook"),
    "cut off.sav": (b"$FL2@(#) SPSS DATA FILE" + bytes(100), "cut off"),
    "cut off.dta": (b"<stata_dta><header>" + bytes(100), "cut off"),
    "two files.zip": (packed(a=b"x,y\n1,2\n", b=b"x,y\n1,2\n"), "holds 2 files"),
    "cut off.zip": (zipped()[:100], "cut off"),
    "page.xls": (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_is_refused(store, tmp_path, name):
    content, told = BAD[name]
    with pytest.raises(ImportRefused, match=told) as caught:
        land(tmp_path, {name: content}, MAPPING)
    assert name in caught.value.where and caught.value.next_step
    assert not any(store.glob("*"))


def test_a_workbook_as_clinics_have_them(store, tmp_path):
    """A title above, merged patients, a hidden row, a second sheet, an error, a formula."""
    path = tmp_path / "clinic.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sessions")
        sheet.write(0, 0, "Export of the clinic")
        sheet.write_row(1, 0, ["patient", "session", "phq9"])
        for i in range(6):
            sheet.write_row(2 + i, 1, [i % 2 + 1, 10 + i])
            if i % 2 == 0:
                sheet.merge_range(2 + i, 0, 3 + i, 0, f"p{i}")
        sheet.set_row(4, None, None, {"hidden": True})
        notes = book.add_worksheet("Codebook")
        notes.write(0, 0, "what the columns mean")
    mapping = '[keys]\npatient = "patient"\nsession = "session"\n[variables.phq9]\n'
    with pytest.raises(importing.QuestionsOpen) as asked:
        importing.import_files(
            "d", [path], importing.Mapping.from_text(mapping), answers=importing.Answers((), "ask")
        )
    assert [q.code for q in asked.value.questions] == ["hidden-rows", "title-lines"]
    landed = land(tmp_path, {"clinic.xlsx": path.read_bytes()}, mapping)
    assert landed.rows("SELECT episode, session, phq9 FROM session") == [
        ("p0", 1, 10),
        ("p0", 2, 11),
        ("p2", 1, 12),
        ("p2", 2, 13),
        ("p4", 1, 14),
        ("p4", 2, 15),
    ]
    assert landed.warned("3 merged ranges") and landed.warned("only its sheet with a table")
    left_out = '[answers]\n"hidden-rows" = "leave-out"\n'
    again = land(tmp_path, {"clinic.xlsx": path.read_bytes()}, mapping + left_out)
    assert again.report.tables["session"] == 5


def test_an_archive_whose_content_was_damaged_is_refused_in_words(store, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", "patient,session,phq9\n" + "p1,1,5\n" * 500)
    raw = bytearray(packed.getvalue())
    start = 30 + len("data.csv")
    raw[start : start + 8] = b"\xff" * 8  # no deflate stream begins so
    (tmp_path / "data.zip").write_bytes(raw)
    with pytest.raises(ImportRefused, match="archive is damaged"):
        importing.import_files("d", [tmp_path / "data.zip"], importing.Mapping.from_text(MAPPING))
