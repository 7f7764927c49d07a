"""What the next rating of a course is expected to be, given those before it.

    x_it = mu_t + l_i + s_i t + w_it + e_it,    w_it = phi w_i,t-1 + u_it

level l and trend s differ between patients, w are swings that last for a while, e is what a
rating adds of its own. Means are free by session; the (co)variances are the clinic's own, by
maximum likelihood over all patterns of missing ratings. A rating's distance from what those before
it let expect, in standard deviations of that, is its innovation z: standard normal, and independent
of the ones before, where nothing but this goes on (the Kalman filter's; here by Cholesky's factor
of the covariance of a course, which is the same number).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from analysis.base.errors import ModelError
from analysis.models.panels.likelihood.normal import minus_log_likelihood
from analysis.models.panels.likelihood.patterns import Patterns, patterns_of

FEWEST = 30  # courses with three ratings, for six (co)variances
MOST_FITTED = 2_000  # courses that the variances are estimated on: their errors are 2 % then
LONGEST_FITTED = 24  # sessions of the likelihood; later ones follow by the formula


@dataclass(frozen=True, slots=True)
class Expected:
    """mean (T,): of all at a session. random (2, 2): (co)variance of level and trend a session,
    time counted from the first session; swing: variance of w, carry: phi; noise: variance of e.
    covariance (T, T) of a course. converged: of the search."""

    mean: np.ndarray
    random: np.ndarray
    swing: float
    carry: float
    noise: float
    covariance: np.ndarray
    converged: bool

    @property
    def within_sd(self) -> float:
        """SD of ratings about a patient's own line."""
        return float(np.sqrt(self.swing + self.noise))


def expected_course(ratings: np.ndarray, seed: int = 1) -> Expected:
    """Fit ratings (N, T), NaN where missing. ModelError where courses are few or do not vary.

    Of more than 2,000 courses a random 2,000 (by `seed`) tell the variances, all the means.
    """
    seen = np.isfinite(ratings)
    usable = ratings[seen.sum(axis=1) >= 3]
    if len(usable) < FEWEST:
        raise ModelError(
            f"{len(usable)} treatments have three ratings or more",
            allowed=f"at least {FEWEST}",
            next_step="use more data: what a rating is expected to be is learnt from all courses",
        )
    spread = float(np.nanstd(usable))
    if not spread > 0:
        raise ModelError("The ratings are the same in every session")
    t = ratings.shape[1]
    chosen = usable
    if len(usable) > MOST_FITTED:
        drawn = np.random.default_rng(seed).choice(len(usable), MOST_FITTED, replace=False)
        chosen = usable[np.sort(drawn)]
    part = chosen[:, : min(t, LONGEST_FITTED)] / spread
    part = part[:, np.isfinite(part).any(axis=0)]
    theta, converged = _search(part)
    random, swing, carry, noise = in_points(theta, spread)
    v = covariance(random, swing, carry, noise, t)
    return Expected(_means(ratings, v), random, swing, carry, noise, v, converged)


def in_points(own: np.ndarray, spread: float) -> tuple[np.ndarray, float, float, float]:
    """(random, swing, carry, noise) of the search's six numbers, whose ratings are in units of
    `spread`."""
    random, swing, carry, noise = _parts(own)
    scaled = np.array([1.0, 1 / TIME])
    random = random * np.outer(scaled, scaled) * spread**2
    return random, swing * spread**2, carry, noise * spread**2


def in_search(expected: Expected, spread: float) -> np.ndarray:
    """(6,) the inverse of `in_points`."""
    scaled = np.array([1.0, TIME]) / spread
    random = expected.random * np.outer(scaled, scaled)
    lower = np.linalg.cholesky(random + 1e-10 * np.eye(2))
    sizes = np.log(np.maximum([expected.swing, expected.noise], 1e-9 * spread**2) / spread**2)
    return np.array([lower[0, 0], lower[1, 0], lower[1, 1], sizes[0], np.arctanh(expected.carry),
                     sizes[1]])  # fmt: skip


# Level, their covariance, trend (a triangle), log swing, atanh carry, log noise.
START = np.array([0.7, 0.0, 0.1, np.log(0.2), np.arctanh(0.3), np.log(0.2)])
TIME = 10.0  # sessions that count as one in the search: keeps trends on the scale of levels


BOUNDS = ((-9.0, 3.0), (np.arctanh(0.0), np.arctanh(0.95)), (-9.0, 3.0))  # of the last three


