"""Mean and covariance of variables with values missing here and there, by maximum likelihood.

The EM algorithm on sums by pattern of what is missing (Little & Rubin 2019, section 11.2): one
pass over the rows, then each step costs the patterns alone.
"""

from dataclasses import dataclass

import numpy as np

STEPS = 200
# Of each variable's standard deviation: when the estimates no longer move.
SETTLED = 1e-6


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rows (m,) that have the same variables (k,) observed."""

    rows: np.ndarray
    observed: np.ndarray


def patterns_of(values: np.ndarray) -> tuple[Pattern, ...]:
    """The Patterns of values (n, d), NaN where there is none."""
    there = np.isfinite(values)
    kinds, which = np.unique(there, axis=0, return_inverse=True)
    which = which.reshape(-1)
    return tuple(
        Pattern(np.flatnonzero(which == k), np.flatnonzero(kind)) for k, kind in enumerate(kinds)
    )


def joint_normal(
    values: np.ndarray, patterns: tuple[Pattern, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """(mean (d,), covariance (d, d)) of values (n, d), missing at random."""
    d = values.shape[1]
    scale = np.nanstd(values, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    centre = np.nanmean(values, axis=0)
    scaled = (values - centre) / scale
    sums = [_sums(scaled, p) for p in patterns if len(p.observed)]
    mean, covariance = np.zeros(d), np.eye(d)
    for _ in range(STEPS):
        first, second = np.zeros(d), np.zeros((d, d))
        for observed, count, total, products in sums:
            slope, rest = _regression(covariance, observed)
            shift = mean - slope @ mean[observed]
            whole = slope @ total
            first += whole + count * shift
            crossed = slope @ products @ slope.T + np.outer(whole, shift) + np.outer(shift, whole)
            second += crossed + count * (np.outer(shift, shift) + rest)
        rows = sum(count for _, count, _, _ in sums)
        new_mean = first / rows
        new = second / rows - np.outer(new_mean, new_mean)
        moved = max(np.abs(new - covariance).max(), np.abs(new_mean - mean).max())
        mean, covariance = new_mean, new
        if moved < SETTLED:
            break
    return centre + scale * mean, covariance * np.outer(scale, scale)


def _sums(values: np.ndarray, pattern: Pattern):
    own = values[np.ix_(pattern.rows, pattern.observed)]
    return pattern.observed, len(own), own.sum(axis=0), own.T @ own


def _regression(covariance: np.ndarray, observed: np.ndarray):
    """(slope (d, k), rest (d, d)): all variables on the observed ones."""
    inner = np.linalg.pinv(covariance[np.ix_(observed, observed)], hermitian=True)
    slope = covariance[:, observed] @ inner
    return slope, covariance - slope @ covariance[observed]
