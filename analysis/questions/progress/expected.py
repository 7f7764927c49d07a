"""Bands around expected courses, as wide as errors on treatments left out say, and how often they
held."""

from dataclasses import dataclass

import numpy as np

from analysis.models.prognosis.bands import LEVELS, Bands, bands
from analysis.questions.progress.courses import Courses
from analysis.questions.progress.learn import Learned, forecast
from analysis.questions.progress.left_out import Errors

NEAREST = 400  # errors nearest in time that a band rests on
LAST_SHOWN = 10  # sessions or weeks whose coverage is printed


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the bands held the score `elapsed` sessions or weeks after the first one, forecast
    from the first score alone, treatments left out: n scores, shares inside the two bands."""

    elapsed: int
    n: int
    half: float
    eighty: float


@dataclass(frozen=True, slots=True)
class Point:
    """An expected score in points: middle, and the ends of the 50 and 80 % bands."""

    elapsed: float
    middle: float
    low_half: float
    high_half: float
    low_eighty: float
    high_eighty: float


def band_table(errors: Errors, last: int) -> dict[tuple[int, int], Bands]:
    """(origin, elapsed rounded) -> Bands, for each origin and 1..last: from the errors nearest in
    time to it, because courses are surer soon than late."""
    found = {}
    for origin in np.unique(errors.origin):
        of = errors.origin == origin
        elapsed, error = errors.elapsed[of], errors.error[of]
        for at in range(1, last + 1):
            found[int(origin), at] = bands(_nearest(elapsed, error, at))
    return found


def coverage(errors: Errors, last: int = LAST_SHOWN) -> tuple[Coverage, ...]:
    """Bands made without a part, tried on that part: honest, though made from the same errors."""
    of = errors.origin == 0
    elapsed, error, part = errors.elapsed[of], errors.error[of], errors.part[of]
    found = []
    for at in range(1, last + 1):
        here = np.round(elapsed) == at
        held = {level: 0 for level in LEVELS}
        for number in np.unique(part[here]):
            rest, mine = part != number, here & (part == number)
            made = bands(_nearest(elapsed[rest], error[rest], at))
            for level in LEVELS:
                inside = (error[mine] >= made.low[level]) & (error[mine] <= made.high[level])
                held[level] += int(inside.sum())
        n = int(here.sum())
        if n:
            found.append(Coverage(at, n, held[0.5] / n, held[0.8] / n))
    return tuple(found)


def expected_points(
    courses: Courses,
    learned: Learned,
    table: dict[tuple[int, int], Bands],
    treatment: int,
    now: float,
    origin: int,
    until: int,
) -> tuple[Point, ...]:
    """The course of one treatment (its number) after `now`, given its scores and alliance up to
    then."""
    at = np.arange(int(np.floor(now)) + 1, until + 1)
    if not len(at):
        return ()
    who = np.full(len(at), treatment)
    mean, sd = forecast(courses, learned, now, who, at.astype(float))
    return tuple(
        _point(learned.scale, float(a), float(m), float(s), table[origin, int(a)])
        for a, m, s in zip(at, mean, sd, strict=True)
    )


def _point(scale, elapsed: float, mean: float, sd: float, made: Bands) -> Point:
    ends = [mean, *(mean + sd * side[level] for level in LEVELS for side in (made.low, made.high))]
    middle, *rest = (float(v) for v in scale.points(np.array(ends)))
    half, eighty = sorted(rest[:2]), sorted(rest[2:])
    return Point(elapsed, middle, *half, *eighty)


def _nearest(elapsed: np.ndarray, error: np.ndarray, at: int) -> np.ndarray:
    distance = np.abs(elapsed - at)
    same = distance <= 0.5
    if same.sum() >= NEAREST:
        return error[same]
    if len(error) <= NEAREST:
        return error
    return error[np.argpartition(distance, NEAREST)[:NEAREST]]
