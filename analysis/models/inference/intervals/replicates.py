"""The criterion of many outcomes on the same rows at once, each at its own theta.

Simulated outcomes share X, Z and the patterns; only sums with y differ by replicate. The recursion
is `criterion.py`'s, forwards and backwards, with one more axis: arrays over groups are
(…, replicates or 1, groups).
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.block_algebra import gathered
from analysis.models.criterion.compress import equal_rows
from analysis.models.criterion.problem import Problem
from analysis.models.inference.intervals.innermost_units import Units


@dataclass(frozen=True, slots=True)
class Shared:
    """What all replicates share, with K patterns of the innermost units and P pairs of (group
    one level out, pattern). zz (q, q, 1, K), zo (q, qo, 1, K), size (K,); xx (K q q, p p): sums
    of (Z'X)(Z'X)' by pattern; pair_x (q, p, 1, P), pair_pattern, pair_parent, pair_size (P,);
    outer (qo, qo + p, 1, n2). rx (U, q, p): Z'X by unit; pattern, pair, parent (U,)."""

    problem: Problem
    zz: np.ndarray
    zo: np.ndarray
    size: np.ndarray
    xx: np.ndarray
    pair_x: np.ndarray
    pair_pattern: np.ndarray
    pair_parent: np.ndarray
    pair_size: np.ndarray
    outer: np.ndarray
    rx: np.ndarray
    pattern: np.ndarray
    pair: np.ndarray
    parent: np.ndarray


@dataclass(frozen=True, slots=True)
class OutcomeSums:
    """Sums with y of B replicates: xy (B, p), yy (B,); wy (B, K q q, p + 1): by pattern, sums of
    (Z'[X y])(Z'y)'; pair_y (q, 1, B, P); outer_y (qo, 1, B, n2)."""

    xy: np.ndarray
    yy: np.ndarray
    wy: np.ndarray
    pair_y: np.ndarray
    outer_y: np.ndarray


def shared_sums(problem: Problem, units: Units) -> Shared:
    """The sums without y; the problem has at least one level."""
    inner, outer = units.maps[0], _outer_map(units)
    p = problem.p
    zz, zo = inner.T @ units.zz @ inner, inner.T @ units.zz @ outer
    rx = inner.T @ units.zw[:, :, :p]
    first, pattern, counts = equal_rows(np.concatenate([zz, zo], axis=2).reshape(len(zz), -1))
    parent = problem.levels[0].parent[units.group[0]]
    pairs, pair = np.unique(parent * len(first) + pattern, return_inverse=True)
    products = rx[:, :, None, :, None] * rx[:, None, :, None, :]
    oo_ox = np.concatenate([outer.T @ units.zz @ outer, outer.T @ units.zw[:, :, :p]], axis=2)
    return Shared(
        problem=problem,
        zz=_last(zz[first]),
        zo=_last(zo[first]),
        size=counts.astype(float),
        xx=_sum_by(products.reshape(len(rx), -1), pattern).reshape(-1, p * p),
        pair_x=_last(_sum_by(rx, pair)),
        pair_pattern=pairs % len(first),
        pair_parent=pairs // len(first),
        pair_size=np.bincount(pair).astype(float),
        outer=_last(_sum_by(oo_ox, parent)),
        rx=rx,
        pattern=pattern,
        pair=pair,
        parent=parent,
    )


def outcome_sums(shared: Shared, units: Units, xy, yy, zy: np.ndarray) -> OutcomeSums:
    """From X'y (B, p), y'y (B,) and Z'y by unit, zy (U, B, z)."""
    ry = np.swapaxes(zy @ units.maps[0], 1, 2)  # (U, q, B)
    _, q, b = ry.shape
    # Sums over a pattern's units of products are one matrix product a pattern and replicate.
    order = np.argsort(shared.pattern, kind="stable")
    ends = np.cumsum(shared.size).astype(int)
    wy = np.empty((b, len(ends), q, q, shared.problem.p + 1))
    for k, units_k in enumerate(np.split(order, ends[:-1])):
        y = np.ascontiguousarray(ry[units_k].transpose(2, 1, 0))  # (B, q, units)
        x = shared.rx[units_k]
        wy[:, k, ..., :-1] = np.moveaxis(np.tensordot(y, x, axes=(2, 0)), 1, 2)
        wy[:, k, ..., -1] = y @ np.swapaxes(y, 1, 2)
    several = len(shared.problem.levels) > 1
    return OutcomeSums(
        xy=xy,
        yy=yy,
        wy=wy.reshape(b, -1, shared.problem.p + 1),
        pair_y=_with_batch(_sum_by(ry, shared.pair)) if several else np.zeros((q, 1, b, 0)),
        outer_y=_with_batch(_sum_by(np.swapaxes(zy @ _outer_map(units), 1, 2), shared.parent))
        if several
        else np.zeros((0, 1, b, 1)),
    )


