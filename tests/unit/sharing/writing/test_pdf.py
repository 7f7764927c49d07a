"""The PDF report: tagged, accessible, archivable, its labels text and its charts with letters."""

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from analysis.presentation.tables.table import Column, Table
from analysis.sharing.writing.checked import checked, plain
from analysis.sharing.writing.document import Paragraph, Section
from analysis.sharing.writing.fitting import (
    GUTTER,
    ROOM,
    SIZE,
    SMALLEST,
    column_widths,
    fitted,
    letter_size,
)
from analysis.sharing.writing.pdf import TEMPLATE, _content, pdf
from tests.sample_document import HOSTILE, hostile, report
from tests.sample_document import texts as row

MARGIN = 22  # millimetres at the left and the right, as in report.typ
LONG = {label for label in HOSTILE if len(label) > 1000}
# No font of a bare machine has these; right-to-left text comes back in the order of its display.
ELSEWHERE = {label for label in HOSTILE if re.search("[\u0590-\u06ff\u202e\u3000-\u9fff]", label)}


@pytest.fixture(scope="module")
def reader() -> PdfReader:
    return PdfReader(io.BytesIO(pdf(checked(report(4, 6)))))


@pytest.fixture(scope="module")
def hostile_text() -> str:
    document = hostile(tuple(label for label in HOSTILE if label not in LONG))
    return text_of(PdfReader(io.BytesIO(pdf(checked(document)))))


def text_of(reader: PdfReader) -> str:
    return squeezed("\n".join(page.extract_text() for page in reader.pages))


def squeezed(text: str) -> str:
    """Without blanks: where a line breaks is no part of a label."""
    return re.sub(r"[\s\u200b\u00a0]", "", text)


