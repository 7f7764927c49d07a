"""Missing values drawn from a joint normal model of patients within groups.

Each row is v_ij = b_j + e_ij with e ~ N(0, S) and (b_j, z_j) ~ N(m, P), z what belongs to the
group itself: every variable may go with every other within groups and between them (Schafer &
Yucel 2002, doi:10.1198/106186002760180608; Carpenter & Kenward 2013, Multiple imputation and its
application, chapter 9). Drawn in turn, each from what it is given the others (Gibbs sampling):
b, m, P, S, what is missing. P and S have inverse Wishart priors as weak as are proper. Values are
missing at random: given all that is seen of a patient and their group.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from analysis.models.courses.joint_normal import Pattern, patterns_of

# Rounds before the first draw that is kept, and between two of them: the shares of successive
# draws then hardly go together (docs/validation.md).
WARM, BETWEEN = 150, 20
# Of each variable's variance, what the priors take for its size within and between groups.
WITHIN, BETWEEN_GROUPS = 0.5, 0.1


@dataclass(frozen=True, slots=True)
class Incomplete:
    """rows (n, d) and groups (J, e), NaN where a value is missing; group (n,): each row's, 0..J-1.
    Each column has a value somewhere, and varies."""

    rows: np.ndarray
    groups: np.ndarray
    group: np.ndarray


def drawn(
    values: Incomplete,
    count: int,
    rng: np.random.Generator,
    told: Callable[[float], None] = lambda part: None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`count` times (rows, groups), complete, in the units of the values. told: how far, 0..1."""
    sampler = _Sampler(values, rng)
    rounds = WARM + count * BETWEEN
    for done in range(1, rounds + 1):
        sampler.step()
        if done > WARM and (done - WARM) % BETWEEN == 0:
            told(done / rounds)
            yield sampler.in_units()


class _Sampler:
    """The state of the chain: on columns of mean 0 and variance 1."""

    def __init__(self, values: Incomplete, rng: np.random.Generator):
        self.rng, self.group = rng, values.group
        self.centre, self.scale = _sizes(values.rows)
        self.z_centre, self.z_scale = _sizes(values.groups)
        self.rows, self.gaps = _begun((values.rows - self.centre) / self.scale)
        self.z, self.z_gaps = _begun((values.groups - self.z_centre) / self.z_scale)
        self.d, self.e = self.rows.shape[1], self.z.shape[1]
        self.size = np.bincount(self.group, minlength=len(self.z)).astype(float)
        self.within = np.eye(self.d) * WITHIN
        self.between = np.eye(self.d + self.e) * BETWEEN_GROUPS
        self.between[self.d :, self.d :] = np.eye(self.e)
        self.mean = np.zeros(self.d + self.e)
        self.b = np.zeros((len(self.z), self.d))

    def step(self) -> None:
        self._draw_effects()
        self._draw_between()
        self._draw_within()
        _fill(self.rows, self.gaps, self.b[self.group], self.within, self.rng)
        whole = np.hstack([self.b, self.z])
        gaps = [
            Pattern(g.rows, np.append(np.arange(self.d), self.d + g.observed)) for g in self.z_gaps
        ]
        _fill(whole, gaps, np.tile(self.mean, (len(whole), 1)), self.between, self.rng)
        self.z = whole[:, self.d :]

    def in_units(self) -> tuple[np.ndarray, np.ndarray]:
        return self.rows * self.scale + self.centre, self.z * self.z_scale + self.z_centre

    def _draw_effects(self) -> None:
        """b_j given the rows and z_j. With root root' = S and root' Q^-1 root = turn m turn', Q
        its covariance given z, its precision is diagonal in that basis: m + n_j."""
        d = self.d
        slope = self.between[:d, d:] @ np.linalg.pinv(self.between[d:, d:], hermitian=True)
        prior = self.mean[:d] + (self.z - self.mean[d:]) @ slope.T
        own = _symmetric(self.between[:d, :d] - slope @ self.between[d:, :d])
        root = np.linalg.cholesky(self.within)
        m, turn = np.linalg.eigh(_symmetric(root.T @ np.linalg.inv(own) @ root))
        basis = root @ turn
        back = np.linalg.inv(basis)
        total = np.zeros_like(self.b)
        np.add.at(total, self.group, self.rows)
        precision = m + self.size[:, None]
        middle = ((prior @ back.T) * m + total @ back.T) / precision
        noise = self.rng.standard_normal(middle.shape) / np.sqrt(precision)
        self.b = (middle + noise) @ basis.T

    def _draw_between(self) -> None:
        whole = np.hstack([self.b, self.z])
        j, width = whole.shape
        spread = self.rng.standard_normal(width) @ np.linalg.cholesky(self.between).T
        self.mean = whole.mean(axis=0) + spread / np.sqrt(j)
        deviations = whole - self.mean
        prior = np.diag([BETWEEN_GROUPS] * self.d + [1.0] * self.e)
        self.between = _inverse_wishart(self.rng, prior + deviations.T @ deviations, j + width + 2)

    def _draw_within(self) -> None:
        deviations = self.rows - self.b[self.group]
        scale = WITHIN * np.eye(self.d) + deviations.T @ deviations
        self.within = _inverse_wishart(self.rng, scale, len(self.rows) + self.d + 2)


def _sizes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centre, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    return centre, np.where(scale > 0, scale, 1.0)


def _begun(scaled: np.ndarray) -> tuple[np.ndarray, list[Pattern]]:
    """Missing values at their mean, and the patterns that have any."""
    gaps = [p for p in patterns_of(scaled) if len(p.observed) < scaled.shape[1]]
    return np.nan_to_num(scaled), gaps


def _fill(values, gaps: list[Pattern], middle: np.ndarray, covariance: np.ndarray, rng) -> None:
    """Draws what is missing of values (n, d), in place, given what is observed of the row."""
    every = np.arange(values.shape[1])
    for gap in gaps:
        seen, missing = gap.observed, np.setdiff1d(every, gap.observed)
        inner = covariance[np.ix_(seen, seen)]
        slope = np.linalg.solve(inner, covariance[np.ix_(seen, missing)]).T
        rest = covariance[np.ix_(missing, missing)] - slope @ covariance[np.ix_(seen, missing)]
        root = np.linalg.cholesky(_symmetric(rest) + 1e-10 * np.eye(len(missing)))
        own = middle[gap.rows]
        deviations = values[np.ix_(gap.rows, seen)] - own[:, seen]
        noise = rng.standard_normal((len(gap.rows), len(missing))) @ root.T
        values[np.ix_(gap.rows, missing)] = own[:, missing] + deviations @ slope.T + noise


def _inverse_wishart(rng, scale: np.ndarray, degrees: int) -> np.ndarray:
    """One draw by Bartlett's decomposition; its mean is scale / (degrees - d - 1)."""
    d = len(scale)
    lower = np.tril(rng.standard_normal((d, d)), -1)
    lower[np.diag_indices(d)] = np.sqrt(rng.chisquare(degrees - np.arange(d)))
    root = np.linalg.cholesky(_symmetric(scale)) @ np.linalg.inv(lower).T
    return root @ root.T


def _symmetric(matrix: np.ndarray) -> np.ndarray:
    return (matrix + matrix.T) / 2
