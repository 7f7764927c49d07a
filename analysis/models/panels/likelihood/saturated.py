"""The saturated model: free means, variances and covariances, by maximum likelihood with gaps."""

from dataclasses import dataclass

import numpy as np

from analysis.models.panels.likelihood.normal import minus_log_likelihood
from analysis.models.panels.likelihood.patterns import Patterns
from analysis.models.panels.likelihood.search import Point, newton

EM_STEPS = (3, 40)


@dataclass(frozen=True, slots=True)
class Saturated:
    """mean (d,), covariance (d, d), log_likelihood. found: whether the likelihood has a maximum
    there; unseen_pairs: pairs of columns that no row holds together, whose covariances the data
    cannot tell."""

    mean: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    found: bool
    unseen_pairs: int


def fit_saturated(patterns: Patterns) -> Saturated:
    """The saturated model of `patterns`, whose columns are about mean 0 and SD 1.

    Complete rows have their means and covariances (divisor n) at once; else Newton's search.
    """
    d = patterns.observed.shape[1]
    together = patterns.together
    unseen = int((together[np.tril_indices(d, -1)] == 0).sum())
    mean, covariance = _available(patterns)
    settled = len(patterns.n) == 1 and patterns.observed.all()
    if not settled:
        mean, covariance, settled = _searched(patterns, mean, _positive(covariance))
    value = minus_log_likelihood(patterns, mean, covariance, curvature="none").value
    # With fewer rows than columns the likelihood has no maximum: a direction without variance.
    sharp = np.linalg.eigvalsh(covariance)[0] > 1e-9 and patterns.rows > d
    return Saturated(mean, covariance, -value, bool(settled and sharp), unseen)


def _searched(patterns, mean, covariance) -> tuple[np.ndarray, np.ndarray, bool]:
    """Steps of EM, which never leave what covariances can be, then Newton's, which end; more of
    them where that did not do. Without a maximum neither ends."""
    d = len(mean)
    for steps in EM_STEPS:
        for _ in range(steps):
            mean, covariance = _em_step(patterns, mean, covariance)
        begin = _pack(mean, covariance)
        stop = newton(lambda theta: _point(patterns, theta), begin, iterations=25, tolerance=1e-8)
        if stop.decrease < 1e-5:
            return *_unpack(stop.point.theta, d), True
    return mean, covariance, False


def _em_step(patterns, mean, covariance) -> tuple[np.ndarray, np.ndarray]:
    """Dempster, Laird & Rubin's step (1977), written by the gradient of -logL: with n rows,
    mean + V g / n and V + V G V / n, less the squared move of the mean."""
    at = minus_log_likelihood(patterns, mean, covariance, curvature="none")
    if at.by_mean is None or at.by_covariance is None:
        return mean, covariance
    move = -covariance @ at.by_mean / patterns.rows
    spread = covariance - 2 * covariance @ at.by_covariance @ covariance / patterns.rows
    spread -= np.outer(move, move)
    return mean + move, (spread + spread.T) / 2


def _point(patterns: Patterns, theta: np.ndarray) -> Point:
    d = patterns.observed.shape[1]
    found = minus_log_likelihood(patterns, *_unpack(theta, d))
    bends = found.curvature
    if found.by_mean is None or found.by_covariance is None or bends is None:
        return Point(theta, np.inf)
    rows, columns = np.tril_indices(d)
    once = np.where(rows == columns, 0.5, 1.0)
    by_covariance = 2 * once * found.by_covariance[rows, columns]
    table = bends.by_covariance.reshape(d, d, d, d)
    left = table[rows, columns] + table[columns, rows]
    both = left[:, rows, columns] + left[:, columns, rows]
    mixed = bends.mixed.reshape(d, d, d)
    mixed = (mixed[:, rows, columns] + mixed[:, columns, rows]) * once
    by_covariance_twice = both * once[:, None] * once[None, :]
    hessian = np.block([[bends.by_mean, mixed], [mixed.T, by_covariance_twice]])
    return Point(theta, found.value, np.concatenate([found.by_mean, by_covariance]), hessian)


def _pack(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    return np.concatenate([mean, covariance[np.tril_indices(len(mean))]])


def _unpack(theta: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray]:
    covariance = np.zeros((d, d))
    covariance[np.tril_indices(d)] = theta[d:]
    return theta[:d], covariance + np.tril(covariance, -1).T


def _available(patterns: Patterns) -> tuple[np.ndarray, np.ndarray]:
    """Means of each column's rows, and each pair's covariance over its own rows about them."""
    count = patterns.together
    seen, n = patterns.observed, patterns.n
    mean = (n[:, None] * patterns.mean).sum(axis=0) / np.maximum(np.diag(count), 1)
    deviation = np.where(seen, patterns.mean - mean, 0.0)
    sums = patterns.scatter.sum(axis=0) + (n[:, None] * deviation).T @ deviation
    return mean, sums / np.maximum(count, 1)


def _positive(covariance: np.ndarray) -> np.ndarray:
    """The nearest start inside what covariances can be: pairs' own rows may contradict others."""
    values, vectors = np.linalg.eigh(covariance)
    least = 0.05 * max(float(np.trace(covariance)) / len(covariance), 1e-12)
    return (vectors * np.maximum(values, least)) @ vectors.T
