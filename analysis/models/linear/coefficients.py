"""Covariance of the fixed effects and their degrees of freedom, from the moments alone.

Both corrections need derivatives of M = X'V^-1 X and log|V| with respect to the variance
parameters. The recursion gives the first ones exactly; the second ones are central differences.
Sources: Satterthwaite as in Kuznetsova, Brockhoff & Christensen 2017, doi:10.18637/jss.v082.i13;
Kenward & Roger 1997, doi:10.2307/2533558, as in Halekoh & Hojsgaard 2014,
doi:10.18637/jss.v059.i09.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.measures.conventions import LEVEL
from analysis.models.criterion.passes import (
    backward_pass,
    evaluate,
    forward_pass,
    product_derivatives,
    theta_gradient,
)
from analysis.models.criterion.problem import AnyProblem
from analysis.models.criterion.theta import lambdas
from analysis.models.optimise import hessian


def satterthwaite(
    problem: AnyProblem,
    theta: np.ndarray,
    sigma2: float,
    contrasts: np.ndarray,
    reml: bool,
    curvature: np.ndarray | None = None,
) -> np.ndarray:
    """Degrees of freedom (k,) of contrasts (k, p) of the internal coefficients.

    df = 2 v^2 / g'Ag with v the contrast's variance, g its gradient in (theta, sigma) and A the
    covariance of (theta, sigma). curvature: as in `parameter_covariance`.
    """
    sigma = float(np.sqrt(sigma2))
    a = parameter_covariance(problem, theta, sigma, reml, curvature)
    variance, gradient = contrast_variances(problem, theta, sigma, contrasts)
    spread = np.einsum("ki,ij,kj->k", gradient, a, gradient)
    with np.errstate(divide="ignore"):
        return np.where(spread > 0, 2 * variance**2 / np.maximum(spread, 1e-300), np.inf)


def parameter_covariance(
    problem: AnyProblem,
    theta: np.ndarray,
    sigma: float,
    reml: bool,
    curvature: np.ndarray | None = None,
) -> np.ndarray:
    """(n + 1, n + 1) covariance of the estimates of (theta, sigma): twice the inverse Hessian of
    the unprofiled deviance (REML or ML, as the fit). Directions in which the deviance is flat (a
    variance of zero) are left out, as lmerTest does. curvature: that Hessian where it is known.
    """
    if curvature is None:
        curvature = deviance_hessian(problem, theta, sigma, reml)
    size, vectors = np.linalg.eigh(curvature)
    keep = size > 1e-8
    return 2 * (vectors[:, keep] / size[keep]) @ vectors[:, keep].T


def deviance_hessian(
    problem: AnyProblem, theta: np.ndarray, sigma: float, reml: bool
) -> np.ndarray:
    """(n + 1, n + 1) Hessian in (theta, sigma) of log|V| + log|M| + (N - p) log(sigma^2) +
    r2 / sigma^2, the REML deviance before sigma is profiled out; ML: without M and p.

    Only theta by theta needs differences; sigma enters in closed form.
    """
    p, n = problem.p, len(theta)

    def gradient(at: np.ndarray, with_rest: bool = True) -> np.ndarray:
        return _theta_slope(problem, at, sigma, reml, with_rest)

    out = np.zeros((n + 1, n + 1))
    out[:n, :n] = hessian(lambda points: np.array([gradient(t) for t in points]), theta)
    out[:n, n] = out[n, :n] = -2 * gradient(theta, with_rest=False) / sigma
    rss = evaluate(problem, theta, reml, with_gradient=False).rss
    out[n, n] = -2 * (problem.rows - p * reml) / sigma**2 + 6 * rss / sigma**4
    return out


def deviance_gradient(
    problem: AnyProblem, theta: np.ndarray, sigma: float, reml: bool
) -> np.ndarray:
    """(n + 1,) of the same deviance in (theta, sigma)."""
    rss = evaluate(problem, theta, reml, with_gradient=False).rss
    by_sigma = 2 * (problem.rows - problem.p * reml) / sigma - 2 * rss / sigma**3
    return np.append(_theta_slope(problem, theta, sigma, reml, True), by_sigma)


def _theta_slope(
    problem: AnyProblem, at: np.ndarray, sigma: float, reml: bool, with_rest: bool
) -> np.ndarray:
    """(n,) by theta; without the rest of r2 / sigma^2 alone."""
    p = problem.p
    e = evaluate(problem, at, reml, with_gradient=False)
    contrast = np.append(-e.beta, 1.0)
    gamma = np.outer(contrast, contrast) / sigma**2
    if reml and with_rest:
        gamma[:p, :p] += np.linalg.inv(e.forward.products[:p, :p])
    psi = backward_pass(problem, e.forward, gamma, 1.0 if with_rest else 0.0)
    return theta_gradient(problem, e.forward, psi)


def contrast_variances(problem: AnyProblem, theta, sigma: float, contrasts: np.ndarray):
    """Variances sigma^2 c'M^-1 c (k,) and their gradients (k, n + 1) in (theta, sigma)."""
    p = problem.p
    forward = forward_pass(problem, lambdas(problem, theta))
    solved = np.linalg.solve(forward.products[:p, :p], contrasts.T).T
    unit = np.einsum("ki,ki->k", contrasts, solved)
    by_psi = [
        -(sigma**2) * np.einsum("ki,abij,kj->kab", solved, g[:, :, :p, :p], solved, optimize=True)
        for g in product_derivatives(problem, forward)
    ]
    by_theta = [
        theta_gradient(problem, forward, [(g[k] + g[k].T) / 2 for g in by_psi])
        for k in range(len(contrasts))
    ]
    return sigma**2 * unit, np.column_stack([np.array(by_theta), 2 * sigma * unit])


