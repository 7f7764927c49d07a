"""Innermost units with the same Z'Z summed as one pattern: the work then does not grow with them.

Arrays over groups come out with the groups on their last axis, as `criterion.py` wants them.
"""

import numpy as np

from analysis.mixed.moments import Moments

# A matrix over all (pattern, parent) pairs pays while it is at most this many times the pairs.
DENSE_PAIRS = 4


def compressed(moments: Moments, basis, levels, maps) -> dict[str, np.ndarray]:
    """Patterns, their rows, and the sums by (parent, pattern) that the outer levels need."""
    d = basis.shape[1]
    if not levels:
        return _no_levels(d)
    inner, outer = maps[0], np.concatenate([np.zeros((len(moments.z), 0)), *maps[1:]], axis=1)
    every = np.concatenate([inner, outer], axis=1)
    z_cross = moments.cross[:, :, moments.z]
    r = np.matmul(inner.T, moments.cross @ basis)
    z1 = np.matmul(inner.T, z_cross @ every)
    q1 = inner.shape[1]
    first, pattern, counts = equal_rows(z1.reshape(len(z1), -1))
    parent = levels[0].parent[moments.codes[0]]
    outer_z = np.matmul(outer.T, z_cross @ outer)
    outer_w = np.matmul(outer.T, moments.cross @ basis)
    whole = dict(
        zz=z1[first][:, :, :q1],
        zo=z1[first][:, :, q1:],
        outer=_sum_by(np.concatenate([outer_z, outer_w], axis=2), parent),
    )
    swapped = _pattern_rows(r, pattern, counts) | _pairs(r, pattern, parent, len(first))
    return dict(
        **_pair_table(
            swapped, len(first), levels[0].groups if len(levels) == 1 else levels[1].groups
        ),
        size=counts.astype(float),
        **{name: np.ascontiguousarray(np.moveaxis(v, 0, 2)) for name, v in whole.items()},
        **{n: np.ascontiguousarray(v.T) if v.ndim == 3 else v for n, v in swapped.items()},
    )


def equal_rows(products: np.ndarray):
    """(first, pattern, counts): equal rows of products (U, c) get one number.

    Products that agree to 12 digits are equal: the rest is the order of summation. Column by
    column, because sorting whole rows is slow; units that all differ are noticed early.
    """
    pattern = np.zeros(len(products), dtype=np.int64)
    for column in np.unique(products[: min(len(products), 1000)], axis=1, return_index=True)[1]:
        values = products[:, column]
        size = np.abs(values).max(initial=0.0)
        rounded = np.round(values / (size if size > 0 else 1.0) * 1e12).astype(np.int64)
        codes = np.unique(rounded, return_inverse=True)[1].reshape(-1)
        combined = pattern * (codes.max(initial=0) + 1) + codes
        pattern = np.unique(combined, return_inverse=True)[1].reshape(-1)
        if pattern.max(initial=0) + 1 == len(pattern):
            break
    _, first, counts = np.unique(pattern, return_index=True, return_counts=True)
    return first, pattern, counts


def _no_levels(d: int) -> dict[str, np.ndarray]:
    none = np.zeros(0)
    whole = np.zeros(0, dtype=np.int64)
    return dict(
        zz=np.zeros((0, 0, 0)), zo=np.zeros((0, 0, 0)), size=none,
        rows_r=np.zeros((d, 0, 0)), rows_pattern=whole,
        pair_r=np.zeros((d, 0, 0)), pair_pattern=whole, pair_parent=whole, pair_size=none,
        table=None, counts=None, outer=np.zeros((0, d, 1)),
    )  # fmt: skip


def _pattern_rows(r: np.ndarray, pattern: np.ndarray, counts: np.ndarray) -> dict:
    """Rows with the same sum of outer products in each pattern, as few as QR can make them."""
    units, q1, d = r.shape
    order = np.argsort(pattern, kind="stable")
    flat = r.reshape(units, q1 * d)[order]
    starts = np.concatenate([[0], np.cumsum(counts)])
    pieces, labels = [], []
    if len(counts) * q1 * d >= units:  # nothing to gain
        return dict(rows_r=flat.reshape(-1, q1, d), rows_pattern=pattern[order])
    for k, n in enumerate(counts):
        piece = flat[starts[k] : starts[k + 1]]
        if n > q1 * d:
            piece = np.linalg.qr(piece, mode="r")
        pieces.append(piece)
        labels.append(np.full(len(piece), k))
    return dict(
        rows_r=np.concatenate(pieces).reshape(-1, q1, d), rows_pattern=np.concatenate(labels)
    )


def _pairs(r: np.ndarray, pattern: np.ndarray, parent: np.ndarray, patterns: int) -> dict:
    key = parent * patterns + pattern
    pair, inverse, sizes = np.unique(key, return_inverse=True, return_counts=True)
    return dict(
        pair_r=_sum_by(r, inverse.reshape(-1)),
        pair_pattern=pair % patterns,
        pair_parent=pair // patterns,
        pair_size=sizes.astype(float),
    )


def _pair_table(pairs: dict, patterns: int, parents: int) -> dict:
    """pair_r as (K q1, n2 d) and pair_size as (K, n2), or None where most pairs are empty."""
    r, size = pairs["pair_r"], pairs["pair_size"]
    if patterns * parents > DENSE_PAIRS * len(r):
        return dict(table=None, counts=None)
    _, q1, d = r.shape
    table, counts = np.zeros((patterns, parents, q1, d)), np.zeros((patterns, parents))
    table[pairs["pair_pattern"], pairs["pair_parent"]] = r
    counts[pairs["pair_pattern"], pairs["pair_parent"]] = size
    return dict(table=table.transpose(0, 2, 1, 3).reshape(patterns * q1, -1), counts=counts)


def _sum_by(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums of values over rows with the same code; codes are 0..n-1, each occurring."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    return np.add.reduceat(values[order], starts, axis=0)
