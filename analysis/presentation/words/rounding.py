"""Numbers as a reader sees them: rounded to what their interval can bear, never a bare NaN."""

import math
from typing import TypeGuard

from analysis.base.joining import plural
from analysis.base.phrase import Phrase

NONE = "–"
MINUS = "\u2212"
NBSP = "\u00a0"


def counted(n: int, unit: str) -> str:
    """So many of the unit. Worked: 1, 'clinic' gives '1 clinic'; 1200 '1,200 clinics'."""
    return f"{count(n)} {plural(unit, n)}"


def percent(
    share: float | None,
    low: float | None = None,
    high: float | None = None,
    decimals: int | None = None,
) -> str:
    """A share in 0..1 as '8 %' or '1.2 %'; '–' where there is none.

    decimals: None takes what the interval bears (`share_decimals`). 0.0812 within 0.05..0.11
    gives '8 %', within 0.075..0.085 it gives '8.1 %'.
    """
    if not is_number(share):
        return NONE
    places = share_decimals(low, high) if decimals is None else decimals
    return f"{_fixed(100 * share, places)}{NBSP}%"


def percent_interval(low: float | None, high: float | None, decimals: int | None = None) -> str:
    """An interval of shares as '5 to 11 %'; '–' where there is none."""
    if not (is_number(low) and is_number(high)):
        return NONE
    places = share_decimals(low, high) if decimals is None else decimals
    ends = _fixed(100 * low, places), _fixed(100 * high, places)
    return Phrase(f"{{low}} to {{high}}{NBSP}%", low=ends[0], high=ends[1])


def share_decimals(low: float | None, high: float | None) -> int:
    """Decimals of a percentage: 1 where the interval is narrower than 4 points, else 0.

    Half of the last digit shown is then at most an eighth of the interval's width. Without an
    interval: none, as nothing says that more would mean anything.
    """
    if not (is_number(low) and is_number(high)):
        return 0
    return 1 if high - low < 0.04 else 0


def common_decimals(rows) -> int:
    """The decimals that a column of shares has in common: those of its narrowest interval.

    rows: objects with `low` and `high`. 1 where there is no interval at all, so that a column of
    small shares does not read 0 %.
    """
    widths = [r.high - r.low for r in rows if is_number(r.low) and is_number(r.high)]
    return 1 if not widths or min(widths) < 0.04 else 0


def estimate(value: float | None, se: float | None = None, decimals: int | None = None) -> str:
    """A coefficient with two significant digits of its standard error: -0.2113 with se 0.0312
    gives '−0.211'."""
    if not is_number(value):
        return NONE
    return _fixed(value, se_decimals(se) if decimals is None else decimals)


def se_decimals(se: float | None) -> int:
    """Decimals that show two significant digits of a standard error, 0..8; 3 without one."""
    if not is_number(se) or se <= 0:
        return 3
    return min(8, max(0, 1 - math.floor(math.log10(se))))


def p_value(p: float | None) -> str:
    """'<.001', '.024' or '.31': no leading zero, as journals print it."""
    if not is_number(p):
        return NONE
    if p < 0.001:
        return "<.001"
    return f"{p:.3f}".lstrip("0") if p < 0.1 else f"{p:.2f}".lstrip("0") if p < 0.995 else "1"


def count(n: int | float | None) -> str:
    """12345 as '12,345'."""
    return NONE if not is_number(n) else f"{int(n):,}"


def size(n_bytes: int) -> str:
    """A file's size: 3200000 gives '3.2 MB'."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= factor:
            return f"{n_bytes / factor:.1f}{NBSP}{unit}"
    return f"{n_bytes}{NBSP}bytes"


def _fixed(value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    if float(text) == 0:  # no '-0'
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def is_number(value: float | None) -> TypeGuard[float]:
    """Whether there is a finite number to show."""
    return value is not None and math.isfinite(value)
