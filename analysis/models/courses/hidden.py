"""What the expectation of a course, given scores and predictors, does not show of the course."""

from dataclasses import dataclass

import numpy as np

from analysis.models.courses.joint_normal import Pattern


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the expectations of c courses do not show. covariance (c, c): the courses' own about
    them. unsure (c, c) and scale (q, q): the expectations' slopes on the q predictors, which are
    told from the same rows, are off by errors whose covariance is unsure between courses and scale
    between predictors."""

    covariance: np.ndarray
    unsure: np.ndarray
    scale: np.ndarray

    def turned(self, turn: np.ndarray) -> "Hidden":
        """That of turn (d, c) times the courses. Worked: [[1, -1]] makes that of a difference."""
        return Hidden(turn @ self.covariance @ turn.T, turn @ self.unsure @ turn.T, self.scale)


def hidden_behind(
    patterns: tuple[Pattern, ...],
    weights: list[np.ndarray],
    covariance: np.ndarray,
    prior: np.ndarray,
    picked: np.ndarray,
) -> Hidden:
    """Of targets with covariance `prior` (t, t), whose expectations weigh the variables' deviations
    by weights (t, d), one for each of the patterns; covariance (d, d): the variables', the k scores
    first. picked (t, k): 1 where a target is a score's course.

    With W the weights of the scores and G the scores' slopes on the predictors, an expectation's
    own slopes on them are (picked - W) G: what of the course no score tells comes from the
    predictors, and G is as unsure as any regression.
    """
    k = picked.shape[1]
    inner = np.linalg.pinv(covariance[k:, k:], hermitian=True)
    rest = covariance[:k, :k] - covariance[:k, k:] @ inner @ covariance[k:, :k]
    shown, unsure, rows = np.zeros_like(prior), np.zeros_like(prior), 0
    for pattern, weight in zip(patterns, weights, strict=True):
        n, lacks = len(pattern.rows), picked - weight[:, :k]
        shown += n * (weight @ covariance @ weight.T)
        unsure += n * (lacks @ rest @ lacks.T)
        rows += n
    return Hidden(_no_less_than_none(prior - shown / rows), unsure / rows, inner / rows)


def _no_less_than_none(covariance: np.ndarray) -> np.ndarray:
    """The nearest covariance of one that estimates left with a variance below zero."""
    size, vectors = np.linalg.eigh(covariance)
    return (vectors * np.maximum(size, 0.0)) @ vectors.T
