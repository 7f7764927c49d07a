"""Fit a linear mixed model whose residuals follow each other, or spread unlike by group."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.base.errors import RequestError
from analysis.base.sentence import Sentence
from analysis.measures.conventions import ENDS
from analysis.models.criterion.problem import AnyProblem
from analysis.models.criterion.theta import lambdas
from analysis.models.criterion.turned import nested_problem
from analysis.models.inference.checks.omission.row_design import RowDesign
from analysis.models.language.moments import Moments
from analysis.models.linear.coefficients import t_test
from analysis.models.linear.fit import Solution, fit_of, solve
from analysis.models.linear.identified import unidentified
from analysis.models.residuals.degrees import Known, known
from analysis.models.residuals.search import Rows, search
from analysis.models.residuals.structure import Structure
from analysis.models.result import Fit, LevelSpread, Residuals

Z = float(special.ndtri(ENDS[1]))
# From this correlation of rows one unit apart on, a random intercept says nearly the same.
NEARLY_ONE = 0.98


@dataclass(frozen=True, slots=True)
class Named:
    """What the structure is called: the time and the series that it runs in, the category."""

    serial: str = ""
    series: str = ""
    spread: str = ""


@dataclass(frozen=True, slots=True)
class ResidualFit:
    """fit: the answer; sums: the Moments of the rows made independent; known: what its estimates
    know, for contrasts."""

    fit: Fit
    sums: Moments
    known: Known


def fit_residuals(
    moments: Moments,
    columns: dict[str, np.ndarray],
    codes: dict[str, np.ndarray],
    structure: Structure,
    named: Named,
    method: str,
    df: str,
) -> ResidualFit:
    """moments: of the rows as they are, their groupings nested; columns, codes: from
    `design_arrays`. df: 'satterthwaite' or 'none'. RequestError for Kenward and Roger's; ModelError
    where the model cannot be told apart."""
    if df == "kenward-roger":
        raise RequestError(
            "Kenward and Roger's degrees of freedom need independent residuals",
            where="--df kenward-roger",
            allowed="satterthwaite, none",
            next_step="choose satterthwaite, which counts the residuals' parameters, too",
        )
    rows = Rows(RowDesign.of(moments, columns, codes), structure, method == "REML")
    plain = nested_problem(rows.plain())
    doubt = unidentified(moments, plain)
    if doubt:
        raise doubt
    alike = solve(plain, rows.reml)
    eta, converged = search(rows)
    sums = rows.sums(eta)
    problem = nested_problem(sums)
    solution = solve(problem, rows.reml)
    found = known(rows, eta, problem, solution)
    fit = _with_residuals(fit_of(sums, problem, solution, "none"), found, df)
    r2 = _r2(plain, found, structure.ratios(eta), structure)
    fall = _deviance(plain, alike) - _deviance(problem, solution)
    told = _residuals(structure, named, eta, found, fit.sigma, max(fall, 0.0))
    fit = replace(fit, r2_marginal=r2[0], r2_conditional=r2[1], residuals=told, df_method=df)
    return ResidualFit(_with_status(fit, told, converged, df), sums, found)


def _with_residuals(fit: Fit, found: Known, df: str) -> Fit:
    """The tests by degrees of freedom that count the residuals' parameters."""
    if df == "none":
        return fit
    degrees = found.degrees(found.problem.x_to_raw)
    fixed = []
    for f, d in zip(fit.fixed, degrees, strict=True):
        statistic, p, low, high = t_test(f.estimate, f.se, float(d))
        fixed.append(replace(f, df=float(d), statistic=statistic, p=p, low=low, high=high))
    return replace(fit, fixed=tuple(fixed))


def _r2(
    plain: AnyProblem, found: Known, ratios: np.ndarray, structure: Structure
) -> tuple[float, float]:
    """As `linear/fit.py` has it, over the rows as they are; the residual's variance is its mean
    over the rows."""
    beta, sigma2 = found.solution.evaluation.beta, found.solution.sigma2
    fixed = float(beta @ plain.x_covariance @ beta) * plain.rows / max(plain.rows - 1, 1)
    random = 0.0
    factors = lambdas(found.problem, found.solution.theta)
    for own, level, m in zip(plain.levels, found.problem.levels, factors, strict=True):
        root = np.linalg.solve(own.to_raw, level.to_raw @ m)
        random += sigma2 * float(np.sum((root @ root.T) * own.mean_zz))
    spread = structure.spreads
    shares = np.bincount(spread.code) / len(spread.code) if spread else np.ones(1)
    total = fixed + random + sigma2 * float(shares @ ratios**2)
    return fixed / total, (fixed + random) / total


def _deviance(problem: AnyProblem, solution: Solution) -> float:
    return solution.evaluation.value - problem.log_weights


def _residuals(
    structure: Structure, named: Named, eta: np.ndarray, found: Known, sigma: float, fall: float
) -> Residuals:
    """What the structure is found to be, with 95 % intervals by the curvature."""
    p = float(special.chdtrc(structure.size, fall))
    out = Residuals(fall=fall, parameters=structure.size, p=p)
    errors = np.sqrt(np.maximum(np.diag(found.of_eta), 0.0))
    if structure.series is not None:
        ends = [structure.correlation(float(eta[0] + k * Z * errors[0])) for k in (-1, 0, 1)]
        out = replace(
            out,
            serial=named.serial,
            series=named.series,
            unit=structure.series.unit,
            whole=structure.series.whole,
            low=ends[0],
            correlation=ends[1],
            high=ends[2],
        )
    if structure.spreads is None:
        return out
    return replace(out, spread=named.spread, sds=_sds(structure, eta, found, sigma))


def _sds(structure: Structure, eta: np.ndarray, found: Known, sigma: float):
    """Each level's residual SD: of sigma times its ratio, by the delta method on the logarithm."""
    spreads, n = structure.spreads, len(found.solution.theta)
    assert spreads is not None
    first = n + 1 + (structure.series is not None)
    own = {level: first + j for j, level in enumerate(spreads.others)}
    out = []
    for k, (name, ratio) in enumerate(zip(spreads.levels, structure.ratios(eta), strict=True)):
        slope = np.zeros(len(found.parameters))
        slope[n] = 1 / np.sqrt(found.solution.sigma2)
        if k in own:
            slope[own[k]] = 1.0
        error = float(np.sqrt(max(slope @ found.parameters @ slope, 0.0)))
        sd = float(sigma * ratio)
        ends = (float(sd * np.exp(-Z * error)), float(sd * np.exp(Z * error)))
        out.append(LevelSpread(name, sd, *ends))
    return tuple(out)


def _with_status(fit: Fit, told: Residuals, converged: bool, df: str) -> Fit:
    messages = list(fit.status.messages)
    if df != "none":  # the plain fit's word on the normal law, which these tests do not take
        messages = [m for m in messages if "the normal law (z)" not in m]
    if told.correlation is not None and told.correlation > NEARLY_ONE:
        messages.append(
            Sentence(
                "Residuals that follow each other correlate almost perfectly: a lasting difference "
                "between series says the same, and the data hardly tell the two apart"
            )
        )
    if not converged:
        messages.append(
            Sentence("The search for the residuals' structure did not end at a minimum")
        )
    status = replace(
        fit.status, messages=tuple(messages), converged=fit.status.converged and converged
    )
    return replace(fit, status=status)
