"""One level's effects eliminated from weighted sums, forward and back, for each replicate."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Step:
    """What eliminating groups leaves, for b points: removed (b, d, d) from the products; log_det
    (b,); s (b, n2), sw (b, n2, d): the sums of the enclosing groups, None without any; inverse
    (b, n): 1 / (1 + psi size), and members: the replicates that the points belong to."""

    removed: np.ndarray
    log_det: np.ndarray
    s: np.ndarray | None
    sw: np.ndarray | None
    inverse: np.ndarray
    members: np.ndarray


def eliminate(psi, s, sw, own, up, parent, members) -> Step:
    """Groups with sums s (b, n), sw (b, n, d) of their own in each replicate. psi (b, 1)."""
    inverse = 1 / (1 + psi * s)
    # Sums that a polynomial gives far outside its box can be negative: no number then, and the
    # search turns back.
    with np.errstate(invalid="ignore"):
        logs = np.log(inverse)
    a = psi * inverse
    if own is not None:
        logs, a = logs * own, a * own
    removed = np.swapaxes(sw * a[..., None], 1, 2) @ sw
    s_next = sw_next = None
    if parent is not None:
        passed = inverse if up is None else inverse * up
        s_next, sw_next = sum_by(passed * s, parent), sum_by(passed[..., None] * sw, parent)
    return Step(removed, -logs.sum(axis=1), s_next, sw_next, inverse, members)


def eliminate_back(psi, s, sw, own, up, parent, inverse, gamma, s_above, sw_above):
    """d(value)/d(psi) (b,), d/d(s) (b, n) and d/d(sw) (b, n, d): `eliminate` run backwards."""
    sw_gamma = sw @ gamma
    quadratic = np.einsum("bnd,bnd->bn", sw_gamma, sw)
    weighted = inverse if own is None else inverse * own
    if own is not None:
        quadratic *= own
    each = weighted + psi * inverse**2 * quadratic
    sw_bar = sw_gamma
    sw_bar *= (-2 * psi * weighted)[..., None]
    s_bar = 0.0
    if parent is not None:
        passed = inverse if up is None else inverse * up
        s_up, sw_up = s_above[:, parent], sw_above[:, parent]
        each -= passed * inverse * (s_up * s + np.einsum("bnd,bnd->bn", sw_up, sw))
        s_bar = passed * s_up
        sw_up *= passed[..., None]
        sw_bar += sw_up
    gradient = (each * s - inverse * quadratic).sum(axis=1)
    return gradient, s_bar + psi * each, sw_bar


def shared_rows(values: np.ndarray, members: np.ndarray) -> np.ndarray:
    """The members' rows, or the one row that all share; no copy of what is wanted whole."""
    if len(values) == 1 or np.array_equal(members, np.arange(len(values))):
        return values
    return values[members]


def rows_of(weights: np.ndarray | None, members: np.ndarray) -> np.ndarray | None:
    """The members' rows of weights, None where all are 1."""
    return None if weights is None else shared_rows(weights, members)


def sum_by(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(b, n, …) sums over axis 1 of values (b, m, …) by sorted codes, 0..n-1 each occurring."""
    return np.add.reduceat(values, np.flatnonzero(np.diff(codes, prepend=-1)), axis=1)


def mix(inverse: np.ndarray, r: np.ndarray) -> np.ndarray:
    """(b, j, d) = sum over k of inverse (b, k) r (b or 1, k, j, d)."""
    _, k, j, d = r.shape
    if len(r) == 1:
        return (inverse @ r.reshape(k, j * d)).reshape(-1, j, d)
    return (inverse[:, None] @ r.reshape(len(r), k, j * d)).reshape(-1, j, d)


def mix_back(above: np.ndarray, r: np.ndarray) -> np.ndarray:
    """(b, k) = sum over j, d of above (b, j, d) r (b or 1, k, j, d)."""
    _, k, j, d = r.shape
    flat = above.reshape(len(above), -1)
    if len(r) == 1:
        return flat @ r.reshape(k, j * d).T
    return (r.reshape(len(r), k, j * d) @ flat[..., None])[..., 0]
