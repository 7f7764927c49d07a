"""What single groups do to the variances: leave one out, fit again, and see.

A coefficient may hardly move while the spread between groups, its share (the intraclass
correlation) and R2 rest on one group. The outermost groups are judged by how far each lies from
where a fit without it puts it (a deleted residual: a group that lies far out widens the very spread
it is measured by); inner ones by their predicted effects.
Source: Cook & Weisberg 1982, Residuals and Influence in Regression, ch. 2 (deleted residuals).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.base.errors import ModelError
from analysis.models.criterion.by_group import (
    by_group,
    eliminate,
    fixed_basis,
    parents_of,
    predicted,
    relative_psi,
)
from analysis.models.criterion.passes import evaluate, lambdas
from analysis.models.criterion.problem import Problem, build_problem
from analysis.models.inference.checks.verdict import FINE, PROBLEM, Verdict
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution, no_variance, variance_parts
from analysis.models.optimise import minimise

# An outlying group has a chance below this, all groups of its level considered.
UNUSUAL = {"outermost": 0.04, "inner": 0.005}
# Groups refitted without: all of few, the farthest out of many.
ALL, FARTHEST = 60, 5
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class WithoutGroup:
    """The fit without one group. number: its place in the moments' codes; rows; distance: how far
    it lies out, in standard deviations; sd: between the groups of its level, on the outcome's
    scale; icc: that variance over all; r2: the fixed effects' (marginal)."""

    number: int
    rows: int
    distance: float
    sd: float
    icc: float
    r2: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Groups of one level, each left out in turn. sd, icc, r2: with all of them; groups: their
    number; without: those refitted, the farthest out first; p: of the farthest one, all groups
    considered."""

    group: str
    groups: int
    sd: float
    icc: float
    r2: float
    without: tuple[WithoutGroup, ...]
    p: float
    verdict: Verdict

    def tidy(self, most: int = 20) -> list[dict]:
        """One row a group: group (its number), rows, distance, sd, icc and r2 without it."""
        return [
            dict(group=w.number + 1, rows=w.rows, distance=w.distance, sd=w.sd, icc=w.icc, r2=w.r2)
            for w in self.without[:most]
        ]


def left_out(moments: Moments, problem: Problem, solution: Solution, group: str) -> LeftOut:
    """Leave out groups of `group` in turn. ModelError where the gram is not kept by its groups."""
    level = moments.groupings.index(group)
    kept = by_group(moments, group)
    sd, icc, r2 = _shares(problem, solution, level)
    if not _has_spread(problem, solution, level):
        sentence = f"The model has no spread of the level of '{group}' that one group could carry."
        groups = problem.levels[level].groups
        return LeftOut(group, groups, sd, icc, r2, (), 1.0, Verdict(FINE, sentence))
    far = _distances(moments, problem, solution, level)
    groups, is_outer = len(far), level == len(moments.groupings) - 1
    order = np.argsort(-np.abs(far), kind="stable")
    chosen = order if groups <= ALL and is_outer else order[:FARTHEST]
    found = [_without(kept, problem, solution, level, int(g), float(far[g])) for g in chosen]
    found = sorted((f for f in found if f), key=lambda w: -abs(w.distance))
    largest = abs(found[0].distance) if found else 0.0
    single = 2 * float(special.stdtr(max(groups - 2, 1), -largest))
    p = min(groups * single, 1.0)
    unusual = p < UNUSUAL["outermost" if is_outer else "inner"] and groups > 2
    verdict = _verdict(group, groups, sd, icc, r2, found, unusual)
    return LeftOut(group, groups, sd, icc, r2, tuple(found), p, verdict)


def _has_spread(problem: Problem, solution: Solution, level: int) -> bool:
    """Whether the groups have random intercepts, of a variance that is not zero."""
    terms, factor = problem.levels[level].terms, lambdas(problem, solution.theta)[level]
    at = [j for j, term in enumerate(terms) if term == INTERCEPT]
    return bool(at) and not no_variance(factor)[at].all()


def _distances(moments: Moments, problem: Problem, solution: Solution, level: int) -> np.ndarray:
    """(n,) predicted intercepts of the level's groups over their own standard deviations."""
    basis = fixed_basis(moments, problem)
    psis = relative_psi(moments, problem, solution.theta)
    s0 = moments.cross[:, :, moments.z]
    levels = eliminate(s0, moments.cross @ basis, parents_of(list(moments.codes)), psis)
    contrast = np.append(-solution.evaluation.beta, 1.0)
    at = list(moments.z).index(0)
    effect = (predicted(levels)[level] @ contrast)[:, at]
    spread = (levels[level].a @ levels[level].s @ psis[level])[:, at, at] * solution.sigma2
    whole = psis[level][at, at] * solution.sigma2
    known = spread > 1e-6 * max(whole, 1e-300)
    return np.where(known, effect / np.sqrt(np.where(known, spread, 1.0)), 0.0)


