"""Least squares whose standard errors allow for rows of the same cluster being alike.

The sandwich (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13) with the correction of few clusters
G/(G-1) · (n-1)/(n-p), and the t law with G-1 degrees of freedom.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analysis.measures.conventions import ENDS


@dataclass(frozen=True, slots=True)
class Clustered:
    """beta (p,), covariance (p, p), df: clusters less 1; r2 about the mean of y; rows; clusters."""

    beta: np.ndarray
    covariance: np.ndarray
    df: int
    r2: float
    rows: int
    clusters: int

    @property
    def se(self) -> np.ndarray:
        return np.sqrt(np.diag(self.covariance))

    def contrast(self, weights: np.ndarray) -> tuple[float, float, float, float]:
        """(estimate, se, low, high) of weights'beta, 95 %."""
        estimate = float(weights @ self.beta)
        se = float(np.sqrt(weights @ self.covariance @ weights))
        reach = float(stdtrit(self.df, ENDS[1])) * se
        return estimate, se, estimate - reach, estimate + reach


def clustered(columns: np.ndarray, y: np.ndarray, cluster: np.ndarray) -> Clustered | None:
    """y (n,) on columns (n, p), an intercept among them where one is wanted; cluster (n,): codes.

    None where columns cannot be told apart or there are no more clusters than columns.
    Worked: y = 1, 2, 4, 5 on (1, x = 0, 0, 1, 1) in four clusters: beta 1.5, 3.
    """
    n, p = columns.shape
    groups = np.unique(cluster, return_inverse=True)[1]
    g = int(groups.max(initial=-1)) + 1
    if n <= p or g <= p:
        return None
    sizes = np.sqrt((columns**2).sum(axis=0))
    if not (sizes > 0).all() or np.linalg.cond(columns / sizes) > 1e8:
        return None
    bread = np.linalg.inv(columns.T @ columns)
    beta = bread @ (columns.T @ y)
    residual = y - columns @ beta
    scores = np.stack([np.bincount(groups, c * residual, g) for c in columns.T], axis=1)
    few = g / (g - 1) * (n - 1) / (n - p)
    covariance = few * bread @ (scores.T @ scores) @ bread
    spread = ((y - y.mean()) ** 2).sum()
    r2 = float(1 - residual @ residual / spread) if spread > 0 else 0.0
    return Clustered(beta, covariance, g - 1, r2, n, g)
