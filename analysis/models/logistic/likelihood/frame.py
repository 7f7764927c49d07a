"""Cells with their random effects laid out for elimination; the binomial law at their logits."""

from dataclasses import dataclass

import numpy as np

from analysis.models.logistic.likelihood.elimination import Plan, plan_of
from analysis.models.logistic.rows.cells import Cells


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
