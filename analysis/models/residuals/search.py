"""The likeliest residual structure: what it asks of rows is one more layer around the engine's fit.

At a given structure the model is an ordinary mixed model of rows made independent; its minimum over
theta is a function of eta alone, whose slope is that at fixed theta (the envelope theorem).
"""

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import Problem
from analysis.models.criterion.theta import start_theta
from analysis.models.criterion.turned import nested_problem
from analysis.models.inference.checks.omission.row_design import RowDesign
from analysis.models.language.moments import Moments
from analysis.models.optimise import minimise
from analysis.models.residuals.structure import Structure

STEP = 1e-4  # of eta: central differences of the criterion are exact to a millionth
INNER = 1e-10  # where the search for theta stops, as a decrease of the deviance
OUTER = 1e-9
LEAST = 0.05  # of a diagonal of Lambda where a search for theta goes on


@dataclass(frozen=True, slots=True)
class Rows:
    """design: the rows; structure: what their residuals may be; reml."""

    design: RowDesign
    structure: Structure
    reml: bool

    def sums(self, eta: np.ndarray) -> Moments:
        """The Moments of the rows made independent; what that takes from |V| is in log_weights."""
        base, log_det = self.structure.apart(self.design.base, eta)
        found = RowDesign(self.design.moments, base, self.design.codes).sums()
        return replace(found, log_weights=found.log_weights - log_det)

    def problem(self, eta: np.ndarray) -> Problem:
        return nested_problem(self.sums(eta))

    def plain(self) -> Moments:
        """The Moments of the rows as they are."""
        return self.design.sums()


@dataclass(slots=True)
class _Profile:
    """The criterion at its minimum over theta, with its slope, from where theta was last."""

    rows: Rows
    theta: np.ndarray | None = None
    inverse: np.ndarray | None = None
    evaluations: int = field(default=0)

    def __call__(self, etas: np.ndarray, _members) -> tuple[np.ndarray, np.ndarray]:
        values, slopes = np.empty(len(etas)), np.empty_like(etas)
        for k, eta in enumerate(etas):
            values[k] = self.value(eta)
            for j in range(len(eta)):
                shift = np.zeros(len(eta))
                shift[j] = STEP
                up, down = (self._at(eta + s) for s in (shift, -shift))
                slopes[k, j] = (up - down) / (2 * STEP)
        return values, slopes

    def value(self, eta: np.ndarray) -> float:
        problem = self.rows.problem(eta)
        self.evaluations += 1

        def function(theta, members):
            found = [evaluate(problem, t, self.rows.reml) for t in theta]
            return np.array([e.value for e in found]), np.array([e.gradient for e in found])

        start = start_theta(problem) if self.theta is None else _off_zero(problem, self.theta)
        inverse = None if self.inverse is None else self.inverse[None]
        found = minimise(function, start[None], inverse, tolerance=INNER)
        self.theta, self.inverse = found.theta[0], found.inverse_hessian[0]
        return float(found.value[0]) - problem.log_weights

    def _at(self, eta: np.ndarray) -> float:
        problem = self.rows.problem(eta)
        assert self.theta is not None  # the value comes before its slope
        return deviance(problem, self.theta, self.rows.reml)


def deviance(problem: Problem, theta: np.ndarray, reml: bool) -> float:
    """The criterion of the rows themselves at theta, sigma at its best, on the internal scale."""
    found = evaluate(problem, theta, reml, with_gradient=False)
    return found.value - problem.log_weights


def _off_zero(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """theta with no diagonal of Lambda at zero, which is a stationary point for every eta."""
    least = start_theta(problem, LEAST)
    return np.where((least > 0) & (np.abs(theta) < LEAST), least, theta)


def search(rows: Rows) -> tuple[np.ndarray, bool]:
    """eta (k,) at the minimum, and whether the search ended there. Of several starts the lowest is
    followed: a correlation near one and a random intercept can take each other's part."""
    profile = _Profile(rows)
    starts = rows.structure.starts()
    values = [profile.value(start) for start in starts]
    best = starts[int(np.argmin(values))]
    found = minimise(profile, best[None], tolerance=OUTER)
    return found.theta[0], bool(found.converged[0])
