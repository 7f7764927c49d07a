"""A batched quasi-Newton search (BFGS): many starts or replicates advance in one call.

The criterion depends on Lambda through Lambda Lambda' alone, so it is smooth and even through
zero and needs no bounds: a variance of zero is an ordinary stationary point.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Predicted decrease of the criterion at which a search stops. A criterion that is 1e-14 above its
# minimum leaves every parameter within 1e-7 of its standard error.
TOLERANCE = 1e-14
MAX_ITERATIONS = 200
# A step this much shorter than the point is large changes nothing (near a minimum the last steps
# are some 1e-6).
SHORTEST = 1e-9


@dataclass(frozen=True, slots=True)
class Optimum:
    """theta (B, n), value (B,), gradient (B, n); decrease (B,): the predicted further decrease;
    converged (B,); inverse_hessian (B, n, n): the search's approximation at the end;
    iterations and evaluations: of the whole batch."""

    theta: np.ndarray
    value: np.ndarray
    gradient: np.ndarray
    decrease: np.ndarray
    converged: np.ndarray
    inverse_hessian: np.ndarray
    iterations: int
    evaluations: int

    def beside(self, other: "Optimum") -> "Optimum":
        """Both batches as one."""
        arrays = ("theta", "value", "gradient", "decrease", "converged", "inverse_hessian")
        joined = {a: np.concatenate([getattr(self, a), getattr(other, a)]) for a in arrays}
        return Optimum(
            **joined,
            iterations=max(self.iterations, other.iterations),
            evaluations=self.evaluations + other.evaluations,
        )


def minimise(
    function: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    start: np.ndarray,
    inverse_hessian: np.ndarray | None = None,
    tolerance: float = TOLERANCE,
) -> Optimum:
    """Minimise function(theta (b, n), members (b,)) -> (value (b,), gradient (b, n)) for each
    member of the batch, from start (B, n). members: which of the batch these rows are.
    tolerance: the predicted decrease at which a member stops."""
    batch, n = start.shape
    theta, everyone = start.copy(), np.arange(batch)
    value, gradient = function(theta, everyone)
    evaluations = 1
    if inverse_hessian is None:
        inverse, cost = _first_inverse(function, theta, gradient)
        evaluations += cost
    else:
        inverse = np.broadcast_to(inverse_hessian, (batch, n, n)).copy()
    active = np.isfinite(value) if n else np.zeros(batch, bool)
    decrease = np.zeros(batch)
    iteration = 0
    for iteration in range(1, MAX_ITERATIONS + 1):  # noqa: B007
        step = -np.einsum("bij,bj->bi", inverse, gradient)
        slope = (gradient * step).sum(axis=1)
        uphill = active & (slope >= 0)
        if uphill.any():  # a broken approximation: fall back to the gradient's direction
            inverse[uphill] = np.eye(n) * 0.1
            step[uphill] = -0.1 * gradient[uphill]
            slope[uphill] = -0.1 * (gradient[uphill] ** 2).sum(axis=1)
        decrease = np.where(active, -slope / 2, decrease)
        active &= decrease > tolerance
        members = everyone[active]
        if not len(members):
            break
        step, slope = _limited(step, slope, theta)
        moved, spent = _line_search(function, theta, value, gradient, step, slope, members)
        evaluations += spent
        new_theta, new_value, new_gradient, stuck = moved
        _update_inverse(
            inverse, members, new_theta - theta[members], new_gradient - gradient[members]
        )
        theta[members], value[members], gradient[members] = new_theta, new_value, new_gradient
        active[members[stuck]] = False
    # Near the minimum rounding hides the last decreases from the line search; a predicted
    # decrease below 1e-6 then still pins every parameter to 1e-3 of its standard error.
    converged = np.isfinite(value) & (decrease <= max(1e-6, tolerance))
    return Optimum(theta, value, gradient, decrease, converged, inverse, iteration, evaluations)


def hessian(gradient_of: Callable[[np.ndarray], np.ndarray], at: np.ndarray, step=1e-4):
    """(n, n) symmetric Hessian at (n,) by central differences of gradient_of((B, n)) -> (B, n).

    Its error is of order step**2 relative to the third derivatives: 1e-8.
    """
    n = len(at)
    if n == 0:
        return np.zeros((0, 0))
    shifts = np.eye(n) * step * np.maximum(1.0, np.abs(at))
    up, down = np.split(gradient_of(np.concatenate([at + shifts, at - shifts])), 2)
    estimate = (up - down) / (2 * np.diag(shifts)[:, None])
    return (estimate + estimate.T) / 2


def _first_inverse(function, theta, gradient):
    """Positive definite inverse Hessian of each member, by forward differences of the gradient."""
    batch, n = theta.shape
    if n == 0:
        return np.zeros((batch, 0, 0)), 0
    h = np.empty((batch, n, n))
    everyone = np.arange(batch)
    for j in range(n):
        shifted = theta.copy()
        shifted[:, j] += 1e-4
        h[:, j] = (function(shifted, everyone)[1] - gradient) / 1e-4
    h = np.nan_to_num((h + np.swapaxes(h, 1, 2)) / 2)
    size, vectors = np.linalg.eigh(h)
    size = np.maximum(np.abs(size), 1e-3 * np.abs(size).max(axis=1, keepdims=True) + 1e-8)
    return (vectors / size[:, None, :]) @ np.swapaxes(vectors, 1, 2), n


def _limited(step: np.ndarray, slope: np.ndarray, theta: np.ndarray):
    """No component moves by more than 1 plus its own size at once. The slope belongs to the step:
    one that was shortened promises less, or good steps would be refused."""
    bound = 1.0 + np.abs(theta).max(axis=1)
    longest = np.abs(step).max(axis=1)
    kept = np.minimum(1.0, bound / np.maximum(longest, 1e-300))
    return step * kept[:, None], slope * kept


def _line_search(function, theta, value, gradient, step, slope, members):
    """Halve each member's step until its value falls enough (Armijo); say which got stuck."""
    size = np.ones(len(members))
    new_theta = theta[members] + step[members]
    new_value, new_gradient = function(new_theta, members)
    evaluations = 1
    noise = 1e-13 * np.abs(value[members])
    for _ in range(30):
        enough = value[members] + 1e-4 * size * slope[members] + noise
        short = ~(new_value <= enough)  # NaN counts as too high
        if not short.any():
            break
        size[short] *= 0.35
        again = np.flatnonzero(short)
        new_theta[again] = theta[members[again]] + size[again, None] * step[members[again]]
        new_value[again], new_gradient[again] = function(new_theta[again], members[again])
        evaluations += 1
    # Neither a rise is progress nor a step too short to matter, as before a point without a value.
    bound = 1.0 + np.abs(theta[members]).max(axis=1)
    moved = np.abs(new_theta - theta[members]).max(axis=1)
    stuck = short | ~(new_value <= value[members] + noise) | (moved < SHORTEST * bound)
    keep = members[stuck]
    new_theta[stuck], new_value[stuck], new_gradient[stuck] = (
        theta[keep],
        value[keep],
        gradient[keep],
    )
    return (new_theta, new_value, new_gradient, stuck), evaluations


def _update_inverse(inverse, members, s, y) -> None:
    """BFGS update of the inverse Hessians in place; skipped where the curvature is not positive."""
    sy = (s * y).sum(axis=1)
    sizes = np.sqrt((s**2).sum(axis=1) * (y**2).sum(axis=1))
    good = sy > 1e-10 * sizes
    chosen, s, y, rho = members[good], s[good], y[good], 1 / sy[good]
    h = inverse[chosen]
    hy = np.einsum("bij,bj->bi", h, y)
    yhy = (y * hy).sum(axis=1)
    outer = s[:, :, None] * hy[:, None, :]
    inverse[chosen] = (
        h
        + ((1 + yhy * rho) * rho)[:, None, None] * s[:, :, None] * s[:, None, :]
        - rho[:, None, None] * (outer + np.swapaxes(outer, 1, 2))
    )
