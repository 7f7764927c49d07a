"""A number becomes a cell: rounded once, as words/rounding.py writes it, with what it shows."""

from decimal import Decimal

from analysis.base.phrase import Phrase
from analysis.presentation.tables.table import Cell
from analysis.presentation.words import rounding
from analysis.presentation.words.rounding import NONE

NOTHING = Cell(NONE)
MOST_DIGITS = 15  # that a spreadsheet's number keeps


def text(value) -> Cell:
    """A text as it is; '–' for None."""
    return NOTHING if value is None else Cell(value if isinstance(value, str) else str(value))


def yes_or_no(value: bool) -> Cell:
    return Cell("yes" if value else "no")


def count(n: int | float | None) -> Cell:
    """12345 as '12,345'."""
    return NOTHING if not rounding.is_number(n) else Cell(rounding.count(n), int(n), "#,##0")


def of(part: int | None, whole: int | None) -> Cell:
    """'81 of 263': two counts in one cell."""
    counts = {"n": rounding.count(part), "whole": rounding.count(whole)}
    return Cell(Phrase("{n} of {whole}", **counts))


def share(
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    decimals: int | None = None,
) -> Cell:
    """A share in 0..1 as '8 %', the decimals as `rounding.percent` takes them.
    Worked: .0812 within .05..0.11 is Cell('8 %', 0.08, '0\\ %')."""
    if not rounding.is_number(value):
        return NOTHING
    places = rounding.share_decimals(low, high) if decimals is None else decimals
    shown = rounding.percent(value, decimals=places)
    return _figure(shown, _as_shown(100 * value, places, 2), f"{_zeros(places)}\\ %")


def share_interval(low: float | None, high: float | None, decimals: int | None = None) -> Cell:
    """'5 to 11 %', with both ends as shown."""
    if not (rounding.is_number(low) and rounding.is_number(high)):
        return NOTHING
    shown = rounding.percent_interval(low, high, decimals)
    places = rounding.share_decimals(low, high) if decimals is None else decimals
    return Cell(shown, (_as_shown(100 * low, places, 2), _as_shown(100 * high, places, 2)))


def number(value: float | None, se: float | None = None, decimals: int | None = None) -> Cell:
    """A coefficient with two significant digits of its standard error, or so many decimals."""
    if not rounding.is_number(value):
        return NOTHING
    places = rounding.se_decimals(se) if decimals is None else decimals
    shown = rounding.estimate(value, decimals=places)
    return _figure(shown, _as_shown(value, places), _zeros(places))


def interval(
    low: float | None, high: float | None, se: float | None = None, decimals: int | None = None
) -> Cell:
    """'−0.27 to −0.15', its decimals as those of `number`."""
    if not (rounding.is_number(low) and rounding.is_number(high)):
        return NOTHING
    places = rounding.se_decimals(se) if decimals is None else decimals
    ends = [rounding.estimate(end, decimals=places) for end in (low, high)]
    shown = Phrase("{low} to {high}", low=ends[0], high=ends[1])
    return Cell(shown, (_as_shown(low, places), _as_shown(high, places)))


def grouped(value: float | None, decimals: int) -> Cell:
    """A large number with commas: 14217.0362 with 2 decimals is '14,217.04'."""
    if not rounding.is_number(value):
        return NOTHING
    rounded = _as_shown(value, decimals)
    shown = f"{rounded:,.{decimals}f}".replace("-", rounding.MINUS)
    places = f".{'0' * decimals}" if decimals else ""
    return _figure(shown, rounded, f"#,##0{places}")


def significant(value: float | None, digits: int) -> Cell:
    """A size that may be of any order: 29.07695 with 4 digits is '29.08'."""
    if not rounding.is_number(value):
        return NOTHING
    shown = f"{value:.{digits}g}" if value else "0"
    if "e" in shown:
        return Cell(shown)
    return Cell(shown.replace("-", rounding.MINUS), float(shown), _format_of(shown))


def p_value(p: float | None) -> Cell:
    """'<.001', '.024' or '.31'."""
    shown = rounding.p_value(p)
    if not shown.startswith("."):
        return Cell(shown, 1.0, "0") if shown == "1" else Cell(shown)
    return Cell(shown, float(f"0{shown}"), f".{'0' * (len(shown) - 1)}")


def _figure(shown: str, value: float, how: str) -> Cell:
    """A number, or its text alone where a spreadsheet could not keep all its digits."""
    return Cell(shown, value, how) if sum(map(str.isdigit, shown)) <= MOST_DIGITS else Cell(shown)


def _as_shown(value: float, places: int, scale: int = 0) -> float:
    """The number that `places` decimals show, divided by 10 to the power of `scale`, exactly."""
    return float(Decimal(f"{value:.{places}f}").scaleb(-scale)) + 0.0  # no -0


def _zeros(places: int) -> str:
    return f"0.{'0' * places}" if places else "0"


def _format_of(shown: str) -> str:
    return _zeros(len(shown.split(".")[1]) if "." in shown else 0)
