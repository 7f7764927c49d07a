"""Coefficients and random effects together: the penalised deviance D at its least over both.

A start for the search, near the maximum of the likelihood but not at it; without random effects it
is the logistic regression itself. D is convex, and a step is halved until D does not rise.
Source: Bates, Maechler, Bolker & Walker 2015, section 3 (penalised least squares, repeated).
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.logistic import theta as thetas
from analysis.models.logistic.elimination import Factor
from analysis.models.logistic.modes import ROUNDING, Frame, Response, block_diagonal, scaled

STEPS = 60
HALVINGS = 40
SETTLED = 1e-12  # Newton's decrement, in units of the log-likelihood
PIECE = 4_096  # cells that stay in the processor's cache together
RUNAWAY = 15.0  # a logit of 15 is a probability of 3 in ten million: no data tell it from 0


@dataclass(frozen=True, slots=True)
class Penalised:
    """beta (p,), effects (q, J) a level, deviance D, log_det = log|A|; information (p, p) of beta,
    the effects estimated along; settled: whether the least was reached; largest: logit, offset
    and random part aside."""

    beta: np.ndarray
    effects: list[np.ndarray]
    deviance: float
    log_det: float
    information: np.ndarray
    settled: bool
    largest: float


def penalised(
    frame: Frame,
    theta: np.ndarray,
    beta: np.ndarray,
    effects: list[np.ndarray],
    tolerance: float = SETTLED,
) -> Penalised:
    """At theta, from a start beta (p,) and effects, until Newton's decrement is within tolerance.
    Ends early where the fixed part runs away."""
    cells, factors = frame.cells, thetas.factors(frame.cells.levels, theta)
    whole = block_diagonal(factors)
    fixed, random = beta @ cells.x, cells.random_part(frame.by_unit(effects, factors))
    response = Response.at(cells, cells.offset + fixed + random)
    deviance = _deviance(response, effects)
    settled = False
    for _ in range(STEPS):
        factor = Factor.of(frame.plan, scaled(cells.products(response.weight), whole))
        information, ties = _information(frame, factor, response, factors)
        right = frame.by_level(cells.sums(response.left), factors)
        right = [r - u for r, u in zip(right, effects, strict=True)]
        first = factor.solve(right)
        right_beta = cells.x @ response.left
        tied = zip(ties, right, strict=True)
        by_beta = right_beta - sum(np.einsum("pqj,qj->p", t, r) for t, r in tied)
        step = np.linalg.lstsq(information, by_beta, rcond=None)[0]
        steps = [f - np.einsum("pqj,p->qj", t, step) for f, t in zip(first, ties, strict=True)]
        decrement = float(right_beta @ step)
        decrement += sum(float((r * s).sum()) for r, s in zip(right, steps, strict=True))
        settled = decrement <= tolerance
        if settled or np.abs(fixed).max(initial=0.0) > RUNAWAY:
            break
        moved, shift = step @ cells.x, cells.random_part(frame.by_unit(steps, factors))
        size = 1.0
        for _ in range(HALVINGS):
            new = [u + size * s for u, s in zip(effects, steps, strict=True)]
            eta = cells.offset + fixed + random + size * (moved + shift)
            response = Response.at(cells, eta)
            lower = _deviance(response, new)
            if lower <= deviance + ROUNDING * (1 + abs(deviance)):
                break
            size /= 2
        effects, deviance, beta = new, lower, beta + size * step
        fixed, random = fixed + size * moved, random + size * shift
    largest = float(np.abs(fixed).max(initial=0.0))
    return Penalised(beta, effects, deviance, factor.log_det, information, settled, largest)


def _information(frame: Frame, factor: Factor, response: Response, factors):
    """(p, p) of beta, the effects profiled out, and A^-1 Lambda'Z'WX as (p, q, J) a level."""
    cells = frame.cells
    information = np.zeros((len(cells.x),) * 2)
    for begin in range(0, cells.x.shape[1], PIECE):
        own = cells.x[:, begin : begin + PIECE]
        information += (own * response.weight[begin : begin + PIECE]) @ own.T
    if not cells.levels:
        return information, []
    crossed = [frame.by_level(cells.sums(x * response.weight), factors) for x in cells.x]
    solved = [factor.solve(right) for right in crossed]
    ties = [np.stack(each) for each in zip(*solved, strict=True)]
    rights = [np.stack(each) for each in zip(*crossed, strict=True)]
    p = len(cells.x)
    for tie, right in zip(ties, rights, strict=True):
        information -= tie.reshape(p, -1) @ right.reshape(p, -1).T
    return (information + information.T) / 2, ties


def _deviance(response: Response, effects: list[np.ndarray]) -> float:
    return float(2 * response.loss.sum() + sum((u**2).sum() for u in effects))
