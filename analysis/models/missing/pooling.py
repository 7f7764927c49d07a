"""Estimates from several completed data sets as one (Rubin 1987, chapter 3)."""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class Pooled:
    """estimate: the mean over imputations; se: root of within + (1 + 1/M) between; df: of Student's
    t; lost: the fraction of information that is missing, 0..1."""

    estimate: float
    se: float
    df: float
    lost: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        half = float(stats.t.ppf((1 + level) / 2, self.df)) * self.se
        return self.estimate - half, self.estimate + half


def pooled(estimates: np.ndarray, variances: np.ndarray) -> Pooled:
    """estimates, variances (M,), M two or more: of each completed data set.

    Worked: estimates 1, 2, 3 with variances of 1: within 1, between 1, total 1 + 4/3 = 2.333;
    r = 1.333, df = 2 (1 + 1/r)^2 = 6.125, lost = (r + 2/(df + 3)) / (r + 1) = .665.
    """
    m = len(estimates)
    within, between = float(np.mean(variances)), float(np.var(estimates, ddof=1))
    added = (1 + 1 / m) * between
    total = within + added
    if added <= 1e-12 * max(total, 1e-300):
        return Pooled(float(np.mean(estimates)), total**0.5, 1e9, 0.0)
    r = added / max(within, 1e-300)
    df = (m - 1) * (1 + 1 / r) ** 2
    lost = (r + 2 / (df + 3)) / (r + 1)
    return Pooled(float(np.mean(estimates)), total**0.5, df, min(lost, 1.0))
