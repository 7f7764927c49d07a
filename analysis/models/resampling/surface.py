"""What the inner levels of a random-intercept model do to its products, as a polynomial.

A replicate of the cluster bootstrap weighs the clusters, and at given variances all products are
linear in the weights. Over the variances that replicates can have, the products are smooth: a
polynomial in the variances of all levels but the outermost, made once from the sample's groups,
gives them for every replicate by a matrix product. The few groups of the outermost level are
eliminated exactly (`weighted.py`). A surface is checked against the exact criterion when made.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.models.resampling.clusters import ClusterSums
from analysis.models.resampling.elimination import Step, shared_rows, sum_by
from analysis.models.resampling.innermost import FewSizes, ManySizes, Pairs, packed
from analysis.models.resampling.interpolation import basis, exponents, nodes, slopes
from analysis.models.resampling.weighted import Weighted

# Degrees to try: of the innermost level where there are two, then of the one around it.
DEGREES = {1: ((3,), (5,), (7,), (10,)), 2: ((3, 3), (5, 5), (6, 6), (7, 7))}
# Of the criterion, at points all over the box. Measured on 100 replicates of 32 models: it moves
# shares of variance by 0.0002 at most, mostly by a tenth of that.
GOOD_ENOUGH = 0.2
PROBES = 12
# Numbers in the clusters' products beyond which tables of them would not fit into memory.
MOST_NUMBERS = 800_000


@dataclass(frozen=True)
class Box:
    """Where a polynomial is good: lambda = psi / (1 + psi size) in low..high, each (L,).

    In lambda the products are nearly straight lines: exactly so where all groups have this size.
    """

    size: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def around(cls, theta: np.ndarray, spread: np.ndarray, size: np.ndarray) -> "Box":
        """theta (n, L): points to be inside; spread (L,): how far to go beyond them."""
        low, high = np.maximum(theta.min(axis=0) - spread, 0.0), theta.max(axis=0) + spread
        return cls(size, *((t**2) / (1 + t**2 * size) for t in (low, high)))

    def points(self, psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(u, du/dpsi), both (b, L): where psi lies in the box, [-1, 1] inside."""
        scaled = 1 / (1 + psi * self.size)
        width = self.high - self.low
        return (2 * psi * scaled - self.low - self.high) / width, 2 * scaled**2 / width

    def psi(self, u: np.ndarray) -> np.ndarray:
        """(n, L) variances at points u (n, L) of the box."""
        lam = (self.low + self.high + u * (self.high - self.low)) / 2
        return lam / (1 - lam * self.size)

    def inside(self, theta: np.ndarray) -> np.ndarray:
        """(b,) whether theta (b, L or more) lies in the box."""
        u, _ = self.points(theta[:, : len(self.size)] ** 2)
        return np.all(np.abs(u) <= 1 + 1e-9, axis=1)


