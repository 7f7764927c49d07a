"""Chances at random effect 0 and in the population: two averages that are not the same.

The chance in a group of random effect 0 is that of a typical group; the average over all groups
lies nearer to one half, because chances are bounded. Source: Zeger, Liang & Albert 1988,
doi:10.2307/2531734. Worked: logit 2, SD between groups 2: .881 at random effect 0, .775 on
average.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.models.logistic.rows.cells import Cells
from analysis.models.logistic.rows.columns import Columns

# The trapezoidal rule converges geometrically (Trefethen & Weideman 2014, doi:10.1137/130932132):
# steps of 3/4 of the smaller of the normal law's and the chance's widths leave errors below 1e-9.
STEP, FARTHEST = 0.75, 7.0
# Logits at which the average is made where all have one variance; a straight line between them is
# off by a tenth of the step squared over 8: 1e-6 over a range of 20.
GRID = 4_001


@dataclass(frozen=True, slots=True)
class Chances:
    """Means over the trials, 0..1: observed; typical: the model's, at random effect 0;
    population: the model's, averaged over the random effects' normal law."""

    observed: float
    typical: float
    population: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """One variable set to one value in all rows. columns: (term, value) of the columns it makes."""

    variable: str
    value: str
    columns: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class ChanceAt:
    """Mean chances over all trials if `variable` were `value` in each and all else as it is (direct
    standardisation: Lane & Nelder 1982, doi:10.2307/2530043); fields as in Chances."""

    variable: str
    value: str
    typical: float
    population: float


def average_chances(cells: Cells, logits: np.ndarray, variance: np.ndarray) -> Chances:
    """logits (n,), variance (n,) of each cell's random part."""
    weights = cells.size / cells.size.sum()
    return Chances(
        observed=float(cells.hits.sum() / cells.size.sum()),
        typical=float(special.expit(logits) @ weights),
        population=float(population_chance(logits, variance) @ weights),
    )


def chances_at(
    cells: Cells,
    columns: Columns,
    beta: np.ndarray,
    factors: tuple[np.ndarray, ...],
    logits: np.ndarray,
    alternatives: tuple[Alternative, ...],
) -> tuple[ChanceAt, ...]:
    """beta (p,), factors (q, q) of each level on the raw scale; logits (n,) without the groups'
    effects. A column that the model has left out has no effect."""
    if not alternatives:
        return ()
    x = dict(zip(columns.terms, np.linalg.solve(columns.to_raw.T, cells.x), strict=True))
    effects = dict(zip(columns.terms, beta, strict=True))
    weights, z, out = cells.size / cells.size.sum(), _raw_z(cells), []
    for one in alternatives:
        known = [(term, value) for term, value in one.columns if term in x]
        moved = logits + sum(((value - x[t]) * effects[t] for t, value in known), 0.0)
        variance = _variance(cells, z, factors, dict(one.columns))
        typical = float(special.expit(moved) @ weights)
        population = float(population_chance(moved, variance) @ weights)
        out.append(ChanceAt(one.variable, one.value, typical, population))
    return tuple(out)


def _raw_z(cells: Cells) -> list[np.ndarray]:
    out, at = [], 0
    for level in cells.levels:
        out.append(np.linalg.solve(level.to_raw.T, cells.z[at : at + level.q]))
        at += level.q
    return out


def _variance(cells: Cells, z, factors, values: dict[str, float]) -> np.ndarray:
    """(n,) of each cell's random part with some columns set to a value."""
    out = np.zeros(len(cells.size))
    for level, own, factor in zip(cells.levels, z, factors, strict=True):
        rows = [
            np.full(len(out), values[t]) if t in values else row
            for t, row in zip(level.terms, own, strict=True)
        ]
        out += ((factor.T @ np.array(rows)) ** 2).sum(axis=0)
    return out


def population_chance(logits: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """(n,): the mean of 1 / (1 + e^-(logit + b)) over b ~ N(0, variance (n,))."""
    low, high = variance.min(initial=np.inf), variance.max(initial=0.0)
    if len(logits) > GRID and high - low <= 1e-12 * high:
        grid = np.linspace(logits.min(), logits.max(), GRID)
        return np.interp(logits, grid, _averaged(grid, np.full(GRID, high)))
    return _averaged(logits, variance)


def _averaged(logits: np.ndarray, variance: np.ndarray) -> np.ndarray:
    sd = np.sqrt(variance)
    step = STEP / max(1.0, sd.max(initial=0.0))
    nodes = np.arange(-np.ceil(FARTHEST / step), np.ceil(FARTHEST / step) + 1) * step
    weights = np.exp(-(nodes**2) / 2)
    out = np.zeros(len(logits))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        out += weight * special.expit(logits + node * sd)
    return out
