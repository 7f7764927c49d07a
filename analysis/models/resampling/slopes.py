"""The REML criterion of models with random slopes for weights of clusters, with its gradient.

Every level's random effects are combinations of the same few columns Z, so a level with covariance
Psi (in those columns) turns the sums S = Z'V^-1 Z and T = Z'V^-1 W of each of its groups into
F S and F T with F = (I + S Psi)^-1, adds log|I + S Psi| to log|V|, and takes T' Psi F T off the
products: one recursion for any nesting (Bates et al. 2015 by Woodbury's identity). Only clusters
that were drawn cost anything.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from analysis.models.criterion.problem import Level, random_levels
from analysis.models.language.moments import Moments, outer_of
from analysis.models.resampling.weighted import (
    LEAST_START,
    Evaluated,
    doubtful_columns,
    kept_columns,
    reml,
)

NO_ADJOINT = np.zeros((0, 0, 0))  # of the outermost level, which passes nothing on


@dataclass(frozen=True)
class SlopeSums:
    """Sums of a model with random slopes by the clusters that a bootstrap draws.

    gram (J, d, d) and rows (J,) by cluster; s (U, z, z), t (U, z, d) of the innermost groups.
    levels, innermost first, with their maps (z, q) from Z to the level's columns; parents: codes
    of the enclosing groups, None at the outermost; own: the cluster of each group, None outside of
    the clusters. cluster_level: the level that is resampled.
    """

    gram: np.ndarray
    rows: np.ndarray
    s: np.ndarray
    t: np.ndarray
    levels: tuple[Level, ...]
    maps: tuple[np.ndarray, ...]
    parents: tuple
    own: tuple
    cluster_level: int

    @property
    def clusters(self) -> int:
        return len(self.gram)


def slope_sums(moments: Moments, cluster: str) -> SlopeSums:
    """From moments whose gram is by `cluster`, one of the groupings, and not crossed."""
    levels, maps = random_levels(moments, moments.total)
    at = moments.groupings.index(cluster)
    around = zip(moments.codes, moments.codes[1:], strict=False)
    return SlopeSums(
        gram=moments.gram,
        rows=np.bincount(moments.codes[at], moments.counts),
        s=moments.cross[:, :, moments.z],
        t=moments.cross,
        levels=levels,
        maps=tuple(maps),
        parents=(*(outer_of(inner, outer) for inner, outer in around), None),
        own=tuple(
            outer_of(inner, moments.codes[at]) if k <= at else None
            for k, inner in enumerate(moments.codes)
        ),
        cluster_level=at,
    )


@dataclass(frozen=True)
class Slopes:
    """A batch of replicates of one set of columns; evaluates as `Weighted` does."""

    sums: SlopeSums
    weights: np.ndarray
    gram: np.ndarray
    rows: np.ndarray
    keep: np.ndarray
    doubtful: np.ndarray
    t: np.ndarray

    @classmethod
    def of(cls, sums: SlopeSums, weights: np.ndarray) -> "Slopes":
        """All columns for each row of weights (B, J)."""
        gram = np.tensordot(weights, sums.gram, axes=1)
        keep = np.ones(gram.shape[:2], dtype=bool)
        return cls(sums, weights, gram, weights @ sums.rows, keep, doubtful_columns(gram), sums.t)

    @property
    def levels(self) -> int:
        """How many entries theta has."""
        return len(self.free[0])

    @property
    def free(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(level, row, column) of each entry of theta, as `criterion.py` orders them."""
        return free_entries(self.sums.levels)

    def select(self, columns: np.ndarray) -> "Slopes":
        gram, keep = kept_columns(self.gram, self.doubtful, columns)
        t = np.ascontiguousarray(self.t[:, :, columns])
        return replace(self, gram=gram, keep=keep, t=t)

    def begin(self, theta: np.ndarray | None) -> np.ndarray:
        """Where a search can start: no standard deviation at zero."""
        _, row, column = self.free
        if theta is None:
            return np.where(row == column, 0.5, 0.0)
        low = (row == column) & (np.abs(theta) < LEAST_START)
        return np.where(low, LEAST_START, theta)

    def settled(self, theta: np.ndarray) -> np.ndarray:
        """The same covariances with standard deviations that are not negative."""
        level, row, column = self.free
        out = theta.copy()  # the sign of a column of Lambda is free
        for k in np.flatnonzero(row == column):
            own = (level == level[k]) & (column == column[k])
            out[:, own] *= np.where(theta[:, k] < 0, -1.0, 1.0)[:, None]
        return out

    def evaluate(self, theta: np.ndarray, members: np.ndarray, with_gradient=True) -> Evaluated:
        """The criterion of the replicates `members` (b,) at theta (b, L)."""
        found = [
            self._evaluate(at, int(k), with_gradient) for at, k in zip(theta, members, strict=True)
        ]
        return Evaluated.joined(found)

    def _evaluate(self, theta: np.ndarray, member: int, with_gradient: bool) -> Evaluated:
        roots = factors(self.sums, theta)
        steps, products, log_det = self._forward(roots, member)
        one = np.array([member])
        found, gamma = reml(self, products[None], np.array([log_det]), one)
        if not with_gradient:
            return found
        psi = self._backward(roots, steps, gamma[0])
        level, row, column = self.free
        each = [2 * m.T @ g @ root for m, g, root in zip(self.sums.maps, psi, roots, strict=True)]
        gradient = np.array([each[k][i, j] for k, i, j in zip(level, row, column, strict=True)])
        return replace(found, gradient=gradient[None])

    def _forward(self, roots, member: int):
        drawn = self.weights[member]
        sums, products, log_det, steps = self.sums, self.gram[member].copy(), 0.0, []
        here = np.flatnonzero(drawn[sums.own[0]] > 0)
        s, t = sums.s[here], self.t[here]
        for k, root in enumerate(roots):
            weights = np.ones(len(here)) if sums.own[k] is None else drawn[sums.own[k][here]]
            psi = root @ root.T
            f, logs = inverses(np.eye(len(psi)) + s @ psi)
            a, fs, ft = psi @ f, times(f, s), times(f, t)
            log_det += weights @ logs
            at = times(a, t)
            d = t.shape[2]
            products -= (t * weights[:, None, None]).reshape(-1, d).T @ at.reshape(-1, d)
            parent = sums.parents[k]
            up = weights if k == sums.cluster_level else np.ones(len(here))
            codes = None
            steps.append((weights, up, f, a, at, fs, ft, codes))
            if parent is not None:
                outside, codes = np.unique(parent[here], return_inverse=True)
                starts = np.flatnonzero(np.diff(codes, prepend=-1))
                s = np.add.reduceat(fs * up[:, None, None], starts, axis=0)
                t = np.add.reduceat(ft * up[:, None, None], starts, axis=0)
                here, steps[-1] = outside, (weights, up, f, a, at, fs, ft, codes)
        return steps, (products + products.T) / 2, log_det

    def _backward(self, roots, steps, gamma: np.ndarray) -> list[np.ndarray]:
        """d(criterion)/d(Psi) for each level, from d(criterion)/d(products): the recursion run
        backwards; Psi's own part of F is -F S dPsi F."""
        out, s_up, t_up = [], NO_ADJOINT, NO_ADJOINT
        for weights, up, f, a, at, fs, ft, codes in reversed(steps):
            w = weights[:, None, None]
            own = fs * w - np.einsum("uid,ujd->uij", ft @ gamma, ft) * w
            s_bar = t_bar = NO_ADJOINT
            if codes is not None:
                u = up[:, None, None]
                s_bar, t_bar = s_up[codes] * u, t_up[codes] * u
                own -= times(times(fs, s_bar), fs)
                mixed = times(fs, np.einsum("uid,ujd->uij", t_bar, ft))
                own -= (mixed + mixed.swapaxes(1, 2)) / 2
            out.append(own.sum(axis=0))
            if len(out) == len(steps):
                break
            at_gamma = at @ gamma
            s_new = w * (a + np.einsum("uid,ujd->uij", at_gamma, at))
            t_new = -2 * w * at_gamma
            if codes is not None:
                back = f.swapaxes(1, 2)
                mixed = times(back, np.einsum("uid,ujd->uij", t_bar, at))
                s_new += times(times(back, s_bar), f) - (mixed + mixed.swapaxes(1, 2)) / 2
                t_new += times(back, t_bar)
            s_up, t_up = s_new, t_new
        return out[::-1]


