"""A batch of fitted models and where their variance lies: the estimate itself or its replicates.

Decomposition: Rights & Sterba 2019, doi:10.1037/met0000184; three and more levels 2021,
doi:10.1080/00273171.2021.1985948. Location-invariant: Johnson 2014, doi:10.1111/2041-210X.12225.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.by_group import relative_psi
from analysis.models.criterion.problem import Problem
from analysis.models.inference.variance.spread import level_covariances
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution

# Sums of products leave about 1e-16 of each column's size, some thousand rows more.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Models:
    """B fits on the internal scale. beta (B, p); sigma2 (B,); psi: (B, z, z) of each level,
    innermost first, absolute; spread (B or 1, 1 + L, p, p): covariances of the fixed columns at
    each level; z_spread (1, 1 + L, z, z), z_mean (z,) of the random ones; ok (B,): usable.
    total (B,): the outcome's variance where it is that of a larger model, else None."""

    beta: np.ndarray
    sigma2: np.ndarray
    psi: tuple[np.ndarray, ...]
    spread: np.ndarray
    z_spread: np.ndarray
    z_mean: np.ndarray
    ok: np.ndarray
    total: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Variances:
    """Where the outcome's variance lies, internal scale, for B models.

    fixed (B, 1 + L): by level, the row's first. slopes (B, L, 1 + L): of each group's random
    slopes, by the level at which they make rows differ. intercepts (B, L): of the group's effects
    at the mean of all predictors. residual (B,). total (B,): their sum.
    """

    fixed: np.ndarray
    slopes: np.ndarray
    intercepts: np.ndarray
    residual: np.ndarray
    total: np.ndarray

    @property
    def marginal(self) -> np.ndarray:
        """(B,) fixed variance over all."""
        return self.fixed.sum(axis=1) / self.total

    @property
    def conditional(self) -> np.ndarray:
        """(B,) all but the residual."""
        return 1 - self.residual / self.total

    def at_level(self) -> tuple[np.ndarray, np.ndarray]:
        """(B, 1 + L) slopes' variance at each level, and all variance at each level."""
        slopes = self.slopes.sum(axis=1)
        rest = np.column_stack([self.residual, self.intercepts])
        return slopes, self.fixed + slopes + rest


def point_model(moments: Moments, problem: Problem, solution: Solution) -> Models:
    """The estimate itself as a batch of one."""
    columns = column_positions(moments, problem.x)
    spread, mean = predictor_spread(moments)
    psi = relative_psi(moments, problem, solution.theta)
    return Models(
        beta=solution.evaluation.beta[None],
        sigma2=np.array([solution.sigma2]),
        psi=tuple(solution.sigma2 * p[None] for p in psi),
        spread=spread[:, :, columns[:, None], columns],
        z_spread=spread[:, :, moments.z[:, None], moments.z],
        z_mean=mean[moments.z],
        ok=np.ones(1, dtype=bool),
    )


def column_positions(moments: Moments, x: tuple[str, ...]) -> np.ndarray:
    position = {name: i for i, name in enumerate(moments.names)}
    return np.array([position[name] for name in x], dtype=np.int64)


def predictor_spread(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Covariances (1, 1 + L, d, d) with the divisor N - 1, as R's var(), and means (d,)."""
    gram = moments.total
    return level_covariances(moments) * sample_factor(moments.rows), gram[0] / moments.rows


def sample_factor(rows) -> np.ndarray:
    return rows / np.maximum(np.asarray(rows, dtype=float) - 1, 1.0)


def variances(models: Models) -> Variances:
    """The parts of each model's outcome variance; parts at a level never are negative."""
    beta = models.beta
    fixed = np.einsum("bi,blij,bj->bl", beta, models.spread, beta, optimize=True)
    batch, levels = len(beta), len(models.psi)
    slopes = np.zeros((batch, levels, models.spread.shape[1]))
    intercepts = np.zeros((batch, levels))
    for k, psi in enumerate(models.psi):
        intercepts[:, k] = np.einsum("i,bij,j->b", models.z_mean, psi, models.z_mean)
        each = np.einsum("bij,lij->bl", psi, models.z_spread[0])
        # Rows of one group share its slope: differences inside the group lie at the inner levels,
        # differences of the groups' means are differences between the groups.
        slopes[:, k, : k + 1] = each[:, : k + 1]
        slopes[:, k, k + 1] = each[:, k + 1 :].sum(axis=1)
    fixed, slopes = _without_rounding(fixed, fixed), _without_rounding(slopes, intercepts)
    total = fixed.sum(axis=1) + slopes.sum(axis=(1, 2)) + intercepts.sum(axis=1) + models.sigma2
    if models.total is not None:
        total = models.total
    return Variances(fixed, slopes, intercepts, models.sigma2, total)


def _without_rounding(values: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """Zero where a part is rounding of larger ones: a centred predictor has no part between."""
    batch = (len(values), *[1] * (values.ndim - 1))
    sizes = np.abs(values).reshape(len(values), -1), np.abs(beside)
    largest = np.concatenate(sizes, axis=1).max(axis=1, initial=0.0).reshape(batch)
    return np.where(values > ROUNDING * largest, values, 0.0)
