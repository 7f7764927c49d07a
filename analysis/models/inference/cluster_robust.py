"""Least squares whose standard errors allow for rows of one cluster being alike: CR2.

The bias-reduced sandwich with a working model of independent rows of equal variance, and the
degrees of freedom of a t test by Satterthwaite's approximation under it: Bell & McCaffrey 2002;
Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004 (R: clubSandwich). With X_g the rows
of a cluster and M = (X'X)^-1 = LL', all that is needed of X_g is T_g = L'X_g'X_g L: the adjusted
score of a cluster is f(T_g) L'X_g'e_g with f(t) = (1 - t)^-1/2, so that sums do.
"""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.criterion.by_group import fixed_basis
from analysis.models.criterion.problem import Problem
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution

# Of 1 - t: a direction that one cluster alone tells has no residual, and no score.
ALONE = 1e-10


@dataclass(frozen=True, slots=True)
class ClusterRobust:
    """covariance (p, p) of the problem's internal coefficients; clusters: their number.

    root (p, p): L. adjusted, twice (g, p, p): f(T_g) T_g and f(T_g)^2 T_g, for degrees of freedom.
    """

    covariance: np.ndarray
    clusters: int
    root: np.ndarray
    adjusted: np.ndarray
    twice: np.ndarray

    def degrees(self, contrasts: np.ndarray) -> np.ndarray:
        """(k,) of contrasts (k, p) of the internal coefficients: (sum of v_gg)^2 over the sum of
        v_gh^2, v the covariances of the clusters' parts of the contrast under the working model."""
        turned = contrasts @ self.root
        parts = np.einsum("gij,kj->kgi", self.adjusted, turned)
        own = np.einsum("ki,gij,kj->kg", turned, self.twice, turned)
        squares = (parts**2).sum(axis=2)
        between = np.einsum("kgi,kgj->kij", parts, parts)
        trace = (own - squares).sum(axis=1)
        square = (own**2 - 2 * own * squares).sum(axis=1) + (between**2).sum(axis=(1, 2))
        with np.errstate(divide="ignore"):  # no cluster's part but one's: the normal law
            return trace**2 / square


def cluster_robust(moments: Moments, problem: Problem, solution: Solution) -> ClusterRobust:
    """Of a model without random effects. moments: with a gram by the clusters.

    ModelError where there are fewer than two clusters.
    """
    if moments.gram.ndim == 2 or len(moments.gram) < 2:
        raise ModelError(
            "Standard errors that allow for clusters need two clusters or more",
            where="the clusters",
            allowed="two or more, better twenty",
            next_step="name another group, or none",
        )
    p = problem.p
    basis = fixed_basis(moments, problem)
    grams = basis.T @ moments.gram @ basis
    root = np.linalg.cholesky(np.linalg.inv(problem.gram[:p, :p]))
    values, vectors = np.linalg.eigh(root.T @ grams[:, :p, :p] @ root)
    values = np.clip(values, 0.0, 1.0)
    left = 1 - values
    factor = np.where(left > ALONE, 1 / np.sqrt(np.maximum(left, ALONE)), 0.0)
    residuals = grams[:, :p, p] - grams[:, :p, :p] @ solution.evaluation.beta

    def function(f: np.ndarray) -> np.ndarray:
        return (vectors * f[:, None, :]) @ np.swapaxes(vectors, 1, 2)

    scores = np.einsum("gij,gj->gi", function(factor), residuals @ root)
    covariance = root @ (scores.T @ scores) @ root.T
    return ClusterRobust(
        covariance, len(grams), root, function(factor * values), function(factor**2 * values)
    )
