"""Polynomials of low degree in a few variables: where to look, and what lies between.

Points are in the cube [-1, 1]^L, the polynomials products of Chebyshev's. The points to look at
are approximate Fekete points (Sommariva & Vianello 2009, doi:10.1016/j.camwa.2008.11.011): those
that a pivoted QR of all candidates takes first, where interpolation is stable.
"""

from functools import lru_cache
from itertools import product

import numpy as np
from scipy.linalg import qr


@lru_cache
def exponents(degrees: tuple[int, ...]) -> np.ndarray:
    """(M, L) degrees of each variable in each product: those with a sum of e_k / degree_k of at
    most 1. Worked: (2, 1) has 1, y, x, x^2."""
    every = product(*(range(d + 1) for d in degrees))
    kept = [e for e in every if sum(k / d for k, d in zip(e, degrees, strict=True)) < 1 + 1e-9]
    return np.array(kept, dtype=np.int64)


@lru_cache
def nodes(degrees: tuple[int, ...]) -> np.ndarray:
    """(M, L) points, as many as there are products, at which values determine a polynomial."""
    grids = [np.cos(np.pi * (np.arange(d + 1) + 0.5) / (d + 1)) for d in degrees]
    candidates = np.array(list(product(*grids)))
    powers = exponents(degrees)
    _, _, first = qr(basis(candidates, powers).T, mode="economic", pivoting=True)
    return candidates[first[: len(powers)]]


def basis(points: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """(b, M) products at points (b, L)."""
    single = _chebyshev(points, int(powers.max(initial=0)))
    out = np.ones((len(points), len(powers)))
    for k in range(points.shape[1]):
        out *= single[:, k, powers[:, k]]
    return out


def slopes(points: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """(b, L, M) derivatives of the products at points (b, L)."""
    degree = int(powers.max(initial=0))
    single, slope = _chebyshev(points, degree), _chebyshev_slopes(points, degree)
    out = np.ones((*points.shape, len(powers)))
    for k in range(points.shape[1]):
        for j in range(points.shape[1]):
            out[:, k] *= (slope if j == k else single)[:, j, powers[:, j]]
    return out


def _chebyshev(points: np.ndarray, degree: int) -> np.ndarray:
    """(b, L, degree + 1) Chebyshev polynomials of the first kind."""
    out = np.ones((*points.shape, degree + 1))
    if degree:
        out[..., 1] = points
    for k in range(2, degree + 1):
        out[..., k] = 2 * points * out[..., k - 1] - out[..., k - 2]
    return out


def _chebyshev_slopes(points: np.ndarray, degree: int) -> np.ndarray:
    """(b, L, degree + 1): T_k' = k U_(k-1), with U those of the second kind."""
    out = np.zeros((*points.shape, degree + 1))
    before, second = np.zeros_like(points), np.ones_like(points)
    for k in range(1, degree + 1):
        out[..., k] = k * second
        before, second = second, 2 * points * second - before
    return out
