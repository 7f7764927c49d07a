"""The conditional modes of the random effects: Newton's method that halves where it overshoots.

With u standard normal, eta = offset + X beta + Z Lambda u, the penalised deviance
D = -2 sum(hits eta - size log(1 + e^eta)) + |u|^2 is convex in u, so that a Newton step that is
halved wherever D rises always ends at the one minimum. Undamped, it runs off where effects are
large (Bates, Maechler, Bolker & Walker 2015 leave damping to the software).
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.models.logistic.likelihood.elimination import Factor
from analysis.models.logistic.likelihood.frame import Frame, Response, block_diagonal, scaled

STEPS = 200
HALVINGS = 60
# Newton's decrement is twice the distance to the minimum of D, in units of the log-likelihood; its
# square root is the error of the modes, whose derivative the curvature needs to some 1e-9.
SETTLED = 1e-20
NEAR = 1e-10  # below this only rounding can keep the decrement from falling
ROUNDING = 1e-12  # of D, relative: what a step may raise it by


@dataclass(frozen=True, slots=True)
class Modes:
    """At the minimum: effects u, (q, J) a level; eta (n,) and the response there; spread (Q, Q, U),
    each unit's sum of weight z z'; factor of A; deviance D; settled: whether it was reached."""

    effects: list[np.ndarray]
    eta: np.ndarray
    response: Response
    spread: np.ndarray
    factor: Factor
    deviance: float
    settled: bool


def find_modes(
    frame: Frame,
    fixed: np.ndarray,
    factors: list[np.ndarray],
    start: list[np.ndarray],
    tolerance: float = SETTLED,
) -> Modes:
    """The modes given the fixed part of the logit, fixed (n,), and Lambda (q, q) of each level;
    tolerance: Newton's decrement at which the search ends."""
    now, last = _Place.at(frame, fixed, factors, start), np.inf
    for _ in range(STEPS):
        found = now.modes(frame, factors)
        right = frame.by_level(frame.cells.sums(now.response.left), factors)
        right = [r - u for r, u in zip(right, now.effects, strict=True)]
        step = found.factor.solve(right)
        decrement = float(sum((r * s).sum() for r, s in zip(right, step, strict=True)))
        if decrement <= tolerance or (decrement < NEAR and decrement > last / 4):
            return found
        last = decrement
        moved = frame.cells.random_part(frame.by_unit(step, factors))
        lower = _damped(frame, now, step, moved)
        if lower is None:
            return replace(found, settled=decrement < NEAR)
        now = lower
    return replace(found, settled=False)


def moved_by(
    frame: Frame, found: Modes, factors: list[np.ndarray], d_factors, d_fixed: np.ndarray
) -> list[np.ndarray]:
    """How the modes move with Lambda by d_factors and the fixed part by d_fixed (n,), to first
    order: A^-1 (dLambda'Z'r - Lambda'Z'W d eta)."""
    cells, response = frame.cells, found.response
    d_eta = d_fixed + cells.random_part(frame.by_unit(found.effects, d_factors))
    up = frame.by_level(cells.sums(response.left), d_factors)
    down = frame.by_level(cells.sums(response.weight * d_eta), factors)
    return found.factor.solve([a - b for a, b in zip(up, down, strict=True)])


def modes_at(
    frame: Frame, fixed: np.ndarray, factors: list[np.ndarray], effects: list[np.ndarray]
) -> Modes:
    """As find_modes, with these effects as they are."""
    return _Place.at(frame, fixed, factors, effects).modes(frame, factors)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a search stands; deviance (clusters,)."""

    effects: list[np.ndarray]
    eta: np.ndarray
    response: Response
    deviance: np.ndarray

    @classmethod
    def at(cls, frame: Frame, fixed: np.ndarray, factors, effects) -> "_Place":
        eta = fixed + frame.cells.random_part(frame.by_unit(effects, factors))
        response = Response.at(frame.cells, eta)
        return cls(effects, eta, response, _deviance(frame, response, effects))

    def modes(self, frame: Frame, factors: list[np.ndarray]) -> Modes:
        spread = frame.cells.products(self.response.weight)
        factor = Factor.of(frame.plan, scaled(spread, block_diagonal(factors)))
        total = float(self.deviance.sum())
        return Modes(self.effects, self.eta, self.response, spread, factor, total, True)


def _damped(frame: Frame, now: _Place, step: list[np.ndarray], moved: np.ndarray) -> _Place | None:
    """After the step, halved in every cluster until its deviance doesn't rise; None where it
    always does. moved (n,): the step in the logits."""
    size = np.ones(frame.clusters)
    for _ in range(HALVINGS):
        groups = zip(now.effects, step, frame.of_level, strict=True)
        effects = [u + s * size[own] for u, s, own in groups]
        eta = now.eta + moved * size[frame.cluster]
        response = Response.at(frame.cells, eta)
        deviance = _deviance(frame, response, effects)
        rises = ~(deviance <= now.deviance + ROUNDING * (1 + np.abs(now.deviance)))
        if not rises.any():
            return _Place(effects, eta, response, deviance)
        size[rises] /= 2
    return None


def _deviance(frame: Frame, response: Response, effects: list[np.ndarray]) -> np.ndarray:
    """D of every cluster."""
    if frame.clusters == 1:
        total = 2 * response.loss.sum() + sum((u**2).sum() for u in effects)
        return np.array([total])
    out = 2 * np.bincount(frame.cluster, response.loss, minlength=frame.clusters)
    for u, own in zip(effects, frame.of_level, strict=True):
        out += np.bincount(own, (u**2).sum(axis=0), minlength=frame.clusters)
    return out
