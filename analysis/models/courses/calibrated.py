"""Where a patient stood at a landmark, and how they had changed, told from all scores up to it.

Regression calibration (Carroll, Ruppert, Stefanski & Crainiceanu 2006, chapter 4): an outcome that
depends on the course *behind* noisy scores has, given the scores and the other predictors, the same
coefficients on E(course | scores, predictors). Were the predictors left out of that mean, one that
only mirrors the symptoms would still help to measure them and so seem to matter.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.courses.hidden import Hidden, hidden_behind
from analysis.models.courses.joint_normal import Pattern, joint_normal, patterns_of

# Of a score's noise: with less variance than this, change up to the landmark has a reliability
# below .1 and is no column of its own.
LEAST_CHANGE = 0.2


@dataclass(frozen=True, slots=True)
class ScoreNoise:
    """What of k scores is not course. own (k, k): its covariance; with_ (k, q): with the error of
    each predictor; fading (k,) and fading_with (q,): the covariances of the swing at the landmark,
    the last score's, with the scores and with the predictors; None where nothing fades."""

    own: np.ndarray
    with_: np.ndarray
    fading: np.ndarray | None
    fading_with: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Course:
    """level (n,): the course at the landmark, expected; change (n,): the same less that at the
    first session, None where the landmark is the only one or patients changed alike; swing (n,):
    how far a patient was off that course, in what fades, None where nothing does. seen (n, 2):
    level and change as they were scored, the expected ones where a score is missing; error
    (2, 2 + q): the covariance of their noise with one another and with the predictors. hidden: of
    level, change and swing, those that there are, what their expectations do not show.
    reliability: the part of the variance of scores at the landmark that is course."""

    level: np.ndarray
    change: np.ndarray | None
    swing: np.ndarray | None
    seen: np.ndarray
    error: np.ndarray
    hidden: Hidden
    reliability: float


def expected_course(scores: np.ndarray, predictors: np.ndarray, noise: ScoreNoise | None) -> Course:
    """scores (n, k): by session number up to the landmark, the last column's, NaN where there is
    none; predictors (n, q), complete. None noise: the scores are taken as they are."""
    k = scores.shape[1]
    values = np.column_stack([scores, predictors])
    patterns = patterns_of(values)
    mean, covariance = joint_normal(values, patterns)
    own, with_, fading = _kept(noise, covariance, k)
    behind = covariance[:k] - np.hstack([own, with_])
    targets = np.array([k - 1, 0]) if k > 1 else np.array([0])
    wanted = behind[targets] if fading is None else np.vstack([behind[targets], fading])
    middle = np.append(mean[targets], [0.0] * (len(wanted) - len(targets)))
    weights = [_weights(p, covariance, wanted) for p in patterns]
    found = _expected(values, patterns, mean, weights, middle)
    hidden = _hidden(patterns, weights, covariance, behind, targets, fading)
    whole, lost = float(covariance[k - 1, k - 1]), float(own[k - 1, k - 1])
    reliability = 1.0 - lost / whole if whole > 0 else 1.0
    changes = k > 1 and _changes(behind, own, len(values))
    ends = scores[:, targets]
    there = np.isfinite(ends)
    ends = np.where(there, ends, found[:, : len(targets)])
    seen = np.column_stack([ends[:, 0], ends[:, 0] - ends[:, -1]])
    error = _error(own[np.ix_(targets, targets)], there.mean(axis=0), with_[targets])
    return Course(
        found[:, 0],
        found[:, 0] - found[:, 1] if changes else None,
        None if fading is None else found[:, -1],
        seen,
        error,
        hidden.turned(_turn(len(wanted), len(targets), changes)),
        reliability,
    )


def _kept(noise: ScoreNoise | None, covariance: np.ndarray, k: int):
    """(own (k, k), with the predictors (k, q), of what fades (k + q,) or None), never more noise
    than leaves a tenth of each score's variance."""
    if noise is None:
        return np.zeros((k, k)), np.zeros((k, covariance.shape[1] - k)), None
    most = 0.9 * float(np.diag(covariance)[:k].min())
    part = min(1.0, most / max(float(np.diag(noise.own).max()), 1e-300))
    if noise.fading is None or noise.fading_with is None:
        return part * noise.own, noise.with_, None
    return part * noise.own, noise.with_, part * np.append(noise.fading, noise.fading_with)


def _weights(pattern: Pattern, covariance: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(t, d) of the variables' deviations in the expectations of targets whose covariances with
    them are wanted (t, d), 0 for what is missing."""
    at, out = pattern.observed, np.zeros_like(wanted)
    out[:, at] = wanted[:, at] @ np.linalg.pinv(covariance[np.ix_(at, at)], hermitian=True)
    return out


def _expected(values, patterns, mean, weights, middle) -> np.ndarray:
    """(n, t) of the targets, middle (t,) their means."""
    found = np.empty((len(values), len(middle)))
    for pattern, weight in zip(patterns, weights, strict=True):
        at = pattern.observed
        deviations = values[np.ix_(pattern.rows, at)] - mean[at]
        found[pattern.rows] = middle + deviations @ weight[:, at].T
    return found


def _hidden(patterns, weights, covariance, behind, targets, fading) -> Hidden:
    """Of the course at the targets' scores, and of the swing where there is one."""
    k, t = len(behind), len(weights[0])
    prior, picked = np.zeros((t, t)), np.zeros((t, k))
    prior[: len(targets), : len(targets)] = behind[np.ix_(targets, targets)]
    if fading is not None:
        prior[-1, -1] = fading[k - 1]
    picked[np.arange(len(targets)), targets] = 1.0
    return hidden_behind(patterns, weights, covariance, prior, picked)


def _turn(targets: int, ends: int, changes: bool) -> np.ndarray:
    """From the courses at the landmark and at first, and the swing, to level, change where patients
    changed, and swing."""
    turn = np.eye(targets)
    if ends == 1:
        return turn
    turn[1, :2] = 1.0, -1.0
    return turn if changes else np.delete(turn, 1, axis=0)


def _error(own: np.ndarray, scored: np.ndarray, with_predictors: np.ndarray) -> np.ndarray:
    """Of level and change, from the noise of both ends ((1, 1) or (2, 2)), how often each was
    scored, and their noise's covariances with the predictors (the same, q)."""
    last, first = own[0, 0] * scored[0], own[-1, -1] * scored[-1]
    shared = own[0, -1] * scored[0] * scored[-1] if len(own) > 1 else 0.0
    moved = last - shared
    both = np.array([[last, moved], [moved, moved + first - shared]])
    rows = np.stack([with_predictors[0], with_predictors[0] - with_predictors[-1]])
    return np.hstack([both, rows])


def _changes(behind: np.ndarray, own: np.ndarray, n: int) -> bool:
    """Whether patients differ in how they had changed, beyond what noise alone leaves. Where they
    don't, an expected change is the other predictors' chance relation to it and nothing else, and
    would take from them what is theirs."""
    last = len(behind) - 1
    variance = behind[last, last] + behind[0, 0] - behind[last, 0] - behind[0, last]
    noise = (own[0, 0] + own[last, last]) / 2 - own[0, last]
    error = 2 * noise * np.sqrt(2 / n)  # of the variance of a difference of two noisy scores
    return bool(variance > max(LEAST_CHANGE * noise, 3 * error))
