"""Replicates of a fitted model, for intervals of anything computed from it.

With random intercepts only and sums by cluster, whole clusters are resampled and every model is
refitted (`resample.py`). Otherwise the estimates are drawn from their normal approximation: the
variance parameters from the criterion's curvature, the coefficients from N(beta, Cov(beta)).
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import ModelError
from analysis.measures.conventions import ENDS, FEWEST_DRAWN_AGAIN, REPLICATES, enough_usable
from analysis.models.criterion.by_group import base_map
from analysis.models.criterion.passes import backward_pass, evaluate, theta_gradient
from analysis.models.criterion.problem import Problem
from analysis.models.criterion.theta import lambdas
from analysis.models.inference.variance.fitted_batch import (
    Models,
    column_positions,
    point_model,
    predictor_spread,
    sample_factor,
    variances,
)
from analysis.models.inference.variance.spread import ClusterSpread
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution
from analysis.models.optimise import hessian
from analysis.models.resampling.clusters import cluster_sums
from analysis.models.resampling.plausible import plausible
from analysis.models.resampling.resample import Start, curvature, drawn_weights, refit
from analysis.models.resampling.weighted import Weighted

# Replicates refitted in one batch, and how sharp: a thousandth of a standard error.
BATCH = 100
TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval; None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Draws:
    """One Models for each set of fixed effects that was asked for, the same draws in all.

    kind: 'cluster: <group>', 'simulation' or 'none', as a reader is told.
    """

    models: tuple[Models, ...]
    kind: str
    replicates: int
    seed: int

    @property
    def ok(self) -> np.ndarray:
        return np.all([m.ok for m in self.models], axis=0)

    @property
    def failed(self) -> int:
        return int((~self.ok).sum())

    def status(self) -> tuple[str, ...]:
        """What a reader must know of the intervals, as sentences."""
        if self.failed == 0:
            return ()
        enough = usable(self) is not None
        end = "and were left out" if enough else "so no interval is shown"
        return (f"{self.failed} of {self.replicates} replicates could not be fitted {end}",)


def draw(
    moments: Moments,
    problem: Problem,
    solution: Solution,
    subsets: list[tuple[str, ...]],
    replicates: int = REPLICATES,
    seed: int = 1,
) -> Draws:
    """Replicates of the models with the fixed effects of each subset (subsets of problem.x).

    replicates 0 gives none. Cluster resampling needs moments whose gram is by the clusters.
    """
    if replicates == 0:
        return Draws((), "none", 0, seed)
    cluster = resampled_group(moments, problem)
    if cluster and all(INTERCEPT in s for s in subsets):
        models = _resampled(moments, cluster, subsets, replicates, seed)
        return Draws(models, f"cluster: {cluster}", replicates, seed)
    models = _simulated(moments, problem, solution, subsets, replicates, seed)
    return Draws(models, "simulation", replicates, seed)


def resampled_group(moments: Moments, problem: Problem, fewest: int = FEWEST_DRAWN_AGAIN) -> str:
    """The grouping whose clusters can be resampled, '' for none: every random effect is an
    intercept, and the gram is by the groups of the outermost level, at least `fewest` of them.
    Inner groups are never drawn: that would hold the outer ones fixed in silence."""
    if moments.gram.ndim == 2 or any(lv.terms != (INTERCEPT,) for lv in problem.levels):
        return ""
    if not problem.levels:
        return ""
    level = problem.levels[-1]
    enough = level.groups == len(moments.gram) and level.groups >= fewest
    return level.group if enough else ""


def best_cluster(group_counts: dict[str, int]) -> str:
    """Which grouping's gram to ask the store for: the outermost, '' where there is none.
    group_counts: innermost first. Worked: 900 patients and 40 therapists give therapists."""
    return next(reversed(group_counts), "")


def usable(draws: Draws) -> np.ndarray | None:
    """(B,) which replicates count; None when there are too few."""
    if not draws.models:
        return None
    ok = draws.ok
    return ok if enough_usable(ok.sum(), len(ok)) else None


def interval(
    value: float, replicates: np.ndarray | None, low: float = 0.0, high: float = 1.0
) -> Estimate:
    """The percentile interval of replicates (B,), moved by their bias and cut at [low, high].

    A replicate's coefficients carry the sample's noise and its own, so an explained variance lies
    too high in them by as much as in the sample: mean(replicates) - value is taken off.
    """
    if replicates is None or not np.isfinite(value):
        return Estimate(float(value))
    ends = np.quantile(replicates, ENDS)
    ends = np.clip(ends - (replicates.mean() - value), low, high)
    return Estimate(float(value), float(min(ends[0], value)), float(max(ends[1], value)))


def _resampled(moments, cluster, subsets, replicates, seed) -> tuple[Models, ...]:
    sums = cluster_sums(moments, cluster)
    spread = ClusterSpread(moments, sums)
    rng, last = np.random.default_rng(seed), len(moments.names) - 1
    columns = [np.append(column_positions(moments, s), last) for s in subsets]
    whole = Weighted.of(sums, np.ones((1, sums.clusters)))
    starts = [_start(whole, c) for c in columns]
    batches: list[list[Models]] = []
    for weights in drawn_weights(rng, sums.clusters, replicates, BATCH):
        weighted = Weighted.of(sums, weights)
        pieces = spread.covariances(weights, weighted.gram)
        pieces *= sample_factor(weighted.rows)[:, None, None, None]
        batches.append(
            [_refitted(weighted, pieces, c, s) for c, s in zip(columns, starts, strict=True)]
        )
    return tuple(_joined(list(parts)) for parts in zip(*batches, strict=True))


def _start(whole: Weighted, columns: np.ndarray) -> Start:
    theta = refit(whole, columns).theta[0]
    return Start(theta, curvature(whole, columns, theta))


def _refitted(weighted: Weighted, pieces: np.ndarray, columns: np.ndarray, start: Start) -> Models:
    found = refit(weighted, columns, start, TOLERANCE)
    x, levels = columns[:-1], found.theta.shape[1]
    return Models(
        beta=found.beta,
        sigma2=found.sigma2,
        psi=tuple((found.sigma2 * found.theta[:, k] ** 2)[:, None, None] for k in range(levels)),
        spread=pieces[:, :, x[:, None], x],
        z_spread=np.zeros((1, levels + 1, 1, 1)),
        z_mean=np.ones(1),
        ok=found.converged & np.isfinite(found.beta).all(axis=1),
    )


def _joined(parts: list[Models]) -> Models:
    def rows(name):
        return np.concatenate([getattr(p, name) for p in parts])

    psi = tuple(np.concatenate(level) for level in zip(*(p.psi for p in parts), strict=True))
    first = parts[0]
    return Models(
        rows("beta"), rows("sigma2"), psi, rows("spread"), first.z_spread, first.z_mean, rows("ok")
    )


def _simulated(moments, problem, solution, subsets, replicates, seed) -> tuple[Models, ...]:
    """Draws of the full model; a subset's coefficients are what the drawn ones become when the
    rest is left out at the fitted variances, its variance total stays the full model's."""
    rng, p = np.random.default_rng(seed), problem.p
    theta, sigma2 = draw_variances(problem, solution, replicates, rng)
    m = solution.evaluation.forward.products[:p, :p]
    noise = rng.normal(size=(replicates, p)) @ np.linalg.inv(np.linalg.cholesky(m))
    beta = solution.evaluation.beta + np.sqrt(sigma2)[:, None] * noise
    every = _plausible_spread(moments, rng, replicates)
    own = column_positions(moments, problem.x)
    full = _full_models(moments, problem, solution, theta, sigma2, beta)
    full = replace(full, spread=every[:, :, own[:, None], own])
    total = variances(full).total
    out = []
    for subset in subsets:
        if tuple(subset) == problem.x:
            out.append(full)
            continue
        kept = np.array([problem.x.index(name) for name in subset], dtype=np.int64)
        columns = column_positions(moments, subset)
        smaller = beta @ m[:, kept] @ np.linalg.inv(m[np.ix_(kept, kept)])
        pieces = every[:, :, columns[:, None], columns]
        out.append(
            Models(smaller, sigma2, full.psi, pieces, full.z_spread, full.z_mean, full.ok, total)
        )
    return tuple(out)


