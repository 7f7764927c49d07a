"""A rate as a shared file tells it: true to three points, and no finer than a few patients.

A rate of rounded counts errs by seven points at 20 patients. So the true rate is told in steps: of
five points below 160 treatments, of two below 400, of one from there on, as their number is told.
So many treatments leave some four open in a step, as a count to the nearest five does.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.questions.outcomes.proportion import score_interval
from analysis.sharing.protection.figures import nearest_5

# Below so many treatments, as told -> points in a step.
STEPS = {160: 5, 400: 2}
FINEST = 1
# Below so many treatments -> the tens that an unprinted number is rounded down to.
TENS = {40: 10, 160: 20}
WIDEST = 40
OFF = 2  # a whole number moves by at most 2 when it is rounded to the nearest 5


@dataclass(frozen=True, slots=True)
class ToldRate:
    """A rate as it is shown, with the attributes of `proportion.Rate`.

    count: None, for the count beside the rate would tell more than it. n: of how many, as told. of:
    whose, for the audit. share, low, high: in 0..1, whole per cent; the interval is Wilson's (95 %)
    at the ends of what the rounding leaves open.
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


def told_rate(
    metric: str, part: int, whole: int, printed: bool = True, wide: bool = False
) -> ToldRate:
    """The ToldRate of true counts. Made from what is shown alone once the share is rounded.

    printed, wide: as in `told_whole`. Worked: 8 of 26 -> 30 % (15 to 53 %);
    13 of 24 -> 55 % (34 to 75 %). The share errs by at most 2.5 points.
    """
    bottom, least, _ = told_whole(whole, printed, wide)
    low, high = told_bounds(part, whole, bottom)
    low, high, least = max(0.0, low), min(1.0, high), max(1, least)
    ends = score_interval(low * least, least)[0], score_interval(high * least, least)[1]
    interval = math.floor(100 * ends[0] + 1e-9) / 100, math.ceil(100 * ends[1] - 1e-9) / 100
    return ToldRate(metric, None, bottom, stepped(part, whole, bottom) / 100, *interval)


def told_whole(whole: int, printed: bool, wide: bool = False) -> tuple[int, int, int]:
    """Of how many a rate says it is a share, and the least and greatest that this leaves open.

    It is in the interval and in what charts weigh. Where no count of it is printed, it is rounded
    down to tens, twenties or forties: beside the printed count of a whole that holds it, the
    nearest five would tell how few are not in it. wide: where such tens would, too, the next lower
    and the next higher ones are left open. Worked: (57, True) -> (55, 53, 57); (57, False)
    -> (40, 40, 59), wide (20, 20, 79); (37, False) -> (30, 30, 39), wide (20, 20, 49).
    """
    if printed:
        shown = nearest_5(whole)
        return shown, max(0, shown - OFF), shown + OFF
    tens = next((t for below, t in TENS.items() if whole < below), WIDEST)
    shown = whole // tens * tens
    if wide:
        return max(0, shown - tens), max(0, shown - tens), shown + 2 * tens - 1
    return shown, shown, shown + tens - 1


def open_sizes(
    whole: int, printed: bool, wide: bool = False, cuts: Iterable[int] = ()
) -> tuple[int, int]:
    """The least and the greatest that is left open of how many a rate is a share of, where the
    figure that is printed for it is known (`told_whole`), and on which side of `cuts` it lies, as
    what stands beside it is told otherwise there.

    Worked: (159, True) -> (158, 162); (18, True, cuts=[20]) -> (18, 19); (45, False, True)
    -> (20, 59), as 60 would be told as 40.
    """
    shown, least, most = told_whole(whole, printed, wide)
    if wide and not printed:
        most = max(n for n in range(whole, most + 1) if told_whole(n, False, True)[0] == shown)
    for cut in cuts:
        least, most = (max(least, cut), most) if whole >= cut else (least, min(most, cut - 1))
    return least, most


def step_of(told: int) -> int:
    """The points in a step of a rate that says it is one of so many: by how many it truly is one
    of, the step would tell more than the size beside it. Worked: 25 -> 5; 200 -> 2; 1,000 -> 1."""
    return next((points for below, points in STEPS.items() if told < below), FINEST)


def stepped(part: int, whole: int, told: int) -> int:
    """A rate in points, to the nearest step, half up, in whole numbers alone. told: as in
    `step_of`. Worked: 8 of 26 -> 30; 15 of 24 (62.5 %) -> 65; 9 of 24 (37.5 %) -> 40; 81 of 263
    -> 30; 57 of 161 -> 36 beside 160, 35 beside 120."""
    step = step_of(told)
    return step * ((200 * part + step * whole) // (2 * step * whole))


def told_bounds(part: int, whole: int, told: int) -> tuple[float, float]:
    """What a reader learns of a share: its least and greatest value, the latter not reached."""
    points, half = stepped(part, whole, told), step_of(told) / 2
    return (points - half) / 100, (points + half) / 100
