"""Who lies apart in a report's funnel: of told rates alone, named in words, within the audit."""

from contextlib import nullcontext
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.base.errors import ExportRefused
from analysis.presentation.charts.clinics import OF_LIMITS
from analysis.presentation.tables.table import Cell
from analysis.presentation.words.outcome_words import behind, rate_shown
from analysis.sharing.audit import audit, rows_of
from analysis.sharing.protection.shares import told_rate
from analysis.sharing.sections.board.funnel_blocks import (
    FEW_CLINICS,
    FIXED,
    OF_TOLD,
    clinic_named,
    funnel_blocks,
    most_told,
)
from analysis.sharing.writing.document import Chart, Document, Paragraph, Section
from tests.attackers.charts import chart_rows


def told(counts: dict[str, tuple[int, int]], shares: bool = True) -> tuple[Any, list[Any]]:
    """A stand-in for `Told`, and its cells. counts: a clinic -> (how many, of how many)."""

    def rate(cell, metric):
        return told_rate(metric, *counts[cell.value]) if metric == "reliable_recovery" else None

    figures = SimpleNamespace(rate=rate, asked=SimpleNamespace(shares=shares))
    found = SimpleNamespace(metrics=("reliable_improvement", "reliable_recovery"))
    cells = [SimpleNamespace(value=n, patients={"measured": c[1]}) for n, c in counts.items()]
    return SimpleNamespace(figures=figures, found=found), cells


ALIKE = {f"Site {letter}": (38 + i % 4, 100 + i) for i, letter in enumerate("ABCDEFGHIJKL")}


def test_who_lies_apart_is_named_in_the_sentence_and_drawn():
    paragraph, chart = funnel_blocks(*told(ALIKE | {"Odd": (90, 100), "7": (9, 100)}))
    assert isinstance(paragraph, Paragraph) and isinstance(chart, Chart)
    assert "reliable recovery of Odd, clinic 7 lie apart" in paragraph.text
    assert "Odd, clinic 7" in chart.alt and FEW_CLINICS not in chart.notes[0]
    rows = [row for row in chart_rows(chart.spec) if "name" in row]
    assert (
        {row["name"] for row in rows if row["signal"]}
        == {"Odd", "7"}
        == {row["label"] for row in rows if row["label"]}
    )


@pytest.mark.parametrize("further", [None, {"share": 0.391}, {"n": 101}])
def test_the_audit_reads_the_points(further):
    """It lets pass what a table tells, of a clinic that is called 7 too, and no other number."""
    counts = ALIKE | {"Odd": (90, 100), "7": (9, 100)}
    blocks = funnel_blocks(*told(counts))
    if further:
        next(row for row in rows_of(blocks[1].spec) if "share" in row).update(further)
    rates = [told_rate("reliable_recovery", *c) for c in counts.values()]
    figures = tuple(Cell(f"{rate_shown(r)} {behind(r)}", of="clinics") for r in rates)
    fixed = (*FIXED, *map(clinic_named, counts))
    part = Section("Clinics", tuple(blocks), told=figures, fixed=fixed)
    document = Document("Report", date(2026, 11, 28), (part,))
    with pytest.raises(ExportRefused, match="does not say whose") if further else nullcontext():
        audit(document, {"clinics": 1300}, counts)


def test_points_are_the_told_rates_and_numbers():
    """41 of 103 is told as 40 % of 105: so the funnel has it, and never 41."""
    _, chart = funnel_blocks(*told(ALIKE | {"Site D": (41, 103)}))
    assert isinstance(chart, Chart)
    [row] = [row for row in chart_rows(chart.spec) if row.get("name") == "Site D"]
    assert (row["share"], row["n"], row["of"]) == (0.4, 105, "of 105")
    assert OF_TOLD in chart.notes[0] and chart.derived == OF_LIMITS


@pytest.mark.parametrize(
    ("counts", "drawn"),
    [
        ({"A": (20, 50), "B": (25, 50)}, True),
        ({"A": (20, 50), "": (25, 50)}, False),  # who has no clinic is none
        ({"A": (20, 50), "B": (4, 8)}, False),  # nor one of fewer patients than the page shows
        ({"A": (0, 50), "B": (0, 60)}, False),  # all alike
        ({}, False),
    ],
)
def test_a_funnel_needs_two_clinics_that_can_differ(counts, drawn):
    charts = [b for b in funnel_blocks(*told(counts)) if isinstance(b, Chart)]
    assert len(charts) == drawn
    assert all(FEW_CLINICS in chart.notes[0] for chart in charts)


def test_the_rate_is_the_one_that_most_clinics_are_told_in():
    assert most_told(*told(ALIKE)) == "reliable_recovery"
