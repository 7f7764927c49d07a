"""Parametric bootstrap from the moments alone: outcomes drawn from the fitted model, all refitted.

Same law as lme4's bootMer(use.u = FALSE); see `simulated.py` for how no row is needed.
Source: Davison & Hinkley 1997, ch. 2, doi:10.1017/CBO9780511802843.
"""

import time
from dataclasses import dataclass

import numpy as np

from analysis.errors import ModelError, RequestError
from analysis.mixed.criterion import evaluate
from analysis.mixed.design import INTERCEPT
from analysis.mixed.fit import SINGULAR, Solution, solve
from analysis.mixed.intervals.replicates import evaluate_replicates, outcome_sums, shared_sums
from analysis.mixed.intervals.simulated import draw_sums, law_of_sums
from analysis.mixed.intervals.units import Units, unit_sums
from analysis.mixed.moments import Moments
from analysis.mixed.optimise import hessian, minimise
from analysis.mixed.problem import COLLINEAR, Problem, build_problem

# Predicted decrease at which a refit stops: a parameter then lies within 1e-3 of its standard
# error of the optimum, far below the Monte-Carlo error of any number of replicates.
TOLERANCE = 1e-7
LEAST_START = 0.05  # a search that starts at exactly zero would stay there
CHUNK_NUMBERS = 4_000_000  # numbers by unit and replicate that are held at once
MOST_FAILED = 0.5
MOST_REPLICATES = 1_000_000


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """One parameter, named as in Fit.tidy(): its estimate, the replicates' mean less the estimate
    (bias), their standard deviation (se), and percentile bounds; None where too many failed."""

    group: str
    term: str
    estimate: float | None
    bias: float | None
    se: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ParametricBootstrap:
    """Percentile intervals of every parameter of a model.

    replicates: drawn; failed: refits without an answer, which enter no number; singular: refits
    with a variance of zero or a perfect correlation. draws (replicates - failed, parameters), in
    the order of intervals; NaN is a correlation with a variance of zero.
    """

    formula: str
    method: str
    level: float
    replicates: int
    failed: int
    singular: int
    seed: int
    intervals: tuple[BootstrapInterval, ...]
    draws: np.ndarray
    messages: tuple[str, ...]
    seconds: float

    def tidy(self) -> list[dict]:
        """One row a parameter: group, term, estimate, bias, se, low, high."""
        names = ("group", "term", "estimate", "bias", "se", "low", "high")
        return [{n: getattr(i, n) for n in names} for i in self.intervals]


def parametric_bootstrap(
    moments: Moments, method: str = "REML", replicates: int = 1000, seed: int = 1,
    level: float = 0.95,
) -> ParametricBootstrap:  # fmt: skip
    """Draw `replicates` outcomes from the model fitted by `method` and refit each by it.

    The same seed gives the same numbers. ModelError without random effects.
    """
    began = time.perf_counter()
    problem = build_problem(moments)
    _check(moments, problem, replicates, level)
    solution = solve(problem, method == "REML")
    units = unit_sums(moments, problem)
    theta, sigma2, beta, converged = _refits(problem, units, solution, replicates, seed)
    good = converged & np.isfinite(sigma2)
    names, draws = raw_parameters(moments, problem, theta[good], sigma2[good], beta[good])
    _, own = raw_parameters(
        moments, problem, solution.theta[None], np.array([solution.sigma2]),
        solution.evaluation.beta[None],
    )  # fmt: skip
    failed = int((~good).sum())
    return ParametricBootstrap(
        formula=moments.design.formula.text,
        method=method,
        level=level,
        replicates=replicates,
        failed=failed,
        singular=int(_singular(problem, theta[good]).sum()),
        seed=seed,
        intervals=_intervals(names, own[0], draws, level, failed / replicates),
        draws=draws,
        messages=_messages(replicates, failed),
        seconds=time.perf_counter() - began,
    )


def raw_parameters(moments: Moments, problem: Problem, theta, sigma2, beta):
    """Names [(group, term)] as in Fit.tidy() and values (B, parameters) on the outcome's scale of
    internal theta (B, n), sigma2 (B,), beta (B, p)."""
    names = [("", term) for term in problem.x]
    fixed = beta @ problem.x_to_raw.T
    if INTERCEPT in problem.x:
        fixed[:, problem.x.index(INTERCEPT)] += moments.centre[-1]
    sds, correlations, r_names = [], [], []
    for level, factor in zip(problem.levels, _all_lambdas(problem, theta), strict=True):
        root = np.sqrt(sigma2)[:, None, None] * (level.to_raw @ factor)
        psi = root @ np.swapaxes(root, 1, 2)
        sd = np.sqrt(np.einsum("bii->bi", psi))
        for block in level.blocks:
            for i, a in enumerate(block):
                names.append((level.group, f"sd {level.terms[a]}"))
                sds.append(sd[:, a])
                for b in block[i + 1 :]:
                    r_names.append((level.group, f"r {level.terms[a]}, {level.terms[b]}"))
                    product = sd[:, a] * sd[:, b]
                    r = psi[:, a, b] / np.where(product > 0, product, np.nan)
                    correlations.append(np.clip(r, -1, 1))
    sigma = np.sqrt(sigma2) * problem.sigma_scale
    values = np.column_stack([fixed, *sds, *correlations, sigma])
    return [*names, *r_names, ("residual", "sd")], values


