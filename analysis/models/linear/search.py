"""Where the criterion's minimum is looked for: from two starts, and from far ones where columns are
nearly one.

Far from zero a slope and an intercept (times of 2,000 and more) are nearly one column. Without a
correlation between them the criterion then has a minimum where both are small and one where both
are large and take each other's part; only a start at the large ones finds the second.
"""

from dataclasses import replace

import numpy as np

from analysis.models.criterion.crossed.problem import CrossedProblem
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import AnyProblem, Problem
from analysis.models.criterion.residual import residual_problem
from analysis.models.criterion.theta import diagonal_theta, start_theta
from analysis.models.optimise import Optimum, minimise

# Two searches from different starts that end this close in the criterion found one minimum.
STARTS_AGREE = 1e-3
STARTS = (1.0, 0.2)
# Of a costly second search: the predicted decrease at which it may end beside the first one's end.
NEARLY = 0.05
# From this many numbers in a problem on, an evaluation costs more than a call's overhead.
COSTLY = 1_000_000
# A column counts as nearly one with others where they leave less than an eighth of its size.
FAR = 8.0
FARTHEST = 1e6


def search(problem: AnyProblem, reml: bool) -> Optimum:
    """All searches as one batch, the lowest first."""
    if isinstance(problem, Problem) and problem.numbers > COSTLY:
        found = _search_nearer(problem, reml)
    else:
        found = _search(problem, reml)
    for start in _far_starts(problem):
        other = minimise(_criterion(problem, reml), start[None], tolerance=STARTS_AGREE / 100)
        is_lower = other.value[0] < found.value[0] - STARTS_AGREE / 100
        found = other.beside(found) if is_lower else found.beside(other)
    return found


def onwards(problem: AnyProblem, reml: bool):
    """A function of a start (n,) and an inverse Hessian (n, n) that returns both at the minimum
    it finds."""
    function = _criterion(problem, reml)

    def further(start: np.ndarray, inverse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = minimise(function, start[None], inverse[None])
        return found.theta[0], found.inverse_hessian[0]

    return further


def _search(problem: AnyProblem, reml: bool, starts=None, inverse=None) -> Optimum:
    """Two searches, the better one first."""
    function = _criterion(problem, reml)
    starts = [start_theta(problem, size)[None] for size in STARTS] if starts is None else starts
    best = minimise(function, starts[0], inverse)
    if not best.theta.shape[1]:
        return best
    # The second search only has to end in the same place, so it need not be as sharp.
    rough = STARTS_AGREE / 100
    nearly = NEARLY if isinstance(problem, CrossedProblem) else rough
    other = minimise(function, starts[1], best.inverse_hessian, tolerance=nearly)
    if nearly > rough and not _is_beside(best, other):
        other = minimise(function, other.theta, other.inverse_hessian, tolerance=rough)
    if other.value[0] < best.value[0] - STARTS_AGREE or not np.isfinite(best.value[0]):
        best, other = minimise(function, other.theta), best
    return best.beside(other)


def _is_beside(best: Optimum, other: Optimum) -> bool:
    """Whether the second search stopped on the slope that leads to the first one's end: as far
    above it as the curvature there says, to a third, and by no more than it was still to fall."""
    apart = other.theta[0] - best.theta[0]
    rise = float(other.value[0] - best.value[0])
    inverse = best.inverse_hessian[0]
    expected = float(apart @ np.linalg.pinv(inverse, hermitian=True) @ apart) / 2
    return abs(rise - expected) <= max(expected / 3, STARTS_AGREE) and rise < 4 * NEARLY


def _search_nearer(problem: Problem, reml: bool) -> Optimum:
    """The same from where the starts lead with the fixed effects held, which costs a fraction.

    Where both starts lead to one point there, what follows from it is the same search twice and
    done once.
    """
    beta = evaluate(problem, start_theta(problem, STARTS[0]), reml, with_gradient=False).beta
    held = _search(residual_problem(problem, beta), reml=False)
    first, second = held.theta[:1], held.theta[1:]
    inverse = held.inverse_hessian[:1]
    if not np.ptp(held.value) <= STARTS_AGREE:
        return _search(problem, reml, [first, second], inverse)
    found = minimise(_criterion(problem, reml), first, inverse)
    return replace(found.beside(found), evaluations=found.evaluations)


def _far_starts(problem: AnyProblem) -> list[np.ndarray]:
    """Diagonal starts at which each column's effect is large enough for what the level's other
    columns leave of it; none where they leave most of every one."""
    sizes = [_left_over(level.mean_zz) for level in problem.levels]
    if max((size.max(initial=0.0) for size in sizes), default=0.0) < FAR:
        return []
    return [
        diagonal_theta(problem, [share * np.minimum(size, FARTHEST) for size in sizes])
        for share in STARTS
    ]


def _left_over(mean_zz: np.ndarray) -> np.ndarray:
    """(q,) one over the root mean square of what is left of each column, 1 at least."""
    size = np.sqrt(np.diag(mean_zz))
    if not (size > 0).all():
        return np.ones(len(size))
    inverse = np.linalg.pinv(mean_zz / np.outer(size, size), hermitian=True)
    return np.maximum(np.sqrt(np.maximum(np.diag(inverse), 0.0)), 1.0)


def _criterion(problem: AnyProblem, reml: bool):
    def function(theta, members):
        found = [evaluate(problem, t, reml) for t in theta]
        return np.array([e.value for e in found]), np.array([e.gradient for e in found])

    return function
