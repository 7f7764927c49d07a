"""Slope and curvature by differences of the criterion's values, where its gradient has no digits.

Effects thousands of times the residual's on columns that are nearly one (times of 10,000 and more,
without a correlation) leave the analytic gradient with few digits; the criterion itself keeps some
nine. Steps of a hundredth of theta's size balance what is left of them against third derivatives.
"""

import numpy as np

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import AnyProblem

STEP = 0.01


def differences(
    problem: AnyProblem, reml: bool, theta: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) gradient of the criterion and (n + 1, n + 1) Hessian of the deviance in (theta, sigma)
    at theta (n,), as `coefficients.deviance_hessian`; scale (n,): the size of a step of one."""
    n, steps = len(theta), np.diag(STEP * scale)
    width = STEP * scale

    def at(shift: np.ndarray) -> np.ndarray:
        found = evaluate(problem, theta + shift, reml, with_gradient=False)
        return np.array([found.value, found.rss])

    here, up, down = at(np.zeros(n)), [at(s) for s in steps], [at(-s) for s in steps]
    gradient, by_rss = ((np.array(up) - np.array(down)) / (2 * width[:, None])).T
    hessian = np.zeros((n + 1, n + 1))
    for i in range(n):
        hessian[i, i] = (up[i] + down[i] - 2 * here)[0] / width[i] ** 2
        for j in range(i):
            both = at(steps[i] + steps[j]) + at(-steps[i] - steps[j])
            mixed = (both - up[i] - down[i] - up[j] - down[j] + 2 * here)[0]
            hessian[i, j] = hessian[j, i] = mixed / (2 * width[i] * width[j])
    dof = problem.rows - (problem.p if reml else 0)
    sigma = np.sqrt(here[1] / dof)
    hessian[n, n] = 4 * dof / sigma**2
    across = -2 * by_rss / sigma**3
    hessian[:n, n] = hessian[n, :n] = across
    hessian[:n, :n] += np.outer(across, across) / hessian[n, n]
    return gradient, hessian
