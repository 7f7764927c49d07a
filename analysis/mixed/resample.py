"""Many fits of random-intercept models at once: subsets of predictors, resampled clusters.

A replicate of the cluster bootstrap is a set of weights (how often each cluster was drawn), and
all sums are linear in them, so a replicate costs no pass over the data. Same criterion as
`criterion.py`, specialised to one intercept a level and batched over replicates.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.mixed.moments import Moments
from analysis.mixed.optimise import minimise

# Where fewer distinct group sizes than this part of the units exist, sums by size save work.
PATTERN_GAIN = 4
LEAST_START = 0.05  # a search that starts at exactly zero would stay there


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """Sums of a random-intercept model, ready to be weighted.

    gram (J, d, d) by cluster; sums (U, d) and sizes (U,) of the innermost groups, and their
    cluster (U,). parents: for each level, innermost first, the code of the enclosing group
    (n,), None at the outermost. own: for each level the cluster of each group, or None where the
    level lies outside the clusters (its groups are kept whole, weight 1).
    cluster_level: position of the level that is resampled; -1 when every row is a cluster.
    """

    gram: np.ndarray
    sums: np.ndarray
    sizes: np.ndarray
    parents: tuple[np.ndarray | None, ...]
    own: tuple[np.ndarray | None, ...]
    cluster_level: int

    @property
    def clusters(self) -> int:
        return len(self.gram)

    @property
    def levels(self) -> int:
        return len(self.parents)


@dataclass(frozen=True, slots=True)
class Estimates:
    """A batch of fits, internal scale: theta (B, L) >= 0, sigma2 (B,), beta (B, p), unit
    covariance (B, p, p) = (X'V^-1 X)^-1, converged (B,), inverse Hessian at the optimum."""

    theta: np.ndarray
    sigma2: np.ndarray
    beta: np.ndarray
    unit_covariance: np.ndarray
    converged: np.ndarray


def cluster_sums(moments: Moments, cluster_level: int) -> ClusterSums:
    """From moments whose gram is by cluster, in the order of the codes of `cluster_level`."""
    codes = moments.codes
    parents, own = [], []
    for k, code in enumerate(codes):
        n = int(code.max()) + 1
        outer = None
        if k + 1 < len(codes):
            outer = np.zeros(n, dtype=np.int64)
            outer[code] = codes[k + 1]
        parents.append(outer)
        if k <= cluster_level:
            inside = np.zeros(n, dtype=np.int64)
            inside[code] = codes[cluster_level]
            own.append(inside)
        else:
            own.append(None)
    intercept = list(moments.z).index(0)
    return ClusterSums(
        gram=moments.gram,
        sums=moments.cross[:, intercept, :],
        sizes=moments.counts,
        parents=tuple(parents),
        own=tuple(own),
        cluster_level=cluster_level,
    )


def refit(
    sums: ClusterSums,
    columns: np.ndarray,
    weights: np.ndarray,
    start: np.ndarray | None = None,
    tolerance: float = 1e-11,
) -> Estimates:
    """REML fits of the columns (the response last) for each row of weights (B, J).

    start (L,): where to begin, 0.5 each when None. tolerance: as in `optimise.minimise`.
    """
    batch = Weighted.of(sums, columns, weights)
    p = len(columns) - 1

    def function(theta, members):
        value, gradient, *_ = _evaluate(batch, theta, members)
        return value, gradient

    start = np.full(sums.levels, 0.5) if start is None else np.maximum(start, LEAST_START)
    begin = np.broadcast_to(start, (len(weights), sums.levels)).copy()
    optimum = minimise(function, begin, tolerance=tolerance)
    everyone = np.arange(len(weights))
    _, _, products, beta, rss = _evaluate(batch, optimum.theta, everyone)
    return Estimates(
        theta=np.abs(optimum.theta),
        sigma2=rss / (batch.rows - p),
        beta=beta,
        unit_covariance=np.linalg.inv(products[:, :p, :p]),
        converged=optimum.converged & (rss > 0),
    )


@dataclass(frozen=True)
class Weighted:
    """Weighted sums of one set of columns for a batch of replicates.

    by_size: for the innermost level, sums by group size (patterns): sizes (K,), outer (B, K, d, d),
    count (B, K), and, by group of the next level (n2): r (B or 1, n2, K, d), m (B or 1, n2, K).
    """

    gram: np.ndarray
    rows: np.ndarray
    sums: np.ndarray
    sizes: np.ndarray
    parents: tuple
    own: tuple  # weights (B, n) or None for each level
    up: tuple  # weights applied when a level's sums go to the next one, or None
    pattern: dict | None = field(default=None)

    @classmethod
    def of(cls, sums: ClusterSums, columns: np.ndarray, weights: np.ndarray) -> "Weighted":
        d = len(columns)
        gram = sums.gram[:, columns[:, None], columns]
        total = (weights @ gram.reshape(len(gram), -1)).reshape(-1, d, d)
        own = tuple(None if c is None else weights[:, c] for c in sums.own)
        up = tuple(w if k == sums.cluster_level else None for k, w in enumerate(own))
        unit_sums = sums.sums[:, columns]
        pattern = None
        if sums.levels:
            sizes = np.unique(sums.sizes)
            if len(sizes) * PATTERN_GAIN < len(sums.sizes):
                pattern = _patterns(sums, unit_sums, sizes, own, up)
        # The intercept's own product counts the rows of each replicate.
        return cls(
            gram=total,
            rows=weights @ sums.gram[:, 0, 0],
            sums=unit_sums,
            sizes=sums.sizes,
            parents=sums.parents,
            own=own,
            up=up,
            pattern=pattern,
        )


def _patterns(sums: ClusterSums, r: np.ndarray, sizes: np.ndarray, own, up) -> dict:
    d = r.shape[1]
    weight = own[0]
    batch = 1 if weight is None else len(weight)
    which = np.searchsorted(sizes, sums.sizes)
    outer = np.zeros((batch, len(sizes), d, d))
    count = np.zeros((batch, len(sizes)))
    by_cluster = sums.own[0] is not None and sums.cluster_level > 0
    for k in range(len(sizes)):
        units = np.flatnonzero(which == k)
        rk = r[units]
        if weight is None:
            outer[0, k], count[0, k] = rk.T @ rk, len(units)
            continue
        count[:, k] = weight[:, units].sum(axis=1)
        if by_cluster:  # few clusters: sum inside each first
            order = np.argsort(sums.own[0][units], kind="stable")
            units, rk = units[order], rk[order]
            starts = np.flatnonzero(np.diff(sums.own[0][units], prepend=-1))
            products = np.add.reduceat(rk[:, :, None] * rk[:, None, :], starts, axis=0)
            w = weight[:, units[starts]]
        else:
            products, w = rk[:, :, None] * rk[:, None, :], weight[:, units]
        outer[:, k] = (w @ products.reshape(len(products), -1)).reshape(-1, d, d)
    out = dict(sizes=sizes, outer=outer, count=count)
    if sums.levels > 1:
        n2 = int(sums.parents[0].max()) + 1
        cell = sums.parents[0] * len(sizes) + which
        if up[0] is None:
            r_sum, m_sum = np.zeros((n2 * len(sizes), d)), np.zeros(n2 * len(sizes))
            np.add.at(r_sum, cell, r)
            np.add.at(m_sum, cell, 1.0)
            out |= dict(r=r_sum.reshape(1, n2, len(sizes), d), m=m_sum.reshape(1, n2, -1))
        else:
            r_sum = np.zeros((batch, n2 * len(sizes), d))
            m_sum = np.zeros((batch, n2 * len(sizes)))
            for b in range(batch):
                np.add.at(r_sum[b], cell, up[0][b][:, None] * r)
                np.add.at(m_sum[b], cell, up[0][b])
            out |= dict(r=r_sum.reshape(batch, n2, len(sizes), d), m=m_sum.reshape(batch, n2, -1))
    return out


def _evaluate(batch: Weighted, theta: np.ndarray, members: np.ndarray):
    """REML criterion (b,), gradient (b, L), products (b, d, d), beta (b, p), rss (b,)."""
    psi = theta**2
    products, log_det, trail = _forward(batch, psi, members)
    p = products.shape[1] - 1
    xx, xy = products[:, :p, :p], products[:, :p, p]
    inverse = np.linalg.inv(xx)
    beta = np.einsum("bij,bj->bi", inverse, xy)
    rss = products[:, p, p] - (xy * beta).sum(axis=1)
    dof = batch.rows[members] - p
    with np.errstate(invalid="ignore", divide="ignore"):
        value = log_det + np.linalg.slogdet(xx)[1] + dof * (1 + np.log(2 * np.pi * rss / dof))
    contrast = np.concatenate([-beta, np.ones((len(theta), 1))], axis=1)
    gamma = (dof / rss)[:, None, None] * contrast[:, :, None] * contrast[:, None, :]
    gamma[:, :p, :p] += inverse
    gradient = 2 * theta * _backward(batch, psi, members, trail, gamma)
    return value, gradient, products, beta, rss


def _forward(batch: Weighted, psi: np.ndarray, members: np.ndarray):
    products = batch.gram[members].copy()
    log_det = np.zeros(len(members))
    trail = []
    s, sw = batch.sizes[None, :], batch.sums[None]
    for level, parent in enumerate(batch.parents):
        own = _rows(batch.own[level], members)
        if level == 0 and batch.pattern:
            step = _forward_pattern(batch.pattern, psi[:, :1], members, products, log_det)
            trail.append(step)
            if parent is not None:
                s, sw = step["s"], step["sw"]
            continue
        inverse = 1 / (1 + psi[:, level, None] * s)
        logs = -np.log(inverse)
        log_det += (logs if own is None else own * logs).sum(axis=1)
        a = psi[:, level, None] * inverse
        a = a if own is None else a * own
        sw = np.broadcast_to(sw, (len(members), *sw.shape[1:]))
        products -= np.swapaxes(sw * a[..., None], 1, 2) @ sw
        trail.append(dict(s=s, sw=sw, inverse=inverse, own=own))
        if parent is not None:
            up = _rows(batch.up[level], members)
            passed = inverse if up is None else inverse * up
            s, sw = _sum_by(passed * s, parent), _sum_by(passed[..., None] * sw, parent)
    return products, log_det, trail


def _forward_pattern(pattern, psi, members, products, log_det) -> dict:
    inverse = 1 / (1 + psi * pattern["sizes"])
    outer, count = _rows(pattern["outer"], members), _rows(pattern["count"], members)
    log_det -= (count * np.log(inverse)).sum(axis=1)
    weights = psi * inverse
    flat = outer.reshape(len(outer), outer.shape[1], -1)
    if len(outer) == len(members):
        removed = (weights[:, None] @ flat)[:, 0]
    else:
        removed = weights @ flat[0]
    products -= removed.reshape(products.shape)
    step = dict(inverse=inverse, outer=flat, count=count)
    if "r" in pattern:
        r, m = _rows(pattern["r"], members), _rows(pattern["m"], members)
        step |= dict(
            r=r,
            m=m,
            s=np.einsum("bk,bjk->bj", inverse * pattern["sizes"], np.broadcast_to(m, (len(inverse), *m.shape[1:]))),
            sw=_mix(inverse, r),
        )
    return step


def _backward(batch: Weighted, psi, members, trail, gamma) -> np.ndarray:
    """d(value)/d(psi), (b, L), by the recursion run backwards."""
    gradient = np.zeros_like(psi)
    s_above = sw_above = None
    for level in range(len(batch.parents) - 1, -1, -1):
        step, parent = trail[level], batch.parents[level]
        if level == 0 and batch.pattern:
            gradient[:, 0] = _backward_pattern(
                batch.pattern["sizes"], psi[:, :1], step, gamma, s_above, sw_above
            )
            break
        s, sw, inverse, own = step["s"], step["sw"], step["inverse"], step["own"]
        up = _rows(batch.up[level], members)
        p = psi[:, level, None]
        sw_gamma = sw @ gamma
        quadratic = (sw_gamma * sw).sum(axis=2)
        weight = 1.0 if own is None else own
        d_bar = weight * (inverse + p * inverse**2 * quadratic)
        s_bar = np.zeros_like(inverse)
        sw_bar = -2 * (weight * p * inverse)[..., None] * sw_gamma
        if parent is not None:
            passed = inverse if up is None else inverse * up
            s_up, sw_up = s_above[:, parent], sw_above[:, parent]
            d_bar -= passed * inverse * (s_up * s + (sw_up * sw).sum(axis=2))
            s_bar += passed * s_up
            sw_bar += passed[..., None] * sw_up
        gradient[:, level] = (d_bar * s - weight * inverse * quadratic).sum(axis=1)
        s_above, sw_above = s_bar + p * d_bar, sw_bar
    return gradient


def _backward_pattern(sizes, psi, step, gamma, s_above, sw_above) -> np.ndarray:
    inverse, outer = step["inverse"], step["outer"]
    flat = gamma.reshape(len(gamma), -1, 1)
    if len(outer) == len(gamma):
        quadratic = (outer @ flat)[..., 0]
    else:
        quadratic = (outer[0] @ flat[..., 0].T).T
    d_bar = step["count"] * inverse + psi * inverse**2 * quadratic
    if s_above is not None:
        m, r = step["m"], step["r"]
        m = np.broadcast_to(m, (len(gamma), *m.shape[1:]))
        d_bar = d_bar - inverse**2 * sizes * np.einsum("bj,bjk->bk", s_above, m)
        d_bar -= inverse**2 * _mix_back(sw_above, r)
    return (sizes * d_bar - quadratic * inverse).sum(axis=1)


def _mix(inverse: np.ndarray, r: np.ndarray) -> np.ndarray:
    """(b, j, d) = sum over k of inverse (b, k) r (b or 1, j, k, d)."""
    if len(r) == 1:
        _, j, k, d = r.shape
        flat = np.swapaxes(r[0], 0, 1).reshape(k, j * d)
        return (inverse @ flat).reshape(-1, j, d)
    return np.einsum("bk,bjkd->bjd", inverse, r)


def _mix_back(above: np.ndarray, r: np.ndarray) -> np.ndarray:
    """(b, k) = sum over j, d of above (b, j, d) r (b or 1, j, k, d)."""
    if len(r) == 1:
        _, j, k, d = r.shape
        flat = np.swapaxes(r[0], 0, 1).reshape(k, j * d)
        return above.reshape(len(above), -1) @ flat.T
    return np.einsum("bjd,bjkd->bk", above, r)


def _rows(values: np.ndarray | None, members: np.ndarray) -> np.ndarray | None:
    """The members' rows, or the one row that all share."""
    if values is None or len(values) == 1:
        return values
    return values[members]


def _sum_by(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(b, n, …) sums over axis 1 of values (b, m, …) with equal codes, 0..n-1 each occurring."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    return np.add.reduceat(values[:, order], starts, axis=1)
