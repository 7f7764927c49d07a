"""The document's shape is checked and its texts made storable before any writer sees it."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.base.errors import RequestError
from analysis.presentation.tables.table import Column, Table
from analysis.sharing.writing.checked import MOST_CHARACTERS, checked, plain
from analysis.sharing.writing.document import Chart, Document, Paragraph, Section
from tests.sample_document import hostile, report, texts

REPORT = report(charts=4, tables=2)
CHART = REPORT.charts[-1]


def with_block(block) -> Document:
    return replace(REPORT, sections=(Section("One", (block,)),))


def chart_with(**spec) -> Chart:
    return replace(CHART, spec=copy.deepcopy(CHART.spec) | spec)


def test_a_sound_report_comes_back_as_it_was():
    assert checked(REPORT) == REPORT


def test_charts_and_tables_are_found_in_reading_order():
    assert len(REPORT.charts) == 4
    assert len(REPORT.tables) == 3  # one of them a chart's own


def test_a_report_says_what_no_page_may_leave_unsaid():
    assert replace(REPORT, synthetic=False).marks == ()
    synthetic, internal = replace(REPORT, profile="internal").marks
    assert "Synthetic" in synthetic and "not for sharing" in internal


def test_the_date_is_english_wherever_it_is_made():
    assert REPORT.date_text == "24 November 2026"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (replace(REPORT, title=" "), "no title"),
        (replace(REPORT, profile="public"), "share, internal"),
        (replace(REPORT, language="en<script>"), "language"),
        (replace(REPORT, sections=()), "no section"),
        (replace(REPORT, sections=(Section("", ()),)), "no heading"),
        (with_block("a bare text"), "cannot show a str"),
        (with_block(Table("T", (), ())), "no columns"),
        (with_block(Table("T", (Column("a"),), (texts("1", "2"),))), "2 cells for 1 columns"),
        (with_block(Table("T", (Column("a"),), ((1,),))), "no text"),
        (with_block(Table("T", (Column("a"),), (texts("1"),), exact=({"a": 1.5},))), "not show"),
        (with_block(Table("T", (Column("a"),) * 101, ())), "at most 100 columns"),
        (with_block(replace(CHART, alt="")), "text alternative"),
        (with_block(replace(CHART, fields=("sessions",))), "the column 'episodes'"),
        (with_block(chart_with(data={"url": "https://x.invalid/a.csv"})), "'url'"),
        (with_block(chart_with(data={"values": "a,b"})), "list of rows"),
        (with_block(chart_with(data={"values": [{"sessions": [1]}]})), "texts and numbers"),
        (with_block(chart_with(datasets={"d": [{"patient": "p1"}]})), "the column 'patient'"),
        (with_block(chart_with(encoding={"href": {"field": "sessions"}})), "'href'"),
        (with_block(chart_with(usermeta={"embedOptions": {}})), "'usermeta'"),
        (with_block(chart_with(height=float("nan"))), "plain JSON"),
        (with_block(chart_with(title="x" * 400_000)), "bytes"),
    ],
)
def test_a_broken_report_is_refused_in_words(broken, said):
    with pytest.raises(RequestError, match=said):
        checked(broken)


def test_a_hostile_chart_nested_in_a_layer_is_found():
    layered = chart_with(
        layer=[{"transform": [{"from": {"data": {"values": [{"therapist": 1}]}}}]}]
    )
    with pytest.raises(RequestError, match="therapist"):
        checked(with_block(layered))


@given(st.text(st.characters()) | st.text(st.sampled_from("\x00\x1f\r\n\ufffe\ud800a=<")))
def test_every_text_becomes_one_line_that_xml_holds(text):
    from xml.etree import ElementTree

    out = plain(text)
    element = ElementTree.Element("t", a=out)
    read = ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8"))
    assert read.get("a") == out == plain(out)
    assert len(out.splitlines()) <= 1


def test_text_that_means_something_elsewhere_stays_as_it_is():
    for text in ("=1+1", "<b>", "{{x}}", "#import", "\u202eabc", "😀", "e\u0301"):
        assert plain(text) == text
    assert plain("a\x00<b>\n=1") == "a\ufffd<b> =1"
    assert len(plain("x" * 9_999)) == MOST_CHARACTERS


def test_every_text_of_a_document_is_made_plain():
    document = checked(hostile(("a\x00b",)))
    assert "\x00" not in repr(document)
    assert document.charts[0].spec["data"]["values"] == [{"name": "a\ufffdb", "n": 5}]
    assert isinstance(document.sections[0].blocks[0], Paragraph)