class Surface:
    """The polynomials of a sample; `weigh` makes those of replicates.

    tables (J, t, M), logs (J, M): what the inner levels remove from the packed products and add
    to log|V|, by cluster. s (n, M), sw (n, M, d): sums on their way to the outermost level, of
    the groups inside it, or of its own groups where they are the clusters.
    """

    def __init__(self, sums: ClusterSums, box: Box, degrees: tuple[int, ...]):
        self.box, self.powers = box, exponents(degrees)
        at = nodes(degrees)
        solve = np.linalg.inv(basis(at, self.powers))
        found = [_inner_levels(sums, psi) for psi in box.psi(at)]
        tables, logs, s, sw = (np.stack([f[i] for f in found]) for i in range(4))
        # Values at the points become coefficients of the products of Chebyshev polynomials.
        self.tables, self.logs, self.s, self.sw = (
            np.ascontiguousarray(np.moveaxis(np.tensordot(solve, v, axes=1), 0, to))
            for v, to in ((tables, -1), (logs, 1), (s, 1), (sw, 1))
        )
        outermost = len(sums.parents) - 1
        self.parent = None if sums.cluster_level == outermost else sums.parents[outermost - 1]

    def weigh(self, weighted: Weighted, weights: np.ndarray) -> Weighted:
        """The same replicates with the polynomial for their inner levels; weights (B, J)."""
        size, m = len(weights), len(self.powers)
        terms = (weights @ self.tables.reshape(len(self.tables), -1)).reshape(size, -1, m)
        s, sw = self.s.T, self.sw.swapaxes(0, 1)
        if self.parent is not None:
            s, sw = self._weighed(weights)
        every = np.arange(weighted.gram.shape[1])
        pairs = Pairs.of(every, len(every))
        smooth = SmoothLevels(self, terms, weights @ self.logs, s, sw, pairs, every)
        return replace(
            weighted,
            innermost=smooth,
            parents=(self.parent, None),
            own=(None, weighted.own[-1]),
            up=(None, None),
        )

    def _weighed(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """s (B, n, M) and sw (B, n, M, d) of the outermost groups."""
        assert self.parent is not None
        starts = np.flatnonzero(np.diff(self.parent, prepend=-1))
        spans = [slice(*x) for x in zip(starts, [*starts[1:], len(self.parent)], strict=True)]
        n, m, d = self.sw.shape
        flat = self.sw.reshape(n, m * d)
        sw = np.stack([weights[:, x] @ flat[x] for x in spans], axis=1)
        s = np.stack([weights[:, x] @ self.s[x] for x in spans], axis=1)
        return s, sw.reshape(*sw.shape[:2], m, d)


@dataclass(frozen=True)
class SmoothLevels:
    """The inner levels of a batch of replicates: terms (B, t, M), logs (B, M), and by outermost
    group s (M, n), sw (M, n, d), the same for all replicates, or s (B, n, M), sw (B, n, M, d)."""

    surface: Surface
    terms: np.ndarray
    logs: np.ndarray
    s: np.ndarray
    sw: np.ndarray
    pairs: Pairs
    columns: np.ndarray

    @property
    def levels(self) -> int:
        return len(self.surface.box.size)

    @property
    def shared(self) -> bool:
        return self.s.ndim == 2

    def select(self, columns: np.ndarray) -> "SmoothLevels":
        """Of the columns of all; selects once."""
        at = Pairs.of(columns, len(self.columns)).at
        pairs = Pairs.of(np.arange(len(columns)), len(columns))
        sw = np.ascontiguousarray(self.sw[..., columns])
        return replace(self, terms=self.terms.take(at, axis=1), sw=sw, pairs=pairs, columns=columns)

    def forward(self, psi: np.ndarray, members: np.ndarray) -> Step:
        """psi (b, inner levels). The Step's inverse is not used."""
        u, _ = self.surface.box.points(psi)
        q = basis(u, self.surface.powers)
        removed = (shared_rows(self.terms, members) @ q[..., None])[..., 0][:, self.pairs.square]
        log_det = (q * shared_rows(self.logs, members)).sum(axis=1)
        if self.shared:
            m, n, d = self.sw.shape
            sw = (q @ self.sw.reshape(m, n * d)).reshape(-1, n, d)
            return Step(removed, log_det, q @ self.s, sw, q, members)
        s = (shared_rows(self.s, members) @ q[..., None])[..., 0]
        sw = (q[:, None, None] @ shared_rows(self.sw, members))[:, :, 0]
        return Step(removed, log_det, s, sw, q, members)

    def backward(self, psi, step: Step, gamma, s_above, sw_above) -> np.ndarray:
        """(b, inner levels) d(value)/d(psi)."""
        members = step.members
        u, du = self.surface.box.points(psi)
        each = (
            shared_rows(self.logs, members)
            - (self.pairs.pack(gamma)[:, None] @ shared_rows(self.terms, members))[:, 0]
        )
        if self.shared:
            flat = self.sw.reshape(len(self.sw), -1)
            each += s_above @ self.s.T + sw_above.reshape(len(u), -1) @ flat.T
        else:
            each += (s_above[:, None] @ shared_rows(self.s, members))[:, 0]
            each += np.einsum("bnmd,bnd->bm", shared_rows(self.sw, members), sw_above)
        return du * (slopes(u, self.surface.powers) @ each[..., None])[..., 0]


def surface(sums: ClusterSums, theta: np.ndarray, spread: np.ndarray) -> Surface | None:
    """The surface of lowest degree that is good enough around theta (n, L) and `spread` (L,)
    beyond; None where there is no inner level, or one outside of what is resampled."""
    inner = len(sums.parents) - 1
    if inner not in DEGREES or sums.cluster_level < inner - 1 or not sums.free.all():
        return None
    if sums.gram[..., 0].size * sums.gram.shape[2] > MOST_NUMBERS:
        return None
    weights = np.ones((1, sums.clusters))
    weighted = Weighted.of(sums, weights)
    sizes = weighted.mean_sizes(np.maximum(theta.mean(axis=0), 0.05))
    box = Box.around(theta[:, :inner], spread[:inner], sizes[:inner])
    rng = np.random.default_rng(1)
    probes = np.sqrt(box.psi(rng.uniform(-1, 1, (PROBES, inner))))
    last = theta[:, -1:].mean(axis=0) + spread[-1:] * rng.uniform(-1, 1, (PROBES, 1))
    at, members = np.column_stack([probes, last]), np.zeros(PROBES, dtype=np.int64)
    columns = np.arange(weighted.gram.shape[1])
    exact = weighted.select(columns).evaluate(at, members, False).value
    for degrees in DEGREES[inner]:
        made = Surface(sums, box, degrees)
        found = made.weigh(weighted, weights).select(columns).evaluate(at, members, False)
        if np.abs(found.value - exact).max() < GOOD_ENOUGH:
            return made
    return None


def _inner_levels(sums: ClusterSums, psi: np.ndarray):
    """All levels but the outermost eliminated at psi (L - 1,), of the sample: removed products
    (J, t) and log|V| (J,) by cluster; s and sw as in Surface."""
    table, logs, s, sw = _innermost_level(sums, psi[0])
    outermost = len(sums.parents) - 1
    for k in range(1, outermost):
        inverse, cluster, parent = 1 / (1 + psi[k] * s), sums.own[k], sums.parents[k]
        assert cluster is not None and parent is not None  # an inner level
        table = table + _sum(psi[k] * inverse[:, None] * packed(sw), cluster)
        logs = logs - _sum(np.log(inverse), cluster)
        s, sw = inverse * s, inverse[:, None] * sw
        if k < sums.cluster_level:
            s, sw = _sum(s, parent), _sum(sw, parent)
    return table, logs, s, sw


def _innermost_level(sums: ClusterSums, psi: float):
    """As `_inner_levels`, of the innermost groups alone; s and sw of the groups around them, or
    of these groups where they are the clusters."""
    inner, cluster, parent = sums.innermost, sums.own[0], sums.parents[0]
    assert isinstance(inner, FewSizes | ManySizes) and cluster is not None and parent is not None
    inverse, around = 1 / (1 + psi * inner.sizes), sums.cluster_level > 0
    if not isinstance(inner, FewSizes):
        _, products, _ = inner.table(np.arange(inner.sums.shape[1]))
        table = _sum(psi * inverse[:, None] * products, cluster)
        s, sw = inverse * inner.sizes, inverse[:, None] * inner.sums
        if around:
            s, sw = _sum(s, parent), _sum(sw, parent)
        return table, -_sum(np.log(inverse), cluster), s, sw
    table = np.zeros((sums.clusters, inner.cells[0][1].shape[1]))
    logs = np.zeros(sums.clusters)
    for one, (first, products), units in zip(inverse, inner.cells, inner.members, strict=True):
        table[cluster[first]] += psi * one * products
        logs -= np.bincount(cluster[units], minlength=sums.clusters) * np.log(one)
    if not around:
        which = inner.which
        return table, logs, (inverse * inner.sizes)[which], inverse[which, None] * inner.sums
    assert inner.shared is not None
    r, m = inner.shared
    return table, logs, m[0] @ (inverse * inner.sizes), np.tensordot(inverse, r[0], axes=1)


def _sum(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return sum_by(values[None], codes)[0]
