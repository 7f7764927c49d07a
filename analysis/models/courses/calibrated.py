"""Where a patient stood at a landmark, and how they had changed, told from all scores up to it.

Regression calibration (Carroll, Ruppert, Stefanski & Crainiceanu 2006, chapter 4): an outcome that
depends on the course *behind* noisy scores has, given the scores and the other predictors, the same
coefficients on E(course | scores, predictors). Were the predictors left out of that mean, one that
only mirrors the symptoms would still help to measure them and so seem to matter.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.courses.joint_normal import joint_normal, patterns_of
from analysis.models.courses.noise import Noise

# Of a score's noise: with less variance than this, change up to the landmark has a reliability
# below .1 and is no column of its own.
LEAST_CHANGE = 0.2


@dataclass(frozen=True, slots=True)
class Course:
    """level (n,): the score at the landmark less its noise, expected; change (n,): the same less
    that at the first session, None where the landmark is the only one or patients changed alike.
    seen (n, 2): both as they were scored, the expected ones where a score is missing; error
    (2, 2 + q): the covariance of their noise with one another and with the predictors.
    reliability: the part of the variance of scores at the landmark that is not noise."""

    level: np.ndarray
    change: np.ndarray | None
    seen: np.ndarray
    error: np.ndarray
    reliability: float


def expected_course(
    scores: np.ndarray, predictors: np.ndarray, noise: Noise | None, weights: np.ndarray
) -> Course:
    """scores (n, k): by session number up to the landmark, the last column's, NaN where there is
    none; predictors (n, q), complete. weights (k, v, q): how much of companion v's noise at a
    session a predictor holds (1 over its ratings where it is their mean); None noise: the scores
    are taken as they are."""
    k = scores.shape[1]
    values = np.column_stack([scores, predictors])
    patterns = patterns_of(values)
    mean, covariance = joint_normal(values, patterns)
    behind = covariance[:k].copy()
    own = 0.0
    if noise is not None:
        own = min(noise.variance, 0.9 * float(np.diag(covariance)[:k].min()))
        behind[:, :k] -= own * np.eye(k)
        behind[:, k:] -= np.einsum("v,kvq->kq", noise.with_, weights)
    targets = np.array([k - 1, 0]) if k > 1 else np.array([0])
    found = np.empty((len(values), len(targets)))
    for pattern in patterns:
        at = pattern.observed
        inner = np.linalg.pinv(covariance[np.ix_(at, at)], hermitian=True)
        slope = behind[np.ix_(targets, at)] @ inner
        deviations = values[np.ix_(pattern.rows, at)] - mean[at]
        found[pattern.rows] = mean[targets] + deviations @ slope.T
    whole = float(covariance[k - 1, k - 1])
    reliability = 1.0 - own / whole if whole > 0 else 1.0
    change = found[:, 0] - found[:, 1] if k > 1 and _changes(behind, own, len(values)) else None
    ends = scores[:, targets]
    there = np.isfinite(ends)
    ends = np.where(there, ends, found)
    seen = np.column_stack([ends[:, 0], ends[:, 0] - ends[:, -1]])
    with_predictors = covariance[targets, k:] - behind[targets, k:]
    error = _error(own * there.mean(axis=0), with_predictors)
    return Course(found[:, 0], change, seen, error, reliability)


def _error(own: np.ndarray, with_predictors: np.ndarray) -> np.ndarray:
    """Of level and change, from the noise of both ends (1 or 2,) and its covariances with the
    predictors (the same, q)."""
    last, first = own[0], own[-1]
    both = np.array([[last, last], [last, last + first]])
    rows = np.stack([with_predictors[0], with_predictors[0] - with_predictors[-1]])
    return np.hstack([both, rows])


def _changes(behind: np.ndarray, noise: float, n: int) -> bool:
    """Whether patients differ in how they had changed, beyond what noise alone leaves. Where they
    don't, an expected change is the other predictors' chance relation to it and nothing else, and
    would take from them what is theirs."""
    last = len(behind) - 1
    variance = behind[last, last] + behind[0, 0] - behind[last, 0] - behind[0, last]
    error = 2 * noise * np.sqrt(2 / n)  # of the variance of a difference of two noisy scores
    return bool(variance > max(LEAST_CHANGE * noise, 3 * error))
