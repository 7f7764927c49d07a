"""A panel's rows as sums by missing pattern: all that its likelihood needs to know of them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Patterns:
    """Sums of N rows of d columns by which of the columns are observed.

    observed: (K, d) bool, one row a pattern; a row without any value belongs to none.
    n: (K,) rows of each pattern. mean: (K, d), 0 where not observed. scatter: (K, d, d) sums of
    products about the pattern's own mean, 0 where not observed.
    """

    observed: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    scatter: np.ndarray

    @property
    def rows(self) -> int:
        return int(self.n.sum())

    @property
    def values(self) -> int:
        """Observed cells."""
        return int(self.n @ self.observed.sum(axis=1))

    @property
    def together(self) -> np.ndarray:
        """(d, d): rows in which both columns are observed; on the diagonal, rows of a column."""
        seen = self.observed.astype(float)
        return (seen * self.n[:, None]).T @ seen


def patterns_of(values: np.ndarray) -> Patterns:
    """The Patterns of values (N, d), NaN where missing; rows without any value are left out."""
    seen = np.isfinite(values)
    kept = seen.any(axis=1)
    values, seen = values[kept], seen[kept]
    d = values.shape[1]
    packed = np.packbits(seen, axis=1)
    keys = packed.view([("", packed.dtype)] * packed.shape[1]).ravel()
    _, first, code = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(code, kind="stable")
    n = np.bincount(code, minlength=len(first))
    sorted_rows = np.where(seen, values, 0.0)[order]
    starts = np.concatenate([[0], np.cumsum(n)[:-1]]).astype(np.int64)
    mean = np.add.reduceat(sorted_rows, starts, axis=0) / n[:, None] if len(n) else np.zeros((0, d))
    scatter = np.zeros((len(n), d, d))
    for k in np.flatnonzero(n > 1):
        deviation = sorted_rows[starts[k] : starts[k] + n[k]] - mean[k]
        scatter[k] = deviation.T @ deviation
    return Patterns(seen[first], n.astype(float), mean, scatter)


def complete_pattern(rows: float, mean: np.ndarray, covariance: np.ndarray) -> Patterns:
    """One pattern of `rows` complete rows with this mean (d,) and covariance (d, d; divisor n)."""
    d = len(mean)
    return Patterns(
        np.ones((1, d), bool), np.array([float(rows)]), mean[None], rows * covariance[None]
    )