def covariance(random: np.ndarray, swing: float, carry: float, noise: float, t: int) -> np.ndarray:
    """(t, t) of a course. Worked: level variance 1, swing .5, carry .4, noise .5: variance 2 at a
    session, covariance 1 + .2 of neighbours."""
    z = np.column_stack([np.ones(t), np.arange(t)])
    gap = np.abs(np.subtract.outer(np.arange(t), np.arange(t)))
    return z @ random @ z.T + swing * carry**gap + noise * np.eye(t)


def innovations(ratings: np.ndarray, expected: Expected) -> tuple[np.ndarray, np.ndarray]:
    """(z, foreseen), each (N, T): a rating's distance from what those before it let expect, in its
    SDs, and what was expected; NaN where there is no rating."""
    seen = np.isfinite(ratings)
    z, foreseen = np.full(ratings.shape, np.nan), np.full(ratings.shape, np.nan)
    keys, code = np.unique(seen, axis=0, return_inverse=True)
    code = code.ravel()
    for k, pattern in enumerate(keys):
        if not pattern.any():
            continue
        rows = np.flatnonzero(code == k)
        lower = np.linalg.cholesky(expected.covariance[np.ix_(pattern, pattern)])
        deviation = ratings[np.ix_(rows, pattern)] - expected.mean[pattern]
        found = np.linalg.solve(lower, deviation.T).T
        z[np.ix_(rows, pattern)] = found
        foreseen[np.ix_(rows, pattern)] = ratings[np.ix_(rows, pattern)] - found * np.diag(lower)
    return z, foreseen


def _search(part: np.ndarray) -> tuple[np.ndarray, bool]:
    sizes = np.isfinite(part).sum(axis=0)
    start_mean = np.where(sizes > 0, np.nansum(part, axis=0) / np.maximum(sizes, 1), 0.0)
    return search(patterns_of(part), start_mean, START)


def search(
    patterns: Patterns, start_mean: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, bool]:
    """(6,) the numbers that are most likely, and whether the search came to its end; start (6,)."""
    t = len(start_mean)
    gap = np.abs(np.subtract.outer(np.arange(t), np.arange(t)))
    design = np.column_stack([np.ones(t), np.arange(t) / TIME])

    def value(theta: np.ndarray) -> tuple[float, np.ndarray]:
        mean, own = theta[:t], theta[t:]
        random, swing, carry, noise = _parts(own)
        ar = carry**gap
        v = design @ random @ design.T + swing * ar + noise * np.eye(t)
        at = minus_log_likelihood(patterns, mean, v, curvature="none")
        if at.by_mean is None or at.by_covariance is None:
            return 1e12, np.zeros_like(theta)
        g = at.by_covariance
        inner = design.T @ g @ design
        lower = np.array([[own[0], 0.0], [own[1], own[2]]])
        by_lower = 2 * inner @ lower
        slope = gap * carry ** np.maximum(gap - 1, 0) * (1 - carry**2)
        by_own = [
            by_lower[0, 0],
            by_lower[1, 0],
            by_lower[1, 1],
            np.sum(g * ar) * swing,
            np.sum(g * slope) * swing,
            np.trace(g) * noise,
        ]
        n = patterns.rows
        return at.value / n, np.concatenate([at.by_mean, by_own]) / n

    begin = np.concatenate([start_mean, start])
    found = minimize(value, begin, jac=True, method="L-BFGS-B", bounds=_bounds(t),
                     options={"maxiter": 400, "ftol": 1e-11, "gtol": 1e-6})  # fmt: skip
    return found.x[t:], bool(found.success)


def _bounds(t: int) -> list:
    """Carry and noise within what courses of ratings can tell apart."""
    return [(None, None)] * (t + 3) + list(BOUNDS)


def _parts(own: np.ndarray) -> tuple[np.ndarray, float, float, float]:
    lower = np.array([[own[0], 0.0], [own[1], own[2]]])
    return lower @ lower.T, float(np.exp(own[3])), float(np.tanh(own[4])), float(np.exp(own[5]))


def _means(ratings: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(T,) generalised least squares over all courses: who left is allowed for by their scores."""
    seen = np.isfinite(ratings)
    t = ratings.shape[1]
    left, right = np.zeros((t, t)), np.zeros(t)
    keys, code = np.unique(seen, axis=0, return_inverse=True)
    code = code.ravel()
    for k, pattern in enumerate(keys):
        if not pattern.any():
            continue
        rows = code == k
        inverse = np.linalg.inv(v[np.ix_(pattern, pattern)])
        left[np.ix_(pattern, pattern)] += rows.sum() * inverse
        right[pattern] += inverse @ ratings[np.ix_(rows, pattern)].sum(axis=0)
    there = seen.any(axis=0)
    mean = np.zeros(t)
    mean[there] = np.linalg.solve(left[np.ix_(there, there)], right[there])
    return mean
