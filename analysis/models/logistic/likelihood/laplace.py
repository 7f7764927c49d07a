"""-2 log-likelihood by Laplace's approximation, with its gradient in theta and beta.

d(theta, beta) = D(u) + log|A| at the modes u, A = I + Lambda'Z'WZ Lambda. The modes move with the
parameters: by the implicit function theorem du = A^-1 (dLambda'Z'r - Lambda'Z'W d eta), r the
residuals, so that one more solution with A (an adjoint) gives the whole gradient.
Sources: Pinheiro & Chao 2006, doi:10.1198/106186006X96962 (the approximation); Kristensen et al.
2016, doi:10.18637/jss.v070.i05 (its gradient by the implicit function theorem).
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.blocks import times
from analysis.models.logistic.likelihood.frame import Frame, block_diagonal
from analysis.models.logistic.likelihood.modes import Modes


@dataclass(frozen=True, slots=True)
class Point:
    """value: -2 log-likelihood without the binomial constants; gradient (thetas + p,) of theta and
    beta; modes: of the random effects; covariance (Q, Q, U): of the standardised effects."""

    value: float
    gradient: np.ndarray
    modes: Modes
    covariance: np.ndarray


def laplace(frame: Frame, theta: np.ndarray, found: Modes) -> Point:
    """At theta and the modes that belong to it (and to some beta), internal scale."""
    cells = frame.cells
    factors = thetas.factors(cells.levels, theta)
    value = found.deviance + found.factor.log_det
    whole = block_diagonal(factors)
    covariance = found.factor.covariances()
    response = found.response
    pull = response.slope * cells.quadratic(_between(whole, covariance))
    adjoint = found.factor.solve(frame.by_level(cells.sums(pull), factors))
    by_eta = pull - 2 * response.left
    by_eta -= response.weight * cells.random_part(frame.by_unit(adjoint, factors))
    own = _by_factor(frame, found, covariance, whole, by_eta, adjoint)
    gradient = np.concatenate([thetas.entries(cells.levels, own), cells.x @ by_eta])
    return Point(value, gradient, found, covariance)


def _between(whole: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    if len(whole) == 1:
        return whole[0, 0] ** 2 * covariance
    return np.einsum("ai,ijn,bj->abn", whole, covariance, whole, optimize=True)


def _by_factor(frame: Frame, found: Modes, covariance, whole, by_eta, adjoint) -> list[np.ndarray]:
    """The derivative by every entry of each level's Lambda, (q, q)."""
    cells = frame.cells
    by_z, left = cells.sums(by_eta), cells.sums(found.response.left)
    bent = times(found.spread, np.einsum("ai,ijn->ajn", whole, covariance)).sum(axis=2)
    out, at = [], 0
    for k, (code, level) in enumerate(zip(cells.codes, cells.levels, strict=True)):
        span = slice(at, at + level.q)
        own = by_z[span] @ found.effects[k][:, code].T + left[span] @ adjoint[k][:, code].T
        out.append(own + 2 * bent[span, span])
        at += level.q
    return out
