"""The share of the outcome's variance that a set of fixed effects explains, level by level.

Total variance T = sum of the fixed variance of each level + random variances + residual
(Johnson 2014, doi:10.1111/2041-210X.12225; Rights & Sterba 2019, doi:10.1037/met0000184).
The fixed variance of a level is b'S b with S the predictors' covariance at that level. An
estimate b carries noise that alone makes b'S b positive, by tr(S Cov(b)) on average; that is taken
off, which is what the adjusted R2 does in a regression.
"""

from dataclasses import dataclass

import numpy as np

from analysis.mixed.resample import Estimates


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
    beta, sigma2 = estimates.beta, estimates.sigma2
    raw = np.einsum("blij,bi,bj->bl", covariances, beta, beta, optimize=True)
    noise = np.einsum("blij,bij->bl", covariances, estimates.unit_covariance)
    fixed = raw - sigma2[:, None] * noise
    random = sigma2[:, None] * np.column_stack([np.ones(len(beta)), estimates.theta**2])
    total = fixed.sum(axis=1) + random.sum(axis=1)
    ok = estimates.converged & np.isfinite(total) & (total > 0)
    scale = np.where(ok, total, 1.0)[:, None]
    at_level = np.zeros_like(fixed)
    np.add.at(at_level, (slice(None), home), random)
    with np.errstate(invalid="ignore", divide="ignore"):
        level_r2 = np.where(at_level + fixed > 0, fixed / (at_level + fixed), 0.0)
    return Explained(fixed / scale, random / scale, level_r2, ok)
