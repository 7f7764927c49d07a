"""-2 log-likelihood of a logistic model with one parameter held, as a function of all the others.

A coefficient is held on the raw scale, the others moving in the plane where it stays. A standard
deviation or a correlation is held by writing its block's factor with its terms first (as
`inference/intervals/constrained.py` does); the likelihood knows of it Lambda Lambda' alone, so the
lower factor of that product goes in. The chain from the free numbers to theta is short, and its
slopes are taken by differences.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space

from analysis.models.inference.intervals.constrained import (
    INFINITE,
    Fixed,
    Target,
    direction,
    size_of,
    to_ordered,
)
from analysis.models.linear.fit import SINGULAR
from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.objective import Objective
from analysis.models.logistic.rows.cells import Level
from analysis.models.resampling.weighted import LEAST_START

STEP = 1e-6  # of the differences through the chain: their error is about its square


@dataclass(frozen=True, slots=True)
class Held:
    """estimate: of the parameter; start (f,): the free numbers there; step: a first one of the
    parameter, about two standard errors; edges: its bounds; at(value, free) -> phi (t + p,)."""

    estimate: float
    start: np.ndarray
    step: float
    edges: tuple[float, float]
    at: Callable[[float, np.ndarray], np.ndarray]

    def slopes(self, value: float, free: np.ndarray) -> np.ndarray:
        """(t + p, f): how phi moves with the free numbers."""
        out = np.empty((len(self.at(value, free)), len(free)))
        for j in range(len(free)):
            step = np.zeros(len(free))
            step[j] = STEP * max(1.0, abs(free[j]))
            up, down = self.at(value, free + step), self.at(value, free - step)
            out[:, j] = (up - down) / (2 * step[j])
        return out

    def criterion(self, objective: Objective, value: float):
        """free (f,) -> -2 log-likelihood and its gradient; infinite where there is none."""

        def function(free: np.ndarray) -> tuple[float, np.ndarray]:
            try:
                point = objective.at(self.at(value, free))
            except np.linalg.LinAlgError:
                return np.inf, np.zeros(len(free))
            if not np.isfinite(point.value):
                return np.inf, np.zeros(len(free))
            return point.value, self.slopes(value, free).T @ point.gradient

        return function


def held_coefficient(target: Fixed, to_raw: np.ndarray, phi: np.ndarray, se: float) -> Held:
    """Of to_raw (p, p)'s row; phi (t + p,): the maximum."""
    row = to_raw[target.position]
    n = len(phi) - len(row)
    along, plane = row / (row @ row), null_space(row[None])
    beta = phi[n:]

    def at(value: float, free: np.ndarray) -> np.ndarray:
        return np.append(free[:n], along * value + plane @ free[n:])

    start = np.append(_floored(phi[:n]), plane.T @ beta)
    return Held(float(row @ beta), start, 2 * se, (-INFINITE, INFINITE), at)


def held_spread(target: Target, levels: tuple[Level, ...], phi: np.ndarray) -> Held | None:
    """Of an SD or a correlation; None for a correlation of effects without variance."""
    level = levels[target.level]
    block = level.blocks[target.block]
    q, where = len(block), _where(levels, target)
    change = to_ordered(level, target)
    factor = thetas.factors(levels, phi[: thetas.count(levels)])[target.level]
    lower = _lower_of(change @ factor[np.ix_(block, block)])
    size = size_of(level, target)
    rows, columns = thetas.lower(q)
    of_sd = target.kind == "sd"
    gone = (rows == 0) if of_sd else (rows == 1) & (columns == 1)
    back = np.linalg.inv(change)

    def at(value: float, free: np.ndarray) -> np.ndarray:
        own = np.zeros((q, q))
        own[rows[~gone], columns[~gone]] = free[: (~gone).sum()]
        if of_sd:
            own[0, 0] = value / size
        else:  # roots of both SDs are free, so that no sign can turn the correlation round
            own[0, 0] **= 2
            own[1, :2] = own[1, 0] ** 2 * direction(value)
        out = np.empty(len(phi))
        out[where] = _lower_of(back @ own)[rows, columns]
        out[_rest(where, len(phi))] = free[(~gone).sum() :]
        return out

    begun = lower.copy()
    begun[np.diag_indices(q)] = np.maximum(np.diag(begun), LEAST_START)
    if of_sd:
        estimate = float(lower[0, 0]) * size
        step, edges = max(2 * estimate / np.sqrt(2 * level.groups), 0.1 * size), (0.0, INFINITE)
    else:
        second = float(np.hypot(lower[1, 0], lower[1, 1]))
        if lower[0, 0] < SINGULAR or second < SINGULAR:
            return None
        estimate = float(np.clip(lower[1, 0] / second, -1, 1))
        begun[1, 0] = np.sqrt(np.hypot(begun[1, 0], begun[1, 1]))
        begun[0, 0] = np.sqrt(begun[0, 0])
        step, edges = max(2 * (1 - estimate**2) / np.sqrt(level.groups), 0.05), (-1.0, 1.0)
    rest = phi[_rest(where, len(phi))]
    start = np.append(begun[rows, columns][~gone], rest)
    return Held(estimate, start, step, edges, at)


def _where(levels: tuple[Level, ...], target: Target) -> np.ndarray:
    """Places of the block's thetas."""
    at = 0
    for k, level in enumerate(levels):
        for b, block in enumerate(level.blocks):
            size = len(block) * (len(block) + 1) // 2
            if (k, b) == (target.level, target.block):
                return np.arange(at, at + size)
            at += size
    raise AssertionError("no such block")


def _rest(where: np.ndarray, size: int) -> np.ndarray:
    return np.setdiff1d(np.arange(size), where)


def _lower_of(factor: np.ndarray) -> np.ndarray:
    """The lower factor of factor factor', its diagonal not negative."""
    lower = np.asarray(np.linalg.qr(factor.T, mode="r")).T
    return lower * np.where(np.diag(lower) < 0, -1.0, 1.0)


def _floored(theta: np.ndarray) -> np.ndarray:
    """Off zero, where every direction is level."""
    return np.where(np.abs(theta) < LEAST_START, LEAST_START, theta)
