"""Products, inverses and sums of the small blocks that the passes meet, a batch at a time."""

from functools import cache

import numpy as np

from analysis.models.criterion.problem import Level


def outer_products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(q, q, d, d): sum over groups of left_a right_b' for (q, d, n) arrays."""
    q, d, n = left.shape
    both = left.reshape(q * d, n) @ right.reshape(q * d, n).T
    return both.reshape(q, d, q, d).transpose(0, 2, 1, 3)


def transposed(matrix: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrix, 0, 1)


@cache
def identity(q: int) -> np.ndarray:
    return np.eye(q)[..., None]


def mul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(i, j, n) products of (i, k, n) and (k, j, n), one for each group."""
    if a.shape[1] == 1:
        return a * b
    return np.einsum("ikn,kjn->ijn", a, b)


def gathered(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """values[..., codes] with the groups last in memory, where indexing would put them first."""
    return np.take(values, codes, axis=-1)


def times(a: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(i, j, n) = (i, k, n) times one (k, j) matrix."""
    return np.stack([matrix.T @ row for row in a])


def eliminate(s: np.ndarray, factor: np.ndarray, from_psi: bool):
    """A (q, q, n) and log|I + S Psi| (n,) from S (q, q, n)."""
    q = len(s)
    if from_psi:
        inner = np.eye(q) + np.moveaxis(s, 2, 0) @ factor
        return np.moveaxis(factor @ np.linalg.inv(inner), 0, 2), np.linalg.slogdet(inner)[1]
    if q == 1:
        inner = 1 + factor[0, 0] ** 2 * s
        return factor[0, 0] ** 2 / inner, np.log(inner[0, 0])
    inner = identity(q) + times(np.tensordot(factor.T, s, 1), factor)
    chol, log_det = _cholesky(inner)
    root = _solve_rows(chol, factor)
    return np.einsum("ain,bin->abn", root, root), log_det


def _cholesky(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower factors (q, q, n) of (q, q, n) and the log determinants (n,)."""
    chol = np.zeros_like(matrix)
    log_det = np.zeros(matrix.shape[2])
    for j in range(len(matrix)):
        pivot = matrix[j, j] - (chol[j, :j] ** 2).sum(axis=0)
        with np.errstate(invalid="ignore"):  # no digit left: no number, and a search turns back
            log_det += np.log(pivot)
            chol[j, j] = np.sqrt(pivot)
        for i in range(j + 1, len(matrix)):
            chol[i, j] = (matrix[i, j] - (chol[i, :j] * chol[j, :j]).sum(axis=0)) / chol[j, j]
    return chol, log_det


def _solve_rows(chol: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """(q, q, n) matrices factor chol^-T: each row of factor solved by forward substitution."""
    out = np.zeros_like(chol)
    for row in range(len(factor)):
        for j in range(len(factor)):
            known = (chol[j, :j] * out[row, :j]).sum(axis=0)
            out[row, j] = (factor[row, j] - known) / chol[j, j]
    return out


def quadratic(a: np.ndarray, r: np.ndarray) -> np.ndarray:
    """(d, d) sum over groups of r'A r, for a (q, q, n) and r (d, q, n)."""
    weighted = np.empty_like(r)
    for i in range(len(a)):
        np.multiply(a[i, 0], r[:, 0], out=weighted[:, i])
        for j in range(1, len(a)):
            weighted[:, i] += a[i, j] * r[:, j]
    return r.reshape(len(r), -1) @ weighted.reshape(len(r), -1).T


def sum_sorted(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums of values (…, m) over equal codes; codes sorted, 0..n-1, each occurring."""
    return np.add.reduceat(values, np.flatnonzero(np.diff(codes, prepend=-1)), axis=-1)


def sum_to_parent(values: np.ndarray, level: Level) -> np.ndarray:
    order = np.argsort(level.parent, kind="stable")
    return sum_sorted(gathered(values, order), level.parent[order])


def sum_patterns(values: np.ndarray, codes: np.ndarray, patterns: int) -> np.ndarray:
    """(q, q, patterns) sums of values (q, q, m) by pattern."""
    flat = values.reshape(-1, values.shape[-1])
    sums = [np.bincount(codes, weights=row, minlength=patterns) for row in flat]
    return np.array(sums).reshape(*values.shape[:2], patterns)
