"""Random reports pass a second audit, which finds what is wrong in them where something is."""

import copy
from dataclasses import replace

import pytest

from analysis.demo import make_demo
from analysis.presentation.tables.table import Cell
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.request import of_kind
from analysis.sharing.writing.document import KeyFigures, Paragraph
from analysis.store.queries.treatments.outcome_cells import EVERYTHING
from benchmarks.shared_documents import audited
from tests.attackers.auditor import faults
from tests.attackers.charts import chart_rows
from tests.attackers.truth import Truth

DOCUMENTS = 1  # five seconds each; `benchmarks.shared_documents` makes a thousand


def test_random_documents_have_no_fault(monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", "set by the benchmark")
    assert [found for found in audited(DOCUMENTS, 7) if found] == []


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A shared report, and what the second audit says of a changed one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        make_demo(name="d", episodes=600, seed=3)
        document = build(of_kind("outcomes", Scope("d"))).document
        truth = Truth(OutcomeQuestion("d"))
    return document, lambda changed: faults(changed, truth, EVERYTHING)


@pytest.mark.parametrize(
    ("column", "text"),
    [("With both scores", "37"), ("Reliable improvement", "97\u00a0% (90–99)")],
    ids=["an exact count", "nearly everybody"],
)
def test_the_second_audit_finds_what_is_wrong(column, text, shared):
    document, found = shared
    [table] = [t for t in document.tables if t.caption == "Outcomes by treatment model"]
    at = [c.name for c in table.columns].index(column)
    row = (*table.rows[0][:at], Cell(text), *table.rows[0][at + 1 :])
    assert found(_with(document, table, replace(table, rows=(row, *table.rows[1:]))))


@pytest.mark.parametrize("column", ["limit", "target", "n", "share", "signal"])
def test_the_second_audit_reads_the_funnel(column, shared):
    document, found = shared
    [chart] = [c for c in document.charts if c.caption.startswith("Clinics in a funnel")]
    assert not found(document)
    spec = copy.deepcopy(chart.spec)
    row = next(row for row in chart_rows(spec) if column in row)
    changed = {"signal": lambda was: "" if was else "outside", "n": lambda was: was + 2}
    row[column] = changed.get(column, lambda was: was + 0.01)(row[column])
    said = found(_with(document, chart, replace(chart, spec=spec)))
    assert any("funnel" in fault for fault in said)


def _table(document, **changes):
    [table] = [t for t in document.tables if t.caption == "Outcomes by treatment model"]
    return table, replace(table, **changes)


def _cell(document, text: str):
    """Another rate in the first row: its column is the one before the last."""
    table, _ = _table(document)
    row = (*table.rows[0][:-2], Cell(text), table.rows[0][-1])
    return table, replace(table, rows=(row, *table.rows[1:]))


def _column(document):
    table, _ = _table(document)
    name = replace(table.columns[-1], name="Patients")
    return table, replace(table, columns=(*table.columns[:-1], name))


def _chart(document, change):
    chart = next(c for c in document.charts if c.caption.startswith("Rates with"))
    return chart, change(chart)


def _point(chart, **values):
    spec = copy.deepcopy(chart.spec)
    next(row for row in chart_rows(spec) if "shown" in row).update(values)
    return replace(chart, spec=spec)


def _first(document, kind):
    return next(b for s in document.sections for b in s.blocks if isinstance(b, kind))


def _figure(document, **changes):
    block = _first(document, KeyFigures)
    return block, KeyFigures((replace(block.figures[0], **changes), *block.figures[1:]))


UNKNOWN = {
    "a table": lambda d: _table(d, caption="Patients by age"),
    "a column": _column,
    "a note with a number": lambda d: _table(d, notes=("One of 12 had no score.",)),
    "a rate with decimals": lambda d: _cell(d, "4.5\u00a0% (2–7)"),
    "a rate without its sign": lambda d: _cell(d, "45"),
    "an interval of another size": lambda d: _cell(d, "45\u00a0% (44–46)"),
    "a limit of another size": lambda d: _cell(d, "under 51\u00a0%"),
    "a chart": lambda d: _chart(d, lambda c: replace(c, caption="Scores")),
    "a chart's column": lambda d: _chart(d, lambda c: _point(c, count=12)),
    "a point elsewhere": lambda d: _chart(d, lambda c: _point(c, share=0.123)),
    "of another number": lambda d: _chart(d, lambda c: _point(c, of="of 123")),
    "a chart's text": lambda d: _chart(d, lambda c: replace(c, alt=f"{c.alt} Of 12.")),
    "a figure's name": lambda d: _figure(d, label="Patients"),
    "another figure": lambda d: _figure(d, value=Cell("99\u00a0%")),
    "a sentence with a number": lambda d: (_first(d, Paragraph), Paragraph("3 of 12 got better.")),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_is_not_known_is_refused(what, shared):
    """A reader who skips what he cannot read finds nothing in it."""
    document, found = shared
    assert found(_with(document, *UNKNOWN[what](document)))


def test_an_unknown_section_is_refused(shared):
    document, found = shared
    sections = (replace(document.sections[0], heading="Patients"), *document.sections[1:])
    assert found(replace(document, sections=sections))


def _with(document, block, changed):
    """The document with another block in place of one."""
    sections = (
        replace(s, blocks=tuple(changed if b is block else b for b in s.blocks))
        for s in document.sections
    )
    return replace(document, sections=tuple(sections))