def _plausible_spread(moments: Moments, rng, replicates: int) -> np.ndarray:
    """(B, 1 + L, d, d) covariances of the columns' parts that may lie behind the sample's, with as
    many degrees of freedom as groups of the level differ within those around them."""
    spread = np.repeat(predictor_spread(moments)[0], replicates, axis=0)
    counts = [moments.rows, *(int(c.max()) + 1 for c in moments.codes), 1]
    some = np.arange(1, len(moments.names) - 1)
    for k in range(spread.shape[1]):
        free = max(counts[k] - counts[k + 1], 1)
        drawn = plausible(rng, spread[0, k][np.ix_(some, some)], free, replicates)
        spread[:, k, some[:, None], some] = drawn
    return spread


def _full_models(moments, problem, solution, theta, sigma2, beta) -> Models:
    point = point_model(moments, problem, solution)
    maps = [base_map(moments, problem, level) for level in problem.levels]
    psi = [np.zeros((len(theta), len(m), len(m))) for m in maps]
    for b, t in enumerate(theta):
        for k, factor in enumerate(lambdas(problem, t)):
            root = maps[k] @ factor
            psi[k][b] = sigma2[b] * root @ root.T
    ok = np.isfinite(sigma2) & (sigma2 > 0)
    return Models(beta, sigma2, tuple(psi), point.spread, point.z_spread, point.z_mean, ok)


def draw_variances(
    problem: Problem, solution: Solution, replicates: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """theta (B, n) and sigma2 (B,) from the normal approximation of (theta, log sigma^2).

    With d the profiled criterion, H its Hessian: theta ~ N(theta, 2 H^-1), and log sigma^2 given
    theta is normal about its profile, with variance 2 / dof. Directions in which the criterion is
    flat stay where they are.
    """
    theta, sigma2 = solution.theta, solution.sigma2

    def gradients(points: np.ndarray) -> np.ndarray:
        return np.array([evaluate(problem, t, solution.reml).gradient for t in points])

    size, vectors = np.linalg.eigh(hessian(gradients, theta))
    keep = size > 1e-6 * max(1.0, np.abs(size).max(initial=0.0))
    # The symmetric root: no sign of a vector, which rounding gives, makes it other draws.
    root = (vectors[:, keep] * np.sqrt(2 / size[keep])) @ vectors[:, keep].T
    shift = rng.normal(size=(replicates, len(theta))) @ root
    contrast = np.append(-solution.evaluation.beta, 1.0)
    forward = solution.evaluation.forward
    psi = backward_pass(problem, forward, np.outer(contrast, contrast), 0.0)
    slope = theta_gradient(problem, forward, psi) / (sigma2 * solution.dof)
    noise = rng.normal(size=replicates) * np.sqrt(2 / solution.dof)
    drawn = sigma2 * np.exp(shift @ slope + noise)
    if not np.isfinite(drawn).all():
        raise ModelError(
            "The estimates' spread cannot be told: the criterion has no curvature",
            where="the random effects",
            allowed="variances that the data determine",
            next_step="leave out random terms",
        )
    return theta + shift, drawn
