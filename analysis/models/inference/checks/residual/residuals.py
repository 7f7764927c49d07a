"""Residuals, predicted random effects and leverage from the rows, aggregated for drawing.

The rows are taken as arrays (`store.moments.design_arrays`); everything that is handed on is a bin,
a quantile or a group's summary. Levels are judged by tests whose false alarms are measured in
tests/unit/models/inference/checks/test_residuals.py.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.by_group import (
    GroupLevel,
    eliminate,
    fixed_basis,
    parents_of,
    predicted,
    relative_psi,
    sum_by,
)
from analysis.models.criterion.problem import Problem
from analysis.models.language.design import INTERCEPT, WEIGHTS
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution


@dataclass(frozen=True, slots=True)
class RowResults:
    """What the fit says of each row and group, internal scale of y.

    fixed (N,): X beta. residual (N,): y less fixed and predicted random effects. leverage (N,):
    of the fixed effects, diagonal of X (X'V^-1 X)^-1 X'V^-1. standard (N,): residuals over their
    own standard deviations, which shrink where a group has few rows for its effects; 0 where
    nothing is left to vary. freedom (N,): that variance over sigma^2, 0..1: what a row still says
    of the residual spread. With weights all but fixed are those of the rows times the root of their
    weight (Pearson residuals), which the model takes to spread alike. codes: one (N,) array a
    level, innermost first; levels: their groups' sums; effects: (n, z) predicted effects on base
    columns, relative to sigma; z (N, z): base columns of the random effects. sigma: residual SD.
    """

    fixed: np.ndarray
    residual: np.ndarray
    leverage: np.ndarray
    standard: np.ndarray
    freedom: np.ndarray
    codes: tuple[np.ndarray, ...]
    levels: tuple[GroupLevel, ...]
    effects: tuple[np.ndarray, ...]
    z: np.ndarray
    sigma: float
    y_scale: float


def row_results(
    moments: Moments,
    problem: Problem,
    solution: Solution,
    columns: dict[str, np.ndarray],
    codes: dict[str, np.ndarray],
) -> RowResults:
    """From `design_arrays`: columns by name (N,), codes by grouping (N,)."""
    base, root = base_rows(moments, columns)
    base *= root[:, None]
    w = base @ fixed_basis(moments, problem)
    z = base[:, moments.z]
    own = [codes[g] for g in moments.groupings]
    p, beta = problem.p, solution.evaluation.beta
    left = np.column_stack([w[:, :p], w[:, p] - w[:, :p] @ beta])
    levels = _levels(z, left, own, relative_psi(moments, problem, solution.theta))
    inverse_rows = left.copy()  # becomes V^-1 [X, y - X beta], row by row
    effects = predicted(levels)
    for code, effect in zip(own, effects, strict=True):
        for k in range(z.shape[1]):
            inverse_rows -= z[:, k, None] * effect[code, k]
    unit = np.linalg.inv(solution.evaluation.forward.products[:p, :p])
    leverage = np.einsum("ij,jk,ik->i", w[:, :p], unit, inverse_rows[:, :p], optimize=True)
    taken = np.einsum("ij,jk,ik->i", inverse_rows[:, :p], unit, inverse_rows[:, :p], optimize=True)
    left_over = _inverse_diagonal(levels, own, z) - taken
    sigma = float(np.sqrt(solution.sigma2))
    return RowResults(
        fixed=w[:, :p] @ beta / root,
        residual=inverse_rows[:, p],
        leverage=leverage,
        standard=_over(inverse_rows[:, p], left_over * sigma**2),
        freedom=np.clip(left_over, 0.0, 1.0),
        codes=tuple(own),
        levels=tuple(levels),
        effects=tuple(e[:, :, p] for e in effects),
        z=z,
        sigma=sigma,
        y_scale=problem.y_scale,
    )


def standardised_effects(
    moments: Moments, problem: Problem, solution: Solution, rows: RowResults
) -> list[tuple[str, str, np.ndarray]]:
    """(group, term, (n,)) predicted random effects, each over its own standard deviation.

    var(u_hat) = Psi S Psi less what shrinkage takes off, A S Psi, with S of the group itself; the
    uncertainty of the outer levels and of beta is left out, which matters for few groups only.
    Terms without variance, and groups that say nothing, are left out.
    """
    out = []
    psis = relative_psi(moments, problem, solution.theta)
    for level, psi, sums, effect in zip(
        problem.levels, psis, rows.levels, rows.effects, strict=True
    ):
        variance = sums.a @ sums.s @ psi
        for name in level.terms:
            direction = _raw_direction(moments, name)
            spread = np.einsum("i,nij,j->n", direction, variance, direction) * rows.sigma**2
            whole = float(direction @ psi @ direction) * rows.sigma**2
            known = spread > 1e-6 * max(whole, 1e-300)
            if whole <= 0 or not known.any():
                continue
            values = (effect @ direction)[known] / np.sqrt(spread[known])
            out.append((level.group, name, values))
    return out


def base_rows(moments: Moments, columns: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(N, d) (value - centre) / scale of every column, the response last, and (N,) the roots of
    the weights over their mean."""
    parts = [
        np.ones_like(next(iter(columns.values())))
        if name == INTERCEPT
        else (columns[name] - moments.centre[i]) / moments.scale[i]
        for i, name in enumerate(moments.names)
    ]
    return np.column_stack(parts), _root_weights(moments, columns)


def _root_weights(moments: Moments, columns: dict[str, np.ndarray]) -> np.ndarray:
    """(N,) roots of the weights over their mean; ones without weights."""
    weights = columns.get(WEIGHTS, np.ones(moments.rows))
    return np.sqrt(weights / moments.mean_weight)


def _levels(z: np.ndarray, w: np.ndarray, codes, psis) -> list[GroupLevel]:
    if not codes:
        return []
    inner = codes[0]
    s = np.stack([sum_by(z * z[:, [k]], inner) for k in range(z.shape[1])], axis=1)
    r = np.stack([sum_by(w * z[:, [k]], inner) for k in range(z.shape[1])], axis=1)
    return eliminate(s, r, parents_of(list(codes)), psis)


def _inverse_diagonal(levels: list[GroupLevel], codes, z: np.ndarray) -> np.ndarray:
    """(N,) diagonal of V^-1: 1 less t'A t at each level, t being the row of V_in^-1 Z."""
    out, t = np.ones(len(z)), z
    for level, code in zip(levels, codes, strict=True):
        at = np.einsum("nij,nj->ni", level.a[code], t)
        out -= (t * at).sum(axis=1)
        t = t - np.einsum("nij,nj->ni", level.s[code], at)
    return out


def _over(values: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """values / sqrt(variance), 0 where next to no variance is left."""
    enough = variance > 1e-6 * variance.max(initial=0.0)
    return np.where(enough, values / np.sqrt(np.where(enough, variance, 1.0)), 0.0)


def _raw_direction(moments: Moments, name: str) -> np.ndarray:
    """(z,) weights that turn base effects into the raw effect of a term, up to its scale.

    A raw intercept is the effect where all other columns are 0; where they are at their centre is
    what the data know, so an intercept means that.
    """
    direction = np.zeros(len(moments.z))
    direction[[moments.names[i] for i in moments.z].index(name)] = 1.0
    return direction
