"""Newton's search on exact derivatives, and the judgement of where it stopped."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Predicted decrease of -logL at which a search stops: every parameter within 1e-5 of its
# standard error of the minimum.
TOLERANCE = 1e-10
ITERATIONS = 100
# Curvature, each parameter in its own unit of curvature, below which a direction counts as flat:
# along it the data tell standard errors 10,000 times longer than for the parameters alone.
FLAT = 1e-8


@dataclass(frozen=True, slots=True)
class Point:
    """value of -logL, gradient (n,), hessian (n, n) at theta (n,); value infinite and the rest
    None where there is no likelihood."""

    theta: np.ndarray
    value: float
    gradient: np.ndarray | None = None
    hessian: np.ndarray | None = None

    @property
    def slopes(self) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and Hessian of a point that has a likelihood."""
        if self.gradient is None or self.hessian is None:
            raise ValueError("there is no likelihood at this point")
        return self.gradient, self.hessian


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a search ended. decrease: what a further Newton step promises, in log-likelihood.

    flattest: the smallest eigenvalue of the Hessian with each parameter in units of its own
    curvature, 0..1; positive says minimum, near 0 says the data cannot tell some parameters apart.
    """

    point: Point
    decrease: float
    flattest: float
    iterations: int

    @property
    def is_minimum(self) -> bool:
        return self.flattest > FLAT

    @property
    def converged(self) -> bool:
        return bool(np.isfinite(self.point.value)) and self.decrease <= 1e-6 and self.is_minimum

    @property
    def inverse(self) -> np.ndarray:
        """(n, n) inverse of the Hessian: the covariance of theta by observed information; of what
        is not flat where it is not a minimum."""
        values, vectors, unit = _eigen(self.point.slopes[1])
        kept = values > FLAT
        scaled = vectors[:, kept] / unit[:, None]
        return (scaled / values[kept]) @ scaled.T


def newton(
    at: Callable[[np.ndarray], Point],
    start: np.ndarray,
    iterations: int = ITERATIONS,
    tolerance: float = TOLERANCE,
) -> Stop:
    """Minimise from `start`: full steps of Newton, shortened until the value falls.

    Where the Hessian is not positive, its eigenvalues' sizes stand in, so a saddle is left.
    """
    point = at(start)
    decrease, done, flattest = np.inf, 0, 0.0
    while np.isfinite(point.value) and done < iterations:
        step, decrease, flattest = _step(point)
        if decrease <= tolerance and flattest > -FLAT:
            break
        following = _shortened(at, point, step)
        if following is None:
            break
        point, done = following, done + 1
    if point.gradient is not None:
        _, decrease, flattest = _step(point)
    return Stop(point, decrease, flattest, done)


def _step(point: Point) -> tuple[np.ndarray, float, float]:
    gradient, hessian = point.slopes
    values, vectors, unit = _eigen(hessian)
    turned = vectors.T @ (gradient / unit)
    size = np.maximum(np.abs(values), FLAT)
    return -(vectors @ (turned / size)) / unit, float(turned @ (turned / size)) / 2, values[0]


def _eigen(hessian: np.ndarray):
    """Eigenvalues and vectors of the Hessian in units (n,) of each parameter's own curvature."""
    diagonal = np.abs(np.diag(hessian))
    floor = diagonal.max(initial=0.0) * 1e-14
    unit = np.sqrt(np.where(diagonal > floor, diagonal, 1.0))
    values, vectors = np.linalg.eigh(hessian / np.outer(unit, unit))
    return values, vectors, unit


def _shortened(at, point: Point, step: np.ndarray) -> Point | None:
    """The first of ever shorter steps whose value falls enough (Armijo), None where none does."""
    slope, size = float(point.slopes[0] @ step), 1.0
    noise = 1e-13 * max(1.0, abs(point.value))
    for _ in range(40):
        trial = at(point.theta + size * step)
        if trial.value <= point.value + 1e-4 * size * slope + noise:
            return trial if trial.value < point.value or size == 1.0 else None
        size *= 0.4
    return None
