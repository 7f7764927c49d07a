"""The REML criterion of random-intercept models for a batch of weights, with its gradient.

The same recursion as `criterion.py`, specialised to one intercept a level: a replicate of the
cluster bootstrap is a set of weights, and all sums are linear in them.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.mixed.clusters import ClusterSums
from analysis.mixed.problem import COLLINEAR, independent

# Where fewer distinct group sizes than this part of the units exist, sums by size save work.
PATTERN_GAIN = 12


@dataclass(frozen=True)
class Weighted:
    """Weighted sums of one set of columns for a batch of replicates.

    gram (B, d, d); rows (B,) their number; keep (B, d): columns that add something to those
    before them, unlike a category that no drawn cluster has. own, up: for each level the weights
    (B, n) of its groups and those applied when its sums go to the next level, None for 1.
    pattern: where the innermost groups have few distinct sizes, sums by size: sizes (K,),
    outer (B or 1, K, d, d), count (B or 1, K) and, by group of the next level,
    r (B or 1, K, n2, d), m (B or 1, n2, K).
    """

    gram: np.ndarray
    rows: np.ndarray
    keep: np.ndarray
    sums: np.ndarray
    sizes: np.ndarray
    parents: tuple
    own: tuple
    up: tuple
    free: np.ndarray
    pattern: dict | None

    @classmethod
    def of(cls, sums: ClusterSums, weights: np.ndarray) -> "Weighted":
        """All columns' sums for each row of weights (B, J)."""
        own = tuple(None if c is None else weights[:, c] for c in sums.own)
        up = tuple(w if k == sums.cluster_level else None for k, w in enumerate(own))
        sizes, pattern = np.unique(sums.sizes), None
        if sums.parents and len(sizes) * PATTERN_GAIN < len(sums.sizes):
            pattern = _patterns(sums, sizes, own[0], up[0])
        gram = (weights @ sums.gram.reshape(len(sums.gram), -1)).reshape(-1, *sums.gram.shape[1:])
        return cls(
            gram=gram,
            keep=np.ones(gram.shape[:2], dtype=bool),
            rows=weights @ sums.rows,
            sums=sums.sums,
            sizes=sums.sizes,
            parents=sums.parents,
            own=own,
            up=up,
            free=sums.free,
            pattern=pattern,
        )

    def select(self, columns: np.ndarray) -> "Weighted":
        """The same for some of the columns."""
        rows, across = np.ix_(columns, columns)
        pattern = self.pattern
        if pattern:
            pattern = pattern | dict(outer=pattern["outer"][:, :, rows, across])
        if pattern and "r" in pattern:
            pattern["r"] = pattern["r"][..., columns]
        gram = self.gram[:, rows, across]
        sums = self.sums[:, columns]
        return replace(self, gram=gram, keep=_kept(gram), sums=sums, pattern=pattern)


def _kept(gram: np.ndarray) -> np.ndarray:
    """(B, d): whether each column, the response last, adds something to those before it."""
    keep = np.ones(gram.shape[:2], dtype=bool)
    size = np.sqrt(np.einsum("bii->bi", gram[:, :-1, :-1]))
    scaled = gram[:, :-1, :-1] / np.where(size > 0, size, 1.0)[:, :, None]
    scaled /= np.where(size > 0, size, 1.0)[:, None, :]
    for k in np.flatnonzero(_doubtful(scaled)):
        _, dropped = independent(np.eye(gram.shape[1] - 1), gram[k, :-1, :-1])
        keep[k, dropped] = False
    return keep


def _doubtful(scaled: np.ndarray) -> np.ndarray:
    """(B,): whether some pivot, what a column adds to those before it, is next to nothing."""
    try:
        pivots = np.diagonal(np.linalg.cholesky(scaled), axis1=1, axis2=2) ** 2
    except np.linalg.LinAlgError:
        if len(scaled) == 1:
            return np.ones(1, dtype=bool)
        return np.concatenate([_doubtful(one[None]) for one in scaled])
    return (pivots < 10 * COLLINEAR).any(axis=1)


