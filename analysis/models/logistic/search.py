"""The maximum of the likelihood over theta and beta together, and the curvature there.

-2 log-likelihood depends on Lambda through Lambda Lambda' alone: it is smooth and even through
zero, so the search needs no bounds. It starts from the best of some scales of the random effects,
and again from another one; what is found is judged at the point itself, by gradient and curvature.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.logistic import theta as thetas
from analysis.models.logistic.laplace import Point
from analysis.models.logistic.modes import Frame
from analysis.models.logistic.objective import Objective
from analysis.models.logistic.penalised import Penalised, penalised
from analysis.models.optimise import minimise

SCALES = (0.3, 1.0, 3.0)  # SDs on the logit scale, predictors of size one
AGREE = 1e-3  # of -2 log-likelihood: two searches that end this close found one maximum
GROWTH = 256 * 3 / (15 * np.pi) ** 2  # .346: Zeger, Liang & Albert's constant
START = 0.05  # Newton's decrement to which a start is computed
ROUGH = 1e-4  # the second search's tolerance
# From this many numbers in the cells on there is a second search only where the starts lie on both
# sides of a hill.
COSTLY = 300_000
# lme4's isSingular tolerance (Bates et al. 2015), as in the linear engine.
SINGULAR = 1e-4
POLISHING = 12
SHARP = 1e-14  # predicted further decrease at which polishing ends
SEARCHED = 1e-9  # and at which the search hands over to it
CONVERGED = 1e-6  # predicted decrease that counts as the maximum: every parameter within 1e-3 SE
ESCAPES = 3
FLAT = 1e-6  # least eigenvalue of the curvature, scaled to ones on its diagonal


@dataclass(frozen=True, slots=True)
class Found:
    """theta (t,), beta (p,), internal scale; value: -2 log-likelihood; point: there; curvature
    (t + p, t + p): its Hessian; free (t + p,): parameters that are not held at zero; inverse
    (t + p, t + p): of the curvature among the free, None where it is not positive; decrease: the
    predicted further decrease; flat: the least direction (t + p,) of a curvature that is none."""

    theta: np.ndarray
    beta: np.ndarray
    value: float
    point: Point
    curvature: np.ndarray
    free: np.ndarray
    inverse: np.ndarray | None
    decrease: float
    flat: np.ndarray | None

    @property
    def settled(self) -> bool:
        return bool(self.inverse is not None and self.decrease <= CONVERGED)


def search(frame: Frame, beta: np.ndarray, points: int) -> Found:
    """The least -2 log-likelihood by Laplace (points 1) or quadrature, from beta (p,)."""
    objective = Objective(frame, points)
    scales = _heights(objective, beta)
    order = np.argsort(scales)
    phi, value = _descend(objective, *_begun(frame, beta, SCALES[order[0]]))
    if _is_cheap(frame) or order[-1] not in (0, len(SCALES) - 1):
        start = _begun(frame, beta, SCALES[order[1]])
        other, other_value = _descend(objective, *start, tolerance=ROUGH)
        if other_value < value - AGREE:
            phi, value = other, other_value
    for _ in range(ESCAPES):
        found = _judged(objective, phi)
        lower = _escape(objective, found)
        if lower is None:
            break
        phi, _ = _descend(objective, lower, None)
    return found


def _is_cheap(frame: Frame) -> bool:
    return frame.cells.x.size + frame.cells.z.size < COSTLY


def _heights(objective: Objective, beta: np.ndarray) -> list[float]:
    """-2 log-likelihood at each of the scales, the effects beta of a model without groups grown as
    they do with the groups' variance (Zeger, Liang & Albert 1988, doi:10.2307/2531734)."""
    levels, out = objective.frame.cells.levels, []
    for scale in SCALES:
        theta = thetas.start(levels, scale)
        grown = beta * np.sqrt(1 + GROWTH * scale**2)
        out.append(objective.value(np.append(theta, grown)))
    return out


def _begun(frame: Frame, beta: np.ndarray, scale: float) -> tuple[np.ndarray, Penalised]:
    theta = thetas.start(frame.cells.levels, scale)
    return theta, penalised(frame, theta, beta, frame.zero(), START)


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
    step, base = 1e-4, objective.at(phi).gradient
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


