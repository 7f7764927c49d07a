"""How much of a score is the session's own noise, and how much a swing that fades, told from how
courses run.

A score is a course (a trend of the patient's own plus a random walk), a swing that fades (an
autoregression of order 1: variance v, phi of it carried over to the next session) and noise of the
session alone (W). The products of differences D_t = x_t - x_(t-1) that lie k sessions apart are
then, on average,

    k = 1   S - v (1 - phi)^2 - W          k > 1   S - v (1 - phi)^2 phi^(k-1)

whatever trend and walk are: S, the trends' covariance, changes slowly with time and is a
polynomial of the pair's midpoint; values of phi are weighed by how well they fit (method of
moments; for a walk with noise Harvey 1989, Forecasting, structural time series models, 2.4).
Between two variables with g_j = Cov(what fades or is noise at t, the companion's at t + j) a pair
k apart holds S + 2 g_k - g_(k-1) - g_(k+1).
Worked: a walk with steps of variance 1 and noise of variance 2: lag 1 -2, lag 2 0, W = 2. Swings of
variance 4 with phi .4: lag 1 -1.44, lag 2 -.576, lag 3 -.23.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

# Products at lags 1 and 2 that a noise rests on at least: its standard error is then some .15 of a
# noise that is the larger part of a difference.
FEWEST_PRODUCTS = 100
# Pairs further apart say little and cost time.
MOST_LAG = 8
# What of a swing carries over: where it is sought. Slower ones are a walk, which is course.
CARRIED = np.arange(0.15, 0.76, 0.05)
# A swing's variance in standard errors: below it there is none, and all that is left is noise.
SURE = 3.0
# Pairs three or more sessions apart, without which a swing is not told from a walk.
FEWEST_FAR = 3
# Pairs of sessions for each bend of the trends and each coefficient that is told from them.
PAIRS = 6


@dataclass(frozen=True, slots=True)
class Noise:
    """variance: of the session's own noise; swing: of what fades, 0 where none is seen; carried: of
    a swing, to the next session. same (v,): covariance of both with what is so of each companion at
    the same session; later (v,): with the companion's a session later; earlier (v,): a session
    earlier. products: how many products two sessions apart it rests on; error: the standard error
    of variance and swing together."""

    variance: float
    swing: float
    carried: float
    same: np.ndarray
    later: np.ndarray
    earlier: np.ndarray
    products: int
    error: float

    def off_by(self, errors: float) -> "Noise":
        """The noise if it were so many standard errors larger, none at the least."""
        part = max(1 + errors * self.error / self.whole, 0.0) if self.whole > 0 else 1.0
        return replace(self, variance=self.variance * part, swing=self.swing * part)

    @property
    def whole(self) -> float:
        """The variance of what is not course."""
        return self.variance + self.swing

    def between(self, apart: np.ndarray) -> np.ndarray:
        """The covariance of what is not course with itself so many sessions apart."""
        return self.swing * self.carried ** np.abs(apart) + self.variance * (apart == 0)

    def with_companions(self, later: np.ndarray) -> np.ndarray:
        """(v, *later.shape): covariance with each companion so many sessions later (earlier where
        below 0)."""
        fades = self.carried ** np.maximum(np.abs(later) - 1.0, 0.0)
        after, before = self.later[:, None], self.earlier[:, None]
        flat, apart = later.ravel(), fades.ravel()
        found = np.where(flat > 0, after, before) * apart
        return np.where(flat == 0, self.same[:, None], found).reshape(-1, *later.shape)

    @property
    def of_swing(self) -> float:
        """The part of what is not course that fades."""
        return self.swing / self.whole if self.whole > 0 else 0.0


def session_noise(scores: np.ndarray, companions: Sequence[np.ndarray]) -> Noise | None:
    """scores (n, T) and companions, each (n, T), by session number, NaN where there is none; the
    columns are consecutive numbers. None where too few courses are long enough to tell."""
    own = _differences(scores)
    pairs = _Pairs.of(own, own, both_ways=False)
    if min(pairs.count[pairs.lag == 1].sum(), pairs.count[pairs.lag == 2].sum()) < FEWEST_PRODUCTS:
        return None
    carried, swing, variance, error = _fades(pairs)
    # As much noise as there is variance would leave no course to adjust for.
    largest = 0.9 * float(np.nanmean(np.nanvar(scores, axis=0)))
    shrink = min(1.0, largest / max(swing + variance, 1e-300))
    found = [_with(_Pairs.of(own, _differences(c), both_ways=True), carried) for c in companions]
    same, later, earlier = np.array(found).reshape(-1, 3).T
    return Noise(
        variance * shrink,
        swing * shrink,
        carried,
        same,
        later,
        earlier,
        int(pairs.count[pairs.lag == 2].sum()),
        error * shrink,
    )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of sessions: how far apart (the second later), their midpoint, the mean product of the
    differences there and how many; products: at [pair] those of each treatment, NaN for none."""

    lag: np.ndarray
    middle: np.ndarray
    mean: np.ndarray
    count: np.ndarray
    products: list[np.ndarray]

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray, both_ways: bool) -> "_Pairs":
        steps = first.shape[1]
        lags = [k for k in range(-MOST_LAG, MOST_LAG + 1) if k and (both_ways or k > 0)]
        at = [(t, t + k) for k in lags for t in range(steps) if 0 <= t + k < steps]
        products = [first[:, t] * second[:, u] for t, u in at]
        count = np.array([np.isfinite(p).sum() for p in products])
        total = np.array([np.nansum(p) for p in products])
        pairs = np.array(at, dtype=float).reshape(-1, 2)
        return cls(
            (pairs[:, 1] - pairs[:, 0]).astype(int),
            pairs.mean(axis=1),
            total / np.maximum(count, 1),
            count,
            products,
        )

    def trends(self, coefficients: int) -> np.ndarray:
        """(pairs, d) polynomial of the midpoint: a constant, and bends where pairs allow them."""
        there = self.count > 0
        spread = max(float(np.ptp(self.middle[there])), 1.0)
        scaled = (self.middle - self.middle[there].mean()) / spread
        pairs = int((there & (self.lag > 0)).sum())
        degree = int(np.clip(pairs // PAIRS - coefficients - 1, 0, 2))
        return scaled[:, None] ** np.arange(degree + 1)

    def fit(self, columns: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
        """(coefficients of the columns (pairs, c), the weighted sum of squares left, the weights
        (c, pairs) by which the means make the coefficients)."""
        design = np.hstack([columns, self.trends(columns.shape[1])])
        weighted = design * self.count[:, None]
        solve = np.linalg.pinv(design.T @ weighted) @ weighted.T
        found = solve @ self.mean
        left = float((self.count * (self.mean - design @ found) ** 2).sum())
        own = columns.shape[1]
        return found[:own], left, solve[:own]

    def error(self, weights: np.ndarray) -> float:
        """The standard error of sum weights * mean, treatments being independent."""
        each = np.zeros(len(self.products[0]))
        for weight, mean, count, products in zip(
            weights, self.mean, self.count, self.products, strict=True
        ):
            if count:
                each += np.where(np.isfinite(products), products - mean, 0.0) * (weight / count)
        return float(np.sqrt((each**2).sum()))

    def spread(self) -> float:
        """The variance of a product about its pair's mean."""
        squares = [np.nansum((p - m) ** 2) for p, m in zip(self.products, self.mean, strict=True)]
        return float(sum(squares) / max(self.count.sum(), 1))


def _differences(values: np.ndarray) -> np.ndarray:
    """(n, T - 1), less what all patients have in common at a session."""
    steps = np.diff(values, axis=1)
    there = np.isfinite(steps)
    mean = np.where(there, steps, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    return steps - mean


def _fades(pairs: _Pairs) -> tuple[float, float, float, float]:
    """(carried, variance of the swings, variance of the noise, both 0 or more, and the standard
    error of their sum)."""
    alone = -(pairs.lag == 1).astype(float)[:, None]
    (variance,), _, weights = pairs.fit(alone)
    none = 0.0, 0.0, max(float(variance), 0.0), pairs.error(weights[0])
    if (pairs.count[pairs.lag >= 3] > 0).sum() < FEWEST_FAR:
        return none
    tried = []
    for carried in CARRIED:
        fading = -((1 - carried) ** 2) * carried ** (pairs.lag - 1.0)
        found, left, weights = pairs.fit(np.column_stack([fading, alone]))
        if found[1] < 0:  # no noise of the session alone
            found, left, weights = pairs.fit(fading[:, None])
            found = np.append(found, 0.0)
        tried.append((left, carried, *found, weights))
    left, _, swing, _, weights = min(tried, key=lambda t: t[0])
    if swing < SURE * pairs.error(weights[0]):
        return none
    # What carries over is little known; each is weighed by how well it fits.
    size = pairs.spread()
    likely = np.array(
        [np.exp(-(other - left) / 2 / size) * (found > 0) for other, _, found, *_ in tried]
    )
    likely = likely / likely.sum()
    values = np.array([t[1:4] for t in tried])
    carried, swing, variance = likely @ values
    whole = values[:, 1] + values[:, 2]
    errors = np.array([pairs.error(t[4].sum(axis=0)) for t in tried])
    error = np.sqrt(likely @ (errors**2 + (whole - likely @ whole) ** 2))
    return float(carried), float(swing), float(variance), float(error)


def _with(pairs: _Pairs, carried: float) -> tuple[float, float, float]:
    """Covariances with a companion (same session, a session later, a session earlier); those of a
    session later and earlier only where they are surely there."""
    if pairs.count[np.abs(pairs.lag) >= 2].sum() < FEWEST_PRODUCTS:
        return 0.0, 0.0, 0.0
    near = -(np.abs(pairs.lag) == 1).astype(float)
    sides = [_side(np.where(pairs.lag * way > 0, np.abs(pairs.lag), 0), carried) for way in (1, -1)]
    used = [0, 1, 2] if carried else [0]
    while True:
        columns = np.column_stack([near, *sides])[:, used]
        found, _, weights = pairs.fit(columns)
        sure = [abs(v) / max(pairs.error(w), 1e-300) for v, w in zip(found, weights, strict=True)]
        weakest = min(range(1, len(used)), key=lambda k: sure[k], default=0)
        if not weakest or sure[weakest] >= SURE:
            break
        del used[weakest]
    out = np.zeros(3)
    out[used] = found
    return float(out[0]), float(out[1]), float(out[2])


def _side(apart: np.ndarray, carried: float) -> np.ndarray:
    """What a covariance of 1 a session away puts into pairs so far apart, 0 for the other side."""
    further = -((1 - carried) ** 2) * carried ** (np.maximum(apart, 2) - 2.0)
    return np.where(apart == 1, 2 - carried, np.where(apart > 1, further, 0.0))
