"""The share of the outcome's variance that a set of fixed effects explains, level by level.

Total variance T = sum of the fixed variance of each level + random variances + residual
(Johnson 2014, doi:10.1111/2041-210X.12225; Rights & Sterba 2019, doi:10.1037/met0000184).
The fixed variance of a level is b'S b with S the predictors' covariance at that level. An
estimate b carries noise that alone makes b'S b positive, by tr(S Cov(b)) on average; that is taken
off, which is what the adjusted R2 does in a regression.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.resampling.resample import Estimates


@dataclass(frozen=True, slots=True)
class Explained:
    """Shares of T for a batch of fits.

    fixed (B, levels): explained at each level, corrected. random (B, 1 + L): unexplained, the
    residual first, then the random intercepts outwards. level_r2 (B, levels): the level's fixed
    part over its fixed and random parts. ok (B,): usable replicates.
    """

    fixed: np.ndarray
    random: np.ndarray
    level_r2: np.ndarray
    ok: np.ndarray

    @property
    def total(self) -> np.ndarray:
        return self.fixed.sum(axis=1)


def explained(estimates: Estimates, covariances: np.ndarray, home: np.ndarray) -> Explained:
    """covariances (B, levels, p, p): of the columns' parts at each level. home (1 + L,): the
    position of the level that each random part belongs to.
    """
    sigma2 = estimates.sigma2
    fixed = _corrected(covariances, estimates.beta, estimates.unit_covariance, sigma2)
    ones = np.ones(len(sigma2))
    random = sigma2[:, None] * np.column_stack([ones, estimates.theta**2])
    return _shares(fixed, random, home, estimates.converged)


def explained_change(
    estimates: Estimates, change: np.ndarray, variances: np.ndarray, covariances, home
) -> Explained:
    """The same of the differences in change: of the variance of the patients' slopes.

    change (k,): positions in beta of the parts' products with time; covariances (B, levels, k, k):
    of those parts, in units that make the products' coefficients slopes; variances (B, L): random
    slopes' at each level, over the residual's, in the same units. Worked: slopes that differ
    by .3 x with x of variance 4 and by .64 between patients: .36 of 1.00 goes with x.
    """
    beta = estimates.beta[:, change]
    unit = estimates.unit_covariance[:, change[:, None], change]
    fixed = _corrected(covariances, beta, unit, estimates.sigma2)
    random = estimates.sigma2[:, None] * variances
    return _shares(fixed, random, home, estimates.converged)


def _corrected(covariances, beta, unit_covariance, sigma2) -> np.ndarray:
    """(B, levels) b'S b, less what the noise of b adds to it."""
    products = beta[:, :, None] * beta[:, None, :] - sigma2[:, None, None] * unit_covariance
    batch, levels = covariances.shape[:2]
    flat = covariances.reshape(batch, levels, -1)
    return (flat @ products.reshape(batch, -1, 1))[..., 0]


def _shares(fixed, random, home, converged) -> Explained:
    total = fixed.sum(axis=1) + random.sum(axis=1)
    ok = converged & np.isfinite(total) & (total > 0)
    scale = np.where(ok, total, 1.0)[:, None]
    at_level = np.zeros_like(fixed)
    for part, level in enumerate(home):
        at_level[:, level] += random[:, part]
    with np.errstate(invalid="ignore", divide="ignore"):
        level_r2 = np.where(at_level + fixed > 0, fixed / (at_level + fixed), 0.0)
    return Explained(fixed / scale, random / scale, level_r2, ok)