@dataclass(frozen=True, slots=True)
class KenwardRoger:
    """phi (p, p): covariance of the internal coefficients, adjusted (p, p): corrected for the
    estimation of the n variance parameters g. first (n, p, p): dM/dg. w (n, n): covariance of
    the estimates of g."""

    phi: np.ndarray
    adjusted: np.ndarray
    first: np.ndarray
    w: np.ndarray


def kenward_roger(problem: AnyProblem, theta: np.ndarray, sigma2: float, contrasts: np.ndarray):
    """Adjusted covariance (p, p) of the internal coefficients and df (k,) of contrasts (k, p)."""
    parts = kenward_roger_parts(problem, theta, sigma2)
    df = [_kr_df(parts.phi, parts.first, parts.w, c) for c in contrasts]
    return parts.adjusted, np.array(df)


def kenward_roger_parts(problem: AnyProblem, theta: np.ndarray, sigma2: float) -> KenwardRoger:
    """What tests of one or several contrasts need.

    With V linear in g = (sigma^2, elements of the Psi): P_i = dM/dg_i, Q_ij + Q_ji the second
    derivatives of M, and tr(V^-1 V_i V^-1 V_j) minus those of log|V|.
    """
    gamma = _variance_parameters(problem, theta, sigma2)
    m, first, second, information = _derivatives(problem, gamma)
    phi = np.linalg.inv(m)
    cross = np.einsum("iab,bc,jcd->ijad", first, phi, first)
    q_sum = second / 2  # (Q_ij + Q_ji) / 2
    trace_q = np.einsum("ab,ijba->ij", phi, q_sum)
    trace_pp = np.einsum("ab,ijbc->ijac", phi, cross).trace(axis1=2, axis2=3)
    expected = (information - 2 * trace_q + trace_pp) / 2
    w = np.linalg.pinv(expected, rcond=1e-10, hermitian=True)
    middle = np.einsum("ij,ijab->ab", w, q_sum - (cross + np.swapaxes(cross, 0, 1)) / 2)
    return KenwardRoger(phi, phi + 2 * phi @ middle @ phi, first, w)


def _kr_df(phi: np.ndarray, first: np.ndarray, w: np.ndarray, c: np.ndarray) -> float:
    """Kenward & Roger's m for one contrast: with one degree of freedom in the numerator A1 = A2 =
    A = sum w_ij t_i t_j, and all their constants reduce to m = 2 / A, also for A > 1 (m < 2)."""
    solved = phi @ c
    t = np.einsum("b,iba,a->i", solved, first, solved) / (c @ solved)
    a = float(t @ w @ t)
    return 2 / a if a > 0 else float("inf")


