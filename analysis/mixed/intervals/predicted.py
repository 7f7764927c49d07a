"""Predicted random effects of each group with their conditional variance, from the moments.

E(u | y) and Var(u | y) at the estimated variances, the fixed effects taken as known (lme4's
ranef(condVar = TRUE)). Source: Bates, Maechler, Bolker & Walker 2015, doi:10.18637/jss.v067.i01.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.errors import ModelError
from analysis.mixed.criterion import Forward
from analysis.mixed.fit import solve
from analysis.mixed.intervals.units import Units, unit_sums
from analysis.mixed.moments import Moments
from analysis.mixed.problem import Level, Problem, build_problem


@dataclass(frozen=True, slots=True)
class PredictedEffects:
    """The random effects of one grouping factor on the outcome's scale.

    labels: the n groups' names, '' each when the moments carry none. terms: the q columns.
    mode (n, q): conditional means. variance (n, q, q): conditional covariance. level: of the
    intervals, in 0..1.
    """

    group: str
    labels: tuple[str, ...]
    terms: tuple[str, ...]
    mode: np.ndarray
    variance: np.ndarray
    level: float

    @property
    def se(self) -> np.ndarray:
        """(n, q) conditional standard deviations."""
        return np.sqrt(np.maximum(np.einsum("nqq->nq", self.variance), 0.0))

    def tidy(self) -> list[dict]:
        """One row a group and term: group, name, term, estimate, se, low, high."""
        ses, rows = self.se, []
        margin = float(special.ndtri((1 + self.level) / 2)) * ses
        for i, name in enumerate(self.labels):
            for j, term in enumerate(self.terms):
                at, se, half = (float(v[i, j]) for v in (self.mode, ses, margin))
                row = dict(estimate=at, se=se, low=at - half, high=at + half)
                rows.append(dict(group=self.group, name=name, term=term) | row)
        return rows


def predicted_effects(
    moments: Moments, method: str = "REML", level: float = 0.95
) -> tuple[PredictedEffects, ...]:
    """The random effects of every grouping factor, innermost first.

    method: of the variances, 'REML' or 'ML'. A factor without variance has effects and intervals
    of zero. Worked (one intercept): n rows with mean residual r give the effect
    r n s2u / (n s2u + s2), the variance s2u s2 / (n s2u + s2).
    """
    problem = build_problem(moments)
    if not problem.levels:
        raise ModelError(
            "The model has no random effects to predict",
            where=f"'{moments.design.formula.text}'",
            allowed="at least one random term",
            next_step="add (1 | group)",
        )
    solution = solve(problem, method == "REML")
    units = unit_sums(moments, problem)
    contrast = np.append(-solution.evaluation.beta, 1.0)
    found = _outer_levels(problem, solution.evaluation.forward, contrast)
    found.append(_innermost(problem, units, solution.evaluation.forward, contrast, found))
    out = []
    for k, level_of in enumerate(problem.levels):
        mode, joint = found[-1 - k]
        labels = moments.labels[k] if moments.labels else ("",) * level_of.groups
        out.append(_on_raw_scale(level_of, mode, joint, solution.sigma2, labels, level))
    return tuple(out)


def _outer_levels(problem: Problem, forward: Forward, contrast: np.ndarray) -> list:
    """(modes (n, q + outer), joint covariance / sigma2 (n, q + outer, q + outer)) of each level
    but the innermost, outermost first: its own effects before those of the levels around it."""
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for level, piece in zip(problem.levels[:0:-1], forward.pieces[:0:-1], strict=True):
        q, outer = level.q, len(piece.s)
        s = np.moveaxis(piece.s, 2, 0)
        a = np.moveaxis(piece.a, 2, 0)
        found.append(
            _conditional(a, s[:, :q, q:outer], s[:, :q, outer:] @ contrast, found, level.parent)
        )
    return found


def _innermost(problem: Problem, units: Units, forward: Forward, contrast, found) -> tuple:
    """The same for the innermost level, whose Problem keeps patterns only."""
    inner = units.maps[0]
    outer = np.concatenate([np.zeros((len(inner), 0)), *units.maps[1:]], axis=1)
    zz = inner.T @ units.zz @ inner
    factor = forward.pieces[0].factor
    a = factor @ np.linalg.inv(np.eye(len(factor)) + factor.T @ zz @ factor) @ factor.T
    zw = inner.T @ (units.zw @ contrast)[..., None]
    parent = problem.levels[0].parent
    return _conditional(a, inner.T @ units.zz @ outer, zw[..., 0], found, parent)


def _conditional(a, zo, zr, found, parent) -> tuple[np.ndarray, np.ndarray]:
    """u = A (Z'r - Z'Z_o u_o): given the outer effects u_o its variance is A."""
    if not found:
        return np.einsum("nij,nj->ni", a, zr), a
    mode_o, joint_o = found[-1][0][parent], found[-1][1][parent]
    slope = a @ zo
    own = np.einsum("nij,nj->ni", a, zr) - np.einsum("nij,nj->ni", slope, mode_o)
    cross = -slope @ joint_o
    variance = a - cross @ np.swapaxes(slope, 1, 2)
    top = np.concatenate([variance, cross], axis=2)
    bottom = np.concatenate([np.swapaxes(cross, 1, 2), joint_o], axis=2)
    return np.concatenate([own, mode_o], axis=1), np.concatenate([top, bottom], axis=1)


def _on_raw_scale(level: Level, mode, joint, sigma2, labels, confidence) -> PredictedEffects:
    q, raw = level.q, level.to_raw
    return PredictedEffects(
        group=level.group,
        labels=labels,
        terms=level.terms,
        mode=mode[:, :q] @ raw.T,
        variance=sigma2 * raw @ joint[:, :q, :q] @ raw.T,
        level=confidence,
    )
