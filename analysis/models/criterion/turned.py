"""Passes for columns that are nearly one: the same recursion on columns of their own directions.

Far from zero a slope and an intercept without a correlation share almost all of their digits: of
V^-1 few would be left. Z Lambda = (Z R^-1) (R Lambda) with R'R the mean of Z'Z is the same model on
columns that have nothing in common, on which the recursion keeps its digits. What is asked of the
given columns is turned back: with Psi_turned = R Psi R', a gradient G becomes R'G R.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.models.criterion import passes
from analysis.models.criterion.passes import Forward
from analysis.models.criterion.problem import Passes, Problem, build_problem, turned_problem
from analysis.models.language.moments import Moments

# Columns of which less than a thirtieth is their own lose three of sixteen digits, and more.
FAR = 30.0


@dataclass(frozen=True, slots=True)
class TurnedForward:
    """log_det, products and factors as a Forward's; pieces: of the given columns; inner: the pass
    over the turned ones."""

    log_det: float
    products: np.ndarray
    factors: tuple[np.ndarray, ...]
    pieces: tuple
    inner: Forward


def nested_problem(moments: Moments) -> Problem:
    """The problem of nested groupings, on turned columns where its own are nearly one."""
    problem = build_problem(moments)
    turns = turns_of(problem)
    if turns is None:
        return problem
    return with_turned(problem, turned_problem(moments, problem, turns), turns)


def turns_of(problem: Problem) -> list[np.ndarray] | None:
    """R (q, q) of each level, None where no column is far from its own direction."""
    out, farthest = [], 0.0
    for level in problem.levels:
        value, vectors = np.linalg.eigh(level.mean_zz)
        if value[0] <= 1e-14 * value[-1]:
            return None  # columns that are one: no direction of their own
        size = np.sqrt(np.diag(level.mean_zz) * np.diag((vectors / value) @ vectors.T))
        farthest = max(farthest, float(size.max()))
        out.append(np.linalg.cholesky(level.mean_zz).T)
    return out if farthest > FAR else None


def with_turned(problem: Problem, inner: Problem, turns: list[np.ndarray]) -> Problem:
    """`problem`, its passes made over `inner`, the same model on columns turned by `turns`."""
    plain = problem

    def forward(_, factors, from_psi):
        at_inner = [_turned(f, r, from_psi) for f, r in zip(factors, turns, strict=True)]
        found = passes.forward_pass(inner, at_inner, from_psi)
        own = passes.forward_pass(plain, factors, from_psi)
        return TurnedForward(found.log_det, found.products, tuple(factors), own.pieces, found)

    def backward(_, forward, gamma, log_det_weight):
        found = passes.backward_pass(inner, forward.inner, gamma, log_det_weight)
        return [r.T @ g @ r for g, r in zip(found, turns, strict=True)]

    def products(_, forward):
        found = passes.product_derivatives(inner, forward.inner)
        return [
            np.einsum("ai,bj,abde->ijde", r, r, g, optimize=True)
            for g, r in zip(found, turns, strict=True)
        ]

    def start(of: Problem, size: float):
        return [np.full(level.q, size) for level in of.levels]

    return replace(problem, passes=Passes(forward, backward, products, start))


def _turned(factor: np.ndarray, turn: np.ndarray, is_psi: bool) -> np.ndarray:
    """R Psi R', or the lower triangle whose square that is: the triangle keeps small effects
    beside large ones."""
    if is_psi:
        return turn @ factor @ turn.T
    lower = np.asarray(np.linalg.qr((turn @ factor).T, mode="r")).T
    signs = np.where(np.diag(lower) < 0, -1.0, 1.0)
    return lower * signs
