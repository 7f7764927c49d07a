"""-2 log-likelihood as a function of theta and beta together: value, gradient, curvature."""

import numpy as np

from analysis.models.logistic import theta as thetas
from analysis.models.logistic.laplace import Point, laplace
from analysis.models.logistic.modes import Frame, Modes, find_modes, modes_at, moved_by
from analysis.models.logistic.quadrature import quadrature

# Of the differences for the curvature, internal scale: their error is its square, 1e-8.
STEP = 1e-4
NEAR = 0.5  # a move within which the modes follow their tangent


class Objective:
    """phi = (theta, beta) -> Point; the search for the modes starts from the last ones."""

    def __init__(self, frame: Frame, points: int):
        self.frame, self.points = frame, points
        self.thetas = thetas.count(frame.cells.levels)
        self.begin(frame.zero())

    def begin(self, effects: list[np.ndarray]) -> None:
        """Start the next search for the modes from these effects."""
        self.effects, self.last = effects, None

    def at(self, phi: np.ndarray) -> Point:
        """The Point at phi (t + p,)."""
        if self.last is None or not np.array_equal(self.last[0], phi):
            found = find_modes(self.frame, *self._parts(phi), self._start(phi))
            point = self._point(phi, found)
            if not np.isfinite(point.value):
                return point
            self.last, self.effects = (phi.copy(), point), found.effects
        return self.last[1]

    def value(self, phi: np.ndarray) -> float:
        """Laplace's alone, without its gradient."""
        found = find_modes(self.frame, *self._parts(phi), self.effects)
        self.effects = found.effects
        return found.deviance + found.factor.log_det

    def batch(self, phi: np.ndarray, members: np.ndarray | None = None):
        """(value (b,), gradient (b, t + p)) of phi (b, t + p)."""
        found = [self.at(each) for each in phi]
        return np.array([f.value for f in found]), np.array([f.gradient for f in found])

    def hessian(self, phi: np.ndarray) -> np.ndarray:
        """(t + p, t + p) by central differences of the gradient.

        The modes follow their tangent: what they are off by is the same on both sides, and so
        leaves no trace in the difference.
        """
        point, out = self.at(phi), np.empty((len(phi), len(phi)))
        for j in range(len(phi)):
            move = np.zeros(len(phi))
            move[j] = STEP * max(1.0, abs(phi[j]))
            tangent = self._tangent(phi, point.modes, move)
            sides = [
                self._point(phi + s * move, self._moved(phi + s * move, point.modes, tangent, s))
                for s in (1, -1)
            ]
            out[j] = (sides[0].gradient - sides[1].gradient) / (2 * move[j])
        return (out + out.T) / 2

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
        if self.last is None or np.abs(phi - self.last[0]).max() > NEAR:
            return self.effects
        before, point = self.last
        tangent = self._tangent(before, point.modes, phi - before)
        return [u + t for u, t in zip(point.modes.effects, tangent, strict=True)]

    def _tangent(self, phi: np.ndarray, found: Modes, move: np.ndarray) -> list[np.ndarray]:
        levels, n = self.frame.cells.levels, self.thetas
        factors, change = (thetas.factors(levels, v[:n]) for v in (phi, move))
        return moved_by(self.frame, found, factors, change, move[n:] @ self.frame.cells.x)

    def _moved(self, phi: np.ndarray, found: Modes, tangent, side: int) -> Modes:
        effects = [u + side * t for u, t in zip(found.effects, tangent, strict=True)]
        return modes_at(self.frame, *self._parts(phi), effects)
