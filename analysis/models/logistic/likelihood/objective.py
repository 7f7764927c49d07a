"""-2 log-likelihood as a function of theta and beta together: value, gradient, curvature."""

from collections.abc import Sequence

import numpy as np

from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.frame import Frame
from analysis.models.logistic.likelihood.laplace import Point, laplace
from analysis.models.logistic.likelihood.modes import SETTLED, Modes, find_modes, modes_at, moved_by
from analysis.models.logistic.likelihood.quadrature import quadrature

# Of the differences for the curvature, internal scale: the step and what rounding leaves of a
# gradient, 1e-15, over it are errors of about 1e-7 each.
STEP = 1e-7
SEARCHING = 1e-11  # Newton's decrement of modes while the search is on its way
ROUGHLY = 1e-3  # Newton's decrement where a value is only compared with far others
NEAR = 0.5  # a move within which the modes follow their tangent


class Objective:
    """phi = (theta, beta) -> Point; the search for the modes starts from the last ones."""

    def __init__(self, frame: Frame, points: int):
        self.frame, self.points = frame, points
        self.thetas = thetas.count(frame.cells.levels)
        self.begin(frame.zero(), SETTLED)
        # Of the last curvature's places: how each level's Lambda u (q, J) moves with the parameter.
        self.tangents: list[list[np.ndarray]] = []

    def begin(self, effects: list[np.ndarray], tolerance: float = SEARCHING) -> None:
        """Start the next search for the modes from these effects; tolerance: of Newton's decrement
        there, from now until a curvature is asked for."""
        self.effects, self.last, self.tolerance = effects, None, tolerance

    def at(self, phi: np.ndarray) -> Point:
        """The Point at phi (t + p,)."""
        key = (self.tolerance, *phi)
        if self.last is None or self.last[0] != key:
            start = self._start(phi)
            found = find_modes(self.frame, *self._parts(phi), start, self.tolerance)
            point = self._point(phi, found)
            if not np.isfinite(point.value):
                return point
            self.last, self.effects = (key, phi.copy(), point), found.effects
        return self.last[2]

    def value(self, phi: np.ndarray) -> float:
        """Laplace's alone, without its gradient; for a comparison of starts."""
        found = find_modes(self.frame, *self._parts(phi), self.effects, ROUGHLY)
        self.effects = found.effects
        return found.deviance + found.factor.log_det

    def batch(self, phi: np.ndarray, _members: np.ndarray | None = None):
        """(value (b,), gradient (b, t + p)) of phi (b, t + p); infinite where nothing can be
        computed, so that a search turns back."""
        values, gradients = np.full(len(phi), np.inf), np.zeros(phi.shape)
        for k, each in enumerate(phi):
            try:
                point = self.at(each)
            except np.linalg.LinAlgError:
                continue
            values[k], gradients[k] = point.value, point.gradient
        return values, gradients

    def hessian(self, phi: np.ndarray) -> np.ndarray:
        """(t + p, t + p), symmetric."""
        out = self.curvature(phi, range(len(phi)))
        return (out + out.T) / 2

    def curvature(self, phi: np.ndarray, places: Sequence[int]) -> np.ndarray:
        """(k, t + p): the rows `places` of the Hessian, by differences of the gradient.

        The modes follow their tangent instead of being sought again, so that each column costs one
        pass over the cells and no noise of a search divides by the step.
        """
        self.tolerance = SETTLED
        point, n = self.at(phi), self.thetas
        fixed, factors = self._parts(phi)
        out = np.empty((len(places), len(phi)))
        self.tangents = []
        for k, j in enumerate(places):
            step = STEP * max(1.0, abs(phi[j]))
            move = np.where(np.arange(len(phi)) == j, step, 0.0)
            change = thetas.factors(self.frame.cells.levels, move[:n])
            along = step * self.frame.cells.x[j - n] if j >= n else np.zeros(len(fixed))
            tangent = moved_by(self.frame, point.modes, factors, change, along)
            effects = [u + t for u, t in zip(point.modes.effects, tangent, strict=True)]
            self.tangents.append(_per_unit(factors, change, point.modes.effects, tangent, step))
            moved = [f + c for f, c in zip(factors, change, strict=True)]
            found = modes_at(self.frame, fixed + along, moved, effects)
            out[k] = (self._point(phi + move, found).gradient - point.gradient) / step
        return out

    def _point(self, phi: np.ndarray, found: Modes) -> Point:
        theta = phi[: self.thetas]
        if self.points == 1:
            return laplace(self.frame, theta, found)
        return quadrature(self.frame, theta, found, self.points)

    def _parts(self, phi: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        cells = self.frame.cells
        fixed = cells.offset + phi[self.thetas :] @ cells.x
        return fixed, thetas.factors(cells.levels, phi[: self.thetas])

    def _start(self, phi: np.ndarray) -> list[np.ndarray]:
        if self.last is None or np.abs(phi - self.last[1]).max() > NEAR:
            return self.effects
        _, before, point = self.last
        levels, move = self.frame.cells.levels, phi - before
        factors, change = (thetas.factors(levels, v[: self.thetas]) for v in (before, move))
        along = move[self.thetas :] @ self.frame.cells.x
        tangent = moved_by(self.frame, point.modes, factors, change, along)
        return [u + t for u, t in zip(point.modes.effects, tangent, strict=True)]


def _per_unit(factors, change, effects, tangent, step: float) -> list[np.ndarray]:
    parts = zip(factors, change, effects, tangent, strict=True)
    return [(c @ u + f @ t) / step for f, c, u, t in parts]
