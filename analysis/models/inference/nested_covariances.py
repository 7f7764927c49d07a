"""Covariances at each level of a nesting, of true means and not of observed ones.

An observed mean over few rows holds the rows' own variation too. Expected mean squares of a nested
analysis of variance tell the two apart (Searle, Casella & McCulloch 2006, section 5.3; several
variables at once as there): with T_k the sum over the groups of level k of s s' / n, the
expectation of T_k - T_(k+1) is linear in the levels' covariances.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.language.moments import outer_of


@dataclass(frozen=True, slots=True)
class NestedSums:
    """Sums of v (c columns) by resampled cluster, level 0 being the rows.

    sums (C, K + 1, c, c): T_k of the cluster's groups, k = 0 .. K; totals (C, c): sums of v; rows
    (C,). squares (C, K + 1, K + 1): [k, j] with j < k the sum over groups h of level k of
    sum n_g^2 / n_h over the groups g of level j within h, n_h elsewhere. top (C, K + 1): sums of
    n_g^2 over the groups of each level. groups (C, K + 1): how many. shrink (K + 1, K + 1): [k, j],
    j < k, the mean over groups h of level k of sum n_g^2 / n_h^2.
    """

    sums: np.ndarray
    totals: np.ndarray
    rows: np.ndarray
    squares: np.ndarray
    top: np.ndarray
    groups: np.ndarray
    shrink: np.ndarray

    @property
    def clusters(self) -> int:
        return len(self.rows)


def nested_sums(
    products: np.ndarray,
    unit_sums: np.ndarray,
    counts: np.ndarray,
    codes: tuple[np.ndarray, ...],
    cluster: np.ndarray,
) -> NestedSums:
    """products (C, c, c): sums of v v' by cluster; unit_sums (U, c) and counts (U,): sums of v and
    rows of each unit; codes: one (U,) a level, innermost first; cluster (U,): of each unit."""
    levels, clusters, c = len(codes) + 1, len(products), unit_sums.shape[1]
    sums = np.zeros((clusters, levels, c, c))
    sums[:, 0] = products
    squares = np.zeros((clusters, levels, levels))
    top, groups = np.zeros((clusters, levels)), np.zeros((clusters, levels))
    rows = np.bincount(cluster, counts, clusters).astype(float)
    top[:, 0] = groups[:, 0] = rows
    squares[:, 0] = rows[:, None]
    sizes, homes, shrink = [], [], np.zeros((levels, levels))
    for k, code in enumerate(codes, start=1):
        n = np.bincount(code, counts).astype(float)
        s = np.stack([np.bincount(code, unit_sums[:, i]) for i in range(c)], axis=1)
        home = np.zeros(len(n), dtype=np.int64)
        home[code] = cluster
        sizes.append(n)
        homes.append(code)
        np.add.at(sums[:, k], home, s[:, :, None] * s[:, None, :] / n[:, None, None])
        top[:, k] = np.bincount(home, n**2, clusters)
        groups[:, k] = np.bincount(home, minlength=clusters)
        squares[:, k] = rows[:, None]
        for j in range(k):
            inner = n if j == 0 else np.bincount(outer_of(homes[j - 1], code), sizes[j - 1] ** 2)
            np.add.at(squares[:, k, j], home, inner / n)
            squares[:, k, j] -= rows
            shrink[k, j] = np.mean(inner / n**2)
    totals = np.stack([np.bincount(cluster, unit_sums[:, i], clusters) for i in range(c)], axis=1)
    return NestedSums(sums, totals, rows, squares, top, groups, shrink)


def mean_squares(sums: NestedSums, weights: np.ndarray):
    """For weights (B, C) of the clusters: mean squares (B, K + 1, c, c), their degrees of freedom
    (B, K + 1) and coefficients (B, K + 1, K + 1): the expectation of mean square k is the sum over
    levels j of coefficient [k, j] times covariance j."""
    rows, totals = weights @ sums.rows, weights @ sums.totals
    t = np.tensordot(weights, sums.sums, axes=1)
    whole = totals[:, :, None] * totals[:, None, :] / rows[:, None, None]
    t = np.concatenate([t, whole[:, None]], axis=1)
    a = np.tensordot(weights, sums.squares, axes=1)
    last = (weights @ sums.top) / rows[:, None]
    a = np.concatenate([a, last[:, None]], axis=1)
    count = np.column_stack([weights @ sums.groups, np.ones(len(rows))])
    free = np.maximum(count[:, :-1] - count[:, 1:], 1.0)
    squares = (t[:, :-1] - t[:, 1:]) / free[:, :, None, None]
    return squares, free, (a[:, :-1] - a[:, 1:]) / free[:, :, None]


def level_covariances(squares: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """(B, K + 1, c, c) covariances at each level from mean squares and their coefficients."""
    batch, levels = squares.shape[:2]
    flat = squares.reshape(batch, levels, -1)
    return np.linalg.solve(coefficients, flat).reshape(squares.shape)
