"""The model of every subset of the factors: of the sample, sharp, and of resampled clusters, fast.

A replicate is refitted on a surface (`mixed/surface.py`), made for all of them at once. Where its
search leaves the polynomial's box, or does not arrive, it is refitted from its sums.
"""

from dataclasses import fields
from itertools import combinations

import numpy as np

from analysis.explain.frame import Prepared
from analysis.explain.rsquared import Explained, explained
from analysis.explain.shapley import subsets
from analysis.mixed.clusters import ClusterSums
from analysis.mixed.resample import Estimates, Start, curvature, refit
from analysis.mixed.surface import Surface, surface
from analysis.mixed.weighted import Weighted

# The decrease of the criterion that a replicate's search leaves: its variances then lie within a
# hundredth (of the full model, whose variances are shown) and a twentieth of a standard error.
FULL_TOLERANCE = 1e-4
SUBSET_TOLERANCE = 2e-3
# How far beyond the sample's variances the polynomial goes, in their standard errors.
SPREAD = 3.0

Subset = tuple[int, ...]


class SubsetFits:
    """Refits every subset of the blocks for a batch of weights; the sample itself comes first."""

    def __init__(self, prepared: Prepared, sums: ClusterSums):
        self.prepared, self.sums = prepared, sums
        # The full model first: how far a replicate moves it tells where the smaller ones go.
        self.subsets = subsets(len(prepared.blocks))[::-1]
        self.starts: dict[Subset, Start] = {}
        self.surface: Surface | None = None

    def sample(self) -> dict[Subset, Explained]:
        """The sample's own answer, sharp, and the starting points of all replicates."""
        weighted = Weighted.of(self.sums, np.ones((1, self.sums.clusters)))
        pieces, out, start = self._level_covariances(weighted.gram), {}, None
        for subset in self.subsets:
            columns = self.prepared.columns_of(subset)
            estimates = refit(weighted, columns, start)
            theta = estimates.theta[0]
            start = Start(theta, curvature(weighted, columns, theta))
            self.starts[subset] = start
            out[subset] = self._explained(estimates, pieces, columns)
        self.surface = self._surface()
        return out

    def replicates(self, weights: np.ndarray) -> dict[Subset, Explained]:
        """The variance that each subset explains, for each row of weights (B, J)."""
        gram = np.tensordot(weights, self.sums.gram, axes=1)
        pieces = self._level_covariances(gram)
        return {
            subset: self._explained(estimates, pieces, self.prepared.columns_of(subset))
            for subset, estimates in self._refits(weights).items()
        }

    def _surface(self) -> Surface | None:
        """The polynomial of all replicates; None where they are refitted from their sums."""
        theta = np.array([self.starts[s].theta for s in self.subsets])
        # The criterion is -2 log L: a variance is twice its inverse Hessian.
        errors = [np.sqrt(2 * np.diag(s.inverse_hessian)) for s in self.starts.values()]
        return surface(self.sums, theta, SPREAD * np.max(errors, axis=0))

    def _refits(self, weights: np.ndarray) -> dict[Subset, Estimates]:
        """All subsets, each from where the larger ones went."""
        batch, out, moved = Weighted.of(self.sums, weights), {}, {}
        if self.surface:
            batch = self.surface.weigh(batch, weights)
        for subset in self.subsets:
            expected = self._expected(subset, moved)
            tolerance = SUBSET_TOLERANCE if moved else FULL_TOLERANCE
            out[subset] = self._fitted(batch, weights, subset, expected, tolerance)
            moved[subset] = out[subset].theta - self.starts[subset].theta
        return out

    def _fitted(self, batch, weights, subset, expected, tolerance: float) -> Estimates:
        """One subset; what leaves the polynomial's box is refitted from the sums."""
        columns, at = self.prepared.columns_of(subset), self.starts[subset]
        start = Start(at.theta + expected, at.inverse_hessian)
        found = refit(batch, columns, start, tolerance)
        if not self.surface:
            return found
        inside = batch.innermost.box.inside(found.theta)
        astray = np.flatnonzero(~(inside & found.converged))
        if not len(astray):
            return found
        begin = np.broadcast_to(start.theta, found.theta.shape)[astray]
        some = Weighted.of(self.sums, weights[astray])
        again = refit(some, columns, Start(begin, start.inverse_hessian), tolerance)
        arrays = {f.name: getattr(found, f.name).copy() for f in fields(Estimates)}
        for name, values in arrays.items():
            values[astray] = getattr(again, name)
        return Estimates(**arrays)

    def _expected(self, subset: Subset, moved: dict) -> np.ndarray | float:
        """How far from the sample's theta a replicate's lies, as in the larger models: a plane
        through those with one and with two factors more."""
        missing = [b for b in range(len(self.prepared.blocks)) if b not in subset]
        larger = [moved[tuple(sorted((*subset, b)))] for b in missing]
        if len(missing) < 2:
            return larger[0] if larger else 0.0
        both = [moved[tuple(sorted((*subset, *two)))] for two in combinations(missing, 2)]
        return 2 * np.mean(larger, axis=0) - np.mean(both, axis=0)

    def _explained(self, estimates, pieces, columns) -> Explained:
        rows, inside = np.ix_(columns[:-1], columns[:-1])
        return explained(estimates, pieces[:, :, rows, inside], self.prepared.home)

    def _level_covariances(self, gram: np.ndarray) -> np.ndarray:
        """(B, levels, d, d) covariances of the columns that are parts at each level."""
        prepared = self.prepared
        mean = gram / gram[:, :1, :1]
        covariance = mean - mean[:, :, :1] * mean[:, :1, :]
        out = np.zeros((len(gram), len(prepared.levels), *gram.shape[1:]))
        for k, level in enumerate(prepared.levels):
            rows, columns = np.ix_(prepared.columns_at(level), prepared.columns_at(level))
            out[:, k, rows, columns] = covariance[:, rows, columns]
        return out
