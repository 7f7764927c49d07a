"""The logistic regression without random effects: a start, and a warning where it has no answer.

Where a combination of predictors tells the outcome apart (separation) the likelihood rises for
ever and coefficients run to infinity. Source: Albert & Anderson 1984, doi:10.1093/biomet/71.1.1;
the linear programme that finds the combination: Konis 2007 (thesis, Oxford).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from analysis.base.errors import ModelError

STEPS = 40
# A logit of 15 is a probability of 3 in ten million: no data tell it from 0.
RUNAWAY = 15.0
SETTLED = 1e-10  # relative decrease of the deviance


@dataclass(frozen=True, slots=True)
class Logistic:
    """beta (p,), deviance = -2 log-likelihood, information (p, p) = X'WX."""

    beta: np.ndarray
    deviance: float
    information: np.ndarray


def logistic_regression(y: np.ndarray, x: np.ndarray, terms: tuple[str, ...]) -> Logistic:
    """Maximum likelihood of y (N,) in 0, 1 on x (N, p), columns of a size of about one.

    ModelError names the terms that separate the outcome.
    """
    beta, last = np.zeros(x.shape[1]), np.inf
    for _ in range(STEPS):
        eta = x @ beta
        deviance = float(2 * np.logaddexp(0, np.where(y > 0, -eta, eta)).sum())
        p = expit(eta)
        information = x.T @ (x * (p * (1 - p))[:, None])
        if np.abs(eta).max() > RUNAWAY:
            _refuse_separation(y, x, terms)
        if last - deviance <= SETTLED * max(deviance, 1e-3):
            return Logistic(beta, deviance, information)
        last = deviance
        beta = beta + np.linalg.lstsq(information, x.T @ (y - p), rcond=None)[0]
    _refuse_separation(y, x, terms)
    return Logistic(beta, deviance, information)


def _refuse_separation(y: np.ndarray, x: np.ndarray, terms: tuple[str, ...]) -> None:
    """A direction along which no row's likelihood falls and some row's rises: beta has no end."""
    signed = np.unique(np.where(y > 0, 1.0, -1.0)[:, None] * x, axis=0)
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    if found.status != 0 or -found.fun <= 1e-6 * len(signed) ** 0.5:
        return
    named = [t for t, size in zip(terms, np.abs(found.x), strict=True) if size > 1e-6]
    named = [t for t in named if t != "(Intercept)"] or named
    raise ModelError(
        f"The outcome is told apart by {_listed(named)}: beyond some value, or in one category, "
        "it always or never happens, so the odds ratio has no finite estimate (separation)",
        where=_listed(named),
        allowed="predictors with both outcomes wherever they stand",
        next_step="leave the term out, or join categories",
    )


def _listed(terms: list[str]) -> str:
    shown = [f"'{term}'" for term in terms[:5]]
    return ", ".join(shown) + (" and others" if len(terms) > 5 else "")
