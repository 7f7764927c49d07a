"""Where a course goes from here, given the scores so far: the conditional normal law of a growth
model (Laird & Ware 1982, doi:10.2307/2529876).

Score u at time t after the first one: u = x'b + z'a + e with z = (1, t), a ~ N(0, D), e ~ N(0, s2).
Given scores u_1..u_k: a has mean C Z'(u - Xb) / s2 and covariance C = (D^-1 + Z'Z / s2)^-1, so a
later score has mean x'b + z'E[a] and variance z'C z + s2.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Growth:
    """coefficients (p,); between (2, 2): covariance of level and slope between treatments,
    therapists' and clinics' variance in it, so that nobody's therapist is used; within: s2."""

    coefficients: np.ndarray
    between: np.ndarray
    within: float


@dataclass(frozen=True, slots=True)
class SoFar:
    """What each of n treatments' scores say of its level and slope: mean (n, 2), covariance
    (n, 2, 2)."""

    mean: np.ndarray
    covariance: np.ndarray


def so_far(growth: Growth, n: int, who: np.ndarray, t: np.ndarray, residual: np.ndarray) -> SoFar:
    """From rows (m,): who (0..n-1), time, and score less the fixed part x'b. A treatment without
    a row keeps the mean 0 and the covariance between treatments."""
    ones = np.bincount(who, minlength=n).astype(float)
    sum_t, sum_tt = (np.bincount(who, t**k, minlength=n) for k in (1, 2))
    zr = np.stack([np.bincount(who, residual * t**k, minlength=n) for k in (0, 1)], axis=1)
    zz = np.stack([np.stack([ones, sum_t], 1), np.stack([sum_t, sum_tt], 1)], axis=1)
    # D (I + Z'Z D / s2)^-1 needs no inverse of D, which may be singular.
    d, s2 = growth.between, growth.within
    covariance = d @ np.linalg.inv(np.eye(2) + zz @ d / s2)
    covariance = (covariance + covariance.transpose(0, 2, 1)) / 2
    mean = np.einsum("nij,nj->ni", covariance, zr) / s2
    return SoFar(mean, covariance)


def later(
    growth: Growth, known: SoFar, who: np.ndarray, t: np.ndarray, fixed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (m,) of a score of treatment `who` at time t; fixed: x'b."""
    mean = fixed + known.mean[who, 0] + t * known.mean[who, 1]
    c = known.covariance[who]
    variance = c[:, 0, 0] + 2 * t * c[:, 0, 1] + t**2 * c[:, 1, 1] + growth.within
    return mean, np.sqrt(variance)
