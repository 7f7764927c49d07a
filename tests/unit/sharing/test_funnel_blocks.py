"""Who lies apart in a report's funnel: of told rates alone, named in words, within the audit."""

from types import SimpleNamespace
from typing import Any

import pytest

from analysis.presentation.charts.clinics import OF_LIMITS
from analysis.sharing.protection.shares import told_rate
from analysis.sharing.sections.board.funnel_blocks import (
    FEW_CLINICS,
    OF_TOLD,
    funnel_blocks,
    most_told,
)
from analysis.sharing.writing.document import Chart, Paragraph
from tests.report_reader import chart_rows


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