def _patterns(sums: ClusterSums, sizes: np.ndarray, own, up) -> dict:
    """Sums by size of the innermost groups; see Weighted. r is kept as (B or 1, K, n2, d)."""
    r = sums.sums
    which = np.searchsorted(sizes, sums.sizes)
    members = [np.flatnonzero(which == k) for k in range(len(sizes))]
    outer, count = [], []
    for units in members:
        rk = r[units]
        if own is None:
            outer.append((rk.T @ rk)[None])
            count.append(np.array([len(units)], dtype=float))
            continue
        # Sum inside each cluster first: the units of a cluster have one weight.
        starts = np.flatnonzero(np.diff(sums.own[0][units], prepend=-1))
        products = np.add.reduceat(rk[:, :, None] * rk[:, None, :], starts, axis=0)
        w = own[:, units[starts]]
        outer.append((w @ products.reshape(len(starts), -1)).reshape(-1, *products.shape[1:]))
        count.append(own[:, units].sum(axis=1))
    out = dict(sizes=sizes, outer=np.stack(outer, axis=1), count=np.stack(count, axis=1))
    if sums.parents[0] is None:
        return out
    groups, batch = int(sums.parents[0].max()) + 1, 1 if up is None else len(up)
    r_sum = np.zeros((batch, len(sizes), groups, r.shape[1]))
    m_sum = np.zeros((batch, groups, len(sizes)))
    weights = np.ones((1, len(r))) if up is None else up
    for k, units in enumerate(members):
        parent = sums.parents[0][units]
        starts = np.flatnonzero(np.diff(parent, prepend=-1))
        for group, cell in zip(parent[starts], np.split(units, starts[1:]), strict=True):
            r_sum[:, k, group] = weights[:, cell] @ r[cell]
            m_sum[:, group, k] = weights[:, cell].sum(axis=1)
    return out | dict(r=r_sum, m=m_sum)


def evaluate_weighted(batch: Weighted, theta: np.ndarray, members: np.ndarray, with_gradient=True):
    """REML criterion (b,), gradient (b, L) or None, (X'V^-1 X)^-1 (b, p, p), beta (b, p), rss (b,).

    Columns that are not kept have zeros there, as if they had been left out. An exact fit has no
    number for a criterion.
    """
    psi = np.zeros((len(theta), len(batch.free)))
    psi[:, batch.free] = theta**2
    products, log_det, trail = _forward(batch, psi, members)
    p = products.shape[1] - 1
    xx, xy, keep = products[:, :p, :p], products[:, :p, p], batch.keep[members, :p]
    if keep.all():
        inverse = _inverse(xx)
    else:
        left_out = np.eye(p) * ~keep[:, :, None]
        xx = xx * (keep[:, :, None] & keep[:, None, :]) + left_out
        xy = xy * keep
        inverse = _inverse(xx) - left_out
    beta = np.einsum("bij,bj->bi", inverse, xy)
    rss = products[:, p, p] - (xy * beta).sum(axis=1)
    # What an exact fit leaves over is rounding: such a replicate says nothing.
    rss = np.where(rss > COLLINEAR * batch.gram[members, p, p], rss, np.nan)
    dof = batch.rows[members] - keep.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = log_det + np.linalg.slogdet(xx)[1] + dof * (1 + np.log(2 * np.pi * rss / dof))
    if not with_gradient:
        return value, None, inverse, beta, rss
    contrast = np.concatenate([-beta, np.ones((len(theta), 1))], axis=1)
    gamma = (dof / rss)[:, None, None] * contrast[:, :, None] * contrast[:, None, :]
    gamma[:, :p, :p] += inverse
    gradient = 2 * theta * _backward(batch, psi, members, trail, gamma)[:, batch.free]
    return value, gradient, inverse, beta, rss


def _inverse(matrices: np.ndarray) -> np.ndarray:
    """Inverses (b, p, p); not numbers where a variance is so large that nothing is left."""
    try:
        return np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        if len(matrices) == 1:
            return np.full_like(matrices, np.nan)
        return np.concatenate([_inverse(one[None]) for one in matrices])


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
            s=(m @ (inverse * pattern["sizes"])[..., None])[..., 0],
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
        d_bar = d_bar - inverse**2 * sizes * (s_above[:, None] @ m)[:, 0]
        d_bar -= inverse**2 * _mix_back(sw_above, r)
    return (sizes * d_bar - quadratic * inverse).sum(axis=1)


def _mix(inverse: np.ndarray, r: np.ndarray) -> np.ndarray:
    """(b, j, d) = sum over k of inverse (b, k) r (b or 1, k, j, d)."""
    if len(r) == 1:
        _, k, j, d = r.shape
        return (inverse @ r.reshape(k, j * d)).reshape(-1, j, d)
    return np.einsum("bk,bkjd->bjd", inverse, r)


def _mix_back(above: np.ndarray, r: np.ndarray) -> np.ndarray:
    """(b, k) = sum over j, d of above (b, j, d) r (b or 1, k, j, d)."""
    if len(r) == 1:
        _, k, j, d = r.shape
        return above.reshape(len(above), -1) @ r.reshape(k, j * d).T
    return np.einsum("bjd,bkjd->bk", above, r)


def _rows(values: np.ndarray | None, members: np.ndarray) -> np.ndarray | None:
    """The members' rows, or the one row that all share."""
    if values is None or len(values) in (1, len(members)):
        return values
    return values[members]


def _sum_by(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(b, n, …) sums over axis 1 of values (b, m, …) by sorted codes, 0..n-1 each occurring."""
    return np.add.reduceat(values, np.flatnonzero(np.diff(codes, prepend=-1)), axis=1)
