"""What a fit needs of one site, summed over alike units: fewer numbers than its moments, no rows.

Units of the innermost grouping with the same Z'Z (a "pattern") in the same enclosing group enter
the likelihood only through the sum of their Z'W and through the sum, over the whole pattern, of
the outer products of their Z'W. So the two sums stand for the units, exactly.

Idea of pooling by sums: Luo et al. 2022, doi:10.1038/s41467-022-29160-4 (there with the site as
the only grouping; here with groups nested inside the sites).
"""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments, outer_of

# Sums that agree to this share of their size are the same: the rest is the order of summation.
ALIKE = 1e-12


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Sums on the grid (centre, scale) of the d columns `names`, as in Moments.

    z (z,): positions of the columns with random effects. inner (q,): those among them that the
    innermost units need, the intercept first; free (f,): the columns that are not in z.
    groupings: labels, innermost first; groups: their numbers.
    parents: for each grouping but the innermost and the outermost, (groups,) code of the group
    that encloses it.
    zz (K, q, z): Z'Z of one unit of each pattern.
    entry_group, entry_pattern, entry_units (E,): the group one level out (0 without one), the
    pattern and the number of units of each entry; sums (E, q, f): their summed Z'W.
    scatter (S, qf, qf): summed products of the units' deviations from their entry's mean, for the
    patterns scatter_pattern (S,) in which an entry has several units.
    outer (groups one level out, z - q, d): Z'W of the random columns that are not in inner.
    """

    names: tuple[str, ...]
    centre: np.ndarray
    scale: np.ndarray
    rows: int
    rows_dropped: int
    gram: np.ndarray
    z: np.ndarray
    inner: np.ndarray
    groupings: tuple[str, ...]
    groups: tuple[int, ...]
    parents: tuple[np.ndarray, ...]
    zz: np.ndarray
    entry_group: np.ndarray
    entry_pattern: np.ndarray
    entry_units: np.ndarray
    sums: np.ndarray
    scatter: np.ndarray
    scatter_pattern: np.ndarray
    outer: np.ndarray

    @property
    def free(self) -> np.ndarray:
        return np.setdiff1d(np.arange(len(self.names)), self.z)


def aggregate(moments: Moments) -> tuple[Aggregates, np.ndarray]:
    """The Aggregates of `moments`, and the entry (U,) that each of its units went into.

    Groups are numbered by what they hold, outermost first, so that neither the names nor their
    alphabetical order is left. ModelError for weighted rows. Worked: 3 patients of 4 sessions and
    2 of 5, (1 | patient): two patterns, two entries of 3 and 2 units.
    """
    if moments.design.weights:
        raise ModelError(
            "Sites cannot pool a model whose rows have weights",
            where=f"the weights, '{moments.design.weights.name}'",
            allowed="rows that all count alike",
            next_step="leave the weights out, or fit the model on the rows themselves",
        )
    inner = _inner_positions(moments)
    free = np.setdiff1d(np.arange(len(moments.names)), moments.z)
    codes = _by_content(moments)
    group = codes[1] if len(codes) > 1 else np.zeros(len(moments.counts), dtype=np.int64)
    rows = np.array([list(moments.z).index(i) for i in inner], dtype=np.int64)
    own = moments.cross[:, rows]
    pattern, first = _patterns(own[:, :, moments.z])
    keys, entry, units = np.unique(
        group * len(first) + pattern, return_inverse=True, return_counts=True
    )
    entry = entry.reshape(-1)
    zw = own[:, :, free].reshape(len(own), -1)
    sums = _sum_by(zw, entry, len(keys))
    deviations = _without_rounding(zw - (sums / units[:, None])[entry], zw, pattern)
    scatter, of_pattern = _scatter(deviations, entry, pattern, units)
    others = np.setdiff1d(np.arange(len(moments.z)), rows)
    return Aggregates(
        names=moments.names,
        centre=moments.centre,
        scale=moments.scale,
        rows=moments.rows,
        rows_dropped=moments.rows_dropped,
        gram=moments.gram,
        z=moments.z,
        inner=inner,
        groupings=moments.groupings,
        groups=tuple(int(c.max()) + 1 for c in codes),
        parents=tuple(outer_of(codes[k], codes[k + 1]) for k in range(1, len(codes) - 1)),
        zz=own[first][:, :, moments.z],
        entry_group=keys // len(first),
        entry_pattern=keys % len(first),
        entry_units=units,
        sums=sums.reshape(len(keys), len(inner), len(free)),
        scatter=scatter,
        scatter_pattern=of_pattern,
        outer=_sum_by(moments.cross[:, others], group, int(group.max()) + 1),
    ), entry


def _inner_positions(moments: Moments) -> np.ndarray:
    """The intercept, which re-centring needs, and the columns of the innermost random terms."""
    blocks = (
        [b for b in moments.design.blocks if b.label == moments.groupings[0]]
        if moments.groupings
        else []
    )
    names = dict.fromkeys([INTERCEPT, *(c for b in blocks for c in b.columns)])
    return np.array([moments.names.index(n) for n in names], dtype=np.int64)


def _by_content(moments: Moments) -> list[np.ndarray]:
    """The codes of each unit's groups, groups within a group numbered by their sums."""
    values = np.column_stack([moments.counts, moments.cross.reshape(len(moments.cross), -1)])
    codes: list[np.ndarray] = []
    above = np.zeros(len(values), dtype=np.int64)
    for old in reversed(moments.codes):
        groups = int(old.max()) + 1
        sums, parent = _sum_by(values, old, groups), outer_of(old, above)
        rank = np.empty(groups, dtype=np.int64)
        rank[np.lexsort([*sums.T[::-1], parent])] = np.arange(groups)
        above = rank[old]
        codes.append(above)
    return codes[::-1]


def _patterns(z_cross: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pattern of each unit, and a unit of each pattern."""
    key = z_cross.reshape(len(z_cross), -1)
    size = np.abs(key).max(axis=0)
    rounded = np.round(key / np.where(size > 0, size, 1.0) / ALIKE)
    _, first, pattern = np.unique(rounded, axis=0, return_index=True, return_inverse=True)
    return pattern.reshape(-1), first


def _without_rounding(deviations, values, pattern) -> np.ndarray:
    """Deviations (U, qf), zero in the columns that are the same for all units of a pattern.

    What rounding leaves there would pass for differences once columns are brought to one size.
    """
    largest = np.zeros((2, int(pattern.max()) + 1, values.shape[1]))
    for out, each in zip(largest, (deviations, values), strict=True):
        np.maximum.at(out, pattern, np.abs(each))
    differs = largest[0] > ALIKE * largest[1]
    return np.where(differs[pattern], deviations, 0.0)


def _scatter(deviations, entry, pattern, units) -> tuple[np.ndarray, np.ndarray]:
    """Summed products of deviations (U, qf) by pattern; lone units deviate from nothing."""
    together = np.flatnonzero(units[entry] > 1)
    order = together[np.argsort(pattern[together], kind="stable")]
    of_pattern, starts = np.unique(pattern[order], return_index=True)
    pieces = np.split(deviations[order], starts[1:])
    size = deviations.shape[1]
    scatter = np.array([p.T @ p for p in pieces if len(p)]).reshape(-1, size, size)
    return scatter, of_pattern


def _sum_by(values: np.ndarray, codes: np.ndarray, groups: int) -> np.ndarray:
    """Sums over rows with the same code 0..groups-1, each of which occurs."""
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(groups))
    return np.add.reduceat(values[order], starts, axis=0) if len(values) else values
