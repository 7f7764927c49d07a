"""Exact population means and covariances of the demo's recorded predictors.

A score f(z) of a standard normal z has the expansion f = sum_k c_k He_k(z) / sqrt(k!), and for
two scores whose z's correlate by rho, cov(f, g) = sum_{k >= 1} rho^k c_k d_k (Mehler 1866; see
Kendall & Stuart, The Advanced Theory of Statistics, on tetrachoric series). Rounding, clipping,
counts and yes/no need no approximation then. Worked number: f = g = 1[z > 0] and rho = .5 give
asin(.5) / (2 pi) = .0833.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.demo.drawing import process
from analysis.demo.drawing.predictors import NAMES, PREDICTORS, Score, correlations

TERMS = 40  # rho <= .8 between different z's: .8^40 = .0001 of terms that are tiny by then
_GRID = np.linspace(-8.5, 8.5, 17_001)  # steps of .001: a jump is placed within .0005 sd


@dataclass(frozen=True, slots=True)
class Population:
    """Moments over all episodes of the predictors as recorded (early means, intake scores).

    mean: (p,), covariance: (p, p), both in the variables' own units and the order of PREDICTORS.
    correlation: (p, p), of the persons' z's that they come from.
    """

    mean: np.ndarray
    covariance: np.ndarray
    correlation: np.ndarray

    def own(self, name: str) -> np.ndarray:
        """(p,) weights on the predictors that leave of one what the others do not show: 1 on it,
        less its regression on them."""
        k = NAMES.index(name)
        others = np.arange(len(self.mean)) != k
        out = np.zeros(len(self.mean))
        inner = self.covariance[np.ix_(others, others)]
        out[others] = -np.linalg.solve(inner, self.covariance[others, k])
        out[k] = 1.0
        return out


@lru_cache(maxsize=16)  # a function of constants; its arrays are read-only
def population(null_blocks: frozenset[str] = frozenset()) -> Population:
    """The moments, with `null_blocks` cut loose from everything else."""
    correlation = correlations(null_blocks)
    expansions = [hermite_coefficients(p.score) for p in PREDICTORS]
    p = len(PREDICTORS)
    covariance = np.empty((p, p))
    for i in range(p):
        for j in range(i, p):
            value = _recorded_covariance(i, j, correlation[i, j], expansions)
            covariance[i, j] = covariance[j, i] = value
    mean = np.array([c[0] for c in expansions])
    for array in (mean, covariance, correlation):
        array.flags.writeable = False
    return Population(mean, covariance, correlation)


def hermite_coefficients(score: Score) -> np.ndarray:
    """c_0 .. c_TERMS of a score, (TERMS + 1,); c_0 is its mean. In the score's units."""
    density = np.exp(-0.5 * _GRID**2) * (_GRID[1] - _GRID[0]) / np.sqrt(2.0 * np.pi)
    values = score(_GRID) * density
    before, now = np.zeros_like(_GRID), np.ones_like(_GRID)
    out = np.empty(TERMS + 1)
    for k in range(TERMS + 1):
        out[k] = values @ now
        # He_{k+1} / sqrt((k+1)!), by the recurrence of the normalised polynomials
        before, now = now, (_GRID * now - np.sqrt(k) * before) / np.sqrt(k + 1.0)
    return out


def score_variance(score: Score) -> float:
    """The variance of one recorded score, in its units squared (no series: exact on the grid)."""
    density = np.exp(-0.5 * _GRID**2) * (_GRID[1] - _GRID[0]) / np.sqrt(2.0 * np.pi)
    values = score(_GRID)
    return float(density @ values**2 - (density @ values) ** 2)


def _recorded_covariance(i: int, j: int, r: float, expansions: list[np.ndarray]) -> float:
    """Of predictors i and j whose persons' z's correlate by r; early means where measured so."""
    a, b = PREDICTORS[i], PREDICTORS[j]
    persons = r * np.sqrt(a.reliability * b.reliability)
    across = score_variance(a.score) if i == j else _series(expansions[i], expansions[j], persons)
    if a.reliability == 1.0 or b.reliability == 1.0 or a.block != b.block:
        return across
    # both are means over the m forms of one window: same-session pairs count 1/m
    if i == j:
        same, across = across, _series(expansions[i], expansions[j], persons)
    else:
        swing = process.COMPONENTS_AT_SESSION * np.sqrt(
            (1.0 - a.reliability) * (1.0 - b.reliability)
        )
        same = _series(expansions[i], expansions[j], persons + swing)
    share = process.mean_inverse_forms()
    return share * same + (1.0 - share) * across


def _series(c: np.ndarray, d: np.ndarray, rho: float) -> float:
    return float(np.sum(rho ** np.arange(1, TERMS + 1) * c[1:] * d[1:]))
