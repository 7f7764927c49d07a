"""Many fits of random-intercept models at once: subsets of predictors, resampled clusters.

A replicate of the cluster bootstrap is a set of weights (how often each cluster was drawn), and
all sums are linear in them, so a replicate costs no pass over the data. Same criterion as
`criterion.py`, specialised to one intercept a level and batched over replicates.
"""

from dataclasses import dataclass

import numpy as np

from analysis.mixed.optimise import TOLERANCE, hessian, minimise
from analysis.mixed.weighted import Weighted, evaluate_weighted

LEAST_START = 0.05  # a search that starts at exactly zero would stay there


@dataclass(frozen=True, slots=True)
class Start:
    """Where searches begin: theta (L,) or (B, L), and the inverse Hessian (L, L) there."""

    theta: np.ndarray
    inverse_hessian: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Estimates:
    """A batch of fits, internal scale: theta (B, L) >= 0 of the free levels, sigma2 (B,),
    beta (B, p), unit_covariance (B, p, p) = (X'V^-1 X)^-1, converged (B,)."""

    theta: np.ndarray
    sigma2: np.ndarray
    beta: np.ndarray
    unit_covariance: np.ndarray
    converged: np.ndarray


def refit(
    weighted: "Weighted",
    columns: np.ndarray,
    start: Start | None = None,
    tolerance: float = TOLERANCE,
) -> Estimates:
    """REML fits of the columns (the response last) for each replicate of `weighted`.

    start: where to begin, 0.5 each when None. tolerance: as in `optimise.minimise`.
    """
    batch = weighted.select(columns)
    p, free, size = len(columns) - 1, int(batch.free.sum()), len(batch.gram)
    begin, inverse = np.full(free, 0.5), None
    if start is not None:
        begin, inverse = np.maximum(start.theta, LEAST_START), start.inverse_hessian
    optimum = minimise(
        lambda theta, members: evaluate_weighted(batch, theta, members)[:2],
        np.broadcast_to(begin, (size, free)).copy(),
        inverse_hessian=inverse,
        tolerance=tolerance,
    )
    _, _, inverse, beta, rss = evaluate_weighted(batch, optimum.theta, np.arange(size), False)
    dof = batch.rows - batch.keep[:, :p].sum(axis=1)
    left = (dof > 0) & np.isfinite(rss)
    return Estimates(
        theta=np.abs(optimum.theta),
        sigma2=np.where(left, rss, np.nan) / np.where(left, dof, 1),
        beta=beta,
        unit_covariance=inverse,
        converged=optimum.converged & left,
    )


def curvature(weighted: "Weighted", columns: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """(L, L) positive definite inverse Hessian of the first replicate's criterion near theta."""
    batch = weighted.select(columns)

    def gradient(points):
        return np.concatenate(
            [evaluate_weighted(batch, t[None], np.zeros(1, int))[1] for t in points]
        )

    if not len(theta):
        return np.zeros((0, 0))
    size, vectors = np.linalg.eigh(hessian(gradient, np.maximum(theta, LEAST_START)))
    size = np.maximum(np.abs(size), 1e-3 * np.abs(size).max() + 1e-8)
    return (vectors / size) @ vectors.T
