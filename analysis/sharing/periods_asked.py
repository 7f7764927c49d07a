"""Periods as a command or a plan names them ('2025', '2025-Q3'), and which are closed."""

import re
from collections.abc import Iterable
from datetime import date

from analysis.base.errors import RequestError, did_you_mean
from analysis.base.phrase import Phrase

UNITS = ("quarter", "year")
_PERIOD = re.compile(r"(\d{4})(?:[ -]?[qQ]([1-4]))?")


def asked_periods(first: str, last: str, unit: str) -> tuple[str, str]:
    """The first and last period in the dataset's own words, '' for an open end.

    unit: of the report's periods. RequestError for what is no period. Worked: ('2025', '2025-q3',
    'quarter') -> ('2025 Q1', '2025 Q3'); ('2025 Q2', '', 'year') -> ('2025', '').
    """
    if unit not in UNITS:
        raise RequestError(
            f"There is no period '{unit[:20]}' for a report",
            where="option --period",
            allowed=", ".join(UNITS),
            next_step="choose one of these: a month tells too well when somebody was treated",
        )
    found = _period(first, "--from", unit, 1), _period(last, "--to", unit, 4)
    if all(found) and found[0] > found[1]:
        raise RequestError(
            f"The report would end before it begins: from {found[0]} to {found[1]}",
            where="options --from and --to",
            next_step="exchange them",
        )
    return found


def due_periods(kind: str, today: date) -> tuple[str, str]:
    """The latest closed period of a kind of KINDS: its first and last quarter.

    Worked, on 2026-02-10: quarter 2025 Q4; year to date 2025 Q1 to Q4; rolling 2025 Q1 to Q4.
    """
    at = 4 * today.year + (today.month - 1) // 3 - 1  # the last closed quarter
    first = {"quarter": at, "year-to-date": at - at % 4, "rolling": at - 3, "everything": None}
    if kind == "year":
        at = at if at % 4 == 3 else at - at % 4 - 1
        return _name(at - 3), _name(at)
    begin = first[kind]
    return ("" if begin is None else _name(begin)), _name(at)


def periods_of_year(kinds: Iterable[str], year: str) -> list[tuple[str, str, str]]:
    """(kind, first, last) of each report of a series that ends in a year, in the order of time; of
    several about the same quarters (the year, its rolling twelve months) one alone.

    Worked: (['quarter', 'year-to-date'], '2025') -> quarter 2025 Q1, quarter 2025 Q2, year-to-date
    2025 Q1 to Q2, … RequestError for what is no series.
    """
    found: dict[tuple[str, str], str] = {}
    for quarter in range(1, 5):
        day = date(int(year) + quarter // 4, 3 * quarter % 12 + 1, 1)
        for kind in ("quarter", "year", *KINDS):
            if kind in known_kinds(kinds):
                ends = due_periods(kind, day)
                if ends[1] == f"{year} Q{quarter}":
                    found.setdefault(ends, kind)
    return [(kind, first, last) for (first, last), kind in found.items()]


def known_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds; RequestError for one that is none."""
    for kind in (kinds := tuple(kinds)):
        if kind not in KINDS:
            raise RequestError(
                f"There is no series '{kind[:40]}'",
                allowed=", ".join(KINDS),
                next_step=did_you_mean(kind, tuple(KINDS)) or "choose one of these",
            )
    return kinds


def before(first: str, last: str) -> tuple[str, str] | None:
    """The periods of the same length that end where these begin, None for an open end.

    Worked: ('2024 Q3', '2024 Q4') -> ('2024 Q1', '2024 Q2'); ('2024', '2024') -> ('2023', '2023').
    """
    if not (first and last):
        return None
    if "Q" not in first + last:
        years = int(last) - int(first) + 1
        return f"{int(first) - years}", f"{int(last) - years}"
    begin, end = _quarter(first, 1), _quarter(last, 4)
    return _name(2 * begin - end - 1), _name(begin - 1)


def span(first: str, last: str) -> str:
    """Periods in words. Worked: '2024 Q3', '2024' for a whole year, '2024 Q1 to 2024 Q2'."""
    if first == last:
        return first
    year = first.removesuffix(" Q1")
    if year != first and last == f"{year} Q4":
        return year
    return Phrase("{first} to {last}", first=first, last=last)


def told_in_blocks(first: str, last: str, quarters: int) -> bool:
    """Whether periods begin and end with blocks of so many quarters. first, last: quarters or
    years, '' for an open end, which ends no block of several quarters.
    Worked: ('2024 Q1', '2024 Q2', 2) -> True; ('2024 Q1', '2024 Q3', 2) -> False."""
    if quarters == 1:
        return True
    begins = not first or _quarter(first, 1) % quarters == 0
    return begins and bool(last) and (_quarter(last, 4) + 1) % quarters == 0


def _quarter(period: str, of_year: int) -> int:
    """Its number since the year 0; of a year, its first (1) or last (4) quarter."""
    year, _, quarter = period.partition(" Q")
    return 4 * int(year) + int(quarter or of_year) - 1


KINDS = {
    "quarter": "each quarter",
    "year-to-date": "from the year's first quarter on",
    "year": "each year",
    "rolling": "the last four quarters",
    "everything": "everything so far",
}

NAMED = {
    "quarter": "Quarter {last}",
    "year": "The year {last:.4}",
    "year-to-date": "Year to date, to {last}",
    "rolling": "Twelve months, to {last}",
    "everything": "Everything, to {last}",
}


def _name(quarter: int) -> str:
    return f"{quarter // 4} Q{quarter % 4 + 1}"


def _period(text: str, option: str, unit: str, quarter: int) -> str:
    if not text.strip():
        return ""
    found = _PERIOD.fullmatch(text.strip())
    if not found:
        raise RequestError(
            f"'{text[:20]}' is no period",
            where=f"option {option}",
            allowed="a year such as 2025, or a quarter such as 2025-Q3",
        )
    return found[1] if unit == "year" else f"{found[1]} Q{found[2] or quarter}"
