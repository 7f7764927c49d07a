"""Rates of several disjoint sets told together: what is already told, added up, tells nothing new.

A quarter's rate is told to within 2.5 points; so is the year's that is made of four such quarters,
whatever they are. Who holds all of these files can form it: it gives away nothing, and no
figure that 1 to 7 patients set apart from another has to be hidden for it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.questions.outcomes.proportion import score_interval
from analysis.sharing.protection.figures import SMALL
from analysis.sharing.protection.shares import ToldRate, stepped, told_bounds, told_whole

FINE = 0.035  # a rate's error: half a step, half a point of printing, half of unlike weights
WIDEST = 0.4  # of a range that is still worth a line
FIFTHS = 5
# How a rate is told more roughly than in steps, the finest first.
RANGES = FIFTH, BETWEEN, FORTY = "fifth", "between two fifths", "forty points"
ROUGH_LIMITS = (0.2, 0.4)  # of few, where their own limit would tell of them
_NOT_REACHED = 1e-6
LEAST_LIMITED = 20  # treatments of which "few" is worth saying: under 40 %


@dataclass(frozen=True, slots=True)
class Known:
    """What is told of a rate. low, middle, high: the share; n, least, most: of how many."""

    low: float
    middle: float
    high: float
    n: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Limits:
    """A rate of which only limits are told. low, high: in points, the rate lies between, never at
    `high`; first, last: its 95 % interval, in points. n: of how many; of: whose."""

    low: int
    high: int
    first: int
    last: int
    n: int
    of: str = ""


def known_rate(part: int, whole: int, printed: bool, wide: bool = False) -> Known:
    """The Known of a rate as `told_rate` tells it. Worked: 8 of 26 -> .275, .30, .325 of 25."""
    ends = told_whole(whole, printed, wide)
    low, high = told_bounds(part, whole, ends[0])
    return Known(max(0.0, low), stepped(part, whole, ends[0]) / 100, min(1.0, high), *ends)


def few(
    part: int,
    whole: int,
    printed: bool,
    alone: bool = True,
    wide: bool = False,
    roughly: bool = False,
) -> Known | None:
    """The Known of a rate of which no more is told than that 7 treatments or fewer are counted: 0
    to 7 alike. None where there are more, or where it would say little, alone. roughly: the limit
    is a fifth of the scale, or two, whichever holds 7. Worked: 2 of 241 -> 0 to 7 of 238; roughly
    0 to 20 %."""
    n, least, most = told_whole(whole, printed, wide)
    if part > SMALL or (alone and n < LEAST_LIMITED):
        return None
    high = min(1.0, SMALL / max(1, least))
    if roughly:
        high = next((end - _NOT_REACHED for end in ROUGH_LIMITS if end > high), high)
    return Known(0.0, high / 2, high, n, least, most)


def coarse_rate(
    part: int, whole: int, printed: bool, wide: bool = False, form: str = FIFTH
) -> Known:
    """The Known of a rate of which no more is told than a range of the scale, where steps of five
    points would tell of few. form: of RANGES. Worked: 11 of 53 -> 20 to 40 %, between 10 to 30 %,
    forty points 0 to 40 %."""
    low, high = range_of(part / whole, form)
    return Known(low, (low + high) / 2, high - _NOT_REACHED, *told_whole(whole, printed, wide))


def range_of(share: float, form: str = FIFTH) -> tuple[float, float]:
    """The range of the scale that a share lies in, its end not reached: a fifth; that between two
    of them, from 10, 30, 50 or 70 points on (below 10 points and from 90 on there is none between);
    or the forty points around the nearest ten."""
    if form == FORTY:
        low = min(max(math.floor(10 * share + 0.5 + 1e-9) - 2, 0), 6)
        return low / 10, (low + 4) / 10
    shift = 0.5 if form == BETWEEN and 1 <= 2 * FIFTHS * share < 2 * FIFTHS - 1 else 0.0
    fifth = min(FIFTHS - 1, math.floor(FIFTHS * share - shift + 1e-9)) + shift
    return fifth / FIFTHS, (fifth + 1) / FIFTHS


def together(told: Sequence[Known]) -> Known:
    """The Known of disjoint sets as one. Its ends are the worst that shares and sizes allow."""
    weights = [k.least + k.most for k in told]
    middle = sum(k.middle * w for k, w in zip(told, weights, strict=True)) / sum(weights)
    low = -_greatest([(-k.low, k.least, k.most) for k in told])
    high = _greatest([(k.high, k.least, k.most) for k in told])
    ends = (sum(k.n for k in told), sum(k.least for k in told), sum(k.most for k in told))
    return Known(low, middle, high, *ends)


def as_rate(metric: str, known: Known, of: str = "") -> ToldRate | None:
    """The Known as a rate, None where its error could exceed three points and a half.
    The interval is Wilson's at the ends of what is left open."""
    points = math.floor(100 * known.middle + 0.5)
    off = max(known.high - known.middle, known.middle - known.low)
    if off > FINE:
        return None
    low, high = _interval(known)
    return ToldRate(metric, None, known.n, points / 100, low / 100, high / 100, of=of)


def as_limits(known: Known, of: str = "") -> Limits | None:
    """The Known as limits in whole points, None where they say too little.
    Worked: 0 to 7 of 238 to 242 -> under 3 %, 95 % interval 0 to 6 %."""
    low, high = math.floor(100 * known.low + 1e-9), math.floor(100 * known.high + 1e-9) + 1
    if known.high - known.low > WIDEST or high > 100:
        return None
    return Limits(low, high, *_interval(known), known.n, of)


def _interval(known: Known) -> tuple[int, int]:
    least = max(1, known.least)
    low = score_interval(max(0.0, known.low) * least, least)[0]
    high = score_interval(min(1.0, known.high) * least, least)[1]
    return math.floor(100 * low + 1e-9), math.ceil(100 * high - 1e-9)


def _greatest(told: Sequence[tuple[float, int, int]]) -> float:
    """The greatest mean of shares whose weights lie between two ends each: the largest shares weigh
    most, down to one of them."""
    ordered = sorted(told, reverse=True)
    found = []
    for heavy in range(len(ordered) + 1):
        weights = [most if i < heavy else least for i, (_, least, most) in enumerate(ordered)]
        total = sum(weights)
        if total:
            parts = zip(ordered, weights, strict=True)
            found.append(sum(one[0] * w for one, w in parts) / total)
    return max(found)
