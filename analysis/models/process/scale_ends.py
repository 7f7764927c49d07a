"""Ratings that crowd at a scale's end: what lies behind them, and a limit that still holds.

Behind each rating stands a normal one that the scale cuts off and rounds. Its course is of the form
that is fitted, with the numbers that, cut off, rounded and fitted again, give the fitted ones.
Courses drawn so, without a rupture, say which nominal rate flags the share that was asked for.
"""

from dataclasses import replace

import numpy as np
from scipy.optimize import brentq, root
from scipy.special import ndtr

from analysis.models.panels.likelihood.patterns import complete_pattern
from analysis.models.process.expected_course import (
    BOUNDS,
    LONGEST_FITTED,
    Expected,
    covariance,
    in_points,
    in_search,
    search,
)

CROWDED = 0.01  # share of ratings at the ends from which they are allowed for
COURSES = 8_000  # simulated; a share of .05 then has a Monte-Carlo error of .0024
FAR = 8.0  # SDs from the middle beyond which no rating lies
MOST_LEVELS = 400  # of a scale: more steps show what these show
TERMS = 40  # of a series in correlations; the last ones are below 1e-4 of the first
FINE = 0.05  # of an SD: smaller steps take less than a fiftieth of a per cent off the variance
MOST = 40  # fits while what lies behind is sought; fifteen are the rule
Span = tuple[float | None, float | None]


def crowded(ratings: np.ndarray, span: Span) -> bool:
    """Whether a hundredth of the ratings or more lie at an end of the scale."""
    seen = ratings[np.isfinite(ratings)]
    low, high = _ends(span)
    return len(seen) > 0 and float(np.mean((seen <= low + 1e-9) | (seen >= high - 1e-9))) >= CROWDED


def step_of(ratings: np.ndarray) -> float:
    """The smallest step between ratings, .001 at least. Worked: thirds of a point: .333."""
    values = np.unique(np.round(ratings[np.isfinite(ratings)], 6))
    steps = np.diff(values)
    return float(max(steps.min(), 1e-3)) if len(steps) else 1e-3


def behind(expected: Expected, span: Span, step: float) -> Expected:
    """The same course before the scale rounded it and cut it off: of the same form, such that its
    scores, fitted as these were, give what was fitted here (indirect inference).

    Worked: mean 4.2 and SD .5 on 1 to 5 observed in small steps: 4.22 and .53 behind.
    """
    spread = float(np.sqrt(np.diag(expected.covariance).mean()))
    if span == (None, None) and step < FINE * spread:
        return expected  # nothing is cut off, next to nothing rounded
    levels = _levels(span, step, float(expected.mean.mean()), spread)
    fitted = min(len(expected.mean), LONGEST_FITTED)
    seen = in_search(expected, spread)

    def off(own: np.ndarray) -> np.ndarray:
        truth = covariance(*in_points(_inside(own), spread), fitted)
        mean = _means_behind(expected.mean[:fitted], truth, levels)
        scores = complete_pattern(1.0, np.zeros(fitted), _scores(mean, truth, levels) / spread**2)
        found, _ = search(scores, np.zeros(fitted), _inside(own))
        return in_search(_of_search(expected, found, spread), spread) - seen

    # A step of the derivatives that the inner search's own end does not hide; an end that comes
    # within a per cent of an SD.
    found = root(off, seen, method="hybr", options={"eps": 1e-3, "xtol": 1e-3, "maxfev": MOST})
    made = _of_search(expected, _inside(found.x), spread)
    truth = covariance(made.random, made.swing, made.carry, made.noise, len(expected.mean))
    return replace(made, mean=_means_behind(expected.mean, truth, levels), covariance=truth)


def _inside(own: np.ndarray) -> np.ndarray:
    """With the last three of the search's numbers within their bounds."""
    return np.concatenate([own[:3], np.clip(own[3:], *np.array(BOUNDS).T)])


