"""The REML criterion of random-intercept models for a batch of weights, with its gradient.

The same recursion as `criterion.py`, specialised to one intercept a level: a replicate of the
cluster bootstrap is a set of weights, and all sums are linear in them (`innermost.py`).
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from analysis.models.criterion.fixed_part import COLLINEAR, independent
from analysis.models.resampling.clusters import ClusterSums
from analysis.models.resampling.elimination import eliminate, eliminate_back, rows_of
from analysis.models.resampling.innermost import (
    FewSizes,
    ManySizes,
    SingleRows,
    WeighedGroups,
    WeighedRows,
    WeighedSizes,
)

# Replicates evaluated at once: enough to hide the cost of a call, few enough for their arrays to
# stay in the processor's cache.
CHUNK = 32
LEAST_START = 0.05  # a search that starts at exactly zero would stay there


@dataclass(frozen=True, slots=True)
class Evaluated:
    """For b points, internal scale: value (b,) the REML criterion, gradient (b, L), (b, 0) where
    none was asked for, inverse (b, p, p) = (X'V^-1 X)^-1, beta (b, p), rss (b,).

    Columns that are not kept have zeros there, as if they had been left out. An exact fit has no
    number for a criterion.
    """

    value: np.ndarray
    gradient: np.ndarray
    inverse: np.ndarray
    beta: np.ndarray
    rss: np.ndarray

    @classmethod
    def joined(cls, parts: list["Evaluated"]) -> "Evaluated":
        """The points of all parts, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(p, f) for p in parts]) for f in cls.__slots__))


class Batch(Protocol):
    """What `reml` reads of a batch of replicates: fields as in `Weighted`."""

    @property
    def gram(self) -> np.ndarray: ...
    @property
    def rows(self) -> np.ndarray: ...
    @property
    def keep(self) -> np.ndarray: ...


@dataclass(frozen=True)
class Weighted:
    """Weighted sums of one set of columns for a batch of replicates.

    gram (B, d, d); rows (B,) their number; keep (B, d): columns that add something to those
    before them, unlike a category that no drawn cluster has; doubtful (B,): replicates where that
    has to be looked at. innermost: the sums of the innermost groups, None where there are none.
    For each level, innermost first: parents, the code of the enclosing group (n,), sorted, None
    at the outermost; own, up: the weights (B, n) of its groups and those applied when its sums go
    to the next level, None for 1.
    """

    gram: np.ndarray
    rows: np.ndarray
    keep: np.ndarray
    doubtful: np.ndarray
    innermost: WeighedGroups | WeighedSizes | WeighedRows | None
    parents: tuple
    own: tuple
    up: tuple

    @classmethod
    def of(cls, sums: ClusterSums, weights: np.ndarray) -> "Weighted":
        """All columns' sums for each row of weights (B, J)."""
        own = tuple(None if c is None else weights[:, c] for c in sums.own)
        up = tuple(w if k == sums.cluster_level else None for k, w in enumerate(own))
        gram = (weights @ sums.gram.reshape(len(sums.gram), -1)).reshape(-1, *sums.gram.shape[1:])
        innermost, parents = None, sums.parents
        if not sums.free.all():  # single rows are no level: their groups are the innermost ones
            parents, own, up = parents[1:], own[1:], up[1:]
            if parents and isinstance(sums.innermost, SingleRows):
                innermost = sums.innermost.weigh(weights, parents[0])
        elif isinstance(sums.innermost, FewSizes | ManySizes):
            innermost = sums.innermost.weigh(own[0], up[0])
        return cls(
            gram=gram,
            rows=weights @ sums.rows,
            keep=np.ones(gram.shape[:2], dtype=bool),
            doubtful=doubtful_columns(gram),
            innermost=innermost,
            parents=parents,
            own=own,
            up=up,
        )

    @property
    def levels(self) -> int:
        return self.inner + len(self.parents) - 1 if self.parents else 0

    @property
    def inner(self) -> int:
        """How many variances belong to `innermost`: its own, or those of several levels."""
        return self.innermost.levels if self.innermost else 0

    def select(self, columns: np.ndarray) -> "Weighted":
        """The same for some of the columns."""
        gram, keep = kept_columns(self.gram, self.doubtful, columns)
        innermost = self.innermost and self.innermost.select(columns)
        return replace(self, gram=gram, keep=keep, innermost=innermost)

    def begin(self, theta: np.ndarray | None) -> np.ndarray:
        """Where a search can start, (L,) or (B, L): no standard deviation at zero."""
        return np.full(self.levels, 0.5) if theta is None else np.maximum(theta, LEAST_START)

    def settled(self, theta: np.ndarray) -> np.ndarray:
        """The same variances by standard deviations that are not negative."""
        return np.abs(theta)

    def mean_sizes(self, theta: np.ndarray) -> np.ndarray:
        """(L,) what a group of each level counts for at theta (L,): the number of its rows, less
        what those inside it have in common. A middle over the first replicate's groups."""
        psi = theta[None] ** 2
        _, _, steps = _forward(self, psi, np.zeros(1, dtype=np.int64))
        return (1 / np.array([step.inverse.mean() for step in steps]) - 1) / psi[0]

    def evaluate(self, theta: np.ndarray, members: np.ndarray, with_gradient=True) -> Evaluated:
        """The criterion of the replicates `members` (b,) at theta (b, L)."""
        return Evaluated.joined(
            [
                _evaluate(self, theta[k : k + CHUNK], members[k : k + CHUNK], with_gradient)
                for k in range(0, len(members), CHUNK)
            ]
        )


