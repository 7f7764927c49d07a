"""A rate as a shared file tells it: true to three points, and no finer than a few patients.

A rate of rounded counts errs by seven points at 20 patients. So below FROM_COUNTS the true rate is
told in steps of five points; from there on the rate of the rounded counts, which then errs by three
points at most, and tells nothing that the counts beside it do not.
"""

import math
from dataclasses import dataclass

from analysis.questions.outcomes.proportion import score_interval
from analysis.sharing.protection.figures import BASE, nearest_5

STEP = 5  # points
COARSE = 10
# With counts off by 2 a rate errs by 2 (1 + rate) / whole, and by half a point when it is written.
FROM_COUNTS = 160
OFF = 2  # a whole number moves by at most 2 when it is rounded to the nearest 5


@dataclass(frozen=True, slots=True)
class ToldRate:
    """A rate as it is shown, with the attributes of `proportion.Rate`.

    count, n: rounded to the nearest 5, for what is drawn and weighed; count is None where the rate
    comes in steps, for the two would tell more than it. of: whose, for the audit. share, low, high:
    in 0..1, whole per cent; the interval is Wilson's (95 %) at the ends of what the rounding leaves
    open.
    """

    metric: str
    count: int | None
    n: int
    share: float
    low: float
    high: float
    patients: int | None = None
    of_patients: int | None = None
    decimals: int = 0
    of: str = ""


def told_rate(metric: str, part: int, whole: int, printed: bool = True) -> ToldRate:
    """The ToldRate of true counts. Made from what is shown alone once the share is rounded.

    printed: whether the whole stands beside it as a count. Worked: 8 of 26 -> 30 % (15 to 53 %);
    13 of 24 -> 55 % (34 to 75 %); 81 of 263 -> 80 of 265, 30 % (24 to 37 %). The share errs by at
    most 2.5 points below FROM_COUNTS, else by 3.
    """
    top, bottom = min(nearest_5(part), nearest_5(whole)), told_whole(whole, printed)[0]
    if whole >= FROM_COUNTS:
        points = math.floor(100 * top / bottom + 0.5)
        low, high = (top - OFF) / (bottom + OFF), (top + OFF) / (bottom - OFF)
    else:
        points = stepped(part, whole)
        low, high = (points - STEP / 2) / 100, (points + STEP / 2) / 100
    least = max(1, bottom - OFF)
    low, high = max(0.0, low), min(1.0, high)
    ends = score_interval(low * least, least)[0], score_interval(high * least, least)[1]
    interval = math.floor(100 * ends[0] + 1e-9) / 100, math.ceil(100 * ends[1] - 1e-9) / 100
    count = top if whole >= FROM_COUNTS else None
    return ToldRate(metric, count, bottom, points / 100, *interval)


def told_whole(whole: int, printed: bool) -> tuple[int, int, int]:
    """Of how many a rate says it is a share, and the least and greatest that this leaves open.

    It is in the interval and in what charts weigh. Where no count of it is printed, a small one is
    rounded down to the nearest ten: beside the printed count of a whole that holds it, the nearest
    five would tell how few are not in it. Worked: (57, True) -> (55, 53, 57); (57, False) -> (50,
    50, 59).
    """
    if printed or whole >= FROM_COUNTS:
        shown = nearest_5(whole)
        return shown, max(0, shown - OFF), shown + OFF
    shown = whole // COARSE * COARSE
    return shown, shown, shown + COARSE - 1


def stepped(part: int, whole: int) -> int:
    """A rate in points, to the nearest five, half up, in whole numbers alone.
    Worked: 8 of 26 -> 30; 15 of 24 (62.5 %) -> 65; 9 of 24 (37.5 %) -> 40."""
    return STEP * ((200 * part + STEP * whole) // (2 * STEP * whole))


def told_bounds(part: int, whole: int) -> tuple[str, float, float]:
    """What a reader learns of a rate: ('count', least, greatest part) where it comes from rounded
    counts, else ('share', least, greatest) of part in whole, the upper end not reached."""
    if whole >= FROM_COUNTS:
        shown = nearest_5(part)
        return "count", max(0, shown - OFF), shown + OFF
    points = stepped(part, whole)
    return "share", (points - STEP / 2) / 100, (points + STEP / 2) / 100


__all__ = ["BASE", "ToldRate", "told_bounds", "told_rate", "told_whole"]
