"""Chances at random effect 0 and in the population: two averages that are not the same.

The chance in a group of random effect 0 is that of a typical group; the average over all groups
lies nearer to one half, because chances are bounded. Source: Zeger, Liang & Albert 1988,
doi:10.2307/2531734. Worked: logit 2, SD between groups 2: .881 at random effect 0, .775 on
average.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.models.logistic.cells import Cells

# The trapezoidal rule converges geometrically (Trefethen & Weideman 2014, doi:10.1137/130932132):
# steps of 3/4 of the smaller of the normal law's and the chance's widths leave errors below 1e-9.
STEP, FARTHEST = 0.75, 7.0


@dataclass(frozen=True, slots=True)
class Chances:
    """Means over the trials, 0..1: observed; typical: the model's, at random effect 0;
    population: the model's, averaged over the random effects' normal law."""

    observed: float
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


def population_chance(logits: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """(n,): the mean of 1 / (1 + e^-(logit + b)) over b ~ N(0, variance (n,))."""
    sd = np.sqrt(variance)
    step = STEP / max(1.0, sd.max(initial=0.0))
    nodes = np.arange(-np.ceil(FARTHEST / step), np.ceil(FARTHEST / step) + 1) * step
    weights = np.exp(-(nodes**2) / 2)
    out = np.zeros(len(logits))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        out += weight * special.expit(logits + node * sd)
    return out
