"""The conditional modes of the random effects: Newton's method that halves where it overshoots.

With u standard normal, eta = offset + X beta + Z Lambda u, the penalised deviance
D = -2 sum(hits eta - size log(1 + e^eta)) + |u|^2 is convex in u, so that a Newton step that is
halved wherever D rises always ends at the one minimum. Undamped, it runs off where effects are
large (Bates, Maechler, Bolker & Walker 2015 leave damping to the software).
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.logistic.cells import Cells
from analysis.models.logistic.elimination import Factor, Plan, plan_of

STEPS = 200
HALVINGS = 60
# Newton's decrement is twice the distance to the minimum of D, in units of the log-likelihood; its
# square root is the error of the modes, whose derivative the curvature needs to some 1e-9.
SETTLED = 1e-20
NEAR = 1e-10  # below this only rounding can keep the decrement from falling
ROUNDING = 1e-12  # of D, relative: what a step may raise it by


@dataclass(frozen=True, slots=True)
class Response:
    """Of n cells at a logit: loss = size log(1 + e^eta) - hits eta; left = hits - size p; weight =
    size p (1 - p); past = p - 1/2."""

    loss: np.ndarray
    left: np.ndarray
    weight: np.ndarray
    past: np.ndarray

    @classmethod
    def at(cls, cells: Cells, eta: np.ndarray) -> "Response":
        rarer = np.abs(eta)  # in the end the probability of the rarer outcome; worked out in place
        np.exp(np.negative(rarer, out=rarer), out=rarer)
        loss = np.log1p(rarer)
        loss += np.maximum(eta, 0)
        loss *= cells.size
        loss -= cells.hits * eta
        rarer /= 1 + rarer
        past = np.copysign(0.5 - rarer, eta)
        weight = cells.size * rarer
        weight -= weight * rarer
        left = past + 0.5
        left *= -cells.size
        left += cells.hits
        return cls(loss, left, weight, past)

    @property
    def slope(self) -> np.ndarray:
        """(n,): the derivative of the weight by the logit."""
        return -2 * self.weight * self.past


@dataclass(frozen=True, slots=True)
class Frame:
    """Cells with how their random effects are eliminated. cluster (n,), of_level: the part that
    each cell, and each group of every level, belongs to; parts share no random effect, so that
    each is damped for itself; clusters: their number."""

    cells: Cells
    plan: Plan
    cluster: np.ndarray
    of_level: tuple[np.ndarray, ...]
    clusters: int

    @classmethod
    def of(cls, cells: Cells) -> "Frame":
        plan = plan_of(cells.codes, tuple(level.q for level in cells.levels))
        by_unit = np.zeros(len(cells.starts), dtype=np.int64)
        if plan.nested and cells.codes:
            by_unit = cells.codes[-1]
        of_level = []
        for code, level in zip(cells.codes, cells.levels, strict=True):
            own = np.zeros(level.groups, dtype=np.int64)
            own[code] = by_unit
            of_level.append(own)
        clusters = int(by_unit.max(initial=0)) + 1
        return cls(cells, plan, by_unit[cells.unit], tuple(of_level), clusters)

    def by_unit(self, effects: list[np.ndarray], factors: list[np.ndarray]) -> np.ndarray:
        """(Q, U): Lambda times each unit's effects, one (q, J) array a level."""
        parts = zip(effects, factors, self.cells.codes, strict=True)
        none = np.zeros((0, len(self.cells.starts)))
        return np.concatenate([none, *((f @ e)[:, c] for e, f, c in parts)])

    def by_level(self, values: np.ndarray, factors: list[np.ndarray]) -> list[np.ndarray]:
        """Lambda' times the sums of values (Q, U) over each level's groups: (q, J) a level."""
        out, at = [], 0
        for code, level, factor in zip(self.cells.codes, self.cells.levels, factors, strict=True):
            own = values[at : at + level.q]
            sums = np.stack([np.bincount(code, row, minlength=level.groups) for row in own])
            out.append(factor.T @ sums)
            at += level.q
        return out

    def zero(self) -> list[np.ndarray]:
        return [np.zeros((level.q, level.groups)) for level in self.cells.levels]


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
    cells, whole = frame.cells, block_diagonal(factors)
    effects = start
    eta = fixed + cells.random_part(frame.by_unit(effects, factors))
    response = Response.at(cells, eta)
    deviance = _deviance(frame, response, effects)
    last, settled = np.inf, False
    for _ in range(STEPS):
        spread = cells.products(response.weight)
        factor = Factor.of(frame.plan, scaled(spread, whole))
        right = frame.by_level(cells.sums(response.left), factors)
        right = [r - u for r, u in zip(right, effects, strict=True)]
        step = factor.solve(right)
        decrement = float(sum((r * s).sum() for r, s in zip(right, step, strict=True)))
        if decrement <= tolerance or (decrement < NEAR and decrement > last / 4):
            settled = True
            break
        last = decrement
        moved = cells.random_part(frame.by_unit(step, factors))
        effects, eta, response, deviance, found = _damped(
            frame, effects, eta, response, deviance, step, moved
        )
        if not found:
            settled = decrement < NEAR
            break
    return Modes(effects, eta, response, spread, factor, float(deviance.sum()), settled)


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
    eta = fixed + frame.cells.random_part(frame.by_unit(effects, factors))
    response = Response.at(frame.cells, eta)
    spread = frame.cells.products(response.weight)
    factor = Factor.of(frame.plan, scaled(spread, block_diagonal(factors)))
    deviance = float(_deviance(frame, response, effects).sum())
    return Modes(effects, eta, response, spread, factor, deviance, True)


def _damped(frame: Frame, effects, eta, response, deviance, step, moved):
    """The step, halved in every cluster until its deviance doesn't rise."""
    size = np.ones(frame.clusters)
    for _ in range(HALVINGS):
        new = [u + s * size[own] for u, s, own in zip(effects, step, frame.of_level, strict=True)]
        new_eta = eta + moved * size[frame.cluster]
        new_response = Response.at(frame.cells, new_eta)
        new_deviance = _deviance(frame, new_response, new)
        rises = ~(new_deviance <= deviance + ROUNDING * (1 + np.abs(deviance)))
        if not rises.any():
            return new, new_eta, new_response, new_deviance, True
        size[rises] /= 2
    return effects, eta, response, deviance, False


def _deviance(frame: Frame, response: Response, effects: list[np.ndarray]) -> np.ndarray:
    """D of every cluster."""
    if frame.clusters == 1:
        total = 2 * response.loss.sum() + sum((u**2).sum() for u in effects)
        return np.array([total])
    out = 2 * np.bincount(frame.cluster, response.loss, minlength=frame.clusters)
    for u, own in zip(effects, frame.of_level, strict=True):
        out += np.bincount(own, (u**2).sum(axis=0), minlength=frame.clusters)
    return out


def scaled(spread: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Lambda' S Lambda of every unit, S (Q, Q, U), Lambda (Q, Q)."""
    if len(whole) < 2:
        return (whole**2)[..., None] * spread
    return np.einsum("ai,abn,bj->ijn", whole, spread, whole, optimize=True)


def block_diagonal(factors: list[np.ndarray]) -> np.ndarray:
    size = sum(len(f) for f in factors)
    out, at = np.zeros((size, size)), 0
    for factor in factors:
        out[at : at + len(factor), at : at + len(factor)] = factor
        at += len(factor)
    return out
