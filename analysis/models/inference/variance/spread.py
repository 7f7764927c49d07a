"""How much columns vary within and between the groups of each level, from the moments alone.

For nested groups a column is the sum of orthogonal parts: the row's distance from its innermost
group's mean, that mean's distance from the next level's, and so on to the grand mean.
"""

import numpy as np

from analysis.models.criterion.by_group import parents_of, sum_by
from analysis.models.language.moments import Moments
from analysis.models.resampling.clusters import ClusterSums


def level_covariances(moments: Moments) -> np.ndarray:
    """(1, 1 + L, d, d) covariances over rows (divisor N; weighted where rows have weights) of the
    base columns' parts, within the innermost groups first, then between the groups of each level
    outwards.

    Worked: x = 1, 3 | 5, 7 in two groups: within 1, between 4, together the variance 5.
    """
    sums = moments.cross[:, list(moments.z).index(0), :]
    gram = moments.total
    means, sizes = [], moments.sizes
    for code in moments.codes:
        own, size = sum_by(sums, code), np.bincount(code, weights=sizes)
        means.append(own.T @ (own / size[:, None]))
    return _differences(gram[None], [m[None] for m in means])


class ClusterSpread:
    """level_covariances for resampled clusters: the sums that don't depend on the weights."""

    def __init__(self, moments: Moments, sums: ClusterSums):
        self.sums, level = sums, sums.cluster_level
        unit_sums, sizes = sums.sums, sums.sizes
        self.inner: list[np.ndarray] = []  # (J, d, d) sum over a cluster's groups of s s' / n
        for k in range(level + 1):
            code = moments.codes[k]
            own, size = sum_by(unit_sums, code), np.bincount(code, weights=sizes)
            cluster = sums.own[k]
            assert cluster is not None  # levels up to the resampled one lie in clusters
            columns = [
                sum_by(own * (own[:, i] / size)[:, None], cluster) for i in range(own.shape[1])
            ]
            self.inner.append(np.stack(columns, axis=1))
        at = moments.codes[level]
        self.cluster_sums = sum_by(unit_sums, at)
        self.cluster_sizes = np.bincount(at, weights=sizes)
        self.outer = [p for p in parents_of(list(moments.codes))[level:] if p is not None]

    def covariances(self, weights: np.ndarray, gram: np.ndarray) -> np.ndarray:
        """(B, 1 + L, d, d) for weights (B, J) of the clusters and their weighted gram (B, d, d)."""
        means = [np.tensordot(weights, inner, axes=1) for inner in self.inner]
        s = weights[:, :, None] * self.cluster_sums
        n = weights * self.cluster_sizes
        for parent in self.outer:
            starts = np.flatnonzero(np.diff(parent, prepend=-1))
            s, n = np.add.reduceat(s, starts, axis=1), np.add.reduceat(n, starts, axis=1)
            means.append(np.swapaxes(s, 1, 2) @ (s / np.maximum(n, 1.0)[..., None]))
        return _differences(gram, means)


def _differences(gram: np.ndarray, means: list[np.ndarray]) -> np.ndarray:
    rows = gram[:, :1, :1]
    grand = gram[:, :, :1] * gram[:, :1, :] / rows
    steps = [gram, *means, grand]
    return np.stack([(a - b) / rows for a, b in zip(steps, steps[1:], strict=False)], axis=1)
