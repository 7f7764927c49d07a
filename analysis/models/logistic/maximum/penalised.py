"""Coefficients and random effects together: the penalised deviance D at its least over both.

A start for the search, near the maximum of the likelihood but not at it; without random effects it
is the logistic regression itself. D is convex, and a step is halved until D does not rise.
Source: Bates, Maechler, Bolker & Walker 2015, section 3 (penalised least squares, repeated).
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.elimination import Factor
from analysis.models.logistic.likelihood.frame import Frame, Response, block_diagonal, scaled
from analysis.models.logistic.likelihood.modes import ROUNDING
from analysis.models.logistic.rows.cells import Cells

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
    farthest: float = RUNAWAY,
) -> Penalised:
    """At theta, from a start beta (p,) and effects, until Newton's decrement is within tolerance.
    Ends early where a logit's fixed part runs farther than `farthest`."""
    cells, factors = frame.cells, thetas.factors(frame.cells.levels, theta)
    fixed, random = beta @ cells.x, cells.random_part(frame.by_unit(effects, factors))
    now = _Place.at(cells, beta, effects, fixed, random)
    for _ in range(STEPS):
        factor, information, step = _newton(frame, now, factors)
        settled = step.decrement <= tolerance
        if settled or np.abs(now.fixed).max(initial=0.0) > farthest:
            break
        now = _halved(frame, now, step, factors)
    largest = float(np.abs(now.fixed).max(initial=0.0))
    return Penalised(
        now.beta, now.effects, now.deviance, factor.log_det, information, settled, largest
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the search stands; fixed, random (n,): the parts of the logit."""

    beta: np.ndarray
    effects: list[np.ndarray]
    fixed: np.ndarray
    random: np.ndarray
    response: Response
    deviance: float

    @classmethod
    def at(cls, cells: Cells, beta, effects, fixed, random) -> "_Place":
        response = Response.at(cells, cells.offset + fixed + random)
        deviance = float(2 * response.loss.sum() + sum((u**2).sum() for u in effects))
        return cls(beta, effects, fixed, random, response, deviance)


@dataclass(frozen=True, slots=True)
class _Step:
    beta: np.ndarray
    effects: list[np.ndarray]
    decrement: float


def _newton(frame: Frame, now: _Place, factors) -> tuple[Factor, np.ndarray, _Step]:
    """The factor of A, the information of beta and Newton's step."""
    cells, response = frame.cells, now.response
    spread = cells.products(response.weight)
    factor = Factor.of(frame.plan, scaled(spread, block_diagonal(factors)))
    information, ties = _information(frame, factor, response, factors)
    right = frame.by_level(cells.sums(response.left), factors)
    right = [r - u for r, u in zip(right, now.effects, strict=True)]
    right_beta = cells.x @ response.left
    tied = sum(np.einsum("pqj,qj->p", t, r) for t, r in zip(ties, right, strict=True))
    beta = np.linalg.lstsq(information, right_beta - tied, rcond=None)[0]
    first = factor.solve(right)
    effects = [f - np.einsum("pqj,p->qj", t, beta) for f, t in zip(first, ties, strict=True)]
    decrement = float(right_beta @ beta)
    decrement += sum(float((r * s).sum()) for r, s in zip(right, effects, strict=True))
    return factor, information, _Step(beta, effects, decrement)


def _halved(frame: Frame, now: _Place, step: _Step, factors) -> _Place:
    """After the step, halved until the deviance doesn't rise."""
    cells, size = frame.cells, 1.0
    fixed = step.beta @ cells.x
    random = cells.random_part(frame.by_unit(step.effects, factors))
    for _ in range(HALVINGS):
        effects = [u + size * s for u, s in zip(now.effects, step.effects, strict=True)]
        parts = (now.fixed + size * fixed, now.random + size * random)
        new = _Place.at(cells, now.beta + size * step.beta, effects, *parts)
        if new.deviance <= now.deviance + ROUNDING * (1 + abs(now.deviance)):
            break
        size /= 2
    return new


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
