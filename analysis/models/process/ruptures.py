"""Ruptures of the alliance: ratings that lie below what the course so far let expect.

A rating is flagged where its innovation (`expected_course.py`) lies below a limit that a course
without any rupture crosses with the probability that the user chose: with m ratings looked at,
each at 1 - (1 - rate)^(1/m), as innovations are independent. Published rules stand beside it; what
they flag in courses without ruptures is simulated from the same fit.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.models.process.expected_course import Expected, innovations
from analysis.models.process.scale_ends import COURSES, Span, behind, crowded, drawn, shown, step_of

BEFORE = 2  # ratings before the first one looked at
BACK = 3  # sessions within which a rupture counts as repaired
HALF = 0.5  # of the fall: so much made good is a repair
DIP = 2.5  # within-patient SDs that a simulated dip is deep
SIMULATED = 4_000  # courses; a share of .05 then has a Monte-Carlo error of .0034
Rule = Callable[[np.ndarray], np.ndarray]


def limits(ratings: np.ndarray, rate: float) -> np.ndarray:
    """(N,) the limit of z for each course, so that `rate` of the courses without a rupture are
    flagged. Worked: 8 ratings, rate .05: 6 looked at, each at .0085: -2.386."""
    looked = np.maximum(np.isfinite(ratings).sum(axis=1) - BEFORE, 1)
    return ndtri(1 - (1 - rate) ** (1 / looked))


def flagged(ratings: np.ndarray, expected: Expected, rate: float) -> np.ndarray:
    """(N, T) whether each rating is a rupture, at this false-alarm rate a course."""
    z, _ = innovations(ratings, expected)
    late = np.cumsum(np.isfinite(ratings), axis=1) > BEFORE
    return late & (np.where(np.isfinite(z), z, np.inf) < limits(ratings, rate)[:, None])


def repaired(
    ratings: np.ndarray, found: np.ndarray, expected: Expected
) -> tuple[np.ndarray, np.ndarray]:
    """(N, T) of ruptures: made good by half within three sessions; and whether that can be told
    (a rating within them, or all three without)."""
    _, foreseen = innovations(ratings, expected)
    fall = foreseen - ratings
    back, known = np.zeros_like(found), np.zeros_like(found)
    for person, place in zip(*np.nonzero(found), strict=True):
        after = ratings[person, place + 1 : place + 1 + BACK]
        there = after[np.isfinite(after)]
        goal = ratings[person, place] + HALF * fall[person, place]
        back[person, place] = bool((there >= goal).any())
        known[person, place] = back[person, place] or len(there) > 0
    return back, known


def drop_of_a_point(ratings: np.ndarray) -> np.ndarray:
    """Falls a point or more from the session before."""
    out = np.zeros(ratings.shape, dtype=bool)
    out[:, 1:] = ratings[:, :-1] - ratings[:, 1:] >= 1.0 - 1e-9
    return out


def two_own_sds(ratings: np.ndarray) -> np.ndarray:
    """Lies two of the course's own SDs below its own mean."""
    count = np.isfinite(ratings).sum(axis=1)
    enough = count >= 3
    mean, sd = _mean_sd(ratings, count)
    return enough[:, None] & (_low(ratings) < (mean - 2 * sd)[:, None])


def two_line_sds(ratings: np.ndarray) -> np.ndarray:
    """Lies two residual SDs below the course's own line."""
    seen = np.isfinite(ratings)
    time = np.where(seen, np.arange(ratings.shape[1]), np.nan)
    count = seen.sum(axis=1)
    t_mean, _ = _mean_sd(time, count)
    x_mean, _ = _mean_sd(ratings, count)
    dt, dx = time - t_mean[:, None], ratings - x_mean[:, None]
    spread = np.maximum(np.nansum(dt**2, axis=1), 1e-12)
    slope = np.nansum(dt * dx, axis=1) / spread
    residual = dx - slope[:, None] * dt
    sd = np.sqrt(np.nansum(residual**2, axis=1) / np.maximum(count - 2, 1))
    return (count >= 4)[:, None] & (_low(residual) < -2 * sd[:, None])


def falls_and_returns(ratings: np.ndarray) -> np.ndarray:
    """Falls two of the course's SDs from one session to the next, and is back within three."""
    count = np.isfinite(ratings).sum(axis=1)
    _, sd = _mean_sd(ratings, count)
    out = np.zeros(ratings.shape, dtype=bool)
    for place in range(1, ratings.shape[1]):
        before = ratings[:, place - 1]
        with np.errstate(invalid="ignore"):
            fell = (before - ratings[:, place] >= 2 * sd) & (sd > 0)
            after = ratings[:, place + 1 : place + 1 + BACK]
            back = (after >= (before - 0.5 * sd)[:, None]).any(axis=1)
        out[:, place] = fell & back & (count >= 4)
    return out


