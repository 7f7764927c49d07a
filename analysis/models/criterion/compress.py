"""Innermost units with the same Z'Z summed as one pattern: the work then does not grow with them.

Sums run column by column over the units, so that no copy of all their products is made. Arrays
over groups come out with the groups on their last axis, as `criterion.py` wants them.
"""

from typing import Any

import numpy as np

from analysis.models.language.moments import Moments

# A matrix over all (pattern, parent) pairs pays while it is at most this many times the pairs.
DENSE_PAIRS = 4
# Units whose products are brought together at a time.
GATHERED = 65_536


def compressed(moments: Moments, basis, levels, maps) -> dict[str, Any]:
    """Patterns, their rows, and the sums by (parent, pattern) that the outer levels need."""
    if not levels:
        return _no_levels(basis.shape[1])
    products = np.moveaxis(moments.cross, 0, 2)  # (z, d, U)
    inner, outer = maps[0], np.concatenate([np.zeros((len(moments.z), 0)), *maps[1:]], axis=1)
    own = np.flatnonzero(inner.any(axis=1))  # base columns that the innermost effects are made of
    keys = products[np.ix_(own, moments.z)].reshape(-1, products.shape[2])
    first, pattern, counts = equal_rows(keys.T)
    every = np.concatenate([inner, outer], axis=1)
    z1 = np.einsum("zq,zwk,wo->qok", inner, products[:, :, first][:, moments.z], every)
    q1 = inner.shape[1]
    parent = levels[0].parent[moments.codes[0]]
    return dict(
        zz=np.ascontiguousarray(z1[:, :q1]),
        zo=np.ascontiguousarray(z1[:, q1:]),
        size=counts.astype(float),
        **_within_patterns(products, pattern, counts, inner, basis),
        **_pairs(products, pattern, parent, inner, basis, len(levels) > 1),
        outer=_outer_sums(products, moments.z, parent, outer, basis),
    )


def equal_rows(products: np.ndarray):
    """(first, pattern, counts): equal rows of products (U, c) get one number.

    Products that agree to 12 digits are equal: the rest is the order of summation. Column by
    column, because sorting whole rows is slow; what the columns before tell already is not sorted.
    """
    pattern, first = np.zeros(len(products), dtype=np.int64), np.zeros(1, dtype=np.int64)
    for values in products.T:
        size = np.abs(values).max(initial=0.0)
        rounded = np.round(values / (size if size > 0 else 1.0) * 1e12).astype(np.int64)
        if (rounded == rounded[first][pattern]).all():
            continue
        codes = np.unique(rounded, return_inverse=True)[1].reshape(-1)
        combined = pattern * (codes.max(initial=0) + 1) + codes
        _, first, pattern = np.unique(combined, return_index=True, return_inverse=True)
        pattern = pattern.reshape(-1)
        if len(first) == len(pattern):
            break
    return first, pattern, np.bincount(pattern, minlength=len(first))


def _no_levels(d: int) -> dict[str, Any]:
    return dict(
        zz=np.zeros((0, 0, 0)),
        zo=np.zeros((0, 0, 0)),
        size=np.zeros(0),
        **_no_rows(d, 0),
        scatter=None,
        **_no_pairs(d, 0),
        outer=np.zeros((0, d, 1)),
    )


def _no_rows(d: int, q: int) -> dict[str, Any]:
    return dict(rows_r=np.zeros((d, q, 0)), rows_pattern=np.zeros(0, dtype=np.int64))


def _no_pairs(d: int, q: int) -> dict[str, Any]:
    whole = np.zeros(0, dtype=np.int64)
    return dict(
        pair_r=np.zeros((d, q, 0)),
        pair_pattern=whole,
        pair_parent=whole,
        pair_size=np.zeros(0),
        table=None,
        counts=None,
    )


def _within_patterns(products, pattern, counts, inner, basis) -> dict[str, Any]:
    """The sums of outer products in each pattern, or the units themselves where that is less."""
    z, d, units = products.shape
    if len(counts) * z * d >= units:
        return dict(rows_r=_mapped(products, inner, basis), rows_pattern=pattern, scatter=None)
    gram = _grams(products, pattern, counts).reshape(-1, z, d, z, d)
    path = "kzdwe,za,wb,di,ej->abkij"
    scatter = np.einsum(path, gram, inner, inner, basis, basis, optimize=True)
    return _no_rows(basis.shape[1], inner.shape[1]) | dict(scatter=np.ascontiguousarray(scatter))


