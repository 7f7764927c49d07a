"""Is this the maximum? Gradient and curvature at the point, the last steps to it, and a lower point
where the curvature has a downward direction.

A variance of zero always is a stationary point, -2 log-likelihood being even in each SD; whether it
is a minimum, the curvature tells. Among covariances that are written in several ways one is chosen:
no negative diagonal, and no column that starts with zero.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.linear.fit import SINGULAR
from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.laplace import Point
from analysis.models.logistic.likelihood.objective import Objective

POLISHING = 12
SHARP = 1e-14  # predicted further decrease at which polishing ends
CONVERGED = 1e-6  # predicted decrease that counts as the maximum: every parameter within 1e-3 SE
MOVED = 1e-4  # standard errors by which polishing may move without a new curvature
FLAT = 1e-6  # least eigenvalue of the curvature, scaled to ones on its diagonal


@dataclass(frozen=True, slots=True)
class Found:
    """theta (t,), beta (p,), internal scale; value: -2 log-likelihood; point: there; curvature
    (t + p, t + p): its Hessian; free (t + p,): parameters that are not held at zero; inverse
    (t + p, t + p): of the curvature among the free, None where it is not positive; decrease: the
    predicted further decrease; flat: the least direction (t + p,) of a curvature that is none;
    tangents: how each level's effects Lambda u (q, J) move with each parameter."""

    theta: np.ndarray
    beta: np.ndarray
    value: float
    point: Point
    curvature: np.ndarray
    free: np.ndarray
    inverse: np.ndarray | None
    decrease: float
    flat: np.ndarray | None
    tangents: list[list[np.ndarray]]

    @property
    def settled(self) -> bool:
        sure = self.inverse is not None and self.point.modes.settled
        return bool(sure and self.decrease <= CONVERGED)


def judged(objective: Objective, phi: np.ndarray) -> Found:
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
        if not again or (np.array_equal(now, phi) and moved < MOVED):
            phi = now
            break
        phi = now
    point = objective.at(phi)
    gradient = np.where(free, point.gradient, 0.0)
    decrease = np.inf if inverse is None else float(gradient @ inverse @ gradient) / 2
    return Found(
        theta=phi[:n],
        beta=phi[n:],
        value=point.value,
        point=point,
        curvature=curvature,
        free=free,
        inverse=inverse,
        decrease=decrease,
        flat=flat,
        tangents=objective.tangents,
    )


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


def escape(objective: Objective, found: Found) -> np.ndarray | None:
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
