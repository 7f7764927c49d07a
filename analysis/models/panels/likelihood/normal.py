"""The normal log-likelihood of a panel with gaps, with all derivatives by mean and covariance.

Full information: rows of pattern k, observed at o_k, are normal with the rows and columns o_k of
the mean and covariance (Anderson 1957; Arbuckle 1996). With W_k the inverse of V_k put back into d
columns (0 elsewhere), r_k the sum of deviations and S_k their products:

    -logL = 1/2 sum_k [n_k log|V_k| + tr(W_k S_k) + n_k |o_k| log 2 pi]
    d(-logL)/dV = G = 1/2 sum_k (n_k W_k - W_k S_k W_k),   d(-logL)/dmu = -sum_k W_k r_k
    second, for symmetric E, F:  E, F -> sum_k tr(E W_k F B_k),  B_k = W_k S_k W_k - n_k/2 W_k

so that one product of (K, d(d+1)/2) matrices holds every second derivative.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.models.panels.likelihood.patterns import Patterns

LOG_2PI = float(np.log(2 * np.pi))
CHUNK = 4096  # patterns at once: bounds the memory at some 100 MB for 30 sessions


@dataclass(frozen=True, slots=True)
class Curvature:
    """Second derivatives of -logL by mean (d) and covariance (d, d), each symmetric.

    by_mean (d, d); mixed (d, d*d): mean by covariance; by_covariance (d*d, d*d). The contraction
    with symmetric E, F is vec(E)' by_covariance vec(F).
    """

    by_mean: np.ndarray
    mixed: np.ndarray
    by_covariance: np.ndarray


@dataclass(frozen=True, slots=True)
class Surface:
    """-logL at one mean and covariance: value, by_mean (d,), by_covariance (d, d), curvature.

    value is infinity, and the rest None, where the covariance is not positive definite.
    """

    value: float
    by_mean: np.ndarray | None = None
    by_covariance: np.ndarray | None = None
    curvature: Curvature | None = None


def minus_log_likelihood(
    patterns: Patterns, mean: np.ndarray, covariance: np.ndarray, curvature: str = "observed"
) -> Surface:
    """-logL of `patterns` at mean (d,) and covariance (d, d).

    curvature: 'observed' (exact second derivatives), 'expected' (Fisher's information, which is
    never negative) or 'none' (value and gradient alone).
    """
    if not _positive(covariance):
        return Surface(np.inf)
    d = len(mean)
    packed = _packing(d)
    value, by_mean, by_covariance = 0.0, np.zeros(d), np.zeros((d, d))
    sums = _Sums(d, len(packed.rows)) if curvature != "none" else None
    for start in range(0, len(patterns.n), CHUNK):
        part = slice(start, start + CHUNK)
        seen, n = patterns.observed[part], patterns.n[part]
        inverse, log_determinant = _inverses(covariance, seen)
        if inverse is None:
            return Surface(np.inf)
        deviation = np.where(seen, patterns.mean[part] - mean, 0.0)
        pull = np.einsum("kij,kj->ki", inverse, deviation)  # W_k times the mean deviation
        spread = inverse @ patterns.scatter[part] @ inverse
        spread += n[:, None, None] * pull[:, :, None] * pull[:, None, :]
        trace = np.einsum("kij,kij->", inverse, patterns.scatter[part])
        fit = np.einsum("ki,ki->k", pull, deviation) @ n
        value += 0.5 * (n @ log_determinant + trace + fit + LOG_2PI * (n @ seen.sum(axis=1)))
        by_mean -= n @ pull
        by_covariance += 0.5 * (np.tensordot(n, inverse, 1) - spread.sum(axis=0))
        if sums is not None:
            sums.add(packed, n, inverse, spread, pull, curvature == "expected")
    if not np.isfinite(value):
        return Surface(np.inf)
    found = None if sums is None else sums.curvature(packed, curvature == "expected")
    return Surface(float(value), by_mean, by_covariance, found)


class _Sums:
    """Running sums over patterns of the products that the second derivatives are made of."""

    def __init__(self, d: int, pairs: int):
        self.weight = np.zeros((d, d))
        self.mixed = np.zeros((pairs, d))
        self.products = np.zeros((pairs, pairs))

    def add(self, packed, n, inverse, spread, pull, expected: bool) -> None:
        half = 0.5 * n[:, None, None] * inverse
        other = half if expected else spread - half
        small = inverse[:, packed.rows, packed.columns]
        self.weight += np.tensordot(n, inverse, 1)
        self.products += small.T @ other[:, packed.rows, packed.columns]
        if not expected:
            self.mixed += small.T @ (n[:, None] * pull)

    def curvature(self, packed, expected: bool) -> Curvature:
        d = len(self.weight)
        place = packed.place
        # T[(a,b),(c,e)] = Z[(b,c),(a,e)], made symmetric in E and F afterwards by the caller's
        # symmetric matrices: vec(E)'T vec(F) = tr(E W F B).
        b_c, a_e = place[None, :, :, None], place[:, None, None, :]
        table = self.products[b_c, a_e].reshape(d * d, d * d)
        table = (table + table.T) / 2
        if expected:
            return Curvature(self.weight, np.zeros((d, d * d)), table)
        # mean i by covariance (a, b): sum_k W_ia (W r)_b, from -dmu' W r
        mixed = self.mixed[place].reshape(d, d * d)
        return Curvature(self.weight, mixed, table)


@dataclass(frozen=True, slots=True)
class _Packing:
    """Lower triangle of a symmetric (d, d): rows, columns (P,); place (d, d) of each cell in it."""

    rows: np.ndarray
    columns: np.ndarray
    place: np.ndarray


@lru_cache(maxsize=32)
def _packing(d: int) -> _Packing:
    rows, columns = np.tril_indices(d)
    place = np.zeros((d, d), dtype=np.int64)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    return _Packing(rows, columns, place)


def _positive(covariance: np.ndarray) -> bool:
    if not np.isfinite(covariance).all():
        return False
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return False
    return True


def _inverses(covariance: np.ndarray, seen: np.ndarray):
    """Inverse of the observed part of `covariance` in each pattern, (K, d, d) with zeros where
    not observed, and log determinants (K,), by sweeping all patterns at once.

    None where a pivot is not positive. Gauss-Jordan without pivoting is as stable as Cholesky
    on a positive definite matrix.
    """
    k, d = seen.shape
    if k == 1 and seen.all():
        inverse = np.linalg.inv(covariance)
        return ((inverse + inverse.T) / 2)[None], np.array([np.linalg.slogdet(covariance)[1]])
    cells = np.ascontiguousarray(seen.T).astype(float)  # (d, K): patterns innermost, contiguous
    work = covariance[:, :, None] * (cells[:, None] * cells[None, :])
    for j in range(d):
        work[j, j] += 1 - cells[j]
    log_determinant = np.zeros(k)
    for j in range(d):
        pivot = work[j, j].copy()
        if not (pivot > 0).all():
            return None, None
        log_determinant += np.log(pivot)
        column = work[:, j].copy()
        scaled = column / pivot
        work -= column[:, None] * scaled[None, :]
        work[j, :], work[:, j] = scaled, scaled
        work[j, j] = -1 / pivot
    inverse = -np.moveaxis(work, 2, 0)
    both = seen[:, :, None] & seen[:, None, :]
    return np.where(both, inverse, 0.0), log_determinant
