"""Outcomes drawn from a fitted model as sums, without a row.

Of a drawn outcome y = Zu + e only its sums with Z, X and itself matter, and their joint law
follows from Z'Z, Z'X and X'X. By unit i: Z_i'e ~ N(0, s2 Z_i'Z_i); X'e given these is normal about
the sum of X_i'Z_i (Z_i'Z_i)^- Z_i'e; what is left of e'e is s2 times a chi-square with the rows
less both ranks. Fixed effects are left out: the variances' estimates do not depend on them.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.problem import Problem
from analysis.models.criterion.theta import lambdas
from analysis.models.inference.intervals.innermost_units import Units
from analysis.models.linear.fit import Solution


@dataclass(frozen=True, slots=True)
class Law:
    """The law of the sums. root (U, z, z): square roots of Z'Z by unit, columns of zero where it
    has none; kept (U, z): which have one; slope (U, p, z): X'Z times root's inverse, transposed;
    rest (p, r): root of what is left of X'X; free: degrees of freedom of what is left of e'e."""

    root: np.ndarray
    kept: np.ndarray
    slope: np.ndarray
    rest: np.ndarray
    free: int


def law_of_sums(problem: Problem, units: Units) -> Law:
    p = problem.p
    size, vectors = np.linalg.eigh(units.zz)
    # Rounding leaves some 1e-16 of the largest where there is nothing.
    kept = size > 1e-12 * size[:, -1:]
    scale = np.sqrt(np.where(kept, size, 1.0))[:, None]
    root = vectors * np.where(kept[:, None], scale, 0.0)
    inverse = vectors * np.where(kept[:, None], 1 / scale, 0.0)
    slope = np.swapaxes(units.zw[:, :, :p], 1, 2) @ inverse
    left = problem.gram[:p, :p] - np.einsum("upz,uqz->pq", slope, slope)
    own = np.sqrt(np.diag(problem.gram)[:p])
    lengths, axes = np.linalg.eigh(left / np.outer(own, own))
    some = lengths > 1e-10  # of each column's own size: sums of many units' rounding
    rest = own[:, None] * axes[:, some] * np.sqrt(lengths[some])
    return Law(root, kept, slope, rest, problem.rows - int(kept.sum()) - int(some.sum()))


def draw_sums(problem: Problem, units: Units, solution: Solution, law: Law, rng, size: int):
    """X'y (B, p), y'y (B,) and Z'y by unit (U, B, z) of drawn outcomes, fixed effects of zero."""
    count, z = units.zz.shape[:2]
    noise = rng.standard_normal((count, size, z)) * law.kept[:, None]
    effects = np.zeros((count, size, z))
    for level, own, factor, group in zip(
        problem.levels, units.maps, lambdas(problem, solution.theta), units.group, strict=True
    ):
        u = rng.standard_normal((level.groups, size, level.q)) @ (own @ factor).T
        effects += u[group]
    rest = rng.standard_normal((size, law.rest.shape[1]))
    squares = rng.chisquare(law.free, size) if law.free > 0 else np.zeros(size)
    e = noise @ np.swapaxes(law.root, 1, 2)
    z_effects = effects @ units.zz
    xy = np.tensordot(noise, law.slope, axes=((0, 2), (0, 2))) + rest @ law.rest.T
    xy += np.tensordot(effects, units.zw[:, :, : problem.p], axes=((0, 2), (0, 1)))
    yy = squares + (rest**2).sum(axis=1) + np.einsum("ubz,ubz->b", noise, noise)
    yy += np.einsum("ubz,ubz->b", effects, 2 * e + z_effects)
    sigma = np.sqrt(solution.sigma2)
    return sigma * xy, sigma**2 * yy, sigma * (e + z_effects)
