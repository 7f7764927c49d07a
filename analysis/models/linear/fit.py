"""Fit a linear mixed model from its moments and say what was found."""

import time
from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import ModelError
from analysis.base.sentence import Sentence
from analysis.models.criterion.crossed.build import problem_of
from analysis.models.criterion.passes import Evaluation
from analysis.models.criterion.problem import AnyProblem
from analysis.models.criterion.theta import lambdas
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.coefficients import kenward_roger, satterthwaite, t_test
from analysis.models.linear.identified import (
    check_residual,
    flat_sentences,
    group_sentences,
    unidentified,
)
from analysis.models.linear.search import onwards, search
from analysis.models.linear.settle import Settled, settle
from analysis.models.optimise import Optimum
from analysis.models.result import Correlation, Fit, FixedEffect, RandomEffect, Seconds, Status

METHODS = ("REML", "ML")
DF_METHODS = ("satterthwaite", "kenward-roger", "none")
# lme4's isSingular tolerance (Bates et al. 2015), here on columns scaled to a size of about one.
SINGULAR = 1e-4


@dataclass(frozen=True, slots=True)
class Solution:
    """The optimum on the internal scale: theta (n,), its Evaluation and both searches, the one
    that counts first.

    dof: rows, less the fixed effects under REML. settled: what slope and curvature say of theta.
    """

    theta: np.ndarray
    evaluation: Evaluation
    optimum: Optimum
    reml: bool
    dof: int
    settled: Settled

    @property
    def sigma2(self) -> float:
        return self.evaluation.rss / self.dof


def solve(problem: AnyProblem, reml: bool) -> Solution:
    """Minimise the criterion from two starts; the better one counts."""
    optimum = search(problem, reml)
    first, inverse = optimum.theta[0], optimum.inverse_hessian[0]
    settled = settle(problem, reml, first, inverse, onwards(problem, reml))
    dof = problem.rows - (problem.p if reml else 0)
    return Solution(settled.theta, settled.evaluation, optimum, reml, dof, settled)


def fit_moments(
    moments: Moments, method: str = "REML", df: str = "satterthwaite", strict: bool = True
) -> Fit:
    """Fit the design of `moments`. method: 'REML' or 'ML'; df: one of DF_METHODS.

    strict: refuse what the data cannot tell apart; otherwise the status says so.

    Columns that add nothing are dropped and named in the status. A variance of zero is a normal
    answer (status.singular, with a sentence); ModelError where nothing can be estimated.
    """
    return fit_and_theta(moments, method, df, strict)[0]


def fit_and_theta(
    moments: Moments, method: str = "REML", df: str = "satterthwaite", strict: bool = True
) -> tuple[Fit, np.ndarray]:
    """The fit, and theta (n,) on the internal scale, from which fits of resamples can start."""
    began = time.perf_counter()
    problem = problem_of(moments)
    doubt = unidentified(moments, problem)
    if doubt and strict:
        raise doubt
    solution = solve(problem, method == "REML")
    fit = fit_of(moments, problem, solution, df, doubt)
    seconds = Seconds(0.0, time.perf_counter() - began, 0.0)
    return replace(fit, seconds=seconds), solution.theta


def fit_of(
    moments: Moments,
    problem: AnyProblem,
    solution: Solution,
    df: str,
    doubt: ModelError | None = None,
) -> Fit:
    """What the minimum says. doubt: what the data cannot tell apart, said in the status."""
    check_residual(moments, problem, solution.sigma2)
    sigma2 = solution.sigma2
    fixed = _fixed_effects(moments, problem, solution, df)
    random, correlations = _random_effects(problem, solution)
    marginal, conditional = _r2(problem, solution)
    criterion = _raw_criterion(problem, solution)
    return Fit(
        formula=moments.design.formula.text,
        method="REML" if solution.reml else "ML",
        criterion=criterion,
        log_likelihood=-criterion / 2,
        rows=moments.rows,
        rows_dropped=moments.rows_dropped,
        groups=moments.group_counts,
        fixed=fixed,
        random=random,
        correlations=correlations,
        sigma=float(np.sqrt(sigma2) * problem.sigma_scale),
        r2_marginal=marginal,
        r2_conditional=conditional,
        status=_status(moments, problem, solution, df, doubt),
        seconds=Seconds(0.0, 0.0, 0.0),
        df_method=df,
        weights=moments.design.formula.weights,
        gradient=float(np.abs(solution.evaluation.gradient).max(initial=0.0)),
        crossings=moments.crossings,
    )


def is_singular(problem: AnyProblem, theta: np.ndarray) -> bool:
    """Whether some combination of random effects has (almost) no variance."""
    factors = lambdas(problem, theta)
    smallest = [
        np.linalg.svd(m[np.ix_(b, b)], compute_uv=False).min()
        for level, m in zip(problem.levels, factors, strict=True)
        for b in level.blocks
    ]
    return bool(smallest and min(smallest) < SINGULAR)


def _fixed_effects(moments, problem, solution, df) -> tuple[FixedEffect, ...]:
    p = problem.p
    unit = np.linalg.inv(solution.evaluation.forward.products[:p, :p])
    covariance = solution.sigma2 * unit
    degrees = None
    if df == "satterthwaite":
        # A raw coefficient is a combination of internal ones: its row of x_to_raw.
        degrees = satterthwaite(
            problem,
            solution.theta,
            solution.sigma2,
            problem.x_to_raw,
            solution.reml,
            solution.settled.curvature,
        )
    elif df == "kenward-roger":
        covariance, degrees = kenward_roger(
            problem, solution.theta, solution.sigma2, problem.x_to_raw
        )
    beta = problem.x_to_raw @ solution.evaluation.beta
    if INTERCEPT in problem.x:
        beta[problem.x.index(INTERCEPT)] += moments.centre[-1]
    raw = problem.x_to_raw @ covariance @ problem.x_to_raw.T
    out = []
    for j, term in enumerate(problem.x):
        se = float(np.sqrt(raw[j, j]))
        d = None if degrees is None else float(degrees[j])
        statistic, pvalue, low, high = t_test(float(beta[j]), se, d)
        out.append(FixedEffect(term, float(beta[j]), se, d, statistic, pvalue, low, high))
    return tuple(out)


