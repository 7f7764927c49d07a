"""The ML deviance with one parameter held fixed, as a smooth function of all the others.

A standard deviation or correlation is held on the raw scale: the block's factor is written with
the parameter's terms first, so that the first row (or the second one's direction) is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.models.criterion.passes import backward_pass, forward_pass
from analysis.models.criterion.problem import Level, Problem
from analysis.models.criterion.theta import lambdas
from analysis.models.linear.fit import SINGULAR, Solution
from analysis.models.resampling.weighted import LEAST_START

INFINITE = float("inf")


class Scaled(Protocol):
    """A level of any model: the places of its blocks' terms, and raw effects = to_raw @ internal
    ones."""

    @property
    def blocks(self) -> Sequence[tuple[int, ...]]: ...

    @property
    def to_raw(self) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """The coefficient of problem.x[position]."""

    position: int
    term: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """kind: 'sd' (terms: its position in the block), 'r' (two positions) or 'sigma' (none).
    level, block: where. group, term: as in Fit.tidy()."""

    kind: str
    level: int
    block: int
    terms: tuple[int, ...]
    group: str
    term: str


@dataclass(frozen=True, slots=True)
class _Form:
    """One block's factor as mix @ lower: mix (q, q); rows, columns of lower's free entries; sd:
    whether lower[0, 0] is held; r: whether lower's second row has a held direction."""

    mix: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    held: str


def value_of(problem: Problem, solution: Solution, target: Fixed | Target) -> float | None:
    """The estimate (a coefficient without the outcome's centre); None for r without variance."""
    if isinstance(target, Fixed):
        return float(problem.x_to_raw[target.position] @ solution.evaluation.beta)
    sigma = float(np.sqrt(solution.sigma2))
    if target.kind == "sigma":
        return sigma * problem.sigma_scale
    level = problem.levels[target.level]
    lower = _raw_lower(problem, level, target, solution.theta)
    if target.kind == "sd":
        return sigma * float(lower[0, 0]) * size_of(level, target)
    second = float(np.hypot(lower[1, 0], lower[1, 1]))
    if lower[0, 0] < SINGULAR or second < SINGULAR:
        return None
    return float(np.clip(lower[1, 0] / second, -1, 1))


def target_start(problem: Problem, solution: Solution, target: Fixed | Target):
    """(start of the free parameters, first step of the target, its edges)."""
    sigma = float(np.sqrt(solution.sigma2))
    parts = []
    for level_number, level in enumerate(problem.levels):
        for number, block in enumerate(level.blocks):
            parts.append(_block_start(problem, solution, target, level_number, number, len(block)))
    free = np.concatenate([*parts, np.zeros(0)])
    if not _is(target, "sigma"):
        free = np.append(free, np.log(sigma))
    if isinstance(target, Fixed):
        p = problem.p
        unit = np.linalg.inv(solution.evaluation.forward.products[:p, :p])
        row = problem.x_to_raw[target.position]
        return free, 2 * sigma * float(np.sqrt(row @ unit @ row)), (-INFINITE, INFINITE)
    value = value_of(problem, solution, target)
    if value is None:
        raise AssertionError("a target without a value has no profile to start")
    if target.kind == "sigma":
        # Its standard error is near sigma / sqrt(2 N); more where groups take most rows.
        return free, 2.2 * value / np.sqrt(2 * problem.rows), (value * 1e-3, INFINITE)
    groups = problem.levels[target.level].groups
    if target.kind == "sd":
        least = 0.1 * sigma * size_of(problem.levels[target.level], target)
        return free, max(2 * value / np.sqrt(2 * groups), least), (0.0, INFINITE)
    return free, max(2 * (1 - value**2) / np.sqrt(groups), 0.05), (-1.0, 1.0)


