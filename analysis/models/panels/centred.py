"""The centred lag model that many papers report, and what it is expected to get wrong.

Each measure at a session on both a session before, everything as deviations from the patient's own
mean over the sessions used (session means taken off before). With few sessions a patient's own
mean holds the very scores that are to be explained: dynamic panel bias (Nickell 1981,
doi:10.2307/1911408), some -(1 + carry-over) / (sessions - 2) on the carry-over.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analysis.measures.conventions import ENDS, Z
from analysis.models.panels.effects import ORDER
from analysis.models.panels.likelihood.patterns import Patterns
from analysis.models.panels.panel import Panel


@dataclass(frozen=True, slots=True)
class CentredLag:
    """One lag of the centred model, in points. expected: what this model converges to with ever
    more patients like these, were the fitted panel model true; bias: expected less that truth."""

    origin: str
    target: str
    estimate: float
    se: float | None
    low: float | None
    high: float | None
    expected: float
    bias: float


def centred_lags(
    panel: Panel, covariance: np.ndarray, lags: np.ndarray, with_df: bool = True
) -> tuple[CentredLag, ...]:
    """The four lags of the centred model on `panel`, in the order of ORDER.

    covariance (2T, 2T): of the standardised columns, as the panel model has it; lags (2, 2): its
    lags in points. with_df: intervals by the t law with the residual degrees of freedom, exact for
    a regression with an intercept for each patient; else by the normal law.
    """
    t = len(panel.sessions)
    mean = panel.saturated.mean
    found: dict[tuple[int, int], CentredLag] = {}
    unit = panel.scale[:, None] / panel.scale[None, :]
    for i in range(2):
        rows = _rows_used(panel.patterns, t, i)
        seen = _sums(panel.patterns, rows, mean, t, i)
        weight, count, patients = _within(panel.patterns, rows)
        implied = _moments(covariance, weight, t, i)
        slopes, se, df = _regress(*seen, count - patients)
        expected = _solve(implied[0], implied[1]) * unit[i]
        slopes, se = slopes * unit[i], se * unit[i]
        width = se * (stdtrit(df, ENDS[1]) if with_df else Z)
        for j in range(2):
            known = bool(np.isfinite(width[j]))
            found[i, j] = CentredLag(
                panel.names[j],
                panel.names[i],
                float(slopes[j]),
                float(se[j]) if known else None,
                float(slopes[j] - width[j]) if known else None,
                float(slopes[j] + width[j]) if known else None,
                float(expected[j]),
                float(expected[j] - lags[i, j]),
            )
    return tuple(found[cell] for cell in ORDER)


@dataclass(frozen=True, slots=True)
class CentredSlope:
    """Slope of the target's next session on the origin, both less the patient's own mean, nothing
    else held, in points. expected: what it converges to with ever more patients like these, were
    the fitted panel model true."""

    estimate: float
    expected: float


def centred_slope(panel: Panel, covariance: np.ndarray, target: int, origin: int) -> CentredSlope:
    """That slope on `panel`'s sessions; covariance as in `centred_lags`; target, origin: 0 or 1."""
    t = len(panel.sessions)
    seen = panel.patterns.observed.reshape(-1, t, 2)
    rows = seen[:, :-1, origin] & seen[:, 1:, target]
    xx, xy, _ = _sums(panel.patterns, rows, panel.saturated.mean, t, target)
    weight, _, _ = _within(panel.patterns, rows)
    implied = _moments(covariance, weight, t, target)
    unit = panel.scale[target] / panel.scale[origin]
    slope, expected = (
        xy[origin] / xx[origin, origin],
        implied[1][origin] / implied[0][origin, origin],
    )
    return CentredSlope(float(slope * unit), float(expected * unit))


def _rows_used(patterns: Patterns, t: int, i: int) -> np.ndarray:
    """(K, T-1) whether session r+1 of measure i and both measures of session r are there."""
    seen = patterns.observed.reshape(-1, t, 2)
    return seen[:, :-1].all(axis=2) & seen[:, 1:, i]


def _demeaning(rows: np.ndarray) -> np.ndarray:
    """(K, T-1, T-1) the matrix that takes the mean over each pattern's rows off."""
    used = rows.astype(float)
    count = np.maximum(used.sum(axis=1), 1)
    diagonal = used[:, :, None] * np.eye(rows.shape[1])
    return diagonal - used[:, :, None] * used[:, None, :] / count[:, None, None]


def _within(patterns: Patterns, rows: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The demeaning summed over patients; rows and patients that have two or more of them."""
    many = rows.sum(axis=1) >= 2
    n = patterns.n * many
    weight = np.tensordot(n, _demeaning(rows), 1)
    return weight, float(n @ rows.sum(axis=1)), float(n.sum())


def _moments(covariance: np.ndarray, weight: np.ndarray, t: int, i: int):
    """(X'X, X'y) expected of all rows under a covariance."""
    blocks = covariance.reshape(t, 2, t, 2)
    xx = np.einsum("rs,rjsl->jl", weight, blocks[:-1, :, :-1, :])
    xy = np.einsum("rs,rjs->j", weight, blocks[:-1, :, 1:, i])
    return xx, xy


def _sums(patterns: Patterns, rows: np.ndarray, mean: np.ndarray, t: int, i: int):
    """(X'X, X'y, y'y) of the demeaned rows of all patients."""
    xx, xy, yy = np.zeros((2, 2)), np.zeros(2), 0.0
    many = np.flatnonzero(rows.sum(axis=1) >= 2)
    for start in range(0, len(many), 4096):
        k = many[start : start + 4096]
        deviation = np.where(patterns.observed[k], patterns.mean[k] - mean, 0.0)
        products = patterns.scatter[k] + patterns.n[k, None, None] * (
            deviation[:, :, None] * deviation[:, None, :]
        )
        blocks = products.reshape(-1, t, 2, t, 2)
        weight = _demeaning(rows[k])
        xx += np.einsum("krs,krjsl->jl", weight, blocks[:, :-1, :, :-1, :], optimize=True)
        xy += np.einsum("krs,krjs->j", weight, blocks[:, :-1, :, 1:, i], optimize=True)
        yy += np.einsum("krs,krs->", weight, blocks[:, 1:, i, 1:, i], optimize=True)
    return xx, xy, yy


def _regress(xx, xy, yy, free: float):
    slopes = _solve(xx, xy)
    df = free - 2
    if not df > 0 or not np.isfinite(slopes).all():
        return slopes, np.full(2, np.nan), np.nan
    sigma2 = max(yy - slopes @ xy, 0.0) / df
    return slopes, np.sqrt(sigma2 * np.diag(np.linalg.inv(xx))), df


def _solve(xx: np.ndarray, xy: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(xx, xy)
    except np.linalg.LinAlgError:
        return np.full(2, np.nan)
