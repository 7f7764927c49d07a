"""The cross products of a design's columns: all that a fit needs to know of the data.

Engine: y = Xb + sum of Z u + e needs only W'W, and Z'W of each innermost unit, with W = [X y].
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.base.sentence import Sentence
from analysis.models.language.design import Design


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two groupings of which neither lies within the other: `several` of the `groups` groups of
    `inner`, the larger one, have rows in more than one group of `outer`."""

    inner: str
    outer: str
    several: int
    groups: int

    def sentence(self) -> Sentence:
        if (self.inner, self.outer) == ("patient", "therapist"):
            told = " patients were seen by more than one therapist"
        else:
            told = f" groups of '{self.inner}' lie in more than one group of '{self.outer}': the "
            told += "two are crossed"
        return Sentence(self.several, " of ", self.groups, told)


def crossings_of(codes: dict[str, np.ndarray]) -> tuple[Crossing, ...]:
    """The Crossings among groupings given by their codes (U,), the one with most groups first."""
    return tuple(
        _crossing(codes, inner, outer)
        for inner, outer in combinations(codes, 2)
        if not is_nested(codes[inner], codes[outer])
    )


def outer_of(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """(n,) the outer group of each of the n inner ones, from the codes (U,) of both by unit.
    Worked: inner 0, 0, 1, 2 and outer 1, 1, 0, 1 give 1, 0, 1."""
    found = np.zeros(int(inner.max(initial=-1)) + 1, dtype=np.int64)
    found[inner] = outer
    return found


def is_nested(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Whether each inner group lies in one outer group."""
    return bool((outer_of(inner, outer)[inner] == outer).all())


def in_nested_order(codes: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """The codes of each level, innermost first, renumbered by the outer levels first: every list
    of parents is sorted then."""
    out: list[np.ndarray] = []
    for code in reversed(codes):
        if out:
            parent = np.zeros(int(code.max()) + 1, dtype=np.int64)
            parent[code] = out[-1]
            rank = np.empty(len(parent), dtype=np.int64)
            rank[np.argsort(parent, kind="stable")] = np.arange(len(parent))
            code = rank[code]
        out.append(code)
    return tuple(out[::-1])


def _crossing(codes: dict[str, np.ndarray], inner: str, outer: str) -> Crossing:
    pairs = np.unique(np.stack([codes[inner], codes[outer]]), axis=1)
    each = np.bincount(pairs[0])
    return Crossing(inner, outer, int((each > 1).sum()), len(each))


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over the complete rows of the columns (c - centre) / scale, the intercept first.

    With prior weights each row's products count as often as its weight says, weights divided by
    their mean before: they sum to the rows, and a residual variance is that of a row of mean
    weight (Bates et al. 2015, section 2.1: weighted rows are rows times the root of the weight).

    names (d,): '(Intercept)' first, the response last. centre, scale (d,): scale a power of two
    and centre a multiple of a power of two, so that sums of whole numbers stay exact.
    gram: (d, d) sums of products, or (J, d, d) by group `gram_group` (codes of `codes`).
    z: (z,) positions in names of the columns that carry random effects, the intercept among them.
    cross: (U, z, d) sums of products by unit, units being the combinations of all groupings.
    counts: (U,) rows of each unit, whatever their weights.
    groupings: labels, innermost first. codes: one (U,) int array for each, 0..n-1.
    labels: one tuple of n names for each grouping (empty when not asked for).
    mean_weight, log_weights: the mean of the prior weights, and the sum of the logarithms of the
    weights over their mean; 1 and 0 without weights.
    crossings: groupings that are not nested, empty where all are; groupings and codes then come
    by decreasing number of groups.
    """

    design: Design
    names: tuple[str, ...]
    centre: np.ndarray
    scale: np.ndarray
    rows: int
    rows_dropped: int
    gram: np.ndarray
    z: np.ndarray
    cross: np.ndarray
    counts: np.ndarray
    groupings: tuple[str, ...]
    codes: tuple[np.ndarray, ...]
    labels: tuple[tuple[str, ...], ...] = ()
    mean_weight: float = 1.0
    log_weights: float = 0.0
    crossings: tuple[Crossing, ...] = ()

    @property
    def total(self) -> np.ndarray:
        """(d, d) the sums of products over all rows."""
        return self.gram if self.gram.ndim == 2 else self.gram.sum(axis=0)

    @property
    def sizes(self) -> np.ndarray:
        """(U,) weights of each unit's rows, summed: what its means are divided by."""
        return self.cross[:, list(self.z).index(0), 0]

    @property
    def group_counts(self) -> dict[str, int]:
        return {
            g: int(c.max()) + 1 if len(c) else 0
            for g, c in zip(self.groupings, self.codes, strict=True)
        }


def binary_grid(mean: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(centre, scale) near the mean and SD, on a binary grid. Worked: mean 3.4, sd 3 -> (4, 2).

    A constant column gets scale 1 (or its size's power of two) and itself as centre.
    """
    size = np.where(sd > 0, sd, np.where(mean != 0, np.abs(mean), 1.0))
    scale = np.exp2(np.floor(np.log2(size)))
    grid = scale  # a coarser grid would centre badly, a finer one would not stay whole
    return np.where(sd > 0, np.round(mean / grid) * grid, mean), scale