def doubtful_columns(gram: np.ndarray) -> np.ndarray:
    """(B,): whether what some predictor adds to all the others is next to nothing."""
    x = gram[:, :-1, :-1]
    diagonal = np.einsum("bii->bi", x)
    size = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = x / size[:, :, None] / size[:, None, :]
    with np.errstate(divide="ignore"):
        added = 1 / np.einsum("bii->bi", _inverses(scaled))
    return ~(added > 10 * COLLINEAR).all(axis=1)


def kept_columns(gram: np.ndarray, doubtful: np.ndarray, columns: np.ndarray):
    """The gram (B, d, d) of some columns, and whether each adds something (B, d)."""
    gram = gram[:, columns[:, None], columns]
    keep = np.ones(gram.shape[:2], dtype=bool)
    looked_at = np.flatnonzero(doubtful)
    for k in looked_at[doubtful_columns(gram[looked_at])]:
        _, dropped = independent(np.eye(len(columns) - 1), gram[k, :-1, :-1])
        keep[k, dropped] = False
    return gram, keep


def _inverses(matrices: np.ndarray) -> np.ndarray:
    """Inverses (b, d, d); not numbers where there is none, as where a variance is so large that
    nothing is left."""
    try:
        return np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        if len(matrices) == 1:
            return np.full_like(matrices, np.nan)
        return np.concatenate([_inverses(one[None]) for one in matrices])


def reml(batch: Batch, products: np.ndarray, log_det: np.ndarray, members: np.ndarray):
    """The criterion (without gradient) from W'V^-1 W (b, d, d) and log|V| (b,), and its
    derivative by the products, (b, d, d)."""
    keep, left_out = batch.keep[members], 0.0
    if not keep.all():
        left_out = np.eye(keep.shape[1]) * ~keep[:, :, None]
        products = products * (keep[:, :, None] & keep[:, None, :]) + left_out
    # One inverse of all products, the response's among them, holds everything.
    whole = _inverses(products)
    p = products.shape[1] - 1
    with np.errstate(divide="ignore"):
        rss = 1 / whole[:, p, p]
    # What an exact fit leaves over is rounding: such a replicate says nothing.
    some = (rss > COLLINEAR * batch.gram[members, p, p]) & (rss < np.inf)
    rss = np.where(some, rss, np.nan)
    contrast = whole[:, p] * rss[:, None]
    squares = (contrast / rss[:, None])[:, :, None] * contrast[:, None, :]
    inverse = whole - squares - left_out
    dof = batch.rows[members] - keep[:, :p].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        log_xx = np.linalg.slogdet(products)[1] - np.log(rss)
        value = log_det + log_xx + dof * (1 + np.log(2 * np.pi * rss / dof))
    gamma = inverse + dof[:, None, None] * squares
    none = np.zeros((len(value), 0))
    return Evaluated(value, none, inverse[:, :p, :p], -contrast[:, :p], rss), gamma


def _evaluate(batch: Weighted, theta, members, with_gradient: bool) -> Evaluated:
    psi = theta**2
    products, log_det, steps = _forward(batch, psi, members)
    found, gamma = reml(batch, products, log_det, members)
    if not with_gradient:
        return found
    return replace(found, gradient=2 * theta * _backward(batch, psi, steps, gamma))


def _forward(batch: Weighted, psi: np.ndarray, members: np.ndarray):
    """W'V^-1 W (b, d, d), log|V| (b,) and the steps of the levels, innermost first."""
    products, log_det, steps = batch.gram[members], np.zeros(len(members)), []
    for level, parent in enumerate(batch.parents):
        if level == 0 and batch.innermost:
            step = batch.innermost.forward(psi[:, : batch.inner], members)
        else:
            own, up = rows_of(batch.own[level], members), rows_of(batch.up[level], members)
            before, at = steps[-1], psi[:, batch.inner + level - 1, None]
            step = eliminate(at, before.s, before.sw, own, up, parent, members)
        products -= step.removed
        log_det += step.log_det
        steps.append(step)
    return products, log_det, steps


def _backward(batch: Weighted, psi: np.ndarray, steps: list, gamma: np.ndarray) -> np.ndarray:
    """d(value)/d(psi), (b, L), by the recursion run backwards."""
    gradient = np.zeros_like(psi)
    s_above = sw_above = None
    for level in range(len(steps) - 1, 0, -1):
        step, before = steps[level], steps[level - 1]
        own, up = rows_of(batch.own[level], step.members), rows_of(batch.up[level], step.members)
        at = batch.inner + level - 1
        gradient[:, at], s_above, sw_above = eliminate_back(
            psi[:, at, None],
            before.s,
            before.sw,
            own,
            up,
            batch.parents[level],
            step.inverse,
            gamma,
            s_above,
            sw_above,
        )
    if steps and batch.innermost:
        own = slice(batch.inner)
        gradient[:, own] = batch.innermost.backward(psi[:, own], steps[0], gamma, s_above, sw_above)
    return gradient