def _random_effects(problem, solution):
    sds, correlations = [], []
    for level, lambda_ in zip(problem.levels, lambdas(problem, solution.theta), strict=True):
        root = np.sqrt(solution.sigma2) * level.to_raw @ lambda_
        for block in level.blocks:
            psi = (root @ root.T)[np.ix_(block, block)]
            sd = np.sqrt(np.diag(psi))
            names = [level.terms[i] for i in block]
            none = no_variance(lambda_[np.ix_(block, block)])
            sds += [RandomEffect(level.group, n, float(s)) for n, s in zip(names, sd, strict=True)]
            for i in range(len(block)):
                for j in range(i + 1, len(block)):
                    told = not (none[i] or none[j])
                    r = float(np.clip(psi[i, j] / (sd[i] * sd[j]), -1, 1)) if told else None
                    correlations.append(Correlation(level.group, names[i], names[j], r))
    return tuple(sds), tuple(correlations)


def _r2(problem, solution) -> tuple[float, float]:
    """Marginal and conditional R2 with the variance of the fixed part over rows (N - 1).

    With weights, rows count by them in every mean, and the residual variance is their weighted
    mean, sigma^2 N / sum of weights (as R2 of a weighted regression).

    Nakagawa & Schielzeth 2013, doi:10.1111/j.2041-210x.2012.00261.x; random slopes by the mean of
    z'Psi z over rows (Johnson 2014, doi:10.1111/2041-210X.12225).
    """
    fixed, random, residual = variance_parts(problem, solution)
    total = fixed + sum(random) + residual
    return fixed / total, (fixed + sum(random)) / total


def variance_parts(problem: AnyProblem, solution: Solution) -> tuple[float, list[float], float]:
    """Fixed variance, mean random variance of each level and residual variance, internal scale."""
    beta = solution.evaluation.beta
    fixed = float(beta @ problem.x_covariance @ beta) * problem.rows / max(problem.rows - 1, 1)
    factors = lambdas(problem, solution.theta)
    random = [
        solution.sigma2 * float(np.sum((m @ m.T) * level.mean_zz))
        for level, m in zip(problem.levels, factors, strict=True)
    ]
    return fixed, random, solution.sigma2


def _raw_criterion(problem: AnyProblem, solution: Solution) -> float:
    """The criterion on the outcome's own scale and the raw columns of X (lme4's number).

    Weights: |V| of the rows themselves is that of the weighted rows over the product of weights.
    """
    value = solution.evaluation.value + solution.dof * 2 * np.log(problem.y_scale)
    value -= problem.log_weights
    if solution.reml:
        # X_raw = X_internal T with T's determinant 1 / det(x_to_raw / y_scale).
        value -= 2 * np.linalg.slogdet(problem.x_to_raw / problem.y_scale)[1]
    return float(value)


def _status(moments: Moments, problem: AnyProblem, solution: Solution, df: str, doubt) -> Status:
    converged = solution.settled.still
    singular = is_singular(problem, solution.theta)
    messages = [
        Sentence(f"'{name}' was left out: it is constant or a combination of the terms before it")
        for name in problem.dropped
    ]
    messages += [crossing.sentence() for crossing in moments.crossings]
    messages += group_sentences((v.group, v.groups) for v in problem.levels)
    messages += [doubt.what] if doubt else []
    messages += _zero_variances(problem, solution.theta) if singular else []
    messages += flat_sentences(problem, solution.settled.flat)
    if not converged:
        messages.append(
            Sentence(
                "The search for the estimates did not end at a minimum (a further fall of "
                f"{solution.settled.decrease:.1g} is in sight); do not rely on the numbers"
            )
        )
    if df == "none":
        messages.append(
            "Tests and intervals use the normal law (z), which is too sure with few groups"
        )
    return Status(converged, singular, tuple(messages))


def no_variance(factor: np.ndarray) -> np.ndarray:
    """(q,) whether the groups do not differ in each effect, of a level's Lambda (q, q)."""
    return np.sqrt((factor**2).sum(axis=1)) < SINGULAR


def _zero_variances(problem: AnyProblem, theta: np.ndarray) -> list[str]:
    out = []
    for level, m in zip(problem.levels, lambdas(problem, theta), strict=True):
        for block in level.blocks:
            part = m[np.ix_(block, block)]
            none = no_variance(part)
            zero = [level.terms[i] for i, s in zip(block, none, strict=True) if s]
            if zero:
                out += [zero_sentence(level.group, term) for term in zero]
            elif np.linalg.svd(part, compute_uv=False).min() < SINGULAR:
                out.append(
                    Sentence(
                        f"The random effects of '{level.group}' are perfectly correlated: the data "
                        "do not carry that many of them (singular fit); a simpler random part "
                        "would do"
                    )
                )
    return out


def zero_sentence(group: str, term: str) -> str:
    what = "differences" if term == INTERCEPT else f"differences in the effect of '{term}'"
    return Sentence(
        f"The data show no {what} between the groups of '{group}' beyond chance "
        "(its variance is estimated as zero: a singular fit)"
    )
