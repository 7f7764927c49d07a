"""The model of every subset of the factors: of the sample, sharp, and of resampled clusters, fast.

A replicate is refitted on a surface (`mixed/surface.py`), made for all of them at once. Where its
search leaves the polynomial's box, or does not arrive, it is refitted from its sums, as are all
replicates of models with random slopes (`mixed/slopes.py`).
"""

from dataclasses import fields
from itertools import combinations

import numpy as np

from analysis.models.resampling.clusters import ClusterSums, cluster_sums
from analysis.models.resampling.resample import Estimates, Start, curvature, refit
from analysis.models.resampling.slopes import Slopes, SlopeSums, slope_sums, slope_variances
from analysis.models.resampling.surface import Surface, surface
from analysis.models.resampling.weighted import Weighted
from analysis.questions.partition.fits.behind_course import Projection, explained_of
from analysis.questions.partition.fits.rsquared import Explained, explained, explained_change
from analysis.questions.partition.rows.prepared import Prepared
from analysis.questions.partition.shapley import subsets

# The decrease of the criterion that a replicate's search leaves: its variances then lie within a
# hundredth (of the full model, whose variances are shown) and a seventh of a standard error. The
# ends of a factor's interval move by .0001 against a search three times as sharp.
FULL_TOLERANCE = 1e-4
SUBSET_TOLERANCE = 1e-2
# How far beyond the sample's variances the polynomial goes, in their standard errors.
SPREAD = 3.0

Subset = tuple[int, ...]


# A search of many variances can get stuck in a narrow valley; from where it stands, with a fresh
# curvature, or from the usual start it then arrives.
RETRIES = 3
# Of thetas that one minimum was found at: a thousandth of a residual's standard deviation.
SAME_THETA = 1e-3


