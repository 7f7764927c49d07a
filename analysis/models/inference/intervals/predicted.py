"""Predicted random effects of each group, with the variance of their error, from the moments.

The prediction is E(u | y) at the estimated parameters. Its conditional variance Var(u | y) takes
them as known (lme4's ranef(condVar = TRUE)) and is too small with few groups; the variance of the
error adds what the estimates of the coefficients and of the variances bring in, and its intervals
use Student's t with Satterthwaite's degrees of freedom.
Sources: Bates, Maechler, Bolker & Walker 2015, doi:10.18637/jss.v067.i01 (conditional variance);
Henderson 1975, doi:10.2307/2529430 (coefficients); Kass & Steffey 1989,
doi:10.1080/01621459.1989.10478825, eq. 3.8 (variances). That expansion breaks down where a variance
is hardly told from zero, so a group is never said to be known less than one nobody has seen.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.base.errors import ModelError
from analysis.measures.conventions import LEVEL
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import Problem
from analysis.models.criterion.theta import lambdas
from analysis.models.criterion.turned import nested_problem
from analysis.models.inference.intervals.innermost_units import Units, unit_sums
from analysis.models.language.moments import Moments
from analysis.models.linear.coefficients import parameter_covariance
from analysis.models.linear.fit import SINGULAR, Solution, solve
from analysis.models.result import group_rows

STEP = 1e-3  # of the differences in theta, whose size is about one; their error is its square


@dataclass(frozen=True, slots=True)
class PredictedEffects:
    """The random effects of one grouping factor on the outcome's scale.

    labels: the n groups' names, '' each when the moments carry none. terms: the q columns.
    mode (n, q): conditional means. variance (n, q, q): conditional covariance, all parameters
    taken as known. error (n, q, q): covariance of mode - u, their estimation counted. df (n, q):
    how well the variance of the error is known. prior (q,): SD between the groups, 0 where it is
    singular. level: of the intervals, in 0..1.
    """

    group: str
    labels: tuple[str, ...]
    terms: tuple[str, ...]
    mode: np.ndarray
    variance: np.ndarray
    error: np.ndarray
    df: np.ndarray
    prior: np.ndarray
    level: float

    @property
    def se(self) -> np.ndarray:
        """(n, q) standard errors of prediction: data can only narrow what the spread between the
        groups says of a group nobody has seen, so none is larger than that."""
        own = np.sqrt(np.maximum(np.einsum("nqq->nq", self.error), 0.0))
        return np.minimum(own, self.prior)

    @property
    def interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds, (n, q) each, no wider than those of a group nobody has seen; NaN
        where the variance is estimated as zero: that all groups are alike to the last digit is
        no more than an estimate, and an interval of no width would say it of each."""
        upper = (1 + self.level) / 2
        widest = special.ndtri(upper) * self.prior
        margin = np.minimum(special.stdtrit(self.df, upper) * self.se, widest)
        margin = np.where(self.prior > 0, margin, np.nan)
        return self.mode - margin, self.mode + margin

    def tidy(self) -> list[dict]:
        """One row a group and term: group, name, term, estimate, se (of prediction), low, high."""
        columns = dict(estimate=self.mode, se=self.se)
        columns["low"], columns["high"] = self.interval
        return group_rows(self.group, self.labels, self.terms, columns)


def predicted_effects(
    moments: Moments, method: str = "REML", level: float = LEVEL
) -> tuple[PredictedEffects, ...]:
    """The random effects of every grouping factor, innermost first.

    method: of the variances, 'REML' or 'ML'. A factor without variance has effects of zero and no
    intervals. Worked (one intercept): n rows with mean residual r give the effect
    r n s2u / (n s2u + s2), the conditional variance s2u s2 / (n s2u + s2).
    """
    problem = nested_problem(moments)
    if not problem.levels:
        raise ModelError(
            "The model has no random effects to predict",
            where=f"'{moments.design.formula.text}'",
            allowed="at least one random term",
            next_step="add (1 | group)",
        )
    solution = solve(problem, method == "REML")
    units = unit_sums(moments, problem)
    at = _predictions(problem, units, solution.theta, solution.reml)
    slopes, covariance = _by_variances(problem, units, solution)
    out = []
    for k, (level_of, factor) in enumerate(
        zip(problem.levels, lambdas(problem, solution.theta), strict=True)
    ):
        labels = moments.labels[k] if moments.labels else ("",) * level_of.groups
        error = solution.sigma2 * at[k].error + np.einsum(
            "inq,ij,jnr->nqr", slopes[k].mode, covariance[:-1, :-1], slopes[k].mode
        )
        spread = np.linalg.norm(level_of.to_raw @ factor, axis=1)
        none = spread < SINGULAR * np.linalg.norm(level_of.to_raw, axis=1)
        df = _degrees(at[k], slopes[k], covariance, float(np.sqrt(solution.sigma2)))
        out.append(
            PredictedEffects(
                group=level_of.group,
                labels=labels,
                terms=level_of.terms,
                mode=at[k].mode,
                variance=solution.sigma2 * at[k].variance,
                error=error,
                df=df,
                prior=np.where(none, 0.0, np.sqrt(solution.sigma2) * spread),
                level=level,
            )
        )
    return tuple(out)


