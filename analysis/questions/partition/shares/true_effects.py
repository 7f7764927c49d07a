"""What goes with a factor at each level, of observed means and of true ones.

A factor is its fitted combination of variables, in units of its standard deviation over rows: an
effect is the points of the outcome between groups that lie one such unit apart, all other factors
and what is adjusted for being equal. Of observed means it is pulled to the level inside (Luedtke et
al. 2008, doi:10.1037/a0012869); of true ones it is the partial slope in the level's own covariance.
"""

from dataclasses import dataclass

import numpy as np

from analysis.measures.conventions import ENDS

# Groups for each column of a level, as for parts of their own.
GROUPS_A_COLUMN = 3
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Effects:
    """(3, levels, k) each: effect, low, high; NaN where it cannot be told."""

    observed: np.ndarray
    corrected: np.ndarray


def effects(
    point: np.ndarray,
    draws: np.ndarray | None,
    shrink: np.ndarray,
    noise: np.ndarray,
    valid: np.ndarray,
    free: np.ndarray,
    columns: tuple[list[int], list[int]],
) -> Effects:
    """point (levels, c, c), draws (B, levels, c, c) or None: the levels' own covariances, the
    outcome last. shrink (levels, levels): what an observed mean holds of the levels inside; noise
    (c, c): of the rows' own values; valid (levels, c): what can be corrected; free (levels,):
    degrees of freedom; columns: adjusted-for ones and factors."""
    factors = columns[1]
    size = np.sqrt(np.maximum(np.einsum("kcc->c", point) - np.diag(noise), 0.0))[factors]
    some = columns[0] + columns[1]
    enough = free >= GROUPS_A_COLUMN * len(some)
    seen = np.einsum("kcc->kc", point) > TINY * np.einsum("kcc->c", point)

    def observed(covariances: np.ndarray) -> np.ndarray:
        whole = covariances + np.einsum("kj,bjcd->bkcd", shrink, covariances)
        return _slopes(whole, seen & enough[:, None], some, factors) * size

    def corrected(covariances: np.ndarray) -> np.ndarray:
        true = covariances.copy()
        true[:, 0] -= noise
        return _slopes(true, valid & enough[:, None], some, factors) * size

    return Effects(*(_with_ends(f, point, draws) for f in (observed, corrected)))


def _with_ends(slopes, point: np.ndarray, draws: np.ndarray | None) -> np.ndarray:
    own = slopes(point[None])[0]
    if draws is None:
        return np.stack([own, np.full_like(own, np.nan), np.full_like(own, np.nan)])
    low, high = np.quantile(slopes(draws), ENDS, axis=0)
    return np.stack([own, low, high])


def _slopes(covariances, valid, some: list[int], factors: list[int]) -> np.ndarray:
    """(B, levels, k) partial slopes of the outcome on each factor, NaN where it is not valid."""
    batch, levels = covariances.shape[:2]
    out = np.full((batch, levels, len(factors)), np.nan)
    for at in range(levels):
        used = [c for c in some if valid[at, c]]
        if not used:
            continue
        inner = covariances[:, at][:, np.array(used)[:, None], used]
        found = solved(inner, covariances[:, at][:, used, -1])
        for k, factor in enumerate(factors):
            if factor in used:
                out[:, at, k] = found[:, used.index(factor)]
    return out


def solved(inner: np.ndarray, right: np.ndarray) -> np.ndarray:
    """inner^-1 right, (B, n); a covariance that is no covariance is kept just inside."""
    size = np.sqrt(np.maximum(np.einsum("bii->bi", inner), 1e-12))
    scaled = inner / size[:, :, None] / size[:, None, :]
    length, vectors = np.linalg.eigh(scaled)
    length = np.maximum(length, 0.02)  # as if correlations were no nearer to one than .98
    turned = np.einsum("bij,bi->bj", vectors, right / size) / length
    return np.einsum("bij,bj->bi", vectors, turned) / size
