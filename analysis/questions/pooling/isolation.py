"""Whom a reader of sums could single out: combinations of columns that are zero for all but few.

A file with the sums of products X'y gives, for each combination Xw, the sum of (Xw) y. Where Xw is
zero for all but fewer than K people, that sum is theirs. So the sparsest combinations are looked
for, person by person: a combination whose support is S needs leverages that sum to 1 over S, so
only people with a leverage of 1/(K - 1) or more can be in one; for each of them the combination
with the least number of people is found by reweighted least squares (Candès, Wakin & Boyd 2008,
10.1007/s00041-008-9045-x). Against this, knowing every X is no help.
"""

import numpy as np

RANK = 1e-9  # relative size of a singular value that rounding makes
ZERO = 1e-6  # relative size of what a combination leaves of the others
STEPS = 30
MOST = 200  # candidates looked at; those with the largest leverage
DOMINANT = 0.5  # share of a sum of squares that is one person's (ESSNet: n, k with n 1)


def isolated(columns: np.ndarray, people: np.ndarray, least: int) -> int:
    """How many people a combination of columns singles out with fewer than `least` in all.

    columns: (N, m) rows of the table that the products are of. people: (N,) codes 0..P-1.
    Worked: an intercept and an indicator that is 1 for one person of 30 -> 1.
    """
    basis = orthonormal(columns)
    if not basis.shape[1]:
        return 0
    who, codes = np.unique(people, return_inverse=True)
    if len(who) < least:
        return len(who)
    leverage = np.bincount(codes, weights=(basis**2).sum(axis=1))
    near = np.flatnonzero(leverage >= 1 / max(1, least - 1) - RANK)
    near = near[np.argsort(-leverage[near], kind="stable")][:MOST]
    found: set[int] = set()
    for person in near:
        if person not in found:
            support = _sparsest(basis, codes, person)
            if len(support) < least:
                found |= set(support.tolist())
    return len(found)


def orthonormal(columns: np.ndarray) -> np.ndarray:
    """(N, r) an orthonormal basis of the columns' span, each column brought to one size first."""
    size = np.abs(columns).max(axis=0, initial=0.0)
    kept = columns[:, size > 0] / size[size > 0]
    if not kept.size:
        return np.zeros((len(columns), 0))
    kept = kept / np.linalg.norm(kept, axis=0)
    left, values, _ = np.linalg.svd(kept, full_matrices=False)
    return left[:, values > RANK * values[0] * max(kept.shape)]


def dominated_columns(columns: np.ndarray, people: np.ndarray, most: float = DOMINANT) -> list[int]:
    """Positions of the columns whose sum of squares around the mean is mostly one person's.
    Worked: cost to the sixth power, one patient twice as dear as the next."""
    codes = np.unique(people, return_inverse=True)[1]
    found = []
    for place, column in enumerate(columns.T):
        size = np.abs(column).max(initial=0.0)
        around = (column - column.mean()) / size if size else column
        squares = np.bincount(codes, weights=around**2)
        if len(squares) > 1 and squares.max() > most * squares.sum() > 0:
            found.append(place)
    return found


def _sparsest(basis: np.ndarray, codes: np.ndarray, person: int) -> np.ndarray:
    """The people (codes) in a combination that is 1 in the person's row of largest leverage, and
    zero for as many others as can be found."""
    rows = np.flatnonzero(codes == person)
    row = rows[np.argmax((basis[rows] ** 2).sum(axis=1))]
    weight = np.ones(len(basis))
    smoothing = 1.0
    for _ in range(STEPS):
        inner = (basis * weight[:, None]).T @ basis
        inner += np.eye(len(inner)) * 1e-14 * np.trace(inner)
        w = np.linalg.solve(inner, basis[row])
        values = basis @ (w / (basis[row] @ w))
        size = np.sqrt(np.bincount(codes, weights=values**2))
        smoothing = max(smoothing / 3, 1e-8)
        weight = 1 / (size[codes] ** 2 + (smoothing * size.max()) ** 2)
        weight /= weight.max()
    return np.flatnonzero(size > ZERO * size.max())
