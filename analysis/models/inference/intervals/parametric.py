"""Parametric bootstrap from the moments alone: outcomes drawn from the fitted model, all refitted.

Same law as lme4's bootMer(use.u = FALSE); see `simulated.py` for how no row is needed.
Source: Davison & Hinkley 1997, ch. 2, doi:10.1017/CBO9780511802843.
"""

import time

import numpy as np

from analysis.base.errors import ModelError
from analysis.measures.conventions import LEVEL, REPLICATES
from analysis.models.criterion.fixed_part import COLLINEAR
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import Problem
from analysis.models.criterion.turned import nested_problem
from analysis.models.inference.intervals.bootstrap import (
    Bootstrap,
    Refits,
    check_settings,
    summarised,
)
from analysis.models.inference.intervals.innermost_units import Units, unit_sums
from analysis.models.inference.intervals.replicates import (
    evaluate_replicates,
    outcome_sums,
    shared_sums,
)
from analysis.models.inference.intervals.simulated import draw_sums, law_of_sums
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution, solve
from analysis.models.optimise import hessian, minimise
from analysis.models.resampling.weighted import LEAST_START

# Predicted decrease at which a refit stops: a parameter then lies within 1e-3 of its standard
# error of the optimum, far below the Monte-Carlo error of any number of replicates.
TOLERANCE = 1e-7
CHUNK_NUMBERS = 4_000_000  # numbers by unit and replicate that are held at once


def parametric_bootstrap(
    moments: Moments,
    method: str = "REML",
    replicates: int = REPLICATES,
    seed: int = 1,
    level: float = LEVEL,
) -> Bootstrap:
    """Draw `replicates` outcomes from the model fitted by `method` and refit each by it.

    The same seed gives the same numbers. ModelError without random effects.
    """
    began = time.perf_counter()
    problem = nested_problem(moments)
    check_settings(replicates, level)
    _check(moments, problem)
    solution = solve(problem, method == "REML")
    units = unit_sums(moments, problem)
    refits = _refits(problem, units, solution, replicates, seed)
    seconds = time.perf_counter() - began
    return summarised(moments, problem, solution, refits, "parametric", seed, level, seconds)


def _check(moments: Moments, problem: Problem) -> None:
    if not problem.levels:
        raise ModelError(
            "A model without random effects needs no bootstrap: its t intervals are exact",
            where=f"'{moments.design.formula.text}'",
            allowed="a model with at least one random term",
            next_step="use the intervals of the fit",
        )


def _refits(
    problem: Problem, units: Units, solution: Solution, replicates: int, seed: int
) -> Refits:
    """All replicates, in chunks whose size depends on the data alone, so that the seed fixes every
    number."""
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
    return Refits(theta, sigma2, beta + solution.evaluation.beta, good & np.isfinite(sigma2))


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