@dataclass(frozen=True, slots=True)
class _Prediction:
    """Of one level, raw scale: mode (n, q); variance (n, q, q) and error (n, q, q), the
    estimation of the coefficients counted, both over sigma2. Or derivatives of these by theta,
    with theta's axis before the others."""

    mode: np.ndarray
    variance: np.ndarray
    error: np.ndarray


def _predictions(problem: Problem, units: Units, theta, reml: bool) -> list[_Prediction]:
    """Of each level, innermost first, were theta the estimate."""
    at, p = evaluate(problem, theta, reml, with_gradient=False), problem.p
    # Beside the effects themselves, how each moves with each coefficient: -d(mode)/d(beta).
    contrasts = np.column_stack([np.append(-at.beta, 1.0), np.eye(p + 1, p)])
    unit = np.linalg.inv(at.forward.products[:p, :p])
    out = []
    for level, (mode, joint) in zip(
        problem.levels, _levels(problem, units, at.forward, contrasts), strict=True
    ):
        effects = level.to_raw @ mode[:, : level.q]
        variance = level.to_raw @ joint[:, : level.q, : level.q] @ level.to_raw.T
        error = variance + effects[..., 1:] @ unit @ np.swapaxes(effects[..., 1:], 1, 2)
        out.append(_Prediction(effects[..., 0], variance, error))
    return out


def _by_variances(problem: Problem, units: Units, solution: Solution):
    """Derivatives by theta of each level's predictions, and the covariance of (theta, sigma)."""
    theta, reml = solution.theta, solution.reml
    covariance = parameter_covariance(problem, theta, float(np.sqrt(solution.sigma2)), reml)
    steps = []
    for shift in np.eye(len(theta)) * STEP:
        ends = [_predictions(problem, units, theta + sign * shift, reml) for sign in (1, -1)]
        steps.append([_difference(*pair) for pair in zip(*ends, strict=True)])
    slopes = [
        _Prediction(*(np.stack([getattr(s, f) for s in each]) for f in _Prediction.__slots__))
        for each in zip(*steps, strict=True)
    ]
    return slopes, covariance


def _difference(up: _Prediction, down: _Prediction) -> _Prediction:
    parts = ((getattr(up, f) - getattr(down, f)) / (2 * STEP) for f in _Prediction.__slots__)
    return _Prediction(*parts)


def _degrees(at: _Prediction, slope: _Prediction, covariance: np.ndarray, sigma: float):
    """(n, q): 2 v^2 / g'Cg with v = sigma^2 error and g its gradient in (theta, sigma)."""
    v = sigma**2 * np.einsum("nqq->nq", at.error)
    gradient = np.concatenate([sigma**2 * np.einsum("inqq->inq", slope.error), 2 * v[None] / sigma])
    spread = np.einsum("inq,ij,jnq->nq", gradient, covariance, gradient)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, np.maximum(2 * v**2 / spread, 1.0), np.inf)


def _levels(problem: Problem, units: Units, forward, contrasts: np.ndarray) -> list[tuple]:
    """(modes (n, q + outer, k), joint covariance / sigma2 (n, q + outer, q + outer)) of each
    level, innermost first, of the k columns W contrasts; a level's own effects stand before
    those of the levels around it."""
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for level, piece in zip(problem.levels[:0:-1], forward.pieces[:0:-1], strict=True):
        q, outer = level.q, len(piece.s)
        s = np.moveaxis(piece.s, 2, 0)
        a = np.moveaxis(piece.a, 2, 0)
        found.append(
            _conditional(a, s[:, :q, q:outer], s[:, :q, outer:] @ contrasts, found, level.parent)
        )
    found.append(_innermost(problem, units, forward, contrasts, found))
    return found[::-1]


def _innermost(problem: Problem, units: Units, forward, contrasts, found) -> tuple:
    """The same for the innermost level, whose Problem keeps patterns only."""
    inner = units.maps[0]
    outer = np.concatenate([np.zeros((len(inner), 0)), *units.maps[1:]], axis=1)
    zz = inner.T @ units.zz @ inner
    factor = forward.pieces[0].factor
    a = factor @ np.linalg.inv(np.eye(len(factor)) + factor.T @ zz @ factor) @ factor.T
    zw = inner.T @ (units.zw @ contrasts)
    parent = problem.levels[0].parent
    return _conditional(a, inner.T @ units.zz @ outer, zw, found, parent)


def _conditional(a, zo, zr, found, parent) -> tuple[np.ndarray, np.ndarray]:
    """u = A (Z'r - Z'Z_o u_o): given the outer effects u_o its variance is A."""
    if not found:
        return a @ zr, a
    mode_o, joint_o = found[-1][0][parent], found[-1][1][parent]
    slope = a @ zo
    own = a @ zr - slope @ mode_o
    cross = -slope @ joint_o
    variance = a - cross @ np.swapaxes(slope, 1, 2)
    top = np.concatenate([variance, cross], axis=2)
    bottom = np.concatenate([np.swapaxes(cross, 1, 2), joint_o], axis=2)
    return np.concatenate([own, mode_o], axis=1), np.concatenate([top, bottom], axis=1)
