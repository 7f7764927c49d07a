"""Combinations of a linear model's coefficients: estimate, standard error, degrees of freedom."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.criterion.problem import AnyProblem
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.coefficients import kenward_roger, satterthwaite, t_test
from analysis.models.linear.fit import Solution


@dataclass(frozen=True, slots=True)
class Combination:
    """One combination: estimate, se, df (None: z), statistic and p of its being zero, and the 95 %
    interval from low to high."""

    estimate: float
    se: float
    df: float | None
    statistic: float
    p: float
    low: float
    high: float


class Errors(Protocol):
    """Standard errors and degrees of freedom other than a plain fit's: robust ones, or those that
    count the residuals' parameters. covariance (p, p): of the internal coefficients."""

    @property
    def covariance(self) -> np.ndarray: ...

    def degrees(self, contrasts: np.ndarray) -> np.ndarray: ...


def combinations_of(
    moments: Moments,
    problem: AnyProblem,
    solution: Solution,
    rows: np.ndarray,
    df: str,
    robust: Errors | None = None,
) -> tuple[Combination, ...]:
    """rows (k, p): weights of the design's fixed effects, in their order. df: as of a fit; robust:
    what stands in for its standard errors and degrees of freedom, None for its own.

    ModelError where a row needs a coefficient that the fit left out.
    """
    names = moments.design.x
    kept = [names.index(name) for name in problem.x]
    others = [j for j in range(len(names)) if j not in kept]
    if np.abs(rows[:, others]).max(initial=0.0) > 1e-10:
        raise ModelError(
            "What is asked needs a coefficient that the data do not give",
            where=", ".join(names[j] for j in others),
            allowed="combinations of levels that occur in the rows used",
            next_step="leave out the term that the fit left out, or join categories",
        )
    own = rows[:, kept]
    internal = own @ problem.x_to_raw
    beta = problem.x_to_raw @ solution.evaluation.beta
    if INTERCEPT in problem.x:
        beta[problem.x.index(INTERCEPT)] += moments.centre[-1]
    unit = np.linalg.inv(solution.evaluation.forward.products[: problem.p, : problem.p])
    covariance, degrees = solution.sigma2 * unit, None
    known = (problem, solution.theta, solution.sigma2, internal)
    if robust:
        covariance, degrees = robust.covariance, robust.degrees(internal)
    elif df == "satterthwaite":
        degrees = satterthwaite(*known, solution.reml, solution.settled.curvature)
    elif df == "kenward-roger":
        covariance, degrees = kenward_roger(*known)
    estimates = own @ beta
    ses = np.sqrt(np.maximum(np.einsum("ki,ij,kj->k", internal, covariance, internal), 0.0))
    out = []
    for k, (estimate, se) in enumerate(zip(estimates, ses, strict=True)):
        d = None if degrees is None else float(degrees[k])
        out.append(
            Combination(float(estimate), float(se), d, *t_test(float(estimate), float(se), d))
        )
    return tuple(out)
