"""Where a patient stood at a landmark, and how they had changed, told from all scores up to it.

Regression calibration (Carroll, Ruppert, Stefanski & Crainiceanu 2006, chapter 4): an outcome that
depends on the course *behind* noisy scores has, given the scores and the other predictors, the same
coefficients on E(course | scores, predictors). Were the predictors left out of that mean, one that
only mirrors the symptoms would still help to measure them and so seem to matter.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.courses.joint_normal import joint_normal, patterns_of

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
    hidden: "Hidden"
    reliability: float


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the expectations of c courses do not show. covariance (c, c): the courses' own about
    them. unsure (c, c) and scale (q, q): the expectations' slopes on the q predictors, which are
    told from the same rows, are off by errors whose covariance is unsure between courses and scale
    between predictors."""

    covariance: np.ndarray
    unsure: np.ndarray
    scale: np.ndarray


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
    found = _expected(values, patterns, mean, covariance, wanted, middle)
    prior = np.zeros((len(wanted), len(wanted)))
    prior[: len(targets), : len(targets)] = behind[np.ix_(targets, targets)]
    if noise is not None and fading is not None:
        prior[-1, -1] = fading[k - 1]
    left = prior - _told(patterns, covariance, wanted)
    unsure, scale = _unsure(patterns, covariance, wanted, k)
    whole, lost = float(covariance[k - 1, k - 1]), float(own[k - 1, k - 1])
    reliability = 1.0 - lost / whole if whole > 0 else 1.0
    changes = k > 1 and _changes(behind, own, len(values))
    turn = np.eye(len(wanted))
    if k > 1:
        turn[1, :2] = 1.0, -1.0
        turn = turn if changes else np.delete(turn, 1, axis=0)
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
        Hidden(turn @ _no_less_than_none(left) @ turn.T, turn @ unsure @ turn.T, scale),
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


def _expected(values, patterns, mean, covariance, wanted, middle) -> np.ndarray:
    """(n, t) of targets whose covariances with the variables are wanted (t, d), means middle."""
    found = np.empty((len(values), len(wanted)))
    for pattern in patterns:
        at = pattern.observed
        inner = np.linalg.pinv(covariance[np.ix_(at, at)], hermitian=True)
        deviations = values[np.ix_(pattern.rows, at)] - mean[at]
        found[pattern.rows] = middle + deviations @ (wanted[:, at] @ inner).T
    return found


def _told(patterns, covariance, wanted) -> np.ndarray:
    """(t, t) the mean covariance of what is expected of the targets, over all rows."""
    out, rows = np.zeros((len(wanted), len(wanted))), 0
    for pattern in patterns:
        at = pattern.observed
        inner = np.linalg.pinv(covariance[np.ix_(at, at)], hermitian=True)
        out += len(pattern.rows) * (wanted[:, at] @ inner @ wanted[:, at].T)
        rows += len(pattern.rows)
    return out / rows


def _unsure(patterns, covariance, wanted, k: int):
    """(unsure, scale) of Hidden. With W the weights of the scores and G the scores' slopes on the
    predictors, an expectation's own slopes are (T - W) G, T picking the targets' scores: what of
    those that no score tells comes from the predictors, and G is as unsure as any regression."""
    scores, others = np.arange(k), np.arange(k, len(covariance))
    inner = np.linalg.pinv(covariance[np.ix_(others, others)], hermitian=True)
    slopes = covariance[:k, others] @ inner
    rest = covariance[np.ix_(scores, scores)] - slopes @ covariance[others, :k]
    picked = np.zeros((len(wanted), k))
    picked[0, k - 1] = 1.0
    if k > 1:
        picked[1, 0] = 1.0
    out, rows = np.zeros((len(wanted), len(wanted))), 0
    for pattern in patterns:
        at = pattern.observed
        weights = np.zeros((len(wanted), len(covariance)))
        weights[:, at] = wanted[:, at] @ np.linalg.pinv(covariance[np.ix_(at, at)], hermitian=True)
        lacks = picked - weights[:, :k]
        out += len(pattern.rows) * (lacks @ rest @ lacks.T)
        rows += len(pattern.rows)
    return out / rows, inner / rows


def _no_less_than_none(covariance: np.ndarray) -> np.ndarray:
    """The nearest covariance of one that estimates left with a variance below zero."""
    size, vectors = np.linalg.eigh(covariance)
    return (vectors * np.maximum(size, 0.0)) @ vectors.T


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
