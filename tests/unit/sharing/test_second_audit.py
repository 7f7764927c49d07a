"""Random reports pass a second audit, which finds what is wrong in them where something is."""

from dataclasses import replace

import pytest

from analysis.demo import make_demo
from analysis.presentation.tables.table import Cell, Table
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.request import of_kind
from analysis.store.queries.treatments.outcome_cells import EVERYTHING
from benchmarks.shared_documents import audited
from tests.document_auditor import faults
from tests.report_reader import Truth

DOCUMENTS = 3  # five seconds each; `benchmarks.shared_documents` makes a thousand


def test_random_documents_have_no_fault(monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", "set by the benchmark")
    assert [found for found in audited(DOCUMENTS, 7) if found] == []


@pytest.mark.parametrize(
    ("column", "text"),
    [("With both scores", "37"), ("Reliable improvement", "97\u00a0% (90–99)")],
    ids=["an exact count", "nearly everybody"],
)
def test_the_second_audit_finds_what_is_wrong(column, text, tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path))
    make_demo(name="d", episodes=300, seed=3)
    document = build(of_kind("outcomes", Scope("d"))).document
    main = document.sections[1]
    [place] = [i for i, b in enumerate(main.blocks) if _by_model(b)]
    table = main.blocks[place]
    assert isinstance(table, Table)
    at = [c.name for c in table.columns].index(column)
    row = (*table.rows[0][:at], Cell(text), *table.rows[0][at + 1 :])
    blocks = list(main.blocks)
    blocks[place] = replace(table, rows=(row, *table.rows[1:]))
    changed = replace(main, blocks=tuple(blocks))
    document = replace(document, sections=(changed,))
    assert faults(document, Truth(OutcomeQuestion("d")), EVERYTHING)


def _by_model(block) -> bool:
    return isinstance(block, Table) and block.caption == "Outcomes by treatment model"