def _variance_parameters(problem: AnyProblem, theta: np.ndarray, sigma2: float) -> np.ndarray:
    parts = [np.array([sigma2])]
    for level, lambda_ in zip(problem.levels, lambdas(problem, theta), strict=True):
        psi = sigma2 * lambda_ @ lambda_.T
        parts += [psi[rows, columns] for rows, columns in _elements(level)]
    return np.concatenate(parts)


def _elements(level):
    """Row and column positions of each block's free covariances."""
    for block in level.blocks:
        columns, rows = np.triu_indices(len(block))
        yield np.array(block)[rows], np.array(block)[columns]


def _derivatives(problem: AnyProblem, gamma: np.ndarray):
    """M (p, p), dM (n, p, p), d2M (n, n, p, p) and -d2 log|V| (n, n) at g = gamma."""
    n, p = len(gamma), problem.p
    scale = np.maximum(np.abs(gamma), 1e-3 * np.abs(gamma).max())
    m, first, _ = _first_derivatives(problem, gamma)
    second, information = np.zeros((n, n, p, p)), np.zeros((n, n))
    for i in range(n):
        estimates = []
        for width in (1e-3, 2e-3):
            shift = np.zeros(n)
            shift[i] = width * scale[i]
            up = _first_derivatives(problem, gamma + shift)
            down = _first_derivatives(problem, gamma - shift)
            span = 2 * width * scale[i]
            estimates.append(((up[1] - down[1]) / span, (up[2] - down[2]) / span))
        second[i] = (4 * estimates[0][0] - estimates[1][0]) / 3
        information[i] = -(4 * estimates[0][1] - estimates[1][1]) / 3
    second = (second + np.swapaxes(second, 0, 1)) / 2
    return m, first, second, (information + information.T) / 2


def _first_derivatives(problem: AnyProblem, gamma: np.ndarray):
    """M (p, p), dM/dg (n, p, p), dlog|V|/dg (n,) with V = sigma^2 I + sum Z Psi Z'.

    Psi may be indefinite near a zero variance, so the recursion runs on Psi itself, not a root.
    """
    sigma2, p = gamma[0], problem.p
    psis, at = [], 1
    for level in problem.levels:
        psi = np.zeros((level.q, level.q))
        for rows, columns in _elements(level):
            psi[rows, columns] = psi[columns, rows] = gamma[at : at + len(rows)] / sigma2
            at += len(rows)
        psis.append(psi)
    forward = forward_pass(problem, psis, from_psi=True)
    m = forward.products[:p, :p]
    by_psi = product_derivatives(problem, forward)
    log_psi = backward_pass(problem, forward, np.zeros((p + 1, p + 1)), 1.0)
    first, by_log, at = np.zeros((len(gamma), p, p)), np.zeros(len(gamma)), 1
    for level, g, h in zip(problem.levels, by_psi, log_psi, strict=True):
        both = (g + g.transpose(1, 0, 2, 3))[:, :, :p, :p]
        for rows, columns in _elements(level):
            here = slice(at, at + len(rows))
            factor = np.where(rows == columns, 0.5, 1.0) / sigma2
            first[here] = both[rows, columns] * factor[:, None, None]
            by_log[here] = 2 * h[rows, columns] * factor
            at += len(rows)
    # M(g) = M_rel(Psi / sigma^2) / sigma^2 and log|V| = N log sigma^2 + log|V_rel|.
    first /= sigma2
    first[0] = -m / sigma2**2 - np.einsum("i,iab->ab", gamma[1:], first[1:]) / sigma2
    by_log[0] = problem.rows / sigma2 - gamma[1:] @ by_log[1:] / sigma2
    return m / sigma2, first, by_log


def t_test(estimate: float, se: float, df: float | None, level: float = LEVEL):
    """(statistic, p, low, high) by t with df, or by z where df is None or infinite."""
    statistic = estimate / se if se > 0 else float("nan")
    if df is None or not np.isfinite(df):
        p, quantile = 2 * special.ndtr(-abs(statistic)), special.ndtri((1 + level) / 2)
    else:
        p, quantile = 2 * special.stdtr(df, -abs(statistic)), special.stdtrit(df, (1 + level) / 2)
    margin = float(quantile) * se
    return statistic, float(p), estimate - margin, estimate + margin
