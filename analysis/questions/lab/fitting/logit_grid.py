"""A logistic model fitted for what is asked of its coefficients: combinations on the logit, and the
chances that they stand for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.base.errors import ModelError
from analysis.models.inference.margins.contrasts import Combination
from analysis.models.inference.margins.reference_grid import ReferenceGrid
from analysis.models.linear.coefficients import t_test
from analysis.models.logistic.averages import population_chance
from analysis.models.logistic.result import LogisticFit
from analysis.questions.lab.fitting.raw_points import RawPoint


@dataclass(frozen=True, slots=True)
class ChanceOf:
    """Of one combination on the logit, 0..1: typical with its interval, at random effect 0;
    population: averaged over the groups."""

    typical: float
    low: float
    high: float
    population: float


@dataclass(frozen=True, slots=True)
class LogitGrid:
    """grid: of the fixed effects x (names, in its columns' order); spread: the variance of the
    random part, its mean over the rows; raw: the data's means behind what was asked about."""

    grid: ReferenceGrid
    x: tuple[str, ...]
    fit: LogisticFit
    spread: float
    raw: tuple[RawPoint, ...] = ()

    def combined(self, weights: Sequence[np.ndarray]) -> tuple[Combination, ...]:
        """weights: (p,) rows, of the coefficients in the design's order. ModelError where one needs
        a coefficient that the fit left out."""
        rows = np.array(weights)
        kept = [self.x.index(f.term) for f in self.fit.fixed]
        others = [j for j in range(len(self.x)) if j not in kept]
        if np.abs(rows[:, others]).max(initial=0.0) > 1e-10:
            raise ModelError(
                "What is asked needs a coefficient that the data do not give",
                where=", ".join(self.x[j] for j in others),
                allowed="combinations of levels that occur in the rows used",
            )
        rows = rows[:, kept]
        estimates = rows @ np.array([f.estimate for f in self.fit.fixed])
        variances = np.einsum("ki,ij,kj->k", rows, self.fit.covariance, rows)
        out = []
        for estimate, variance in zip(estimates, variances, strict=True):
            se = float(np.sqrt(max(variance, 0.0)))
            law = t_test(float(estimate), se, None)
            out.append(Combination(float(estimate), se, None, *law))
        return tuple(out)

    def chance(self, of: Combination) -> ChanceOf:
        """Of an expected logit."""
        ends = special.expit([of.estimate, of.low, of.high])
        whole = population_chance(np.array([of.estimate]), np.array([self.spread]))
        typical, low, high = map(float, ends)
        return ChanceOf(typical, low, high, float(whole[0]))
