"""Internal consistency of a scale's items: alpha, omega, and each item against the rest.

Coefficient alpha (Cronbach 1951, doi:10.1007/BF02310555) asks that items measure equally well;
omega total of one common factor (McDonald 1999, *Test theory*, eq. 6.20b) doesn't.
"""

from dataclasses import dataclass

import numpy as np

FEWEST = 10  # answer sheets: below, a coefficient says nothing


@dataclass(frozen=True, slots=True)
class Consistency:
    """sheets: complete answer sheets that it rests on. alpha, omega: up to 1, None where they can't
    be told (fewer than FEWEST sheets, an item without variance, no common factor). item_rest: the
    correlation of each item with the sum of the others, NaN where it can't be told."""

    sheets: int
    alpha: float | None
    omega: float | None
    item_rest: tuple[float, ...]


def consistency(items) -> Consistency:
    """Of answers (rows, items), NaN for a missing one; rows with a missing answer are left out.

    Worked: two items that correlate 1 with equal variances have alpha 1; items with variances 1
    and covariances .5 have, three of them, alpha and omega .75.
    """
    answers = np.asarray(items, dtype=float)
    answers = answers[~np.isnan(answers).any(axis=1)]
    rows, k = answers.shape
    if rows < FEWEST or k < 2:
        return Consistency(rows, None, None, (float("nan"),) * k)
    covariance = np.atleast_2d(np.cov(answers, rowvar=False))
    varied = bool((np.diag(covariance) > 0).all())
    return Consistency(
        rows,
        _alpha(covariance) if varied else None,
        _omega(covariance) if varied and k > 2 else None,
        tuple(_item_rest(covariance)),
    )


def _alpha(covariance: np.ndarray) -> float | None:
    k, total = len(covariance), covariance.sum()
    return float(k / (k - 1) * (1 - np.trace(covariance) / total)) if total > 0 else None


def _omega(covariance: np.ndarray) -> float | None:
    """(sum of loadings)² over itself plus the unique variances, loadings by principal axes: the
    one-factor least-squares solution. None where an item would have no unique variance."""
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    off = correlation - np.eye(len(correlation))
    shared = np.abs(off).max(axis=0)
    for _ in range(2000):
        values, vectors = np.linalg.eigh(off + np.diag(shared))
        loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
        new = loadings**2
        if (new >= 1).any():
            return None
        if np.abs(new - shared).max() < 1e-9:
            break
        shared = new
    common = float(np.abs((loadings * spread).sum())) ** 2
    return common / (common + float((spread**2 * (1 - loadings**2)).sum()))


def _item_rest(covariance: np.ndarray) -> np.ndarray:
    variance, total = np.diag(covariance), covariance.sum()
    with_total = covariance.sum(axis=0)
    rest = total - 2 * with_total + variance
    bottom = np.sqrt(np.clip(variance * rest, 0, None))
    return np.divide(
        with_total - variance, bottom, out=np.full(len(variance), np.nan), where=bottom > 0
    )
