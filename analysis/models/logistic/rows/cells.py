"""Rows of a logistic model brought together: equal rows of predictors and groups are one cell.

A cell holds how many trials it stands for and in how many the event happened; the likelihood
knows no more of its rows. Cells lie sorted by unit, a unit being one combination of the groups of
all groupings, so that sums over units are sums over stretches.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class Level:
    """Random effects of one grouping: q terms over `groups` groups.

    blocks: positions of the terms that share one covariance. to_raw (q, q): raw effects are
    to_raw @ internal ones. mean_zz (q, q): mean over rows of z z', internal scale.
    """

    group: str
    groups: int
    terms: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    to_raw: np.ndarray
    mean_zz: np.ndarray

    @property
    def q(self) -> int:
        return len(self.terms)


@dataclass(frozen=True, slots=True)
class Cells:
    """n cells in U units. x (p, n), z (Q, n): the levels' columns one after the other, both on the
    internal scale; offset (n,) on the logit scale; size (n,) trials, hits (n,) of them with the
    event; starts (U,) each unit's first cell, unit (n,); codes: the group of each unit (U,) at
    every level, the level with most groups first; ones (Q,): columns of z that are 1 throughout.
    """

    x: np.ndarray
    z: np.ndarray
    offset: np.ndarray
    size: np.ndarray
    hits: np.ndarray
    unit: np.ndarray
    starts: np.ndarray
    codes: tuple[np.ndarray, ...]
    levels: tuple[Level, ...]
    ones: np.ndarray

    def products(self, weights: np.ndarray) -> np.ndarray:
        """(Q, Q, U): each unit's sum of weights times z z'."""
        q = len(self.z)
        out = np.empty((q, q, len(self.starts)))
        for a in range(q):
            left = weights if self.ones[a] else weights * self.z[a]
            for b in range(a, q):
                both = left if self.ones[b] else left * self.z[b]
                out[a, b] = out[b, a] = np.add.reduceat(both, self.starts)
        return out

    def sums(self, values: np.ndarray) -> np.ndarray:
        """(Q, U): each unit's sum of values (n,) times z."""
        out = np.empty((len(self.z), len(self.starts)))
        for a in range(len(self.z)):
            own = values if self.ones[a] else values * self.z[a]
            np.add.reduceat(own, self.starts, out=out[a])
        return out

    def random_part(self, effects: np.ndarray) -> np.ndarray:
        """(n,): z' times each unit's effects (Q, U)."""
        out = np.zeros(len(self.size))
        for a in range(len(self.z)):
            own = effects[a, self.unit]
            out += own if self.ones[a] else own * self.z[a]
        return out

    def quadratic(self, matrices: np.ndarray) -> np.ndarray:
        """(n,): z' A z with each unit's symmetric matrix (Q, Q, U)."""
        out = np.zeros(len(self.size))
        for a in range(len(self.z)):
            for b in range(a, len(self.z)):
                own = (matrices[a, b] if a == b else 2 * matrices[a, b])[self.unit]
                for c in (a, b):
                    own = own if self.ones[c] else own * self.z[c]
                out += own
        return out


def gathered(x, z, offset, size, hits, codes, levels: tuple[Level, ...]) -> Cells:
    """The Cells of N rows: x (p, N), z (Q, N), the others (N,); codes: (N,) of each level.

    The order of the rows changes no digit: cells are sorted by all that they hold.
    """
    keys = np.concatenate([x, z, offset[None]])
    keys += 0.0  # -0 is 0
    order = np.lexsort([_mixed(keys), *codes])
    keys = keys[:, order]
    unit_new = np.zeros(len(order), bool)
    unit_new[:1] = True
    for code in codes:
        unit_new[1:] |= np.diff(code[order]) != 0
    new = unit_new.copy()
    new[1:] |= (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    first = np.flatnonzero(new)
    keys = keys if len(first) == len(order) else np.ascontiguousarray(keys[:, first])
    starts = np.flatnonzero(unit_new[first])
    return Cells(
        x=keys[: len(x)],
        z=keys[len(x) : -1],
        offset=keys[-1],
        size=np.add.reduceat(size[order], first),
        hits=np.add.reduceat(hits[order], first),
        unit=np.cumsum(unit_new[first]) - 1,
        starts=starts,
        codes=tuple(code[order[first]][starts] for code in codes),
        levels=levels,
        ones=np.array([bool((row == 1).all()) for row in z], bool),
    )


def without_groups(cells: Cells) -> Cells:
    """The same cells as if there were no random effects."""
    one = np.zeros(1, dtype=np.int64)
    unit = np.zeros(len(cells.size), dtype=np.int64)
    none = dict(z=np.zeros((0, len(unit))), codes=(), levels=(), ones=np.zeros(0, bool))
    return replace(cells, unit=unit, starts=one, **none)


def _mixed(keys: np.ndarray) -> np.ndarray:
    """One number (N,) of each column of keys (k, N), the same for equal ones: sorting by it costs a
    tenth of sorting by all. Should two columns share it, their rows are only brought together less
    often. Multiplier: Knuth's golden ratio, 2^64 / 1.618."""
    out = np.zeros(keys.shape[1], dtype=np.uint64)
    for key in keys:
        out ^= key.view(np.uint64)
        out *= np.uint64(0x9E3779B97F4A7C15)
        out ^= out >> np.uint64(29)
    return out
