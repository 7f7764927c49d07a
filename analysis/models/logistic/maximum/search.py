"""The maximum of the likelihood over theta and beta together.

-2 log-likelihood depends on Lambda through Lambda Lambda' alone: it is smooth and even through
zero, so the search needs no bounds. It starts from the best of some scales of the random effects,
and again from another one; what is found is judged at the point itself (`maximum.py`).
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.frame import Frame
from analysis.models.logistic.likelihood.objective import Objective
from analysis.models.logistic.maximum.convergence import Found, escape, judged
from analysis.models.logistic.maximum.penalised import Penalised, penalised
from analysis.models.optimise import minimise

SCALES = (0.3, 1.0, 3.0)  # SDs on the logit scale, predictors of size one
AGREE = 1e-3  # of -2 log-likelihood: two searches that end this close found one maximum
GROWTH = 256 * 3 / (15 * np.pi) ** 2  # .346: Zeger, Liang & Albert's constant
START = 0.05  # Newton's decrement to which a start is computed
SEARCHED = 1e-9  # predicted further decrease at which the search hands over to polishing
ROUGH = 1e-4  # the second search's
# From this many numbers in the cells on there is a second search only where the starts lie on both
# sides of a hill.
COSTLY = 300_000
ESCAPES = 3
SIDE = 1e-4  # of a difference for the first curvature in theta


def search(frame: Frame, beta: np.ndarray, points: int) -> Found:
    """The least -2 log-likelihood by Laplace (points 1) or quadrature, from beta (p,)."""
    objective = Objective(frame, points)
    starts = _starts(objective, beta)
    order = np.argsort([start.height for start in starts])
    phi, value = _descend(objective, *_begun(frame, starts[order[0]]))
    if _is_cheap(frame) or order[-1] not in (0, len(starts) - 1):
        start = _begun(frame, starts[order[1]])
        other, other_value = _descend(objective, *start, tolerance=ROUGH)
        if other_value < value - AGREE:
            phi, value = other, other_value
    return _escaped(objective, phi)


def resumed(objective: Objective, phi: np.ndarray, inverse: np.ndarray) -> Found:
    """The maximum next to phi (t + p,), from there alone: for data that differ by little from
    those that phi is the maximum of. inverse (t + p, t + p): about that of the curvature."""
    ended = minimise(objective.batch, phi[None], inverse, SEARCHED)
    return _escaped(objective, ended.theta[0])


def _escaped(objective: Objective, phi: np.ndarray) -> Found:
    found = judged(objective, phi)
    for _ in range(ESCAPES):
        lower = escape(objective, found)
        if lower is None:
            break
        found = judged(objective, _descend(objective, lower, None)[0])
    return found


def _is_cheap(frame: Frame) -> bool:
    return frame.cells.x.size + frame.cells.z.size < COSTLY


@dataclass(frozen=True, slots=True)
class _Start:
    """One scale of the random effects: theta, a guess of beta, the effects' modes there and about
    how high -2 log-likelihood is."""

    theta: np.ndarray
    beta: np.ndarray
    effects: list[np.ndarray]
    height: float


def _starts(objective: Objective, beta: np.ndarray) -> list[_Start]:
    """One of each scale; the effects beta of a model without groups grow as they do with the
    groups' variance (Zeger, Liang & Albert 1988, doi:10.2307/2531734)."""
    out = []
    for scale in SCALES:
        theta = thetas.start(objective.frame.cells.levels, scale)
        grown = beta * np.sqrt(1 + GROWTH * scale**2)
        height = objective.value(np.append(theta, grown))
        out.append(_Start(theta, grown, objective.effects, height))
    return out


def _begun(frame: Frame, start: _Start) -> tuple[np.ndarray, Penalised]:
    return start.theta, penalised(frame, start.theta, start.beta, start.effects, START)


def _descend(objective: Objective, theta, begun: Penalised | None, tolerance: float = SEARCHED):
    """(phi, value) at the end of a search; theta is phi itself where no start is given."""
    phi, inverse = theta, None
    if begun is not None:
        objective.begin(begun.effects)
        phi = np.append(theta, begun.beta)
        inverse = _first_inverse(objective, phi, begun.information)
    found = minimise(objective.batch, phi[None], inverse, tolerance)
    return found.theta[0], float(found.value[0])


def _first_inverse(objective: Objective, phi: np.ndarray, information: np.ndarray) -> np.ndarray:
    """Positive definite inverse of the curvature: by differences in theta, and twice the
    information in beta."""
    n, m = objective.thetas, len(phi)
    step, base = SIDE, objective.at(phi).gradient
    curvature = np.zeros((m, m))
    curvature[n:, n:] = 2 * information
    for j in range(n):
        moved = phi.copy()
        moved[j] += step
        curvature[j] = (objective.at(moved).gradient - base) / step
        curvature[:, j] = curvature[j]
    size, vectors = np.linalg.eigh(np.nan_to_num((curvature + curvature.T) / 2))
    size = np.maximum(np.abs(size), 1e-4 * np.abs(size).max() + 1e-8)
    return (vectors / size) @ vectors.T