def individuals_chart(ratings: np.ndarray) -> np.ndarray:
    """Lies below 3 sigma of an individuals chart of the ratings so far, from the fifth on."""
    out = np.zeros(ratings.shape, dtype=bool)
    for place in range(4, ratings.shape[1]):
        past = ratings[:, :place]
        count = np.isfinite(past).sum(axis=1)
        mean, _ = _mean_sd(past, count)
        moves = np.abs(np.diff(past, axis=1))
        many = np.isfinite(moves).sum(axis=1)
        sigma = np.nansum(moves, axis=1) / np.maximum(many, 1) / 1.128
        with np.errstate(invalid="ignore"):
            out[:, place] = (count >= 4) & (many >= 2) & (ratings[:, place] < mean - 3 * sigma)
    return out


PUBLISHED: dict[str, Rule] = {
    "Falls a point or more from the last session": drop_of_a_point,
    "2 own SDs below the own mean": two_own_sds,
    "2 residual SDs below the own line": two_line_sds,
    "Falls 2 SDs and is back within 3 sessions": falls_and_returns,
    "Individuals chart, 3 sigma, from the 5th": individuals_chart,
}


@dataclass(frozen=True, slots=True)
class RuleRate:
    """Of a rule, in courses of `sessions` sessions simulated from the fit: share of courses
    without a rupture that it flags; share of dips of 2.5 within-patient SDs that it finds."""

    rule: str
    sessions: int
    false_alarms: float
    found: float


def nominal_rate(
    ratings: np.ndarray, expected: Expected, rate: float, span: Span, seed: int = 1
) -> float:
    """The rate whose limits flag `rate` of the courses without a rupture: `rate` itself, but where
    ratings crowd at an end of the scale the one that does so in courses drawn as the scale shows
    them, with the gaps that these patients have."""
    if not crowded(ratings, span):
        return rate
    rng = np.random.default_rng(seed)
    step = step_of(ratings)
    quiet = drawn(behind(expected, span, step), COURSES, span, step, rng)
    gaps = np.isnan(ratings[np.isfinite(ratings).sum(axis=1) > BEFORE])
    quiet[gaps[rng.integers(0, len(gaps), COURSES)]] = np.nan
    z = lowest(quiet, expected)
    looked = np.maximum(np.isfinite(quiet).sum(axis=1) - BEFORE, 1)
    # Each course's own rate at which its lowest rating would be flagged.
    own = 1 - (1 - ndtr(z)) ** looked
    return float(np.quantile(own, rate))


def lowest(ratings: np.ndarray, expected: Expected) -> np.ndarray:
    """(N,) the lowest innovation from the third rating on; infinite where there is none."""
    z, _ = innovations(ratings, expected)
    late = np.cumsum(np.isfinite(ratings), axis=1) > BEFORE
    return np.where(late & np.isfinite(z), z, np.inf).min(axis=1)


def rule_rates(
    expected: Expected,
    sessions: tuple[int, ...],
    nominal: float,
    own: str,
    span: Span = (None, None),
    step: float = 1e-3,
    seed: int = 1,
    courses: int = SIMULATED,
) -> tuple[RuleRate, ...]:
    """The chosen rule, called `own`, at its nominal rate, and the published ones, on simulated
    courses as the scale would show them."""
    rng = np.random.default_rng(seed)
    source = behind(expected, span, step)
    found = []
    for t in sessions:
        if t > len(expected.mean):
            continue
        part, truth = _first(expected, t), _first(source, t)
        x = rng.multivariate_normal(truth.mean, truth.covariance, courses, method="cholesky")
        place = rng.integers(BEFORE, t, courses)
        dipped = x.copy()
        dipped[np.arange(courses), place] -= DIP * expected.within_sd
        quiet, dipped = shown(x, span, step), shown(dipped, span, step)
        rules: dict[str, Rule] = {own: lambda y, part=part: flagged(y, part, nominal), **PUBLISHED}
        for name, rule in rules.items():
            hit = rule(dipped)[np.arange(courses), place]
            alarms = rule(quiet).any(axis=1)
            found.append(RuleRate(name, t, float(alarms.mean()), float(hit.mean())))
    return tuple(found)


def _first(expected: Expected, t: int) -> Expected:
    """The first t sessions."""
    return replace(expected, mean=expected.mean[:t], covariance=expected.covariance[:t, :t])


def _mean_sd(ratings: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = np.nansum(ratings, axis=1) / np.maximum(count, 1)
    squares = np.nansum((ratings - mean[:, None]) ** 2, axis=1)
    return mean, np.sqrt(squares / np.maximum(count - 1, 1))


def _low(ratings: np.ndarray) -> np.ndarray:
    """Missing ratings are never low."""
    return np.where(np.isfinite(ratings), ratings, np.inf)