def _without(
    kept: Moments, problem: Problem, solution: Solution, level: int, g: int, distance: float
) -> WithoutGroup | None:
    """The fit without group g of `kept`, whose gram is by the level's groups."""
    rows = int(kept.counts[kept.codes[level] == g].sum())
    smaller = _minus(kept, level, g)
    try:
        less = build_problem(smaller, problem.x)
    except (ModelError, np.linalg.LinAlgError):
        return None
    if less.x != problem.x:
        return None

    def function(theta, members):
        at = [evaluate(less, t, solution.reml) for t in theta]
        return np.array([e.value for e in at]), np.array([e.gradient for e in at])

    theta = minimise(function, solution.theta[None], tolerance=TOLERANCE).theta[0]
    dof = less.rows - (less.p if solution.reml else 0)
    fitted = replace(
        solution, theta=theta, evaluation=evaluate(less, theta, solution.reml), dof=dof
    )
    if level == len(kept.groupings) - 1:
        distance = _deleted(kept, less, fitted, level, g)
    return WithoutGroup(g, rows, distance, *_shares(less, fitted, level))


def _minus(kept: Moments, level: int, g: int) -> Moments:
    stays = kept.codes[level] != g
    codes = tuple(np.unique(c[stays], return_inverse=True)[1] for c in kept.codes)
    counts = kept.counts[stays]
    return replace(
        kept,
        gram=kept.gram.sum(axis=0) - kept.gram[g],
        cross=kept.cross[stays],
        counts=counts,
        codes=codes,
        labels=(),
        rows=int(counts.sum()),
    )


def _deleted(kept: Moments, less: Problem, fitted: Solution, level: int, g: int) -> float:
    """How far the mean of group g lies from what the fit without it expects, over the standard
    deviation of that difference: the groups' spread, the rows' and the coefficients' together."""
    own = kept.codes[level] == g
    codes = [np.unique(c[own], return_inverse=True)[1] for c in kept.codes]
    basis, p = fixed_basis(kept, less), less.p
    psis = relative_psi(kept, less, fitted.theta)
    s0 = kept.cross[own][:, :, kept.z]
    of = eliminate(s0, kept.cross[own] @ basis, parents_of(codes), psis)[level]
    at = list(kept.z).index(0)
    size = of.s[0, at, at]
    into = of.s[0, at] / size
    x = of.r[0, at, :p] / size
    beta = fitted.evaluation.beta
    mean = of.r[0, at, p] / size - x @ beta
    information = fitted.evaluation.forward.products[:p, :p]
    variance = 1 / size + into @ psis[level] @ into + x @ np.linalg.solve(information, x)
    return float(mean / np.sqrt(fitted.sigma2 * variance))


def _shares(problem: Problem, solution: Solution, level: int) -> tuple[float, float, float]:
    """SD between the groups of a level (mean over rows), its share of all variance that is not the
    fixed effects', and the fixed effects' share of all."""
    fixed, random, residual = variance_parts(problem, solution)
    scale = problem.y_scale
    rest = sum(random) + residual
    return float(np.sqrt(random[level]) * scale), random[level] / rest, fixed / (fixed + rest)


def _verdict(group, groups, sd, icc, r2, found, unusual: bool) -> Verdict:
    if groups <= 2 or not found:
        return Verdict(FINE, f"'{group}' has too few groups to leave one out.")
    first = found[0]
    if unusual:
        return Verdict(
            PROBLEM,
            f"One group of '{group}' ({first.rows:,} rows) lies {abs(first.distance):.1f} standard "
            f"deviations from where the others put it: with it the SD between the groups is "
            f"{sd:.3g}, without it {first.sd:.3g}; their share of the unexplained variance "
            f"{icc:.3f} and {first.icc:.3f}, marginal R² {r2:.3f} and {first.r2:.3f}. Check its "
            "data, and report both.",
        )
    widest = max(found, key=lambda w: abs(w.sd - sd))
    return Verdict(
        FINE,
        f"No sign of an outlying group in {groups:,} of '{group}' (the farthest lies "
        f"{abs(first.distance):.1f} standard deviations out); without the one that matters most "
        f"the SD between them is {widest.sd:.3g} in place of {sd:.3g}, their share "
        f"{widest.icc:.3f} in place of {icc:.3f}.",
    )
