"""Replicates of the shares from the fitted model, where too few outermost units could be drawn.

Variances are drawn from the restricted likelihood over standard deviations (relative to the
residual's, each as likely beforehand), weighed and drawn again (sampling importance resampling:
Rubin 1987, doi:10.1080/01621459.1987.10478461); given them the residual variance is the usual
scaled inverse chi-square and the coefficients are normal about their estimates, so that few groups
widen an interval as Student's t does. The predictors' covariances at a level vary as those of as
many groups tell them (inverse Wishart).
"""

import numpy as np

from analysis.models.optimise import minimise
from analysis.models.resampling.plausible import plausible
from analysis.models.resampling.resample import curvature
from analysis.questions.partition.fits.behind_course import explained_of
from analysis.questions.partition.fits.rsquared import Explained
from analysis.questions.partition.fits.subset_fits import Subset, SubsetFits

# Points of the likelihood for one draw that is kept, and how far they spread beyond its curvature:
# Student's t with few degrees of freedom covers the long tail of a variance between few groups.
POINTS = 2
WIDER, DEGREES = 1.3, 4
# Of slopes, whose likelihood takes milliseconds a point, the curvature's own points are kept.
MOST_SLOPES = 200
# Of the criterion: what a variance of zero may cost and still lie in a 95 % profile interval.
CANNOT_TELL = 3.84
# Halvings of the stretch that the bound lies in: to a thousandth of it.
BISECTIONS = 10


