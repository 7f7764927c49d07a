"""A mixed model of columns computed in memory, with the covariance of its fixed effects."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.criterion.crossed.build import problem_of
from analysis.models.criterion.crossed.problem import CrossedProblem
from analysis.models.language.design import build_design, formula_variables
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import fit_moments, solve
from analysis.models.result import Fit
from analysis.store.sources.of_arrays import array_source
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.moments import moments


@dataclass(frozen=True, slots=True)
class MixedFit:
    """fit: as `fit` has it. covariance (p, p) of fit.fixed, in their order."""

    fit: Fit
    covariance: np.ndarray

    def estimate(self, term: str) -> float:
        return next(f.estimate for f in self.fit.fixed if f.term == term)

    def sd(self, term: str) -> float:
        return next(r.sd for r in self.fit.random if r.term == term)


def fit_columns(
    formula: str,
    columns: dict[str, np.ndarray],
    method: str = "REML",
    df: str = "none",
    weights: str = "",
    name: str = "",
) -> MixedFit:
    """Fit lme4's `formula` on `columns` (floats; whole numbers are groups). Rows with a missing
    value in any variable of the formula are left out and counted. weights: of a column."""
    sums = column_moments(formula, columns, weights, name)
    problem = problem_of(sums)
    if isinstance(problem, CrossedProblem):
        raise ModelError("These groups are crossed", allowed="nested groups")
    solution = solve(problem, method == "REML")
    p = problem.p
    unit = np.linalg.inv(solution.evaluation.forward.products[:p, :p])
    covariance = solution.sigma2 * problem.x_to_raw @ unit @ problem.x_to_raw.T
    return MixedFit(fit_moments(sums, method, df), covariance)


def column_moments(
    formula: str, columns: dict[str, np.ndarray], weights: str = "", name: str = ""
) -> Moments:
    """The sums that a fit of `formula` on `columns` needs."""
    parsed = parse_formula(formula, weights)
    with array_source(columns, name) as opened:
        rows = complete_rows(opened, formula_variables(parsed, opened.kinds))
        design = build_design(parsed, opened.kinds, rows.levels, rows.distribution)
        return moments(rows, design)