def evaluate_replicates(
    shared: Shared, sums: OutcomeSums, theta: np.ndarray, members: np.ndarray, reml: bool
):
    """Criterion (b,), gradient (b, thetas), beta (b, p) and rss (b,) of the replicates `members`,
    each at its row of theta (b, thetas); see criterion.evaluate."""
    problem, p = shared.problem, shared.problem.p
    factors = _factors(problem, theta)
    log_det, products, pieces = _forward(shared, sums, factors, members)
    xx, xy = products[:, :p, :p], products[:, :p, p]
    inverse = np.linalg.inv(xx)
    beta = np.einsum("bij,bj->bi", inverse, xy)
    rss = products[:, p, p] - (xy * beta).sum(axis=1)
    dof = problem.rows - (p if reml else 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = log_det + dof * (1 + np.log(2 * np.pi * rss / dof))
    contrast = np.concatenate([-beta, np.ones((len(theta), 1))], axis=1)
    gamma = (dof / rss)[:, None, None] * contrast[:, :, None] * contrast[:, None, :]
    if reml:
        value = value + np.linalg.slogdet(xx)[1]
        gamma[:, :p, :p] += inverse
    by_psi = _backward(shared, sums, pieces, members, gamma)
    return value, _theta_gradient(problem, factors, by_psi), beta, rss


def _factors(problem: Problem, theta: np.ndarray) -> list[np.ndarray]:
    """Lambda (q, q, b, 1) of each level."""
    out, at = [], 0
    for level in problem.levels:
        factor = np.zeros((level.q, level.q, len(theta), 1))
        for block in level.blocks:
            columns, rows = np.triu_indices(len(block))
            factor[rows + block[0], columns + block[0], :, 0] = theta[:, at : at + len(rows)].T
            at += len(rows)
        out.append(factor)
    return out


def _forward(shared: Shared, sums: OutcomeSums, factors, members):
    """log|V| (b,), W'V^-1 W (b, d, d) and for each level (a, s); s None at the innermost."""
    problem, p = shared.problem, shared.problem.p
    a, logs = _eliminate(shared.zz, factors[0])
    log_det = logs @ shared.size
    flat = np.moveaxis(a, (2, 3), (0, 1)).reshape(len(members), -1)
    products = np.empty((len(members), p + 1, p + 1))
    products[:, :p, :p] = problem.gram[:p, :p] - (flat @ shared.xx).reshape(-1, p, p)
    removed = (flat[:, None] @ sums.wy[members])[:, 0]
    products[:, :p, p] = products[:, p, :p] = sums.xy[members] - removed[:, :p]
    products[:, p, p] = sums.yy[members] - removed[:, p]
    pieces: list[tuple[np.ndarray, np.ndarray | None]] = [(a, None)]
    s = _second_level(shared, sums, a, members) if len(factors) > 1 else np.zeros((0, 0))
    for level, factor in zip(problem.levels[1:], factors[1:], strict=True):
        q, outer = level.q, len(s)
        a, logs = _eliminate(s[:q, :q], factor)
        log_det = log_det + logs.sum(axis=1)
        zw = s[:q, outer:]
        products -= np.einsum("qibn,qjbn->bij", zw, _mul(a, zw), optimize=True)
        pieces.append((a, s))
        if outer > q:
            left = s[q:, q:] - _mul(_t(s[:q, q:outer]), _mul(a, s[:q, q:]))
            s = _sum_last(left, level.parent)
    return log_det, products, pieces


def _second_level(shared: Shared, sums: OutcomeSums, a: np.ndarray, members) -> np.ndarray:
    zo_a = _mul(_t(shared.zo), a)
    pattern = shared.pair_pattern
    by_pair = gathered(zo_a, pattern)
    oo = gathered(_mul(zo_a, shared.zo), pattern) * shared.pair_size
    ox, oy = _mul(by_pair, shared.pair_x), _mul(by_pair, sums.pair_y[:, :, members])
    removed = _sum_last(np.concatenate([oo, ox, oy], axis=1), shared.pair_parent)
    outer_y = sums.outer_y[:, :, members]
    outer_x = np.broadcast_to(
        shared.outer, (*shared.outer.shape[:2], len(members), shared.outer.shape[3])
    )
    return np.concatenate([outer_x, outer_y], axis=1) - removed


def _backward(shared: Shared, sums: OutcomeSums, pieces, members, gamma) -> list[np.ndarray]:
    """d(value)/d(Psi) (q, q, b) of each level, innermost first; see criterion.backward_pass."""
    gradients, above = [], None
    wide = np.moveaxis(gamma, 0, 2)[..., None]
    for level, (a, s) in zip(shared.problem.levels[:0:-1], pieces[:0:-1], strict=True):
        q, outer = level.q, len(s)
        zz, zo, zw = s[:q, :q], s[:q, q:outer], s[:q, outer:]
        zw_gamma = _mul(zw, wide)
        a_bar = -_mul(zw_gamma, _t(zw))
        s_bar = np.zeros_like(s)
        if above is not None:
            up = gathered(above, level.parent)
            up_oo, up_ow = up[:, : outer - q], up[:, outer - q :]
            a_bar -= _mul(_mul(zo, up_oo), _t(zo)) + _mul(_mul(zo, up_ow), _t(zw))
            s_bar[:q, q:outer] = -_mul(a, _mul(zo, up_oo + _t(up_oo)) + _mul(zw, _t(up_ow)))
            s_bar[:q, outer:] = -_mul(a, _mul(zo, up_ow))
            s_bar[q:, q:] = up
        a_bar = (a_bar + _t(a_bar)) / 2
        s_bar[:q, :q] = a - _mul(a, _mul(a_bar, a))
        s_bar[:q, outer:] -= 2 * _mul(a, zw_gamma)
        keep = _identity(q) - _mul(zz, a)
        gradients.append((_mul(keep, zz) + _mul(keep, _mul(a_bar, _t(keep)))).sum(axis=-1))
        above = s_bar
    gradients.append(_innermost_gradient(shared, sums, pieces[0][0], members, gamma, above))
    return gradients[::-1]


def _innermost_gradient(shared: Shared, sums: OutcomeSums, a, members, gamma, above):
    q, p, b = len(shared.zz), shared.problem.p, len(members)
    weights = np.concatenate([2 * gamma[:, :p, p], gamma[:, p:, p]], axis=1)
    flat = gamma[:, :p, :p].reshape(b, -1) @ shared.xx.T
    flat += (sums.wy[members] @ weights[..., None])[..., 0]
    a_bar = -np.moveaxis(flat.reshape(b, -1, q, q), (0, 1), (2, 3))
    if above is not None:
        qo = len(shared.outer)
        up = gathered(above, shared.pair_parent)
        zo = gathered(shared.zo, shared.pair_pattern)
        pairs = _mul(_mul(zo, up[:, :qo] * shared.pair_size), _t(zo))
        z_up = _mul(zo, up[:, qo:])
        pairs = pairs + _mul(z_up[:, :p], _t(shared.pair_x))
        pairs += _mul(z_up[:, p:], _t(sums.pair_y[:, :, members]))
        a_bar = a_bar - _sum_last(pairs, shared.pair_pattern)
    a_bar = (a_bar + _t(a_bar)) / 2
    keep = _identity(q) - _mul(shared.zz, a)
    inner = _mul(keep, shared.zz) * shared.size + _mul(keep, _mul(a_bar, _t(keep)))
    return inner.sum(axis=-1)


def _theta_gradient(problem: Problem, factors, by_psi) -> np.ndarray:
    out = []
    for level, factor, g in zip(problem.levels, factors, by_psi, strict=True):
        full = 2 * _mul(g, factor[..., 0])
        for block in level.blocks:
            columns, rows = np.triu_indices(len(block))
            out.append(full[rows + block[0], columns + block[0]])
    return np.concatenate(out).T


def _eliminate(s: np.ndarray, factor: np.ndarray):
    """A (q, q, b, n) and log|I + Lambda'S Lambda| (b, n)."""
    q = len(s)
    inner = _identity(q) + _mul(_t(factor), _mul(s, factor))
    root, logs = np.zeros_like(inner), np.zeros(inner.shape[2:])
    chol = np.zeros_like(inner)
    for j in range(q):
        pivot = inner[j, j] - (chol[j, :j] ** 2).sum(axis=0)
        logs += np.log(pivot)
        chol[j, j] = np.sqrt(pivot)
        for i in range(j + 1, q):
            chol[i, j] = (inner[i, j] - (chol[i, :j] * chol[j, :j]).sum(axis=0)) / chol[j, j]
        root[:, j] = (factor[:, j] - (chol[j, :j] * root[:, :j]).sum(axis=1)) / chol[j, j]
    return _mul(root, _t(root)), logs


def _mul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a * b if a.shape[1] == 1 else np.einsum("ik...,kj...->ij...", a, b)


def _t(matrix: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrix, 0, 1)


def _identity(q: int) -> np.ndarray:
    return np.eye(q)[..., None, None]


def _outer_map(units: Units) -> np.ndarray:
    """(z, qo): the columns of all levels but the innermost."""
    return np.concatenate([np.zeros((len(units.maps[0]), 0)), *units.maps[1:]], axis=1)


def _last(values: np.ndarray) -> np.ndarray:
    """(n, i, j) as (i, j, 1, n)."""
    return np.ascontiguousarray(np.moveaxis(values, 0, -1))[:, :, None]


def _with_batch(values: np.ndarray) -> np.ndarray:
    """(n, i, B) as (i, 1, B, n)."""
    return np.ascontiguousarray(values.transpose(1, 2, 0))[:, None]


def _sum_by(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums over the first axis by codes 0..n-1, each occurring."""
    order = np.argsort(codes, kind="stable")
    return np.add.reduceat(values[order], np.flatnonzero(np.diff(codes[order], prepend=-1)), axis=0)


def _sum_last(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums over the last axis by codes 0..n-1, each occurring."""
    if (np.diff(codes) < 0).any():
        order = np.argsort(codes, kind="stable")
        values, codes = gathered(values, order), codes[order]
    return np.add.reduceat(values, np.flatnonzero(np.diff(codes, prepend=-1)), axis=-1)
