"""The passes of the criterion for crossed groupings: the counterparts of those in criterion.py.

With V1 = I + Z1 Psi1 Z1' of the blocks, S = Z2'V1^-1 Z2 of the levels that stay (dense) and
A = Lambda2 (I + Lambda2'S Lambda2)^-1 Lambda2', log|V| = log|V1| + log|I + Lambda2'S Lambda2| and
W'V^-1 W = W'V1^-1 W - (Z2'V1^-1 W)'A (Z2'V1^-1 W).
Source: Bates, Maechler, Bolker & Walker 2015, eqs. 30-42, doi:10.18637/jss.v067.i01; the gradient
is -F_g F_g' summed over groups, F = Z'V^-1 W, and diagonal blocks of Z'V^-1 Z for log|V|.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import block_diag, cholesky, lapack

from analysis.models.criterion.block_algebra import eliminate
from analysis.models.criterion.crossed.problem import CrossedProblem, Pairs

# Smallest eigenvalue of Psi from which its inverse costs fewer than six digits of a gradient.
INVERTIBLE = 1e-6


@dataclass(frozen=True, slots=True)
class CrossedForward:
    """log_det of V; products (d, d) = W'V^-1 W; factors: Lambda (or Psi) of each level; psis: Psi.

    k (b, size, size): A of each block. s, a (m, m): S and A of the levels that stay.
    f: Z'V^-1 W of each level, (groups, q, d).
    """

    log_det: float
    products: np.ndarray
    factors: tuple[np.ndarray, ...]
    psis: tuple[np.ndarray, ...]
    k: np.ndarray
    s: np.ndarray
    a: np.ndarray
    f: tuple[np.ndarray, ...]


def forward_pass(
    problem: CrossedProblem, factors: list[np.ndarray], from_psi: bool = False
) -> CrossedForward:
    """Eliminate the blocks, then the rest. factors, from_psi: as in criterion.forward_pass."""
    key = (from_psi, *(f.tobytes() for f in factors))
    if key not in problem.last:
        found = _forward(problem, factors, from_psi)
        problem.last.clear()
        problem.last[key] = found
    return problem.last[key]


def _forward(problem: CrossedProblem, factors: list[np.ndarray], from_psi: bool) -> CrossedForward:
    leads = len(problem.leads)
    within = block_diag(
        *(np.kron(np.eye(lead.slots), f) for lead, f in zip(problem.leads, factors, strict=False))
    )
    k, log_blocks = _eliminate_blocks(problem.own, within, from_psi)
    k_w, between = _each(k, problem.own_w), _matrix(problem, problem.between)
    s = problem.rest - _quadratic(problem, k)
    s_w = problem.rest_w - between.T @ np.swapaxes(k_w, 0, 1).reshape(-1, k_w.shape[2])
    products = problem.gram - np.tensordot(problem.own_w, k_w, ((0, 1), (0, 1)))
    a, log_rest = _eliminate_rest(s, problem, factors[leads:], from_psi)
    predicted = a @ s_w
    products = products - s_w.T @ predicted
    f = [
        *_lead_scores(problem, k, between @ predicted),
        *_rest_scores(problem, s_w - s @ predicted),
    ]
    psis = tuple(factors) if from_psi else tuple(f @ f.T for f in factors)
    products = (products + products.T) / 2
    log_det = float(log_blocks + log_rest)
    return CrossedForward(log_det, products, tuple(factors), psis, k, s, a, tuple(f))


def backward_pass(
    problem: CrossedProblem, forward: CrossedForward, gamma: np.ndarray, log_det_weight: float
) -> list[np.ndarray]:
    """d(f)/d(Psi) of each level, as criterion.backward_pass."""
    weighted = (np.tensordot(f, gamma, 1) for f in forward.f)
    out = [-np.tensordot(g, f, ((0, 2), (0, 2))) for g, f in zip(weighted, forward.f, strict=True)]
    if log_det_weight:
        logs = _log_det_gradients(problem, forward)
        out = [g + log_det_weight * h for g, h in zip(out, logs, strict=True)]
    return [(g + g.T) / 2 for g in out]


def product_derivatives(problem: CrossedProblem, forward: CrossedForward) -> list[np.ndarray]:
    """d(W'V^-1 W)/d(Psi), (q, q, d, d) of each level, as criterion.product_derivatives."""
    return [-np.einsum("nid,nje->ijde", f, f, optimize=True) for f in forward.f]


def _each(blocks: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(b, size, d) products of (b, size, size) and (b, size, d), block by block."""
    return blocks * columns if blocks.shape[1] == 1 else blocks @ columns


def _eliminate_blocks(own: np.ndarray, factor: np.ndarray, from_psi: bool):
    """K (b, size, size) and log|V1|."""
    if len(factor) == 1:
        a, logs = eliminate(own.reshape(1, 1, -1), factor, from_psi)
        return a.reshape(-1, 1, 1), logs.sum()
    identity = np.eye(len(factor))
    if from_psi:
        inner = identity + own @ factor
        return factor @ np.linalg.inv(inner), np.linalg.slogdet(inner)[1].sum()
    chol = np.linalg.cholesky(identity + factor.T @ own @ factor)
    root = np.linalg.solve(chol, np.broadcast_to(factor.T, chol.shape))
    logs = 2 * np.log(np.einsum("nii->ni", chol)).sum()
    return np.swapaxes(root, 1, 2) @ root, logs


def _eliminate_rest(s: np.ndarray, problem: CrossedProblem, factors, from_psi: bool):
    """A (m, m) and log|I + Lambda'S Lambda|."""
    if from_psi:
        inner = np.eye(len(s)) + _times_factors(problem, factors, s.T).T
        inverse = np.linalg.inv(inner)
        a = _times_factors(problem, [f.T for f in factors], inverse)
        return (a + a.T) / 2, np.linalg.slogdet(inner)[1]
    inner = _on_both_sides(problem, factors, s)
    inner[np.diag_indices_from(inner)] += 1.0
    # A symmetric matrix is its own transpose: handed over so, LAPACK works in place.
    chol = cholesky(inner.T, lower=True, overwrite_a=True, check_finite=False)
    logs = 2 * np.log(np.diag(chol)).sum()
    lower, _ = lapack.dpotri(chol, lower=True, overwrite_c=True)
    _mirror(lower)
    return _on_both_sides(problem, [f.T for f in factors], lower.T, in_place=True), logs


def _on_both_sides(problem: CrossedProblem, factors, matrix: np.ndarray, in_place: bool = False):
    """Lambda2' matrix Lambda2 of a symmetric matrix (m, m)."""
    if all(level.q == 1 for level in problem.rest_levels):
        sizes = [level.groups for level in problem.rest_levels]
        scale = np.repeat([float(f[0, 0]) for f in factors], sizes)
        out = np.multiply(matrix, scale, out=matrix if in_place else None)
        out *= scale[:, None]
        return out
    half = _times_factors(problem, factors, matrix)
    return _times_factors(problem, factors, half.T)


def _mirror(lower: np.ndarray, size: int = 128) -> None:
    """The lower triangle's values in the upper one, in place, block by block."""
    for at in range(0, len(lower), size):
        here = slice(at, at + size)
        lower[:at, here] = lower[here, :at].T
        own = lower[here, here]
        own[:] = np.tril(own) + np.tril(own, -1).T


def _times_factors(problem: CrossedProblem, factors, matrix: np.ndarray) -> np.ndarray:
    """Lambda2' @ matrix (m, …): every level's effects lie term by term."""
    out, at = np.empty(matrix.shape), 0
    for level, factor in zip(problem.rest_levels, factors, strict=True):
        size = level.groups * level.q
        part = matrix[at : at + size].reshape(level.q, -1)
        out[at : at + size] = (factor.T @ part).reshape(size, -1)
        at += size
    return out


def _quadratic(problem: CrossedProblem, k: np.ndarray) -> np.ndarray:
    """(m, m) sum over blocks of (Z1'Z2)' K (Z1'Z2)."""
    if problem.pairs is not None:
        pairs, out = problem.pairs, np.zeros(problem.rest.shape)
        sums = pairs.sums(k[:, 0, 0])
        out[pairs.row, pairs.column] = sums
        out[pairs.column, pairs.row] = sums
        return out
    right = _mixed(problem, k)
    pairs = zip(problem.between, right, strict=True)
    return np.sum([_product(problem, left[None], part[None]) for left, part in pairs], axis=0)


def _mixed(problem: CrossedProblem, weights: np.ndarray) -> np.ndarray:
    """(size, e): weights (b, size, size) @ Z1'Z2, block by block."""
    each = weights[problem.block_of_entry]
    return np.einsum("eij,je->ie", each, problem.between)


def _product(problem: CrossedProblem, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(m, m) sum over i of left_i' right_i, the rows of (i, e) entries as (b, m) matrices."""
    product = _matrix(problem, left).T @ _matrix(problem, right)
    return product if problem.full else product.toarray()


def _matrix(problem: CrossedProblem, entries: np.ndarray):
    """(i b, m) matrix of entries (i, e), sparse unless they fill it."""
    count, blocks = len(entries), len(problem.own)
    ends = np.arange(count)[:, None] * len(problem.columns) + problem.starts[1:]
    starts = np.concatenate([[0], ends.ravel()])
    shape = (count * blocks, len(problem.rest))
    columns = np.tile(problem.columns, count)
    matrix = sparse.csr_array((entries.ravel(), columns, starts), shape=shape)
    return matrix.toarray() if problem.full else matrix


def _lead_scores(problem: CrossedProblem, k: np.ndarray, predicted: np.ndarray):
    """Z'V^-1 W (groups, q, d) of each eliminated level: what the rest predicts of it, (size b, d),
    is taken off."""
    size, d = problem.own.shape[1], predicted.shape[1]
    left = problem.own_w - np.swapaxes(predicted.reshape(size, -1, d), 0, 1)
    scores = left - _each(problem.own, _each(k, left))
    for lead, level in zip(problem.leads, problem.levels, strict=False):
        yield scores[lead.block[:, None], lead.place[:, None] + np.arange(level.q)]


def _rest_scores(problem: CrossedProblem, scores: np.ndarray):
    at = 0
    for level in problem.rest_levels:
        size = level.groups * level.q
        part = scores[at : at + size].reshape(level.q, level.groups, -1)
        yield np.swapaxes(part, 0, 1)
        at += size


def _log_det_gradients(problem: CrossedProblem, forward: CrossedForward) -> list[np.ndarray]:
    """(q, q) of each level: the sum over its groups of the blocks of Z'V^-1 Z."""
    kept = problem.own - problem.own @ forward.k @ problem.own
    keep = np.eye(problem.own.shape[1]) - problem.own @ forward.k
    if problem.pairs is not None:
        through = _through_pairs(problem.pairs, forward.a, keep[:, 0, 0] ** 2)
        return [kept.sum(axis=0) - through, *_rest_gradients(problem, forward)]
    mixed, out = _mixed(problem, keep), []
    for lead, level in zip(problem.leads, problem.levels, strict=False):
        rows = lead.place[:, None] + np.arange(level.q)
        blocks = kept[lead.block[:, None, None], rows[:, :, None], rows[:, None, :]]
        out.append(blocks.sum(axis=0) - _through_rest(problem, forward.a, mixed, lead, level.q))
    return out + _rest_gradients(problem, forward)


def _rest_gradients(problem: CrossedProblem, forward: CrossedForward) -> list[np.ndarray]:
    """(q, q) of each level that stays: sums of the blocks of S - S A S.

    Where Psi can be inverted they are those of Psi^-1 - Psi^-1 A Psi^-1 (Woodbury), which saves a
    product of matrices, the dearest step of all.
    """
    psis = forward.psis[len(problem.leads) :]
    regular = all(np.linalg.eigvalsh(psi)[0] > INVERTIBLE for psi in psis)
    product = forward.s if regular else forward.a @ forward.s
    out, at = [], 0
    for level, psi in zip(problem.rest_levels, psis, strict=True):
        here = slice(at, at + level.groups * level.q)
        if regular:
            inverse = np.linalg.inv(psi)
            blocks = _diagonal_blocks(forward.a[here, here], level.q)
            out.append(level.groups * inverse - inverse @ blocks @ inverse)
        else:
            lost = _diagonal_blocks(forward.s[here] @ product[:, here], level.q)
            out.append(_diagonal_blocks(forward.s[here, here], level.q) - lost)
        at = here.stop
    return out


def _through_rest(problem: CrossedProblem, a: np.ndarray, mixed, lead, q: int) -> np.ndarray:
    """(q, q): tr(A E_i'E_j) with E the rows of Z1'V1^-1 Z2 of one level's effects i and j."""
    out = np.empty((q, q))
    places = lead.first + q * np.arange(lead.slots)
    for i in range(q):
        for j in range(i + 1):
            product = _product(problem, mixed[places + i], mixed[places + j])
            out[i, j] = out[j, i] = np.vdot(a, product)
    return out


def _through_pairs(pairs: Pairs, a: np.ndarray, weights: np.ndarray) -> float:
    """The same where a block is one effect, E each entry times the root of its block's weight."""
    sums = pairs.sums(weights) * a[pairs.row, pairs.column]
    return float(2 * sums.sum() - sums[pairs.row == pairs.column].sum())


def _diagonal_blocks(matrix: np.ndarray, q: int) -> np.ndarray:
    """(q, q): the sum over groups of their blocks of a matrix (q n, q n), effects term by term."""
    n = len(matrix) // q
    return np.einsum("igjg->ij", matrix.reshape(q, n, q, n))
