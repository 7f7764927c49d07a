"""Is this the minimum? Slope and true curvature of the criterion where a search ended, and the
last steps there.

A search's own approximation of the curvature comes from its way and may be borrowed from another;
here the Hessian is made at the very point by differences of the analytic gradient. A stationary
point whose curvature is negative somewhere is a saddle (a variance of zero always is stationary):
it is left downhill. A direction without curvature that changes the covariances is one that the
data say nothing about.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from analysis.models.criterion.passes import Evaluation, evaluate
from analysis.models.criterion.problem import AnyProblem
from analysis.models.criterion.theta import lambdas, theta_blocks
from analysis.models.linear.by_values import differences
from analysis.models.linear.coefficients import deviance_hessian

# A gradient this small leaves every standard error its first nine digits.
SETTLED = 1e-7
POLISHING = 20  # steps at most; two or three are the rule
# The criterion is a deviance, whose differences of 1 are what data can tell: a further decrease
# below 1e-6 moves no estimate by more than a thousandth of its standard error.
STILL = 1e-6
# Of the scaled Hessian: differences of the gradient carry about 1e-6 of rounding.
FLAT = 1e-5
NEGATIVE = 1e-3
# Columns whose squared cosine is above this are nearly one.
ALIKE = 0.99
RESTARTS = 4  # of a search that ended on a saddle or on a slope


@dataclass(frozen=True, slots=True)
class Settled:
    """theta (n,) with its evaluation. curvature (n + 1, n + 1): Hessian of the deviance in
    (theta, sigma). decrease: what a Newton step would still take off the criterion. lowest: the
    smallest eigenvalue of the criterion's Hessian in theta over its size. flat (k, n): directions
    of theta that change the covariances and not the criterion. evaluations: spent here."""

    theta: np.ndarray
    evaluation: Evaluation
    curvature: np.ndarray
    decrease: float
    lowest: float
    flat: np.ndarray
    evaluations: int

    @property
    def still(self) -> bool:
        """Whether slope and curvature are those of a minimum."""
        return bool(self.decrease <= STILL and self.lowest >= -NEGATIVE)


def settle(
    problem: AnyProblem,
    reml: bool,
    theta: np.ndarray,
    inverse: np.ndarray,
    search: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> Settled:
    """The minimum next to theta (n,), where a search ended with the inverse Hessian `inverse`.

    search: minimises from a start (n,) with an inverse Hessian (n, n) and returns both at its end,
    to go on from a slope or a saddle. The criterion never rises above that of theta, but for
    rounding.
    """
    spent = 0
    for attempt in range(RESTARTS + 1):
        at, cost = _polished(problem, reml, theta, inverse)
        found = _judged(problem, reml, at)
        if STILL < found.decrease < np.inf:
            at, more = _polished(problem, reml, at, _newton(problem, found))
            found, cost = _judged(problem, reml, at), cost + more
        spent += cost + 2 * len(theta) + 1
        start = _onwards(problem, reml, found) if attempt < RESTARTS else None
        if start is None:
            break
        theta, inverse = search(start, _newton(problem, found))
    if not found.still:
        found = _by_values(problem, reml, found)
    return _with_positive_diagonals(problem, reml, replace(found, evaluations=spent))


def _with_positive_diagonals(problem: AnyProblem, reml: bool, found: Settled) -> Settled:
    """The same Psi by factors whose diagonals are not negative (a column's sign is free)."""
    signs, at = np.ones(len(found.theta)), 0
    for level in problem.levels:
        for block in level.blocks:
            for length in range(len(block), 0, -1):
                if found.theta[at] < 0:
                    signs[at : at + length] = -1.0
                at += length
    if (signs > 0).all():
        return found
    theta, both = found.theta * signs, np.append(signs, 1.0)
    return replace(
        found,
        theta=theta,
        evaluation=evaluate(problem, theta, reml),
        curvature=found.curvature * np.outer(both, both),
        flat=found.flat * signs,
    )


def _polished(problem: AnyProblem, reml: bool, theta: np.ndarray, inverse: np.ndarray):
    """theta after further steps while they shrink the gradient and do not raise the criterion:
    the same digits whatever the order of summation. And how many evaluations that took.

    Rounding hides the last decreases of the criterion from a search; the gradient sees them.
    """
    here, spent = evaluate(problem, theta, reml), 1
    # The criterion is a difference of terms that grow with the rows: its rounding goes by theirs.
    noise = 1e-12 * (abs(here.value) + 10 * problem.rows)
    for _ in range(POLISHING):
        size = np.abs(here.gradient).max(initial=0.0)
        if not size > SETTLED:
            break
        moved = theta - inverse @ here.gradient
        new, spent = evaluate(problem, moved, reml), spent + 1
        if not (np.abs(new.gradient).max() < size and new.value <= here.value + noise):
            break
        theta, here = moved, new
    return theta, spent


def _judged(problem: AnyProblem, reml: bool, theta: np.ndarray) -> Settled:
    here = evaluate(problem, theta, reml)
    dof = problem.rows - (problem.p if reml else 0)
    if not here.rss > 0:
        slope = np.inf if len(theta) else 0.0
        return Settled(
            theta, here, np.eye(len(theta) + 1), slope, 0.0, np.zeros((0, len(theta))), 1
        )
    curvature = deviance_hessian(problem, theta, float(np.sqrt(here.rss / dof)), reml)
    if not len(theta):
        return Settled(theta, here, curvature, 0.0, 0.0, np.zeros((0, 0)), 1)
    return _weighed(problem, here, theta, here.gradient, curvature)


def _weighed(problem: AnyProblem, here: Evaluation, theta, gradient, curvature) -> Settled:
    """What a gradient (n,) and a curvature (n + 1, n + 1) at theta say."""
    size, vectors, scale = _eigen(problem, theta, profiled(curvature))
    along = vectors.T @ (gradient * scale)
    steep = np.maximum(np.abs(size), FLAT)
    decrease = float((along**2 / steep).sum() / 2)
    directions = (vectors[:, np.abs(size) < FLAT * max(1.0, size[-1])] * scale[:, None]).T
    flat = _felt(problem, theta, scale, directions)
    return Settled(theta, here, curvature, decrease, float(size[0]), flat, 1)


def _by_values(problem: AnyProblem, reml: bool, found: Settled) -> Settled:
    """The same judged by the criterion's values alone, after Newton steps on them."""
    if not np.isfinite(found.evaluation.value):
        return found
    for _ in range(POLISHING):
        scale = _scale(problem, found.theta)
        gradient, curvature = differences(problem, reml, found.theta, scale)
        if not np.isfinite(curvature).all():
            return found
        found = _weighed(problem, found.evaluation, found.theta, gradient, curvature)
        if found.decrease <= STILL:
            break
        theta = found.theta - _newton(problem, found) @ gradient
        moved = evaluate(problem, theta, reml)
        if not moved.value < found.evaluation.value:
            break
        found = replace(found, theta=theta, evaluation=moved)
    return found


def profiled(curvature: np.ndarray) -> np.ndarray:
    """(n, n) Hessian in theta when sigma follows, from the one in (theta, sigma)."""
    across = curvature[:-1, -1]
    return curvature[:-1, :-1] - np.outer(across, across) / curvature[-1, -1]


def _eigen(problem: AnyProblem, theta: np.ndarray, hessian: np.ndarray):
    """Eigenvalues, vectors and the scale (n,) of theta in which they are: a variance far larger
    than the residual's is told by its size relative to itself."""
    scale = _scale(problem, theta)
    size, vectors = np.linalg.eigh(hessian * np.outer(scale, scale))
    return size, vectors, scale


def _scale(problem: AnyProblem, theta: np.ndarray) -> np.ndarray:
    scale = np.ones(len(theta))
    for places in theta_blocks(problem):
        scale[places] = max(1.0, np.abs(theta[places]).max())
    return scale


def _newton(problem: AnyProblem, found: Settled) -> np.ndarray:
    """A positive definite inverse of the Hessian in theta."""
    size, vectors, scale = _eigen(problem, found.theta, profiled(found.curvature))
    steps = vectors / np.maximum(np.abs(size), 1e-3)
    return (steps @ vectors.T) * np.outer(scale, scale)


def _onwards(problem: AnyProblem, reml: bool, found: Settled) -> np.ndarray | None:
    """Where to search on: a lower point beside a saddle, the point itself on a slope; None at a
    minimum."""
    if not np.isfinite(found.evaluation.value):
        return None
    if found.lowest < -NEGATIVE:
        _, vectors, scale = _eigen(problem, found.theta, profiled(found.curvature))
        for size in (1.0, 0.3, 0.1, 0.03):
            for sign in (1, -1):
                at = found.theta + sign * size * scale * vectors[:, 0]
                value = evaluate(problem, at, reml, with_gradient=False).value
                if value < found.evaluation.value - STILL:
                    return at
    if found.decrease > STILL:
        return found.theta
    return _exchanged(problem, reml, found)


def _exchanged(problem: AnyProblem, reml: bool, found: Settled) -> np.ndarray | None:
    """A lower point where one of two nearly equal columns of a level has the variance of both.

    Far from zero a slope and an intercept without a correlation (`t || g`) are such: between them
    lies a valley with a minimum at either end.
    """
    places = iter(theta_blocks(problem))
    for level in problem.levels:
        starts = [(block, next(places).start) for block in level.blocks]
        single = [(block[0], at) for block, at in starts if len(block) == 1]
        size = np.sqrt(np.diag(level.mean_zz))
        for (i, at), (j, beside) in permutations(single, 2):
            if level.mean_zz[i, j] ** 2 < ALIKE * (size[i] * size[j]) ** 2:
                continue
            theta = found.theta.copy()
            theta[at] = np.hypot(theta[at], theta[beside] * size[j] / size[i])
            theta[beside] = 0.0
            value = evaluate(problem, theta, reml, with_gradient=False).value
            if value < found.evaluation.value - STILL:
                return theta
    return None


def _felt(problem: AnyProblem, theta, scale, directions: np.ndarray) -> np.ndarray:
    """Of flat directions (k, n) those that change a covariance: a turn of Lambda's columns is
    another way to write the same one."""
    if not len(directions):
        return np.zeros((0, len(theta)))
    changes = np.array([_change(problem, theta, d) for d in directions])
    weight = scale.max() ** 2
    left, size, _ = np.linalg.svd(changes / weight, full_matrices=False)
    return left[:, size > 1e-3].T @ directions


def _change(problem: AnyProblem, theta: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """d(Psi) of all levels along a direction of theta, as one vector."""
    pairs = zip(lambdas(problem, theta), lambdas(problem, direction), strict=True)
    return np.concatenate([(m @ d.T + d @ m.T).ravel() for m, d in pairs])
