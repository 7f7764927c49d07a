"""Small symmetric matrices by the thousand: groups on the last axis, loops over their entries."""

import numpy as np


def inverse(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses (q, q, n) and log determinants (n,) of positive definite (q, q, n)."""
    if len(matrix) == 1:
        return 1 / matrix, np.log(matrix[0, 0])
    chol, log_det = _cholesky(matrix)
    root = _inverse_of_lower(chol)
    return np.einsum("kin,kjn->ijn", root, root), log_det


def times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(i, j, n) products of (i, k, n) and (k, j, n)."""
    if a.shape[1] == 1:
        return a * b
    return np.einsum("ikn,kjn->ijn", a, b)


def applied(a: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(i, n) products of (i, k, n) and (k, n)."""
    if a.shape[1] == 1:
        return a[:, 0] * v
    return np.einsum("ikn,kn->in", a, v)


def transposed(a: np.ndarray) -> np.ndarray:
    return np.swapaxes(a, 0, 1)


def _cholesky(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    chol, log_det = np.zeros_like(matrix), np.zeros(matrix.shape[2])
    for j in range(len(matrix)):
        pivot = matrix[j, j] - (chol[j, :j] ** 2).sum(axis=0)
        log_det += np.log(pivot)
        chol[j, j] = np.sqrt(pivot)
        for i in range(j + 1, len(matrix)):
            known = (chol[i, :j] * chol[j, :j]).sum(axis=0)
            chol[i, j] = (matrix[i, j] - known) / chol[j, j]
    return chol, log_det


def _inverse_of_lower(chol: np.ndarray) -> np.ndarray:
    out = np.zeros_like(chol)
    for j in range(len(chol)):
        out[j, j] = 1 / chol[j, j]
        for i in range(j + 1, len(chol)):
            known = (chol[i, j:i] * out[j:i, j]).sum(axis=0)
            out[i, j] = -known / chol[i, i]
    return out