def tags(reader: PdfReader) -> list[dict]:
    """Every element of the structure tree, depth first."""
    found, waiting = [], [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop()
        node = node.get_object() if isinstance(node, IndirectObject) else node
        if isinstance(node, dict):
            found.append(node)
            kids = node.get("/K", [])
            waiting += reversed(kids if isinstance(kids, list) else [kids])
    return found


def test_it_claims_accessible_and_archivable_and_is_tagged(reader):
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    metadata = root["/Metadata"].get_data().decode("utf-8")
    assert re.search(r"pdfuaid:part>1<", metadata)
    assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>A<", metadata, re.S)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Outcomes of the service"


def test_headings_tables_and_pictures_are_tagged_as_such(reader):
    kinds = [tag.get("/S") for tag in tags(reader)]
    assert kinds.count("/Table") == len(report(4, 6).tables)
    assert kinds.count("/TH") == 6 * len(report(4, 6).tables)  # six columns each
    assert next(k for k in kinds if k in ("/Title", "/H1", "/H2")) in ("/Title", "/H1")
    alternatives = [tag["/Alt"] for tag in tags(reader) if "/Alt" in tag]
    assert set(alternatives) >= {chart.alt for chart in report(4, 6).charts}


def test_every_font_is_in_the_file(reader):
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"])


def test_every_page_says_what_must_be_said(reader):
    for number, page in enumerate(reader.pages, 1):
        text = squeezed(page.extract_text())
        assert squeezed("Synthetic data: made by a program, not from patients.") in text
        assert squeezed("Counts rounded to 5") in text
        assert f"{number}/{len(reader.pages)}" in text


def test_a_chart_has_its_letters(reader):
    text = text_of(reader)
    for word in ("Extra-therapeutic 20", "Unexplained", "Predictor 8", "Points of PHQ-9"):
        assert squeezed(word) in text


def test_a_long_table_repeats_its_header():
    long = replace(report(0, 1).tables[0], rows=report(0, 1).tables[0].rows * 20)
    document = replace(report(0, 1), sections=(replace(report().sections[0], blocks=(long,)),))
    pages = PdfReader(io.BytesIO(pdf(checked(document)))).pages
    assert len(pages) > 2
    assert all("Effect size" in page.extract_text() for page in pages[1:-1])


@pytest.mark.parametrize("label", sorted(set(HOSTILE) - LONG - ELSEWHERE), ids=repr)
def test_a_hostile_label_is_a_text_in_every_place(hostile_text, label):
    # Paragraph, key figure (3), table (caption, heading, 2 cells, note), chart (3), heading, notes.
    assert hostile_text.count(squeezed(plain(label))) >= 12


def test_a_label_without_a_blank_stays_within_the_margins():
    label = "A" * 200
    table = Table(label, (Column(label), Column("n", True)), (row(label, label),), (label,))
    document = replace(report(0, 0), sections=(Section(label, (Paragraph(label), table)),))
    inputs = {"report": json.dumps(_content(checked(document)))}
    page = typst.compile(TEMPLATE.read_bytes(), format="png", ppi=72, sys_inputs=inputs)
    picture = Image.open(io.BytesIO(page)).convert("L")
    across = MARGIN * 72 / 25.4
    for edge in ((0, across - 2), (picture.width - across + 2, picture.width)):
        assert picture.crop((edge[0], 0, edge[1], picture.height)).getextrema() == (255, 255)
    assert squeezed(text_of(PdfReader(io.BytesIO(pdf(checked(document)))))).count(label) >= 3


def test_letters_without_a_font_are_replaced_and_said():
    text = text_of(PdfReader(io.BytesIO(pdf(checked(hostile(("x \U000f0000 y",)))))))
    assert "x\ufffdy" in text
    assert squeezed("Letters that no font of this computer has") in text


@settings(max_examples=5, deadline=None)  # each example sets a whole report
@given(st.lists(st.text(max_size=20), min_size=30, max_size=60))
def test_any_text_can_be_set(texts):
    rows = tuple(row(text, text) for text in texts)
    table = Table(texts[0], (Column(texts[1]), Column("n", True)), rows, (texts[2],))
    document = replace(report(0, 0), sections=(Section("One", (Paragraph(texts[3]), table)),))
    assert pdf(checked(document)).startswith(b"%PDF-1.7")


def test_two_readers_at_once_both_get_theirs():
    documents = [checked(report(0, 1, subtitle=f"Reader {n}")) for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(pdf, documents)) == [pdf(document) for document in documents]


def test_nothing_in_it_acts():
    data = pdf(checked(hostile(HOSTILE[:12])))
    for word in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/EmbeddedFile", b"/SubmitForm"):
        assert word not in data


def test_a_table_wider_than_the_page_comes_in_parts_that_hold_every_cell():
    columns = tuple(Column(f"Column {k}") for k in range(40))
    table = Table("Wide", columns, (row(*(f"cell {k}" for k in range(40))),), ("A note.",))
    parts = fitted(table)
    widths = [sum(column_widths(part)) for part in parts]
    assert len(parts) > 1
    assert max(widths) <= ROOM * SIZE / SMALLEST
    assert max(widths) - min(widths) <= 2 * max(column_widths(table))  # no lone last column
    assert all(part.columns[0] == columns[0] for part in parts)
    assert [c for part in parts for c in part.rows[0][1:]] == list(table.rows[0][1:])
    assert [part.notes for part in parts] == [()] * (len(parts) - 1) + [("A note.",)]
    assert parts[0].caption.startswith("Wide (columns 2 to ")
    # The heading's word is bold: six letters need the room of seven.
    assert column_widths(table)[0] == len("Column") + 2 + GUTTER


def test_a_table_a_little_too_wide_gets_smaller_letters_first():
    narrow = report().tables[0]
    assert (fitted(narrow), letter_size(narrow)) == ((narrow,), SIZE)
    cell = "39 % (37 to 42 %)"
    table = Table(
        "T", (Column("Period"),) + (Column("Rate", True),) * 6, (row("2024 Q4", *[cell] * 6),)
    )
    assert fitted(table) == (table,)
    assert SMALLEST <= letter_size(table) < SIZE
