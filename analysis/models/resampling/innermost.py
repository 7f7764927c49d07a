"""The innermost groups of a random-intercept model, as sums that a batch of weights needs.

Three shapes of the same sums: single rows that are resampled, groups of many sizes, and groups of
few sizes, which are summed by size. Products of two columns are kept packed: the pairs (i, j) with
i <= j, row by row.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.models.resampling.elimination import (
    Step,
    eliminate,
    eliminate_back,
    mix,
    mix_back,
    rows_of,
    shared_rows,
    sum_by,
)

# Where fewer distinct group sizes than this part of the units exist, sums by size save work.
PATTERN_GAIN = 12


@dataclass(frozen=True)
class Pairs:
    """Where the pairs of some columns stand among the packed pairs of all.

    at (t,): positions of the pairs; first, second (t,): their columns; times (t,): 2 for two
    different columns; square (d, d): position of each product.
    """

    at: np.ndarray
    first: np.ndarray
    second: np.ndarray
    times: np.ndarray
    square: np.ndarray

    @classmethod
    def of(cls, columns: np.ndarray, width: int) -> "Pairs":
        low = np.minimum.outer(columns, columns)
        high = np.maximum.outer(columns, columns)
        square = low * width - low * (low - 1) // 2 + high - low
        first, second = np.triu_indices(len(columns))
        times = np.where(first == second, 1.0, 2.0)
        return cls(square[first, second], first, second, times, square)

    def pack(self, matrices: np.ndarray) -> np.ndarray:
        """(b, t): so that a packed row times it is the sum over all products of (b, d, d)."""
        return matrices[:, self.first, self.second] * self.times


def packed(sums: np.ndarray) -> np.ndarray:
    """(n, t) products of the columns of sums (n, d)."""
    first, second = np.triu_indices(sums.shape[1])
    return sums[:, first] * sums[:, second]


class ManySizes:
    """Groups with their own sums (n, d) and sizes (n,), the same for all replicates.

    parent (n,): codes of the enclosing groups, sorted, or None.
    """

    def __init__(self, sums: np.ndarray, sizes: np.ndarray, parent: np.ndarray | None):
        self.sums, self.sizes, self.parent = sums, sizes, parent
        self._tables: dict[bytes, tuple] = {}

    def weigh(self, own: np.ndarray | None, up: np.ndarray | None) -> "WeighedGroups":
        """For the weights (B, n) of the groups, and those of what they pass on; None for 1."""
        every = np.arange(self.sums.shape[1])
        return WeighedGroups(self, own, up, every)

    def table(self, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, Pairs]:
        """(sums, products, pairs) of some columns, made once."""
        key = columns.tobytes()
        if key not in self._tables:
            sums = np.ascontiguousarray(self.sums[:, columns])
            pairs = Pairs.of(np.arange(len(columns)), len(columns))
            self._tables[key] = (sums, packed(sums), pairs)
        return self._tables[key]


@dataclass(frozen=True)
class WeighedGroups:
    """ManySizes under a batch of weights. Products of all replicates are one matrix product."""

    groups: ManySizes
    own: np.ndarray | None
    up: np.ndarray | None
    columns: np.ndarray

    levels = 1

    def select(self, columns: np.ndarray) -> "WeighedGroups":
        return replace(self, columns=columns)

    def forward(self, psi: np.ndarray, members: np.ndarray) -> Step:
        """psi (b, 1)."""
        sums, table, pairs = self.groups.table(self.columns)
        inverse = 1 / (1 + psi * self.groups.sizes)
        own, up = rows_of(self.own, members), rows_of(self.up, members)
        logs, a = np.log(inverse), psi * inverse
        if own is not None:
            logs, a = logs * own, a * own
        s = sw = None
        if self.groups.parent is not None:
            passed = inverse if up is None else inverse * up
            s = sum_by(passed * self.groups.sizes, self.groups.parent)
            sw = sum_by(passed[..., None] * sums, self.groups.parent)
        removed = (a @ table)[:, pairs.square]
        return Step(removed, -logs.sum(axis=1), s, sw, inverse, members)

    def backward(self, psi, step: Step, gamma, s_above, sw_above) -> np.ndarray:
        """(b, 1) d(value)/d(psi), from d(value)/d(products) gamma and those of s and sw."""
        sums, table, pairs = self.groups.table(self.columns)
        own, up = rows_of(self.own, step.members), rows_of(self.up, step.members)
        inverse, sizes, parent = step.inverse, self.groups.sizes, self.groups.parent
        quadratic = pairs.pack(gamma) @ table.T
        if own is not None:
            quadratic = quadratic * own
        each = (inverse if own is None else inverse * own) + psi * inverse**2 * quadratic
        if parent is not None:
            above = s_above[:, parent] * sizes
            above += np.einsum("bnd,nd->bn", sw_above[:, parent], sums)
            passed = inverse if up is None else inverse * up
            each -= passed * inverse * above
        return (each * sizes - inverse * quadratic).sum(axis=1)[:, None]


class FewSizes:
    """Groups of a few distinct sizes, summed by cluster, size and enclosing group.

    cluster (n,): the resampled cluster of each group, None where they lie outside of the groups.
    """

    def __init__(self, sums, sizes, parent, cluster):
        self.sizes, self.which = np.unique(sizes, return_inverse=True)
        self.members = [np.flatnonzero(self.which == k) for k in range(len(self.sizes))]
        self.sums, self.parent = sums, parent
        self.cells = [_cells(sums[units], cluster, units) for units in self.members]
        self.shared = None if parent is None else self._by_parent(None)

    def weigh(self, own: np.ndarray | None, up: np.ndarray | None) -> "WeighedSizes":
        """As ManySizes.weigh."""
        if own is None:
            outer = [table.sum(axis=0)[None] for _, table in self.cells]
            count = [np.array([float(len(units))]) for units in self.members]
        else:
            outer = [own[:, first] @ table for first, table in self.cells]
            count = [own[:, units].sum(axis=1) for units in self.members]
        r, m = (None, None) if self.parent is None else (self.shared or self._by_parent(None))
        if self.parent is not None and up is not None:
            r, m = self._by_parent(up)
        every = np.arange(self.sums.shape[1])
        return WeighedSizes(
            self.sizes,
            np.stack(outer, axis=1),
            np.stack(count, axis=1),
            r,
            m,
            Pairs.of(every, len(every)),
            len(every),
        )

    def _by_parent(self, up: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """r (B or 1, K, n2, d): sums by size and enclosing group; m (B or 1, n2, K) counts."""
        assert self.parent is not None
        groups = int(self.parent.max()) + 1
        weights = np.ones((1, len(self.sums))) if up is None else up
        r = np.zeros((len(weights), len(self.sizes), groups, self.sums.shape[1]))
        m = np.zeros((len(weights), groups, len(self.sizes)))
        for k, units in enumerate(self.members):
            parent = self.parent[units]
            starts = np.flatnonzero(np.diff(parent, prepend=-1))
            for group, cell in zip(parent[starts], np.split(units, starts[1:]), strict=True):
                r[:, k, group] = weights[:, cell] @ self.sums[cell]
                m[:, group, k] = weights[:, cell].sum(axis=1)
        return r, m


def _cells(sums: np.ndarray, cluster: np.ndarray | None, units: np.ndarray):
    """(first unit of each cluster, products summed over the cluster's units, packed)."""
    own = np.zeros(len(units), dtype=np.int64) if cluster is None else cluster[units]
    starts = np.flatnonzero(np.diff(own, prepend=-1))
    return units[starts], np.add.reduceat(packed(sums), starts, axis=0)


@dataclass(frozen=True)
class WeighedSizes:
    """FewSizes under a batch of weights: sizes (K,), outer (B or 1, K, t of all columns), count
    (B or 1, K), and by enclosing group r (B or 1, K, n2, d), m (B or 1, n2, K), else None."""

    sizes: np.ndarray
    outer: np.ndarray
    count: np.ndarray
    r: np.ndarray | None
    m: np.ndarray | None
    pairs: Pairs
    width: int

    levels = 1

    def select(self, columns: np.ndarray) -> "WeighedSizes":
        # The products stay whole: copying those of some columns costs more than it saves.
        r = None if self.r is None else np.ascontiguousarray(self.r[..., columns])
        return replace(self, r=r, pairs=Pairs.of(columns, self.width))

    def forward(self, psi: np.ndarray, members: np.ndarray) -> Step:
        inverse = 1 / (1 + psi * self.sizes)
        outer, count = shared_rows(self.outer, members), shared_rows(self.count, members)
        weights = psi * inverse
        removed = weights @ outer[0] if len(outer) == 1 else (weights[:, None] @ outer)[:, 0]
        log_det = -(count * np.log(inverse)).sum(axis=1)
        s = sw = None
        if self.r is not None and self.m is not None:
            r, m = shared_rows(self.r, members), shared_rows(self.m, members)
            s = (m @ (inverse * self.sizes)[..., None])[..., 0]
            sw = mix(inverse, r)
        return Step(removed[:, self.pairs.square], log_det, s, sw, inverse, members)

    def backward(self, psi, step: Step, gamma, s_above, sw_above) -> np.ndarray:
        inverse, members = step.inverse, step.members
        outer, count = shared_rows(self.outer, members), shared_rows(self.count, members)
        weights = np.zeros((len(gamma), outer.shape[2]))
        weights[:, self.pairs.at] = self.pairs.pack(gamma)
        if len(outer) == 1:
            quadratic = weights @ outer[0].T
        else:
            quadratic = (outer @ weights[..., None])[..., 0]
        each = count * inverse + psi * inverse**2 * quadratic
        if self.r is not None and self.m is not None:
            r, m = shared_rows(self.r, members), shared_rows(self.m, members)
            each = each - inverse**2 * self.sizes * (s_above[:, None] @ m)[:, 0]
            each -= inverse**2 * mix_back(sw_above, r)
        return (self.sizes * each - quadratic * inverse).sum(axis=1)[:, None]


class SingleRows:
    """Rows that are resampled one by one: without a variance of their own, they only add up to
    the groups around them. values (N, d); parent (N,): codes of those groups, sorted."""

    def __init__(self, values: np.ndarray, parent: np.ndarray):
        self.values = values
        self.starts = np.flatnonzero(np.diff(parent, prepend=-1))

    def weigh(self, own: np.ndarray, parent: np.ndarray | None) -> "WeighedRows":
        """For the weights (B, N) of the rows. parent: of the groups that the rows add up to."""
        ends = [*self.starts[1:], len(self.values)]
        spans = [slice(a, b) for a, b in zip(self.starts, ends, strict=True)]
        sums = np.stack([own[:, s] @ self.values[s] for s in spans], axis=1)
        return WeighedRows(sums, np.add.reduceat(own, self.starts, axis=1), parent)


@dataclass(frozen=True)
class WeighedRows:
    """The groups around SingleRows under a batch of weights: sums (B, n, d), sizes (B, n)."""

    sums: np.ndarray
    sizes: np.ndarray
    parent: np.ndarray | None

    levels = 1

    def select(self, columns: np.ndarray) -> "WeighedRows":
        return replace(self, sums=np.ascontiguousarray(self.sums[..., columns]))

    def forward(self, psi: np.ndarray, members: np.ndarray) -> Step:
        s, sw = self.sizes[members], self.sums[members]
        return eliminate(psi, s, sw, None, None, self.parent, members)

    def backward(self, psi, step: Step, gamma, s_above, sw_above) -> np.ndarray:
        s, sw = self.sizes[step.members], self.sums[step.members]
        found = eliminate_back(
            psi, s, sw, None, None, self.parent, step.inverse, gamma, s_above, sw_above
        )
        return found[0][:, None]
