"""Sums of a random-intercept model by the clusters that a bootstrap draws."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.models.language.moments import Moments
from analysis.models.resampling.innermost import PATTERN_GAIN, FewSizes, ManySizes, SingleRows


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """Sums of a random-intercept model, ready to be weighted.

    gram (J, d, d) and rows (J,) by cluster; sums (U, d) and sizes (U,) of the innermost groups,
    and the same ready for weights (innermost). For each level, innermost first: parents, the
    code of the enclosing group (n,), sorted, None at the outermost; own, the cluster of each
    group, or None where the level lies outside the clusters (its groups are kept whole).
    cluster_level: position of the level that is resampled.
    free: whether a level has a variance; not where single rows are resampled.
    """

    gram: np.ndarray
    rows: np.ndarray
    sums: np.ndarray
    sizes: np.ndarray
    innermost: FewSizes | ManySizes | SingleRows | None
    parents: tuple[np.ndarray | None, ...]
    own: tuple[np.ndarray | None, ...]
    cluster_level: int
    free: np.ndarray

    @property
    def clusters(self) -> int:
        return len(self.gram)


def cluster_sums(moments: Moments, cluster: str) -> ClusterSums:
    """From moments whose gram is by `cluster`, a grouping, or the rows when it is none of them."""
    codes, rows = list(moments.codes), cluster not in moments.groupings
    sums, sizes = moments.cross[:, list(moments.z).index(0), :], moments.sizes
    if rows:  # each row is a group of its own; the intercept's products are its values
        codes = [np.arange(len(moments.gram)), *_codes_of_rows(codes, moments.counts)]
        sums, sizes = moments.gram[:, 0, :], moments.gram[:, 0, 0]
    level = 0 if rows else moments.groupings.index(cluster)
    parents = [_map(a, b) for a, b in pairwise(codes)] + [None] * bool(codes)
    own = [_map(c, codes[level]) if k <= level else None for k, c in enumerate(codes)]
    return ClusterSums(
        gram=moments.gram,
        rows=np.ones(len(moments.gram)) if rows else np.bincount(codes[level], moments.counts),
        sums=sums,
        sizes=sizes,
        innermost=_innermost(sums, sizes, parents, own, rows),
        parents=tuple(parents),
        own=tuple(own),
        cluster_level=level,
        free=np.array([not (rows and k == 0) for k in range(len(codes))], dtype=bool),
    )


def _innermost(sums, sizes, parents, own, rows: bool):
    if rows:
        return SingleRows(sums, parents[0]) if len(parents) > 1 else None
    if not parents:
        return None
    if len(np.unique(sizes)) * PATTERN_GAIN < len(sizes):
        return FewSizes(sums, sizes, parents[0], own[0])
    return ManySizes(sums, sizes, parents[0])


def _codes_of_rows(codes: list[np.ndarray], counts: np.ndarray) -> list[np.ndarray]:
    """Rows come sorted by their groups, so a unit's rows are as many neighbours."""
    return [np.repeat(code, counts.astype(int)) for code in codes]


def _map(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """(n,) outer code of each inner group, from both codes by unit."""
    out = np.zeros(int(inner.max()) + 1, dtype=np.int64)
    out[inner] = outer
    return out