class Simulation:
    """Draws the shares of every subset of the factors, `SubsetFits.sample` having been called."""

    def __init__(self, fits: SubsetFits):
        self.fits, self.prepared = fits, fits.prepared
        self.full = fits.subsets[0]
        self.columns = self.prepared.columns_of(self.full)
        self.whole = fits.weigh(np.ones((1, fits.sums.clusters)))
        self.theta = fits.starts[self.full].theta

    def replicates(self, rng: np.random.Generator, size: int) -> dict[Subset, Explained]:
        """As `SubsetFits.replicates`: one entry a subset, `size` draws each."""
        theta, beta, sigma2 = self._drawn(rng, size)
        projection = self.fits.projection()
        beta, pieces = projection.unsure(rng, beta, self._pieces(rng, size))
        pieces, random = projection.shown(beta, sigma2, self._random(theta, sigma2), pieces)
        fixed = {
            s: projection.fixed(beta, None, sigma2, self.fits.parts_of(s), pieces)
            for s in self.fits.subsets
        }
        whole, ok = fixed[self.full], np.ones(size, dtype=bool)
        return {s: explained_of(f, random, self.prepared.home, whole, ok) for s, f in fixed.items()}

    def upper_bounds(self) -> np.ndarray:
        """(1 + L,) of a level's variance that the data cannot tell from none: the upper end of its
        95 % profile interval as a share of all that is unexplained; NaN where they can tell it (and
        of the residual's own). A draw's percentiles would say too much or too little there."""
        out = np.full(len(self.prepared.random_levels), np.nan)
        if self.prepared.time:
            return out
        best = self._profile(None, 0.0)[0]
        for k in range(len(self.theta)):
            if self._profile(k, 0.0)[0] - best >= CANNOT_TELL:
                continue
            inside, beyond = 0.0, max(2 * self.theta[k], 0.1)
            while self._profile(k, beyond)[0] - best < CANNOT_TELL and beyond < 1e3:
                inside, beyond = beyond, 2 * beyond
            for _ in range(BISECTIONS):
                middle = (inside + beyond) / 2
                short = self._profile(k, middle)[0] - best < CANNOT_TELL
                inside, beyond = (middle, beyond) if short else (inside, middle)
            theta = self._profile(k, beyond)[1]
            out[k + 1] = theta[k] ** 2 / (1 + (theta**2).sum())
        return out

    def _profile(self, held: int | None, value: float) -> tuple[float, np.ndarray]:
        """(criterion, theta (L,)) with one entry of theta held at a value, all else refitted."""
        batch, levels = self.whole.select(self.columns), len(self.theta)
        free = [i for i in range(levels) if i != held]
        theta = self.theta.copy()
        if held is not None:
            theta[held] = value

        def criterion(some, members):
            points = np.tile(theta, (len(some), 1))
            points[:, free] = some
            found = batch.evaluate(points, np.zeros(len(some), dtype=np.int64))
            if found.gradient is None:
                raise AssertionError("the gradient was asked for")
            return found.value, found.gradient[:, free]

        if not free:
            one = batch.evaluate(theta[None], np.zeros(1, dtype=np.int64), False)
            return float(one.value[0]), theta
        found = minimise(criterion, np.maximum(self.theta[free], 0.05)[None])
        theta[free] = np.abs(found.theta[0])
        return float(found.value[0]), theta

    def _drawn(self, rng, size: int):
        """theta (B, L), beta (B, p) and sigma2 (B,) of the full model."""
        batch = self.whole.select(self.columns)
        points = self._points(rng, size)
        members = np.zeros(len(points), dtype=np.int64)
        found = batch.evaluate(points, members, with_gradient=False)
        kept = self._chosen(rng, points, found.value, size)
        keep = batch.keep[0, :-1]
        dof = float(batch.rows[0]) - keep.sum()
        sigma2 = found.rss[kept] / rng.chisquare(dof, size)
        root = _roots(found.inverse[kept][:, keep][:, :, keep])
        noise = rng.standard_normal((size, int(keep.sum()), 1))
        beta = found.beta[kept]
        beta[:, keep] += np.sqrt(sigma2)[:, None] * (root @ noise)[..., 0]
        return points[kept], beta, sigma2

    def _points(self, rng, size: int) -> np.ndarray:
        levels = len(self.theta)
        if not levels:
            return np.zeros((size, 0))
        # The criterion is -2 log L: a variance is twice its inverse Hessian.
        covariance = 2 * curvature(self.whole, self.columns, self.theta)
        self.root = WIDER * np.linalg.cholesky(covariance)
        count = min(size, MOST_SLOPES) if self.prepared.time else POINTS * size
        scale = np.sqrt(DEGREES / rng.chisquare(DEGREES, count))
        self.steps = rng.standard_normal((count, levels)) * scale[:, None]
        points = self.theta + self.steps @ self.root.T
        return points if self.prepared.time else np.abs(points)

    def _chosen(self, rng, points: np.ndarray, value: np.ndarray, size: int) -> np.ndarray:
        """Which of the points are kept, `size` of them, by likelihood over density."""
        if not points.shape[1] or self.prepared.time:
            return np.arange(size) % len(points)
        log = -(value - np.nanmin(value)) / 2 - self._log_density(points)
        weight = np.exp(log - np.nanmax(log))
        weight = np.where(np.isfinite(weight), weight, 0.0)
        edges = np.cumsum(weight) / weight.sum()
        at = (rng.random() + np.arange(size)) / size  # systematic: as even as can be
        return np.minimum(np.searchsorted(edges, at), len(points) - 1)

    def _log_density(self, points: np.ndarray) -> np.ndarray:
        """Of points that were reflected at zero: the sum over all signs."""
        levels = points.shape[1]
        inverse = np.linalg.inv(self.root)
        total = np.zeros(len(points))
        for signs in np.ndindex(*(2,) * levels):
            turned = points * np.where(np.array(signs) == 1, -1.0, 1.0)
            far = (((turned - self.theta) @ inverse.T) ** 2).sum(axis=1)
            total += (1 + far / DEGREES) ** (-(DEGREES + levels) / 2)
        return np.log(total)

    def _pieces(self, rng, size: int) -> np.ndarray:
        """(B, levels, d, d) covariances of the columns at each level, as of other groups."""
        own = self.fits.level_covariances(self.whole.gram)[0]
        out = np.empty((size, *own.shape))
        for k, level in enumerate(self.prepared.levels):
            out[:, k] = plausible(rng, own[k], self.prepared.degrees(level), size)
        return out

    def _random(self, theta: np.ndarray, sigma2: np.ndarray) -> np.ndarray:
        if self.prepared.time:
            return sigma2[:, None] * self.fits.slope_variances(theta)
        return sigma2[:, None] * np.column_stack([np.ones(len(theta)), theta**2])


def _roots(matrices: np.ndarray) -> np.ndarray:
    """(B, p, p) with root root' = matrix; of a matrix that rounding left without a root, nearly.
    No other rounding makes it another root, and other draws."""
    try:
        return np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        size, vectors = np.linalg.eigh(matrices)
        sizes = np.sqrt(np.maximum(size, 0.0))
        return (vectors * sizes[:, None]) @ np.swapaxes(vectors, 1, 2)