class SubsetFits:
    """Refits every subset of the blocks for a batch of weights; the sample itself comes first.
    Where a part of the course is hidden the full model alone is refitted, and tells the rest."""

    def __init__(self, prepared: Prepared):
        self.prepared = prepared
        made = slope_sums if prepared.time else cluster_sums
        self.sums: ClusterSums | SlopeSums = made(prepared.moments, prepared.cluster)
        # The full model first: how far a replicate moves it tells where the smaller ones go.
        self.subsets = subsets(len(prepared.blocks))[::-1]
        self.refitted = self.subsets if prepared.hidden is None else self.subsets[:1]
        self.starts: dict[Subset, Start] = {}
        self.surface: Surface | None = None

    def sample(self, known: np.ndarray | None = None) -> dict[Subset, Explained]:
        """The sample's own answer, sharp. known: theta of the full model, where a search from
        several starts has found it."""
        weighted = self.weigh(np.ones((1, self.sums.clusters)))
        pieces, out, start = self.level_covariances(weighted.gram), {}, None
        hilly = self.prepared.time and self._hilly(weighted, known)
        for subset in self.refitted:
            columns = self.prepared.columns_of(subset)
            first = Start(known) if start is None and known is not None else start
            estimates = _settled(weighted, columns, first, slopes=bool(hilly))
            theta = estimates.theta[0]
            if start is None:
                self.beta = estimates.beta[0]
            if start is None:  # near enough for the searches of the smaller models
                start = Start(theta, curvature(weighted, columns, theta))
            self.starts[subset] = start = Start(theta, start.inverse_hessian)
            out[subset] = self._explained(estimates, pieces, columns)
            if self.prepared.hidden is not None:
                return self._projected(estimates, pieces)
        return out

    def _hilly(self, weighted: Weighted | Slopes, known: np.ndarray | None) -> bool:
        """Whether with slopes the criterion may have several minima: the smallest model ends
        elsewhere from the usual start than from the full model's theta. Then every subset is
        searched from both; else, both ends being sure, those between start from larger ones."""
        if known is None:
            return True
        columns = self.prepared.columns_of(self.subsets[-1])
        ends = [refit(weighted, columns, start) for start in (Start(known), None)]
        return not all(e.converged[0] for e in ends) or not np.allclose(
            ends[0].theta, ends[1].theta, atol=SAME_THETA
        )

    def coefficients(self) -> dict[int, float]:
        """Of the full model, after `sample`: position among the moments' columns -> coefficient of
        the scaled column."""
        columns = self.prepared.columns_of(self.subsets[0])
        return dict(zip(map(int, columns[:-1]), self.beta, strict=True))

    def ready(self) -> None:
        """After `sample`: what makes replicates quick."""
        weighted = self.weigh(np.ones((1, self.sums.clusters)))
        for subset, start in self.starts.items():
            inverse = curvature(weighted, self.prepared.columns_of(subset), start.theta)
            self.starts[subset] = Start(start.theta, inverse)
        if isinstance(self.sums, ClusterSums):
            self.surface = self._surface(self.sums)

    def replicates(self, weights: np.ndarray) -> dict[Subset, Explained]:
        """The variance that each subset explains, for each row of weights (B, J)."""
        gram = np.tensordot(weights, self.sums.gram, axes=1)
        pieces, refits = self.level_covariances(gram), self._refits(weights)
        if self.prepared.hidden is not None:
            return self._projected(refits[self.subsets[0]], pieces)
        return {
            subset: self._explained(estimates, pieces, self.prepared.columns_of(subset))
            for subset, estimates in refits.items()
        }

    def projection(self) -> Projection:
        """What subsets predict of the full model's fixed part."""
        columns = self.prepared.columns_of(self.subsets[0])
        return Projection(self.prepared, *self.explaining(columns))

    def parts_of(self, subset: Subset) -> set[int]:
        """The positions of the parts that a subset's columns stand for."""
        return set(map(int, self.explaining(self.prepared.columns_of(subset))[1]))

    def _projected(self, full: Estimates, pieces: np.ndarray) -> dict[Subset, Explained]:
        projection, ones = self.projection(), np.ones(len(full.sigma2))
        random = full.sigma2[:, None] * np.column_stack([ones, full.theta**2])
        pieces, random = projection.shown(full.beta, full.sigma2, random, pieces)
        fixed = {
            s: projection.fixed(
                full.beta, full.unit_covariance, full.sigma2, self.parts_of(s), pieces
            )
            for s in self.subsets
        }
        whole = fixed[self.subsets[0]]
        return {
            s: explained_of(f, random, self.prepared.home, whole, full.converged)
            for s, f in fixed.items()
        }

    def weigh(self, weights: np.ndarray) -> Weighted | Slopes:
        if isinstance(self.sums, SlopeSums):
            return Slopes.of(self.sums, weights)
        return Weighted.of(self.sums, weights)

    def _surface(self, sums: ClusterSums) -> Surface | None:
        """The polynomial of all replicates; None where they are refitted from their sums."""
        theta = np.array([self.starts[s].theta for s in self.refitted])
        # The criterion is -2 log L: a variance is twice its inverse Hessian.
        inverses = [s.inverse_hessian for s in self.starts.values()]
        errors = [np.sqrt(2 * np.diag(h)) for h in inverses if h is not None]
        return surface(sums, theta, SPREAD * np.max(errors, axis=0))

    def _refits(self, weights: np.ndarray) -> dict[Subset, Estimates]:
        """All subsets, each from where the larger ones went."""
        batch, out, moved = self.weigh(weights), {}, {}
        if self.surface and isinstance(batch, Weighted):
            batch = self.surface.weigh(batch, weights)
        for subset in self.refitted:
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
        inside = self.surface.box.inside(found.theta)
        astray = np.flatnonzero(~(inside & found.converged))
        if not len(astray):
            return found
        begin = np.broadcast_to(start.theta, found.theta.shape)[astray]
        some = self.weigh(weights[astray])
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
        home, at, parts, turn = self.prepared.home, *self.explaining(columns)
        pieces = pieces[:, :, parts[:, None], parts]
        if not self.prepared.time:
            return explained(estimates, pieces, home)
        variances = self.slope_variances(estimates.theta)
        return explained_change(estimates, at, variances, pieces * np.outer(turn, turn), home)

    def explaining(self, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of a model's columns (the response last) those that explain: their positions among its
        coefficients, the positions of the parts that they stand for, and how often a part's unit
        goes into the coefficient's."""
        if not self.prepared.time:
            inside = columns[:-1]
            return np.arange(len(inside)), inside, np.ones(len(inside))
        change = self.prepared.change
        parts = np.array([i for i in columns if i in change], dtype=np.int64)
        at = np.array([list(columns).index(change[i]) for i in parts], dtype=np.int64)
        # Coefficients of scaled products become those of the scaled part times scaled time.
        scale = self.prepared.moments.scale
        time = scale[self.prepared.course[0]]
        return at, parts, scale[parts] * time / scale[[change[i] for i in parts]]

    def slope_variances(self, theta: np.ndarray) -> np.ndarray:
        """(B, L) variances of the slopes at theta (B, n), over the residual's."""
        if not isinstance(self.sums, SlopeSums):
            raise AssertionError("only growth has slopes")
        return slope_variances(self.sums, theta)

    def level_covariances(self, gram: np.ndarray) -> np.ndarray:
        """From gram (B, d, d) the (B, levels, d, d) covariances of the columns at each level."""
        prepared = self.prepared
        mean = gram / gram[:, :1, :1]
        covariance = mean - mean[:, :, :1] * mean[:, :1, :]
        out = np.zeros((len(gram), len(prepared.levels), *gram.shape[1:]))
        for k, level in enumerate(prepared.levels):
            rows, columns = np.ix_(prepared.columns_at(level), prepared.columns_at(level))
            out[:, k, rows, columns] = covariance[:, rows, columns]
        return out


def _settled(weighted, columns: np.ndarray, start: Start | None, slopes: bool) -> Estimates:
    """The sample's fit, searched for again where a search got stuck. With slopes the criterion can
    have several minima: the lowest that the usual start and the larger model's lead to."""
    found = refit(weighted, columns, start)
    if slopes:
        found = _lower(weighted, columns, found, refit(weighted, columns, None))
    for again in range(RETRIES):
        if found.converged[0] and (again or not slopes):
            break
        found = refit(weighted, columns, None if again == 1 else Start(found.theta[0]))
    return found


def _lower(weighted, columns: np.ndarray, first: Estimates, second: Estimates) -> Estimates:
    batch, one = weighted.select(columns), np.zeros(1, dtype=np.int64)
    values = [batch.evaluate(e.theta, one, False).value[0] for e in (first, second)]
    return second if values[1] < values[0] else first