def constrained_criterion(
    problem: Problem, target: Fixed | Target, value: float
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """The deviance with `target` at `value` on the raw scale, and its gradient, of the free
    parameters: factors of the blocks, innermost level first, and log sigma (unless held)."""
    forms = _forms(problem, target)
    own = value  # on the internal scale; coefficients and correlations stay as they are
    if _is(target, "sigma"):
        own = value / problem.sigma_scale
    elif isinstance(target, Target) and target.kind == "sd":
        own = value / size_of(problem.levels[target.level], target)

    def criterion(point: np.ndarray) -> tuple[float, np.ndarray]:
        sigma = own if _is(target, "sigma") else float(np.exp(point[-1]))
        lowers = _lowers(problem, forms, point, own, sigma)
        factors = _factors(problem, forms, lowers)
        forward = forward_pass(problem, factors)
        contrast = _contrast(problem, forward.products, target, own)
        rss = float(contrast @ forward.products @ contrast)
        n = problem.rows
        deviance = forward.log_det + n * np.log(2 * np.pi * sigma**2) + rss / sigma**2
        psi = backward_pass(problem, forward, np.outer(contrast, contrast) / sigma**2, 1.0)
        slopes, by_log_sigma = _pull_back(problem, forms, psi, factors, point, own, sigma)
        if not _is(target, "sigma"):
            slopes.append(np.array([2 * n - 2 * rss / sigma**2 + by_log_sigma]))
        return float(deviance), np.concatenate([*slopes, np.zeros(0)])

    return criterion


def _is(target: Fixed | Target, kind: str) -> bool:
    return isinstance(target, Target) and target.kind == kind


def _contrast(problem: Problem, products: np.ndarray, target, value: float) -> np.ndarray:
    """(-beta, 1) with the best beta, the target's coefficient at its value if it is one."""
    p = problem.p
    beta = np.linalg.solve(products[:p, :p], products[:p, p])
    if isinstance(target, Fixed):
        row = problem.x_to_raw[target.position]
        direction = np.linalg.solve(products[:p, :p], row)
        beta = beta + direction * (value - row @ beta) / (row @ direction)
    return np.append(-beta, 1.0)


def _forms(problem: Problem, target) -> list[list[_Form]]:
    out = []
    for k, level in enumerate(problem.levels):
        out.append([])
        for b, block in enumerate(level.blocks):
            columns, rows = np.triu_indices(len(block))
            held, mix = "", np.eye(len(block))
            if isinstance(target, Target) and (target.level, target.block) == (k, b):
                held = target.kind if target.kind != "sigma" else ""
            if held:
                mix = np.linalg.inv(to_ordered(level, target))
                gone = (rows == 0) if held == "sd" else (rows == 1) & (columns == 1)
                rows, columns = rows[~gone], columns[~gone]
            out[-1].append(_Form(mix, rows, columns, held))
    return out


def _order(target: Target, q: int) -> list[int]:
    return [*target.terms, *(i for i in range(q) if i not in target.terms)]


def size_of(level: Scaled, target: Target) -> float:
    """The raw size of one internal unit of the target's first term, the outcome's scale too."""
    at = level.blocks[target.block][target.terms[0]]
    return float(abs(level.to_raw[at, at]))


def to_ordered(level: Scaled, target: Target) -> np.ndarray:
    """(q, q): internal effects to raw ones, the target's terms first, each in its own size."""
    block = level.blocks[target.block]
    order = _order(target, len(block))
    own = level.to_raw[np.ix_(block, block)]
    return own[order] / np.abs(np.diag(own))[order][:, None]


def _raw_lower(problem: Problem, level: Level, target: Target, theta) -> np.ndarray:
    """(q, q) lower factor, relative to sigma, of the block's effects in `to_ordered`'s terms."""
    block = level.blocks[target.block]
    own = lambdas(problem, theta)[target.level][np.ix_(block, block)]
    upper = np.asarray(np.linalg.qr((to_ordered(level, target) @ own).T, mode="r"))
    lower = upper.T
    return lower * np.where(np.diag(lower) < 0, -1.0, 1.0)


def _block_start(problem, solution, target, level_number, number, q) -> np.ndarray:
    level = problem.levels[level_number]
    block = level.blocks[number]
    columns, rows = np.triu_indices(q)
    here = isinstance(target, Target) and (target.level, target.block) == (level_number, number)
    if here and target.kind != "sigma":
        lower = _raw_lower(problem, level, target, solution.theta)
    else:
        lower = lambdas(problem, solution.theta)[level_number][np.ix_(block, block)]
    lower = lower.copy()
    lower[np.diag_indices(q)] = np.maximum(np.diag(lower), LEAST_START)
    if here and target.kind == "sd":
        return lower[rows, columns][rows > 0]
    if here and target.kind == "r":
        lower[1, 0] = np.sqrt(np.hypot(lower[1, 0], lower[1, 1]))
        lower[0, 0] = np.sqrt(lower[0, 0])
        return lower[rows, columns][~((rows == 1) & (columns == 1))]
    return lower[rows, columns]


def _lowers(problem, forms, point, value, sigma) -> list[list[np.ndarray]]:
    """lower (q, q) of each block at the free parameters; value: of the held sd or r."""
    out, at = [], 0
    for level, of_level in zip(problem.levels, forms, strict=True):
        out.append([])
        for block, form in zip(level.blocks, of_level, strict=True):
            lower = np.zeros((len(block), len(block)))
            lower[form.rows, form.columns] = point[at : at + len(form.rows)]
            at += len(form.rows)
            if form.held == "sd":
                lower[0, 0] = value / sigma
            elif form.held == "r":
                # Roots of both SDs are free, so that no sign can turn the correlation round.
                lower[0, 0] **= 2
                lower[1, :2] = lower[1, 0] ** 2 * direction(value)
            out[-1].append(lower)
    return out


def _factors(problem: Problem, forms, lowers) -> list[np.ndarray]:
    out = []
    for level, of_level, of_lower in zip(problem.levels, forms, lowers, strict=True):
        factor = np.zeros((level.q, level.q))
        for block, form, lower in zip(level.blocks, of_level, of_lower, strict=True):
            factor[np.ix_(block, block)] = form.mix @ lower
        out.append(factor)
    return out


def _pull_back(problem, forms, psi, factors, point, own, sigma):
    """Slopes by each block's free parameters, and by log sigma through a held sd."""
    slopes, by_log_sigma, at = [], 0.0, 0
    for level, of_level, g, factor in zip(problem.levels, forms, psi, factors, strict=True):
        full = 2 * g @ factor
        for block, form in zip(level.blocks, of_level, strict=True):
            by_lower = form.mix.T @ full[np.ix_(block, block)]
            if form.held == "sd":
                by_log_sigma = -by_lower[0, 0] * own / sigma
            elif form.held == "r":
                roots = point[at + np.flatnonzero((form.rows < 2) & (form.columns == 0))]
                by_lower[0, 0] *= 2 * roots[0]
                by_lower[1, 0] = 2 * roots[1] * (by_lower[1, :2] @ direction(own))
            at += len(form.rows)
            slopes.append(by_lower[form.rows, form.columns])
    return slopes, by_log_sigma


def direction(r: float) -> np.ndarray:
    """(2,): the second effect's factor for each unit of its SD, at the correlation r."""
    return np.array([r, np.sqrt(max(1 - r**2, 0.0))])