def drawn(source: Expected, courses: int, span: Span, step: float, rng) -> np.ndarray:
    """(courses, T) without a rupture, as the scale would show them."""
    x = rng.multivariate_normal(source.mean, source.covariance, courses, method="cholesky")
    return shown(x, span, step)


def shown(x: np.ndarray, span: Span, step: float) -> np.ndarray:
    """Rounded to the scale's steps and cut off at its ends."""
    low, high = _ends(span)
    base = low if np.isfinite(low) else 0.0
    return np.clip(base + np.round((x - base) / step) * step, low, high)


def _ends(span: Span) -> tuple[float, float]:
    low, high = span
    return (-np.inf if low is None else low, np.inf if high is None else high)


def _levels(span: Span, step: float, middle: float, spread: float) -> np.ndarray:
    """The scores that the scale can show; without an end as far as any rating goes; of very small
    steps as many as tell the same."""
    low, high = _ends(span)
    base = low if np.isfinite(low) else 0.0
    first = low if np.isfinite(low) else base + step * np.floor((middle - FAR * spread) / step)
    last = (
        high if np.isfinite(high) else base + step * np.ceil((middle + FAR * spread - base) / step)
    )
    return np.linspace(first, last, int(np.clip(round((last - first) / step), 1, MOST_LEVELS)) + 1)


def _edges(mean, sd, levels: np.ndarray) -> np.ndarray:
    """Where one score becomes the next, in SDs of what lies behind: (..., levels - 1)."""
    middles = (levels[1:] + levels[:-1]) / 2
    return (middles - np.asarray(mean)[..., None]) / np.asarray(sd)[..., None]


def _cut(mean: float, sd: float, levels: np.ndarray) -> tuple[float, float]:
    """Mean and SD of a normal law as the scale shows it."""
    above = ndtr(-_edges(mean, sd, levels))
    first = levels[0] + np.diff(levels) @ above
    second = levels[0] ** 2 + np.diff(levels**2) @ above
    return float(first), float(np.sqrt(max(second - first**2, 0.0)))


def _mean_behind(mean: float, sd: float, levels: np.ndarray) -> float:
    gap = 6 * sd
    return _root(lambda m: _cut(m, sd, levels)[0] - mean, mean - gap, mean + gap, mean)


def _means_behind(means: np.ndarray, truth: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """(T,) of laws with the covariance `truth` whose scores have `means`."""
    sd = np.sqrt(np.diag(truth))
    return np.array(
        [_mean_behind(float(m), float(s), levels) for m, s in zip(means, sd, strict=True)]
    )


def _scores(mean: np.ndarray, truth: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """(T, T) covariance of the scores that normal laws of these means and covariance give.

    With c_ik the k-th Hermite coefficient of the score at session i, scores of laws correlating r
    have the covariance sum_k c_ik c_jk r^k (Mehler's formula).
    """
    sd = np.sqrt(np.diag(truth))
    z = _edges(mean, sd, levels)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * np.diff(levels)
    r = truth / np.outer(sd, sd)
    power, found = np.ones_like(r), np.zeros_like(r)
    before, polynomial = np.zeros_like(z), np.ones_like(z)
    for k in range(1, TERMS + 1):
        own = (polynomial * density).sum(axis=1) / np.sqrt(k)
        power = power * r
        found += np.outer(own, own) * power
        before, polynomial = polynomial, (z * polynomial - np.sqrt(k - 1) * before) / np.sqrt(k)
    spread = [_cut(float(m), float(s), levels)[1] for m, s in zip(mean, sd, strict=True)]
    np.fill_diagonal(found, np.square(spread))
    return found


def _of_search(expected: Expected, own: np.ndarray, spread: float) -> Expected:
    random, swing, carry, noise = in_points(own, spread)
    return replace(expected, random=random, swing=swing, carry=carry, noise=noise)


def _root(gap, low: float, high: float, otherwise: float) -> float:
    if gap(low) * gap(high) > 0:  # the ends hold more than any normal law would leave there
        return otherwise
    return float(brentq(gap, low, high, xtol=1e-6))