def factors(sums: SlopeSums, theta: np.ndarray) -> list[np.ndarray]:
    """(z, q) for each level: Psi = factor factor' is the covariance of Z's coefficients."""
    level, row, column = free_entries(sums.levels)
    out = [np.zeros((m.shape[1], m.shape[1])) for m in sums.maps]
    for k, i, j, value in zip(level, row, column, theta, strict=True):
        out[k][i, j] = value
    return [m @ lambda_ for m, lambda_ in zip(sums.maps, out, strict=True)]


def slope_variances(sums: SlopeSums, theta: np.ndarray) -> np.ndarray:
    """(B, levels) variances of the last of Z's coefficients at theta (B, L), over the
    residual's."""
    return np.array([[(f[-1] ** 2).sum() for f in factors(sums, t)] for t in theta])


def free_entries(levels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(level, row, column) of each entry of theta: lower triangles, column by column."""
    return _entries(tuple(level.blocks for level in levels))


@lru_cache
def _entries(blocks: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = []
    for k, level in enumerate(blocks):
        for block in level:
            columns, rows = np.triu_indices(len(block))
            found += [(k, block[i], block[j]) for i, j in zip(rows, columns, strict=True)]
    level, row, column = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return level, row, column


def inverses(small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses (u, z, z) and logarithms of the determinants (u,), all positive."""
    if small.shape[1] != 2:
        return np.linalg.inv(small), np.linalg.slogdet(small)[1]
    (a, b), (c, d) = small.transpose(1, 2, 0)
    determinant = a * d - b * c
    return np.array([[d, -b], [-c, a]]).transpose(2, 0, 1) / determinant[:, None, None], np.log(
        determinant
    )


def times(small: np.ndarray, wide: np.ndarray) -> np.ndarray:
    """(u, z, d) products of (u, z, z) and (u, z, d), z being next to nothing."""
    out = small[:, :, :1] * wide[:, :1]
    for k in range(1, wide.shape[1]):
        out += small[:, :, k, None] * wide[:, None, k]
    return out