def _judged(objective: Objective, phi: np.ndarray) -> Found:
    """The point after polishing, with what tells whether it is the maximum."""
    levels, n = objective.frame.cells.levels, objective.thetas
    phi, free = _canonical(levels, phi, n)
    for again in (True, False):
        curvature = objective.hessian(phi)
        inverse, flat = _inverse(curvature, free)
        if inverse is None:
            break
        phi, moved = _polished(objective, phi, inverse)
        now, free = _canonical(levels, phi, n)
        if not again or (np.array_equal(now, phi) and moved < 1e-4):
            phi = now
            break
        phi = now
    point = objective.at(phi)
    gradient = np.where(free, point.gradient, 0.0)
    decrease = np.inf if inverse is None else float(gradient @ inverse @ gradient) / 2
    return Found(phi[:n], phi[n:], point.value, point, curvature, free, inverse, decrease, flat)


def _polished(objective: Objective, phi: np.ndarray, inverse: np.ndarray):
    """phi after Newton steps that never raise the value, and the largest move in SEs."""
    point, begun = objective.at(phi), phi
    for _ in range(POLISHING):
        step = -inverse @ point.gradient
        decrease = -float(step @ point.gradient) / 2
        if not decrease > SHARP:
            break
        new = objective.at(phi + step)
        rounding = 1e-12 * max(1.0, abs(point.value))
        if not (new.value <= point.value + rounding and np.isfinite(new.gradient).all()):
            break
        smaller = new.gradient @ inverse @ new.gradient < point.gradient @ inverse @ point.gradient
        if not (smaller or new.value < point.value - rounding):
            break
        phi, point = phi + step, new
    se = np.sqrt(np.maximum(2 * np.diag(inverse), 1e-300))
    return phi, float((np.abs(phi - begun) / se).max(initial=0.0))


def _inverse(curvature: np.ndarray, free: np.ndarray):
    """The inverse among the free parameters, and the direction that is flat where there is one."""
    own = curvature[np.ix_(free, free)]
    if not np.isfinite(own).all() or (np.diag(own) <= 0).any():
        return None, None
    size = np.sqrt(np.diag(own))
    values, vectors = np.linalg.eigh(own / np.outer(size, size))
    flat = None
    if values.min(initial=1.0) < FLAT:
        flat = np.zeros(len(free))
        flat[free] = vectors[:, 0]
    if values.min(initial=1.0) <= 0:
        return None, flat
    inverse = np.zeros_like(curvature)
    inverse[np.ix_(free, free)] = (vectors / values) @ vectors.T / np.outer(size, size)
    return inverse, flat


def _escape(objective: Objective, found: Found) -> np.ndarray | None:
    """A lower point where the curvature has a downward direction (as at a variance of zero that is
    no minimum), else None."""
    curvature = found.curvature
    if not np.isfinite(curvature).all():
        return None
    values, vectors = np.linalg.eigh(curvature)
    if values[0] >= -1e-6 * max(np.abs(values).max(), 1.0):
        return None
    phi = np.append(found.theta, found.beta)
    for size in (0.3, 0.1, 0.03):
        for sign in (1, -1):
            moved = phi + sign * size * vectors[:, 0]
            if objective.at(moved).value < found.value - 1e-8:
                return moved
    return None


def _canonical(levels, phi: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """phi with the same covariances by factors whose diagonals are not negative and whose columns
    are zero where a diagonal is; and which parameters are free of that."""
    matrices = [
        _semidefinite(level, f)
        for level, f in zip(levels, thetas.factors(levels, phi[:n]), strict=True)
    ]
    theta = thetas.entries(levels, matrices)
    columns = [np.tile(np.diag(m) > 0, (len(m), 1)) for m in matrices]
    free = thetas.entries(levels, columns).astype(bool)
    return np.append(theta, phi[n:]), np.append(free, np.ones(len(phi) - n, bool))


def _semidefinite(level, factor: np.ndarray) -> np.ndarray:
    """The factor with its diagonals made positive; where one is next to zero, its column is taken
    into the later ones."""
    out = np.zeros_like(factor)
    for block in level.blocks:
        own = factor[np.ix_(block, block)]
        own = own * np.where(np.diag(own) < 0, -1.0, 1.0)
        if (np.diag(own) < SINGULAR).any():
            own = _cholesky(own @ own.T)
        out[np.ix_(block, block)] = own
    return out


def _cholesky(psi: np.ndarray) -> np.ndarray:
    out = np.zeros_like(psi)
    for j in range(len(psi)):
        pivot = psi[j, j] - out[j, :j] @ out[j, :j]
        if pivot < SINGULAR**2:
            continue
        out[j, j] = np.sqrt(pivot)
        for i in range(j + 1, len(psi)):
            out[i, j] = (psi[i, j] - out[i, :j] @ out[j, :j]) / out[j, j]
    return out
