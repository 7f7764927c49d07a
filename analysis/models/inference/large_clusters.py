"""CR2 where clusters are large: the adjustment's inverse root by poles, in time linear in rows.

With V = I + sum of ZZ' over the levels (over sigma^2) and X in the directions of the root of M, a
cluster's adjusted scores need A V^-1 X = C^-1/2 X, C = V (V - XX'), for
A V^-1 = V^1/2 B^-1/2 V^-1/2 and V^1/2 B V^-1/2 = C (`mixed_robust.py` has A and B). Then

    C^-1/2 = 2/pi * integral over t > 0 of (t^2 + C)^-1,

by the trapezoidal rule in the elliptic variable, which converges geometrically in the logarithm of
C's condition (Hale, Higham & Trefethen 2008, doi:10.1137/070700607). At each t one solution R of
(V - it) R = X, level by level as V is nested, gives K^-1 X = Im R / t and K^-1 V X = Re R with
K = t^2 + V^2, and Woodbury's formula takes VXX' off. V's eigenvalues are 1 or more, so those of B
are at least 1 less the largest of X'V^-1 X.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

ACCURACY = 1e-12
LEAST = 1e-6  # of 1 - X'V^-1 X: below it one cluster alone tells a direction, as good as


@dataclass(frozen=True, slots=True)
class Nested:
    """Rows sorted by cluster, then from the outermost level in. levels: innermost first, (n, q)
    effects' columns times their SDs and the first row of each group; clusters: of each cluster."""

    levels: tuple[tuple[np.ndarray, np.ndarray], ...]
    clusters: np.ndarray

    def sums(self, values: np.ndarray, starts: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, starts, axis=0)

    def solve(self, shift: complex, right: np.ndarray) -> np.ndarray:
        """(V - 1 + shift)^-1 right (n, k), V - 1 the sum of ZZ'."""
        wide = np.concatenate([right, *(z for z, _ in self.levels)], axis=1).astype(complex)
        solved, at = wide / shift, right.shape[1]
        for z, starts in self.levels:
            own = slice(at, at + z.shape[1])
            at = own.stop
            sizes = np.diff(np.append(starts, len(z)))
            inner = self.sums(z[:, :, None] * solved[:, None, :], starts)  # Z'K^-1 [X Z]
            small = np.eye(z.shape[1]) + inner[:, :, own]
            effects = np.repeat(np.linalg.solve(small, inner), sizes, axis=0)
            solved = solved - np.einsum("nq,nqk->nk", solved[:, own], effects)
        return solved[:, : right.shape[1]]

    def largest(self) -> float:
        """A bound of V's eigenvalues."""
        out = 1.0
        for z, starts in self.levels:
            blocks = self.sums(z[:, :, None] * z[:, None, :], starts)
            out += float(np.linalg.eigvalsh(blocks)[:, -1].max(initial=0.0))
        return out


def adjusted_scores(nested: Nested, x: np.ndarray, left: np.ndarray):
    """Scores (g, p), f(T) T and f(T)^2 T (g, p, p) of every cluster, as `mixed_robust` has them;
    None where one alone tells a direction. x (n, p): in the directions of the root; left (n,)."""
    starts = nested.clusters
    sizes = np.diff(np.append(starts, len(x)))
    plain = np.real(nested.solve(1.0, x))
    known = nested.sums(x[:, :, None] * plain[:, None, :], starts)
    alone = float(np.linalg.eigvalsh((known + np.swapaxes(known, 1, 2)) / 2)[:, -1].max())
    if 1 - alone < LEAST:
        return None
    given = np.zeros_like(x)
    for t, weight in zip(*_poles(1 - alone, nested.largest() ** 2), strict=True):
        solved = nested.solve(1 - 1j * t, x)
        p, q = np.imag(solved) / t, np.real(solved)
        xp, xq = (nested.sums(x[:, :, None] * v[:, None, :], starts) for v in (p, q))
        taken = np.linalg.solve(np.eye(x.shape[1]) - xq, xp)
        given += weight * (p + np.einsum("nk,nkl->nl", q, np.repeat(taken, sizes, axis=0)))
    turned = given.copy()
    for z, groups in nested.levels:
        own = nested.sums(z[:, :, None] * given[:, None, :], groups)
        each = np.diff(np.append(groups, len(z)))
        turned += np.einsum("nq,nqk->nk", z, np.repeat(own, each, axis=0))  # V times it
    return (
        nested.sums(given * left[:, None], starts),
        nested.sums(x[:, :, None] * given[:, None, :], starts),
        nested.sums(given[:, :, None] * turned[:, None, :], starts),
    )


def _poles(least: float, most: float) -> tuple[np.ndarray, np.ndarray]:
    """t and weights of the integral for a matrix with eigenvalues from `least` to `most`."""
    ratio = min(least / most, 0.5)
    count = int(np.ceil(-np.log(ACCURACY) * (3 - np.log(ratio)) / (2 * np.pi**2))) + 1
    whole = special.ellipkm1(ratio)
    u = (np.arange(count) + 0.5) * whole / count
    sn, cn, dn, _ = special.ellipj(u, 1 - ratio)
    return np.sqrt(least) * sn / cn, 2 / np.pi * whole / count * np.sqrt(least) * dn / cn**2
