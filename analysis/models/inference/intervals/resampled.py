"""Cluster bootstrap of a model from its moments: whole groups drawn with replacement, refitted.

Nothing is assumed of the outcome's distribution, only that the clusters are alike and independent.
Source: Davison & Hinkley 1997, sect. 3.8, doi:10.1017/CBO9780511802843.
"""

import time

import numpy as np

from analysis.base.errors import ModelError
from analysis.measures.conventions import LEVEL, REPLICATES
from analysis.models.criterion.problem import Problem, build_problem
from analysis.models.inference.intervals.bootstrap import (
    Bootstrap,
    Refits,
    check_settings,
    summarised,
)
from analysis.models.inference.variance.fitted_batch import column_positions
from analysis.models.inference.variance.variance_draws import BATCH, TOLERANCE, resampled_group
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import solve
from analysis.models.resampling.clusters import cluster_sums
from analysis.models.resampling.resample import Start, curvature, drawn_weights, refit
from analysis.models.resampling.weighted import Weighted

# Over fewer clusters a bootstrap is too short at both ends (Cameron, Gelbach & Miller 2008,
# doi:10.1162/rest.90.3.414: trouble from 5 to 30).
FEWEST_CLUSTERS = 30


def cluster_bootstrap(
    moments: Moments, replicates: int = REPLICATES, seed: int = 1, level: float = LEVEL
) -> Bootstrap:
    """Draw as many groups as there are, `replicates` times, and refit each by REML.

    moments: with a gram by the groups that are drawn (thirty or more). A group that is drawn
    twice counts as two. The same seed gives the same numbers. ModelError with random slopes, or
    where no grouping has groups enough.
    """
    began = time.perf_counter()
    check_settings(replicates, level)
    problem = build_problem(moments)
    cluster = resampled_group(moments, problem, FEWEST_CLUSTERS)
    if not cluster or INTERCEPT not in problem.x:
        raise _refusal(moments, problem)
    solution = solve(problem, True)
    refits = _refits(moments, problem, cluster, replicates, seed)
    seconds = time.perf_counter() - began
    kind, clusters = f"cluster: {cluster}", len(moments.gram)
    return summarised(moments, problem, solution, refits, kind, seed, level, seconds, clusters)


def _refits(moments: Moments, problem: Problem, cluster: str, replicates: int, seed: int) -> Refits:
    sums, rng = cluster_sums(moments, cluster), np.random.default_rng(seed)
    columns = np.append(column_positions(moments, problem.x), len(moments.names) - 1)
    whole = Weighted.of(sums, np.ones((1, sums.clusters)))
    theta = refit(whole, columns).theta[0]
    start = Start(theta, curvature(whole, columns, theta))
    found = [
        refit(Weighted.of(sums, weights), columns, start, TOLERANCE)
        for weights in drawn_weights(rng, sums.clusters, replicates, BATCH)
    ]
    theta, sigma2, beta, good = (
        np.concatenate([getattr(f, name) for f in found])
        for name in ("theta", "sigma2", "beta", "converged")
    )
    return Refits(theta, sigma2, beta, good & np.isfinite(beta).all(axis=1))


def _refusal(moments: Moments, problem: Problem) -> ModelError:
    slopes = [lv.group for lv in problem.levels if lv.terms != (INTERCEPT,)]
    if slopes:
        what = f"Groups are not resampled in a model with random slopes ('{slopes[0]}')"
    else:
        what = f"No grouping has the {FEWEST_CLUSTERS} groups that resampling them needs"
    return ModelError(
        what,
        where=f"'{moments.design.formula.text}'",
        allowed=f"an intercept, random intercepts and {FEWEST_CLUSTERS} groups or more",
        next_step="use the parametric bootstrap",
    )
