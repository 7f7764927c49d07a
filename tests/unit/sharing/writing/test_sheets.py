"""The workbook: texts stay texts, shown numbers are numbers, nothing unshown is in the file."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.presentation.tables.table import Column, Table
from analysis.sharing.writing.checked import checked, plain
from analysis.sharing.writing.document import Chart, Section
from analysis.sharing.writing.workbook.sheets import _sheet_name, xlsx
from tests.sample_document import HOSTILE, hostile, report
from tests.sample_document import texts as cells_of


def opened(document):
    return openpyxl.load_workbook(io.BytesIO(xlsx(checked(document))))


def with_table(table: Table):
    return replace(report(0, 0), sections=(Section("One", (table,)),))


def numbers(caption: str, rows: int) -> Table:
    columns = (Column("Clinic"), Column("Patients", True))
    return Table(caption, columns, tuple(cells_of(f"Clinic {n}", "20") for n in range(rows)))


def cells(book) -> list:
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row]


@pytest.fixture(scope="module")
def hostile_book():
    return opened(hostile())


def test_a_cover_then_one_sheet_a_section():
    document = report(2, 3)
    book = opened(document)
    drawn = [
        [b for b in section.blocks if isinstance(b, (Table, Chart))]
        for section in document.sections
    ]
    assert book.sheetnames[0] == "Report" and len(book.sheetnames) == 1 + sum(map(bool, drawn))
    cover = [cell.value for cell in cells([book["Report"]]) if cell.value]
    assert cover[:3] == [document.title, document.subtitle, document.date_text]
    for text in (*document.marks, *document.notes, *document.provenance, document.footer):
        assert text in cover
    links = [cell.hyperlink for cell in cells([book["Report"]]) if cell.hyperlink]
    captions = [block.caption for blocks in drawn for block in blocks]
    assert [link.display for link in links] == captions
    for link, caption in zip(links, captions, strict=True):
        name, cell = link.location.replace("'", "").split("!")
        assert book[name][cell].value == caption


def test_several_tables_print_on_one_page_and_none_is_torn():
    few = [numbers(f"Table {n}", 6) for n in range(3)]
    sheet = opened(report(0, 0, sections=(Section("One", tuple(few)),))).worksheets[1]
    assert sheet.title == "1 One" and sheet["A1"].value == "One"
    assert sheet.print_title_rows == "$1:$3"
    assert sheet.page_setup.fitToHeight is None  # a page, as by default; 0 is any number
    many = [numbers(f"Table {n}", 30) for n in range(4)]
    sheet = opened(report(0, 0, sections=(Section("One", tuple(many)),))).worksheets[1]
    captions = {c.row for c in sheet["A"] if str(c.value).startswith("Table")}
    breaks = {b.id + 1 for b in sheet.row_breaks.brk}  # a break is named by the row above it
    assert breaks and breaks < captions and sheet.page_setup.fitToHeight == 0


def test_a_long_table_has_a_sheet_of_its_own_with_its_header_on_each_page():
    blocks = (numbers("Short", 5), numbers("Long", 100), numbers("Shorter", 3))
    short, long = opened(report(0, 0, sections=(Section("One", blocks),))).worksheets[1:]
    assert short["A1"].value == "One" and long["A1"].value == "Long"
    assert long.print_title_rows == "$4:$4" and long.page_setup.fitToHeight == 0
    assert long.freeze_panes == "B5"


def test_a_shown_number_is_that_number_and_a_hidden_one_stays_a_text():
    sheet = opened(report(0, 1)).worksheets[1]
    assert [c.value for c in sheet[4]][:6] == [c.name for c in report(0, 1).tables[0].columns]
    assert [c.value for c in sheet[5]][:6] == ["Clinic 1", 1235, 0.41, 0.61, 0.06, -0.51]
    assert [c.number_format for c in sheet[5]][1:6] == ["#,##0", "0\\ %", "0\\ %", "0\\ %", "0.00"]
    assert sheet["C6"].value == "[c]"
    assert sheet.freeze_panes == "B5"
    assert sheet.print_title_rows == "$4:$4"


@pytest.mark.parametrize("label", HOSTILE, ids=lambda label: repr(label[:20]))
def test_a_hostile_label_is_a_text_in_every_place(hostile_book, label):
    found = [cell for cell in cells(hostile_book) if cell.value == plain(label)]
    expected = [cell for cell in found if cell.data_type in ("s", "n")]
    assert len(found) == len(expected) >= 8
    assert {cell.data_type for cell in found} == {"s"} or label == "-1"


def test_no_cell_is_a_formula_and_no_link_leaves_the_file(hostile_book):
    assert not [cell for cell in cells(hostile_book) if cell.data_type == "f"]
    data = zipfile.ZipFile(io.BytesIO(xlsx(checked(hostile()))))
    for name in data.namelist():
        content = data.read(name)
        assert b"<f>" not in content and b"<f " not in content
        assert b'TargetMode="External"' not in content
        assert not name.startswith(("xl/externalLinks", "xl/embeddings", "xl/vbaProject"))


texts = st.text(max_size=40) | st.sampled_from(HOSTILE[:29])


@settings(max_examples=8, deadline=None)  # each example writes and reads a whole workbook
@given(st.lists(st.tuples(texts, texts), min_size=20, max_size=60), texts, texts)
def test_any_text_comes_back_as_it_was_shown(rows, caption, heading):
    table = Table(caption, (Column(heading), Column("n")), tuple(cells_of(*row) for row in rows))
    sheet = opened(with_table(table)).worksheets[1]
    assert (sheet["A1"].value or "") == plain(caption)
    assert (sheet["A4"].value or "") == plain(heading)
    read = [tuple(cell.value or "" for cell in row[:2]) for row in sheet.iter_rows(min_row=5)]
    assert read[: len(rows)] == [tuple(map(plain, row)) for row in rows]


@given(st.lists(texts.map(plain), min_size=1, max_size=20))
def test_any_caption_gives_a_sheet_that_excel_takes(captions):
    names = [_sheet_name(place, caption) for place, caption in enumerate(captions, 1)]
    assert len({name.lower() for name in names}) == len(captions)
    for name in names:
        assert 0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\']|[\U00010000-\U0010ffff]", name)


def test_the_file_tells_the_reports_date_and_no_other():
    data = xlsx(checked(report(1, 1)))
    files = zipfile.ZipFile(io.BytesIO(data))
    assert {info.date_time for info in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    told = opened(report(1, 1)).properties
    assert told.created == told.modified == datetime(2026, 11, 24)
    assert told.title == "Outcomes of the service" and told.creator == "Rapport"


def test_a_chart_has_its_alternative_in_words():
    files = zipfile.ZipFile(io.BytesIO(xlsx(checked(report(1, 0)))))
    (drawing,) = [n for n in files.namelist() if n.startswith("xl/drawings/drawing")]
    assert 'descr="Stacked bar of 100 % of the variance."' in files.read(drawing).decode()


def test_words_beside_a_figure_step_aside():
    columns = (Column("Outcome"), Column("Target", True), Column("Verdict"))
    table = Table("Targets", columns, (cells_of("Recovery", "at least 50 %", "not met"),))
    sheet = opened(report(charts=0, tables=0, sections=(Section("One", (table,)),))).worksheets[1]
    assert [cell.alignment.indent for cell in sheet[4]][:3] == [0, 0, 1]
    assert [cell.alignment.indent for cell in sheet[5]][:3] == [0, 0, 1]


def test_each_sheet_can_stand_alone():
    for sheet in opened(report(1, 1, profile="internal")).worksheets[1:]:
        assert "not for sharing" in sheet["A2"].value
        assert "not for sharing" in sheet.oddFooter.left.text
        assert sheet.sheet_state == "visible"
