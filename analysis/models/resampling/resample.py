"""Many fits at once: subsets of predictors, resampled clusters.

A replicate of the cluster bootstrap is a set of weights (how often each cluster was drawn), and
all sums are linear in them, so a replicate costs no pass over the data. Same criterion as
`criterion.py`, batched over replicates: of random intercepts (`weighted.py`) or with random slopes
(`slopes.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.models.optimise import TOLERANCE, Optimum, hessian, minimise
from analysis.models.resampling.slopes import Slopes
from analysis.models.resampling.weighted import Weighted


@dataclass(frozen=True, slots=True)
class Start:
    """Where searches begin: theta (L,) or (B, L), and the inverse Hessian (L, L) there."""

    theta: np.ndarray
    inverse_hessian: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Estimates:
    """A batch of fits, internal scale: theta (B, L) of the free levels, sigma2 (B,),
    beta (B, p), unit_covariance (B, p, p) = (X'V^-1 X)^-1, converged (B,)."""

    theta: np.ndarray
    sigma2: np.ndarray
    beta: np.ndarray
    unit_covariance: np.ndarray
    converged: np.ndarray


def refit(
    weighted: Weighted | Slopes,
    columns: np.ndarray,
    start: Start | None = None,
    tolerance: float = TOLERANCE,
) -> Estimates:
    """REML fits of the columns (the response last) for each replicate of `weighted`.

    start: where to begin, 0.5 each when None. tolerance: as in `optimise.minimise`.
    """
    batch = weighted.select(columns)
    size = len(batch.gram)
    begin, inverse = batch.begin(None), None
    if start is not None:
        begin, inverse = batch.begin(start.theta), start.inverse_hessian
    seen = _Seen(batch)
    begin = np.broadcast_to(begin, (size, batch.levels)).copy()
    optimum = minimise(seen.evaluate, begin, inverse_hessian=inverse, tolerance=tolerance)
    return _estimates(batch, seen, optimum)


def _estimates(batch, seen: "_Seen", optimum: Optimum) -> Estimates:
    p = batch.gram.shape[1] - 1
    beta, inverse, rss = seen.at(optimum.theta)
    dof = batch.rows - batch.keep[:, :p].sum(axis=1)
    left = (dof > 0) & np.isfinite(rss)
    return Estimates(
        theta=batch.settled(optimum.theta),
        sigma2=np.where(left, rss, np.nan) / np.where(left, dof, 1),
        beta=beta,
        unit_covariance=inverse,
        converged=optimum.converged & left,
    )


class _Seen:
    """The last evaluation of each replicate, so that its end is not evaluated once more."""

    def __init__(self, batch: Weighted | Slopes):
        size, p = batch.gram.shape[0], batch.gram.shape[1] - 1
        self.batch = batch
        self.theta = np.full((size, batch.levels), np.nan)
        self.beta, self.inverse = np.zeros((size, p)), np.zeros((size, p, p))
        self.rss = np.zeros(size)

    def evaluate(self, theta: np.ndarray, members: np.ndarray):
        """(value, gradient), as `minimise` asks for them."""
        found = self._keep(theta, members, True)
        return found.value, found.gradient

    def at(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(beta, inverse, rss) of all replicates at theta (B, L)."""
        elsewhere = (self.theta != theta).any(axis=1) if theta.shape[1] else self.rss == 0
        again = np.flatnonzero(elsewhere)
        if len(again):
            self._keep(theta[again], again, False)
        return self.beta, self.inverse, self.rss

    def _keep(self, theta, members, with_gradient: bool):
        found = self.batch.evaluate(theta, members, with_gradient)
        self.theta[members], self.beta[members] = theta, found.beta
        self.inverse[members], self.rss[members] = found.inverse, found.rss
        return found


def drawn_weights(
    rng: np.random.Generator, clusters: int, replicates: int, batch: int
) -> Iterator[np.ndarray]:
    """(b, clusters) how often each cluster was drawn, b at most `batch`, `replicates` in all."""
    for done in range(0, replicates, batch):
        size = min(batch, replicates - done)
        drawn = rng.integers(0, clusters, size=(size, clusters))
        weights = np.zeros((size, clusters))
        np.add.at(weights, (np.arange(size)[:, None], drawn), 1.0)
        yield weights


def curvature(weighted: Weighted | Slopes, columns: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """(L, L) positive definite inverse Hessian of the first replicate's criterion near theta."""
    batch = weighted.select(columns)

    def gradient(points):
        return batch.evaluate(points, np.zeros(len(points), dtype=np.int64)).gradient

    if not len(theta):
        return np.zeros((0, 0))
    size, vectors = np.linalg.eigh(hessian(gradient, batch.begin(theta)))
    size = np.maximum(np.abs(size), 1e-3 * np.abs(size).max() + 1e-8)
    return (vectors / size) @ vectors.T
