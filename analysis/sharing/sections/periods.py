"""Periods in their order without gaps: a quarter without treatments keeps its place."""

from dataclasses import replace

from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import OpenTreatments
from analysis.store.queries.treatments.outcome_cells import COUNTS, Cell, Selection, Spread

GAP = "A gap: a period without treatments, or too few to show them."


def every_period(known: list[str]) -> list[str]:
    """All periods from the first to the last of those known, of one kind: '2024', '2024 Q1' or
    '2024-01'. Worked: ['2024 Q3', '2025 Q1'] -> ['2024 Q3', '2024 Q4', '2025 Q1']."""
    if not known:
        return []
    first, last = min(known), max(known)
    if "Q" in first:
        return [f"{i // 4} Q{i % 4 + 1}" for i in range(_quarter(first), _quarter(last) + 1)]
    if "-" in first:
        return [f"{i // 12}-{i % 12 + 1:02d}" for i in range(_month(first), _month(last) + 1)]
    return [str(year) for year in range(int(first), int(last) + 1)]


def empty_cell(by: str, value: str) -> Cell:
    """The Cell of nobody."""
    none = dict.fromkeys(COUNTS, 0)
    return Cell(by, value, none, dict(none), (), Spread(0), Spread(0))


def reach(treatments: OpenTreatments, question: OutcomeQuestion) -> tuple[str, str] | None:
    """The first and the last period of the whole dataset with finished treatments, whatever the
    question selects; None where no finished treatment has a date. A period with few of them has a
    row in every report, so its name tells nothing."""
    asked = replace(question, selection=Selection())
    periods = treatments.ask(asked, ("period",), False).of("period")
    known = [cell.value for cell in periods if cell.value and cell.counts["finished"]]
    return (min(known), max(known)) if known else None


def _quarter(name: str) -> int:
    year, quarter = name.split(" Q")
    return 4 * int(year) + int(quarter) - 1


def _month(name: str) -> int:
    year, month = name.split("-")
    return 12 * int(year) + int(month) - 1
