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
from analysis.store.queries.treatments.outcome_cells import EVERYTHING
from benchmarks.shared_documents import audited
from tests.document_auditor import faults
from tests.report_reader import Truth, chart_rows

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


def _with(document, block, changed):
    """The document with another block in place of one."""
    sections = (
        replace(s, blocks=tuple(changed if b is block else b for b in s.blocks))
        for s in document.sections
    )
    return replace(document, sections=tuple(sections))