def _check(moments: Moments, problem: Problem, replicates: int, level: float) -> None:
    if not problem.levels:
        raise ModelError(
            "A model without random effects needs no bootstrap: its t intervals are exact",
            where=f"'{moments.design.formula.text}'",
            allowed="a model with at least one random term",
            next_step="use the intervals of the fit",
        )
    if not 1 <= replicates <= MOST_REPLICATES or not 0 < level < 1:
        raise RequestError(
            "The bootstrap's settings cannot be used",
            where="replicates and level",
            allowed=f"1 to {MOST_REPLICATES:,} replicates, a level between 0 and 1",
            next_step="try 1,000 replicates and level 0.95",
        )


def _refits(problem: Problem, units: Units, solution: Solution, replicates: int, seed: int):
    """theta (B, n), sigma2 (B,), beta (B, p), converged (B,) of all replicates, in chunks whose
    size depends on the data alone, so that the seed fixes every number."""
    shared, law = shared_sums(problem, units), law_of_sums(problem, units)
    rng = np.random.default_rng(seed)
    chunk = max(1, CHUNK_NUMBERS // (units.zz[:, 0].size * (problem.p + 2)))
    inverse = _curvature(problem, solution)
    parts = []
    for start in range(0, replicates, chunk):
        size = min(chunk, replicates - start)
        sums = outcome_sums(shared, units, *draw_sums(problem, units, solution, law, rng, size))
        begin = np.broadcast_to(_start(problem, solution.theta), (size, len(solution.theta)))
        evaluate_at = _criterion(shared, sums, solution.reml)
        optimum = minimise(evaluate_at, begin.copy(), inverse, TOLERANCE)
        _, _, beta, rss = evaluate_replicates(
            shared, sums, optimum.theta, np.arange(size), solution.reml
        )
        good = optimum.converged & (rss > COLLINEAR * sums.yy)
        parts.append((optimum.theta, rss / solution.dof, beta, good))
    theta, sigma2, beta, good = (np.concatenate(c) for c in zip(*parts, strict=True))
    return theta, sigma2, beta + solution.evaluation.beta, good


def _criterion(shared, sums, reml: bool):
    return lambda theta, members: evaluate_replicates(shared, sums, theta, members, reml)[:2]


def _curvature(problem: Problem, solution: Solution) -> np.ndarray:
    """(n, n) positive definite inverse Hessian of the criterion near the estimates."""
    at = _start(problem, solution.theta)
    size, vectors = np.linalg.eigh(
        hessian(
            lambda points: np.array([evaluate(problem, t, solution.reml).gradient for t in points]),
            at,
        )
    )
    size = np.maximum(np.abs(size), 1e-3 * np.abs(size).max() + 1e-8)
    return (vectors / size) @ vectors.T


def _start(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """theta with diagonals of at least LEAST_START."""
    theta, at = theta.copy(), 0
    for level in problem.levels:
        for block in level.blocks:
            for length in range(len(block), 0, -1):
                theta[at] = max(theta[at], LEAST_START)
                at += length
    return theta


def _all_lambdas(problem: Problem, theta: np.ndarray) -> list[np.ndarray]:
    """(B, q, q) factors of each level for theta (B, n)."""
    out, at = [], 0
    for level in problem.levels:
        factor = np.zeros((len(theta), level.q, level.q))
        for block in level.blocks:
            columns, rows = np.triu_indices(len(block))
            factor[:, rows + block[0], columns + block[0]] = theta[:, at : at + len(rows)]
            at += len(rows)
        out.append(factor)
    return out


def _singular(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """(B,) bool: some combination of a block's effects has (almost) no variance."""
    out = np.zeros(len(theta), dtype=bool)
    for level, factor in zip(problem.levels, _all_lambdas(problem, theta), strict=True):
        for block in level.blocks:
            own = factor[:, block[0] : block[-1] + 1, block[0] : block[-1] + 1]
            out |= np.linalg.svd(own, compute_uv=False)[:, -1] < SINGULAR
    return out


def _intervals(names, own, draws, level: float, failed: float) -> tuple[BootstrapInterval, ...]:
    out = []
    for j, (group, term) in enumerate(names):
        estimate = float(own[j]) if np.isfinite(own[j]) else None
        values = draws[np.isfinite(draws[:, j]), j]
        if failed > MOST_FAILED or len(values) < 2:
            out.append(BootstrapInterval(group, term, estimate, None, None, None, None))
            continue
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        bias = None if estimate is None else float(values.mean()) - estimate
        out.append(
            BootstrapInterval(
                group, term, estimate, bias, float(values.std(ddof=1)), float(low), float(high)
            )
        )
    return tuple(out)


def _messages(replicates: int, failed: int) -> tuple[str, ...]:
    if failed > MOST_FAILED * replicates:
        return (
            f"{failed:,} of {replicates:,} refits found no answer: too many for an interval; a "
            "simpler random part would do",
        )
    if failed:
        return (f"{failed:,} of {replicates:,} refits found no answer and were left out",)
    return ()