def _grams(products, pattern, counts) -> np.ndarray:
    """(K, zd, zd) sums over the units of each pattern of their products' outer products."""
    flat = products.reshape(-1, products.shape[2])
    order = np.argsort(pattern.astype(np.min_scalar_type(len(counts))), kind="stable")
    gram = np.zeros((len(counts), len(flat), len(flat)))
    ends = np.cumsum(counts)
    for start in range(0, len(order), GATHERED):
        stop = min(start + GATHERED, len(order))
        some = flat[:, order[start:stop]]
        cuts = np.unique(np.clip([start, *ends, stop], start, stop))
        for a, b in zip(cuts, cuts[1:], strict=False):
            piece = some[:, a - start : b - start]
            gram[np.searchsorted(ends, a, side="right")] += piece @ piece.T
    return gram


def _pairs(products, pattern, parent, inner, basis, nested: bool) -> dict[str, Any]:
    """Sums by (parent, pattern): a table of all, or the pairs that occur where those are few."""
    d, q, units = basis.shape[1], inner.shape[1], len(pattern)
    if not nested:
        return _no_pairs(d, q)
    patterns, parents = int(pattern.max()) + 1, int(parent.max()) + 1
    key = parent * patterns + pattern
    if patterns * parents > DENSE_PAIRS * units:
        return _sparse_pairs(products, key, patterns, inner, basis)
    code = pattern * parents + parent
    counts = np.bincount(code, minlength=patterns * parents).astype(float)
    if len(counts) > DENSE_PAIRS * np.count_nonzero(counts):
        return _sparse_pairs(products, key, patterns, inner, basis)
    table = np.empty((patterns, q, d, parents))
    for i in range(q):
        for j in range(d):
            column = _combined(products, inner[:, i], basis[:, j])
            table[:, i, j] = np.bincount(code, column, len(counts)).reshape(patterns, parents)
    return _no_pairs(d, q) | dict(
        table=table.reshape(patterns * q, -1), counts=counts.reshape(patterns, parents)
    )


def _sparse_pairs(products, key, patterns: int, inner, basis) -> dict[str, Any]:
    pair, code, sizes = np.unique(key, return_inverse=True, return_counts=True)
    d, q = basis.shape[1], inner.shape[1]
    sums = np.empty((d, q, len(pair)))
    for i in range(q):
        for j in range(d):
            sums[j, i] = np.bincount(code, _combined(products, inner[:, i], basis[:, j]))
    return dict(
        pair_r=sums,
        pair_pattern=pair % patterns,
        pair_parent=pair // patterns,
        pair_size=sizes.astype(float),
        table=None,
        counts=None,
    )


def _outer_sums(products, z, parent, outer, basis) -> np.ndarray:
    """(qo, qo + d, n2): Z_outer'[Z_outer W] by parent."""
    qo, d = outer.shape[1], basis.shape[1]
    into_z = np.zeros((len(basis), qo))
    into_z[z] = outer
    right = np.concatenate([into_z, basis], axis=1)
    out = np.empty((qo, qo + d, int(parent.max(initial=0)) + 1))
    for i in range(qo):
        for j in range(qo + d):
            out[i, j] = np.bincount(parent, _combined(products, outer[:, i], right[:, j]))
    return out


def _mapped(products, inner, basis) -> np.ndarray:
    """(d, q, n) of products (z, d, n): inner' products basis."""
    out = np.empty((basis.shape[1], inner.shape[1], products.shape[2]))
    for i in range(inner.shape[1]):
        for j in range(basis.shape[1]):
            out[j, i] = _combined(products, inner[:, i], basis[:, j])
    return out


def _combined(products, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(n,) sum of left_a right_b products[a, b], most of them zero; one column as it is."""
    pairs = [
        (a, b, left[a] * right[b]) for a in np.flatnonzero(left) for b in np.flatnonzero(right)
    ]
    if len(pairs) == 1 and pairs[0][2] == 1.0:
        return products[pairs[0][0], pairs[0][1]]
    out = np.zeros(products.shape[2])
    for a, b, weight in pairs:
        out += weight * products[a, b]
    return out
