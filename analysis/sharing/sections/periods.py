"""Periods in their order without gaps: a quarter without treatments keeps its place."""

from analysis.store.queries.treatments.outcome_cells import COUNTS, Cell, Spread

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


def _quarter(name: str) -> int:
    year, quarter = name.split(" Q")
    return 4 * int(year) + int(quarter) - 1


def _month(name: str) -> int:
    year, month = name.split("-")
    return 12 * int(year) + int(month) - 1
