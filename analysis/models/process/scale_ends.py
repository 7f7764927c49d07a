"""Ratings that crowd at a scale's end: what lies behind them, and a limit that still holds.

Behind each rating stands a normal one that the scale cuts off and rounds. Its mean and variance are
those that, cut off, give the ones observed; its course keeps the correlations that were fitted.
Courses drawn so, without a rupture, say which nominal rate flags the share that was asked for.
"""

from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from analysis.models.process.expected_course import Expected

CROWDED = 0.01  # share of ratings at the ends from which they are allowed for
COURSES = 8_000  # simulated; a share of .05 then has a Monte-Carlo error of .0024
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
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
    """The same course before the scale rounded it (Sheppard's correction) and cut it off.

    Worked: mean 4.2 and SD .5 on 1 to 5 observed in small steps: 4.22 and .53 behind.
    """
    rounding = min(step**2 / 12, 0.95 * expected.noise)
    kept = expected.covariance - rounding * np.eye(len(expected.mean))
    spread = np.sqrt(np.diag(kept).mean())
    middle = float(expected.mean.mean())
    scale = _spread_behind(middle, float(spread), span)
    mean = np.array([_mean_behind(float(m), scale, span) for m in expected.mean])
    wider = (scale / spread) ** 2
    return replace(expected, mean=mean, covariance=kept * wider)


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


def _cut(mean: float, sd: float, span: Span) -> tuple[float, float]:
    """Mean and SD of a normal law cut off at the ends."""
    low, high = _ends(span)
    values = np.clip(mean + sd * NODES, low, high)
    first = float(WEIGHTS @ values)
    return first, float(np.sqrt(max(WEIGHTS @ (values - first) ** 2, 0.0)))


def _mean_behind(mean: float, sd: float, span: Span) -> float:
    gap = 6 * sd
    return _root(lambda m: _cut(m, sd, span)[0] - mean, mean - gap, mean + gap, mean)


def _spread_behind(mean: float, sd: float, span: Span) -> float:
    def gap(s: float) -> float:
        return _cut(_mean_behind(mean, s, span), s, span)[1] - sd

    return _root(gap, sd, 4 * sd, sd)


def _root(gap, low: float, high: float, otherwise: float) -> float:
    if gap(low) * gap(high) > 0:  # the ends hold more than any normal law would leave there
        return otherwise
    return float(brentq(gap, low, high, xtol=1e-6))
