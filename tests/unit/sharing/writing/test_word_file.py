"""The Word file: real headings and header rows, alternatives in words, texts that stay texts."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.presentation.tables.table import Column, Table
from analysis.sharing.writing.checked import checked, plain
from analysis.sharing.writing.document import Paragraph, Section
from analysis.sharing.writing.word_file import LEFT_OUT, word
from tests.sample_document import HOSTILE, hostile, report
from tests.sample_document import texts as row


def opened(document):
    return docx.Document(io.BytesIO(word(checked(document))))


def all_texts(file) -> list[str]:
    """The text of every paragraph, in tables and out of them."""
    paragraphs = file.element.body.iter(qn("w:p"))
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in paragraphs]


@pytest.fixture(scope="module")
def file():
    return opened(report(4, 6))


@pytest.fixture(scope="module")
def hostile_file():
    return opened(hostile())


def test_headings_are_headings_and_everything_is_there(file):
    document = report(4, 6)
    styled = [(p.style.name, p.text) for p in file.paragraphs]
    subtitles = [("Subtitle", document.subtitle), ("Subtitle", document.date_text)]
    assert styled[:3] == [("Title", document.title), *subtitles]
    headings = [text for style, text in styled if style == "Heading 1"]
    assert headings == [*(s.heading for s in document.sections), "About this report"]
    texts = all_texts(file)
    for text in (*document.marks, *document.notes, *document.provenance):
        assert text in texts
    captions = [text for style, text in styled if style == "Caption"]
    assert len(captions) == len(document.tables) + len(document.charts)


def test_tables_have_header_rows_that_repeat_and_every_cell(file):
    tables = [t for t in file.tables if t._tbl.findall(f".//{qn('w:tblHeader')}")]
    wanted = report(4, 6).tables
    assert len(tables) == len(wanted)
    for table in tables:
        first, *others = table._tbl.tr_lst
        assert first.find(f".//{qn('w:tblHeader')}") is not None
        assert not [row for row in others if row.find(f".//{qn('w:tblHeader')}") is not None]
    read = [[cell.text for cell in row.cells] for row in tables[0].rows]
    assert read == [
        [c.name for c in wanted[0].columns],
        *([c.text for c in r] for r in wanted[0].rows),
    ]
    aligned = tables[0].rows[1].cells[1].paragraphs[0].alignment
    assert aligned is not None and aligned.name == "RIGHT"


def test_each_picture_has_its_alternative_in_words(file):
    told = [shape._inline.docPr.get("descr") for shape in file.inline_shapes]
    assert told == [chart.alt for chart in report(4, 6).charts]


def test_the_pages_are_a4_and_carry_their_marks():
    section = opened(report(1, 1, profile="internal")).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    foot = section.footer.paragraphs[0]
    assert "Synthetic data" in foot.text and "not for sharing" in foot.text
    assert report().footer in foot.text
    assert "PAGE" in foot._p.xml


def test_the_file_tells_the_reports_date_language_and_no_more():
    data = word(checked(report(1, 1, language="en-GB")))
    files = zipfile.ZipFile(io.BytesIO(data))
    assert {info.date_time for info in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert not [n for n in files.namelist() if any(part[1:] in n for part in LEFT_OUT)]
    read = docx.Document(io.BytesIO(data))
    told = read.core_properties
    assert (told.created, told.modified) == (datetime(2026, 11, 24, tzinfo=UTC),) * 2
    assert (told.title, told.author, told.comments) == ("Outcomes of the service", "Rapport", "")
    assert read.styles.element.find(f".//{qn('w:lang')}").get(qn("w:val")) == "en-GB"


@pytest.mark.parametrize("label", HOSTILE, ids=lambda label: repr(label[:20]))
def test_a_hostile_label_is_a_text_in_every_place(hostile_file, label):
    # Heading, paragraph, key figure (3), table (caption, heading, 2 cells, note), chart (caption,
    # note), the sender's notes, the provenance.
    assert all_texts(hostile_file).count(plain(label)) >= 14
    assert [p.text for p in hostile_file.paragraphs if p.style.name == "Heading 1"].count(
        plain(label)
    ) == 1


def test_nothing_in_it_acts(hostile_file):
    files = zipfile.ZipFile(io.BytesIO(word(checked(hostile()))))
    for name in files.namelist():
        content = files.read(name)
        assert b'TargetMode="External"' not in content
        if name.endswith(".xml"):
            found = re.findall(rb"<w:instrText[^>]*>([^<]*)<", content)
            assert found in ([], [b"PAGE"])
            assert not re.search(rb"<w:(hyperlink|altChunk|object)[ >]", content)
        assert not name.startswith(("word/embeddings", "word/vbaProject", "word/activeX"))


texts = st.text(max_size=40) | st.sampled_from(HOSTILE[:29])


@settings(max_examples=6, deadline=None)  # each example writes and reads a whole file
@given(st.lists(st.tuples(texts, texts), min_size=10, max_size=60), texts)
def test_any_text_comes_back_as_it_was_shown(rows, label):
    table = Table(label, (Column(label), Column("n", True)), tuple(row(*pair) for pair in rows))
    sections = (Section("One", (Paragraph(label), table)),)
    file = opened(replace(report(0, 0), sections=sections))
    read = [tuple(cell.text for cell in row.cells) for row in file.tables[0].rows]
    assert read == [(plain(label), "n"), *(tuple(map(plain, row)) for row in rows)]
    assert [p.text for p in file.paragraphs].count(plain(label)) >= 2


def test_what_follows_a_table_keeps_apart_from_its_last_note():
    """Notes and the next paragraph stood so close that it read as one more of them."""
    table = Table("Targets", (Column("Outcome"),), (row("a"),), ("First.", "Second."))
    section = Section("Summary", (table, Paragraph("Next.")))
    file = opened(replace(report(0, 1), sections=(section,)))
    styled = {p.text: p.style.name for p in file.paragraphs}
    assert (styled["First."], styled["Second."]) == ("Note", "Last Note")
    after = {s.name: s.paragraph_format.space_after for s in file.styles if "Note" in s.name}
    assert after["Last Note"] > 2 * after["Note"]
