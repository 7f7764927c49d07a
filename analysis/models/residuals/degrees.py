"""What the estimates of all variance parameters know: theta, sigma and the residuals' eta together.

Satterthwaite's degrees of freedom as for a plain model (`linear/coefficients.py`), the residual
parameters among those that are estimated; intervals of eta by the same curvature.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import Problem
from analysis.models.linear.coefficients import contrast_variances, deviance_gradient
from analysis.models.linear.fit import Solution
from analysis.models.residuals.search import Rows

STEP = 1e-3  # of eta, for second differences of the deviance
FLAT = 1e-8  # of the Hessian: directions that the deviance does not know


@dataclass(frozen=True, slots=True)
class Known:
    """problem, solution: at the fitted eta. covariance (n + 1 + k, n + 1 + k): of the estimates of
    (theta, sigma, eta). near: for each eta the problems a step above and below."""

    problem: Problem
    solution: Solution
    parameters: np.ndarray
    near: tuple[tuple[Problem, Problem], ...]

    @property
    def covariance(self) -> np.ndarray:
        """(p, p) of the internal coefficients."""
        p = self.problem.p
        products = self.solution.evaluation.forward.products[:p, :p]
        return self.solution.sigma2 * np.linalg.inv(products)

    @property
    def of_eta(self) -> np.ndarray:
        """(k, k) covariance of the estimates of eta."""
        k = len(self.near)
        return self.parameters[-k:, -k:]

    def degrees(self, contrasts: np.ndarray) -> np.ndarray:
        """(c,) Satterthwaite's, of contrasts (c, p) of the internal coefficients."""
        theta, sigma = self.solution.theta, float(np.sqrt(self.solution.sigma2))
        variance, slope = contrast_variances(self.problem, theta, sigma, contrasts)
        by_eta = [
            (_variances(up, theta, sigma, contrasts) - _variances(down, theta, sigma, contrasts))
            / (2 * STEP)
            for up, down in self.near
        ]
        slopes = np.column_stack([slope, *by_eta])
        spread = np.einsum("ci,ij,cj->c", slopes, self.parameters, slopes)
        with np.errstate(divide="ignore"):
            return np.where(spread > 0, 2 * variance**2 / np.maximum(spread, 1e-300), np.inf)


def known(rows: Rows, eta: np.ndarray, problem: Problem, solution: Solution) -> Known:
    """problem, solution: of the rows made independent at eta."""
    k, shifts = len(eta), np.eye(len(eta)) * STEP
    near = tuple((rows.problem(eta + s), rows.problem(eta - s)) for s in shifts)
    theta, sigma, reml = solution.theta, float(np.sqrt(solution.sigma2)), solution.reml
    n = len(theta) + 1
    out = np.zeros((n + k, n + k))
    out[:n, :n] = solution.settled.curvature
    here = _value(problem, theta, sigma, reml)
    for j, (up, down) in enumerate(near):
        slope = [deviance_gradient(p, theta, sigma, reml) for p in (up, down)]
        out[:n, n + j] = out[n + j, :n] = (slope[0] - slope[1]) / (2 * STEP)
        above, below = (_value(p, theta, sigma, reml) for p in (up, down))
        out[n + j, n + j] = (above + below - 2 * here) / STEP**2
        for i in range(j):
            both = [
                _value(rows.problem(eta + a * shifts[i] + b * shifts[j]), theta, sigma, reml)
                for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            mixed = (both[0] - both[1] - both[2] + both[3]) / (4 * STEP**2)
            out[n + i, n + j] = out[n + j, n + i] = mixed
    size, vectors = np.linalg.eigh(out)
    keep = size > FLAT
    parameters = 2 * (vectors[:, keep] / size[keep]) @ vectors[:, keep].T
    return Known(problem, solution, parameters, near)


def _value(problem: Problem, theta: np.ndarray, sigma: float, reml: bool) -> float:
    """The deviance before sigma is profiled out."""
    found = evaluate(problem, theta, reml, with_gradient=False)
    dof = problem.rows - problem.p * reml
    profiled = found.value - dof * (1 + np.log(2 * np.pi * found.rss / dof))
    own = dof * np.log(2 * np.pi * sigma**2) + found.rss / sigma**2
    return float(profiled + own - problem.log_weights)


def _variances(problem: Problem, theta, sigma: float, contrasts: np.ndarray) -> np.ndarray:
    found = evaluate(problem, theta, False, with_gradient=False)
    solved = np.linalg.solve(found.forward.products[: problem.p, : problem.p], contrasts.T)
    return sigma**2 * np.einsum("cp,pc->c", contrasts, solved)
