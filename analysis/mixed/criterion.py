"""The profiled deviance and REML criterion with their analytic gradient, from moments alone.

V = I + sum over levels of Z Psi Z', Psi = Lambda Lambda', nested levels eliminated from the
innermost outwards: for a unit with S = Z'V_in^-1 Z, A = Lambda (I + Lambda'S Lambda)^-1 Lambda',
log|V| grows by log|I + Lambda'S Lambda| and every product U'V^-1 W loses (Z'U)'A(Z'W).
The gradient runs the same recursion backwards (reverse mode), so it costs about one more pass.

Every array has a leading batch axis B: several starts or replicates are one call.
Source: Bates, Maechler, Bolker & Walker 2015, eqs. 30-42, doi:10.18637/jss.v067.i01.
"""

from dataclasses import dataclass

import numpy as np

from analysis.mixed.problem import Level, Problem


@dataclass(frozen=True, slots=True)
class Forward:
    """What one pass leaves: log|V| (B,), products (B, d, d) = W'V^-1 W, and each level's pieces.

    pieces, innermost first: (lambda_, a, s) with a (B, n, q, q) and, outside the innermost level,
    s (B, n, qo, qo + d).
    """

    log_det: np.ndarray
    products: np.ndarray
    pieces: tuple[tuple[np.ndarray, np.ndarray, np.ndarray | None], ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """value (B,), gradient (B, thetas) or None, beta (B, p), rss (B,) on the internal scale;
    rows, p: of the problem; forward: the pass that they come from."""

    value: np.ndarray
    gradient: np.ndarray | None
    beta: np.ndarray
    rss: np.ndarray
    rows: int
    p: int
    forward: Forward


def theta_count(problem: Problem) -> int:
    return sum(len(b) * (len(b) + 1) // 2 for level in problem.levels for b in level.blocks)


def start_theta(problem: Problem, size: float = 1.0) -> np.ndarray:
    """Lambda = size * I at every level."""
    parts = [
        np.eye(len(b))[_lower(len(b))] * size for level in problem.levels for b in level.blocks
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def lambdas(problem: Problem, theta: np.ndarray) -> list[np.ndarray]:
    """(B, q, q) lower-triangular factors, innermost level first, of theta (B, thetas)."""
    out, at = [], 0
    for level in problem.levels:
        matrix = np.zeros((len(theta), level.q, level.q))
        for block in level.blocks:
            rows, columns = _lower(len(block))
            first = block[0]
            matrix[:, rows + first, columns + first] = theta[:, at : at + len(rows)]
            at += len(rows)
        out.append(matrix)
    return out


def evaluate(
    problem: Problem, theta: np.ndarray, reml: bool, with_gradient: bool = True
) -> Evaluation:
    """The criterion at theta (B, thetas), constants included. With r2 the penalised residual sum
    of squares, ML: log|V| + N (1 + log(2 pi r2 / N));
    REML: log|V| + log|X'V^-1 X| + (N-p) (1 + log(2 pi r2 / (N-p))).
    """
    forward = forward_pass(problem, lambdas(problem, theta), batch=len(theta))
    p = problem.p
    xx, xy = forward.products[:, :p, :p], forward.products[:, :p, p]
    beta = np.linalg.solve(xx, xy[..., None])[..., 0]
    rss = forward.products[:, p, p] - (xy * beta).sum(axis=-1)
    dof = problem.rows - (p if reml else 0)
    value = forward.log_det + dof * (1 + np.log(2 * np.pi * rss / dof))
    if reml:
        value = value + np.linalg.slogdet(xx)[1]
    gradient = None
    if with_gradient:
        contrast = np.concatenate([-beta, np.ones((len(theta), 1))], axis=1)
        gamma = (dof / rss)[:, None, None] * contrast[:, :, None] * contrast[:, None, :]
        if reml:
            gamma[:, :p, :p] += np.linalg.inv(xx)
        gradient = theta_gradient(problem, forward, backward_pass(problem, forward, gamma, 1.0))
    return Evaluation(value, gradient, beta, rss, problem.rows, p, forward)


def forward_pass(
    problem: Problem, factors: list[np.ndarray], from_psi: bool = False, batch: int = 1
) -> Forward:
    """Eliminate the levels from the innermost outwards.

    factors: Lambda (B, q, q) of each level, or with from_psi the Psi themselves, which then may
    be indefinite (derivatives at a variance of zero need both sides of it). batch: B where
    there is no level to tell it.
    """
    batch = len(factors[0]) if factors else batch
    products = np.broadcast_to(problem.gram, (batch, *problem.gram.shape)).copy()
    log_det = np.zeros(batch)
    if not factors:
        return Forward(log_det, products, ())
    a, root, log_dets = _eliminate(problem.zz, factors[0], from_psi)
    log_det += log_dets @ problem.size
    pattern = problem.rows_pattern
    products -= _products(root, a, problem.rows_r, lambda m: m[:, pattern])
    pieces = [(factors[0], a, None)]
    s = _second_level(problem, a) if len(factors) > 1 else None
    for level, factor in zip(problem.levels[1:], factors[1:], strict=True):
        q, outer = level.q, s.shape[2]
        a, root, log_dets = _eliminate(s[..., :q, :q], factor, from_psi)
        log_det += log_dets.sum(axis=1)
        products -= _products(root, a, s[..., :q, outer:])
        pieces.append((factor, a, s))
        removed = _t(s[..., :q, q:outer]) @ a @ s[..., :q, q:]
        s = _sum_to_parent(s[..., q:, q:] - removed, level)
    return Forward(log_det, products, tuple(pieces))


def backward_pass(
    problem: Problem, forward: Forward, gamma: np.ndarray, log_det_weight: float
) -> list[np.ndarray]:
    """d(f)/d(Psi), (B, q, q) symmetric for each level, innermost first, of a function f with
    df = log_det_weight * d log|V| + tr(gamma d(W'V^-1 W)); gamma (B, d, d) symmetric."""
    gradients: list[np.ndarray] = []
    above = None  # adjoint of the enclosing level's S, by group of that level
    for level, (_, a, s) in zip(problem.levels[:0:-1], forward.pieces[:0:-1], strict=True):
        q, outer = level.q, s.shape[2]
        zz, zo, zw = s[..., :q, :q], s[..., :q, q:outer], s[..., :q, outer:]
        zw_gamma = zw @ gamma[:, None]
        a_bar = -zw_gamma @ _t(zw)
        s_bar = np.zeros(np.broadcast_shapes(s.shape, (len(gamma), 1, 1, 1)))
        if above is not None and outer > q:
            up = above[:, level.parent]
            up_oo, up_ow = up[..., : outer - q], up[..., outer - q :]
            a_bar = a_bar - zo @ up_oo @ _t(zo) - zo @ up_ow @ _t(zw)
            s_bar[..., :q, q:outer] = -a @ (zo @ (up_oo + _t(up_oo)) + zw @ _t(up_ow))
            s_bar[..., q:, q:] = up
            s_bar[..., :q, outer:] = -a @ zo @ up_ow
        a_bar = (a_bar + _t(a_bar)) / 2
        s_bar[..., :q, :q] = log_det_weight * a - a @ a_bar @ a
        s_bar[..., :q, outer:] -= 2 * a @ zw_gamma
        gradients.append(_psi_gradient(zz, a, a_bar, log_det_weight).sum(axis=1))
        above = s_bar
    if problem.levels:
        gradients.append(_innermost_gradient(problem, forward, gamma, log_det_weight, above))
    return gradients[::-1]


def theta_gradient(problem: Problem, forward: Forward, psi: list[np.ndarray]) -> np.ndarray:
    """(B, thetas) from d(f)/d(Psi): Psi = Lambda Lambda', so d(f)/d(Lambda) = 2 G Lambda."""
    out = []
    for level, (lambda_, _, _), g in zip(problem.levels, forward.pieces, psi, strict=True):
        full = 2 * g @ lambda_
        for block in level.blocks:
            rows, columns = _lower(len(block))
            out.append(full[:, rows + block[0], columns + block[0]])
    return np.concatenate(out, axis=1) if out else np.zeros((len(forward.log_det), 0))


def _lower(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column positions of a lower triangle, column by column, as lme4 orders theta."""
    columns, rows = np.triu_indices(size)
    return rows, columns


def _t(matrix: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrix, -1, -2)


def _eliminate(s: np.ndarray, factor: np.ndarray, from_psi: bool):
    """A (B, n, q, q), root with root root' = A (None from Psi) and log|I + S Psi| (B, n)."""
    factor = factor[:, None]
    if from_psi:
        inner = np.eye(s.shape[-1]) + s @ factor
        return factor @ np.linalg.inv(inner), None, np.linalg.slogdet(inner)[1]
    if s.shape[-1] == 1:
        inner = 1 + factor**2 * s
        root = factor / np.sqrt(inner)
        return root**2, root, np.log(inner)[..., 0, 0]
    inner = np.eye(s.shape[-1]) + _t(factor) @ s @ factor
    chol = np.linalg.cholesky(inner)
    root = factor @ _t(np.linalg.inv(chol))
    log_det = 2 * np.log(np.diagonal(chol, axis1=-2, axis2=-1)).sum(axis=-1)
    return root @ _t(root), root, log_det


def _products(root, a, r: np.ndarray, spread=lambda matrices: matrices) -> np.ndarray:
    """(B, d, d) sum over groups of r'A r, r (…, q, d); spread maps matrices of A to rows of r."""
    left = _t(spread(a if root is None else root)) @ r
    right = np.broadcast_to(r, left.shape) if root is None else left
    flat = (len(left), -1, r.shape[-1])
    return _t(left.reshape(flat)) @ right.reshape(flat)


def _second_level(problem: Problem, a: np.ndarray) -> np.ndarray:
    """S of the second level, (B, n2, qo, qo + d), the innermost one eliminated."""
    zo_a = _t(problem.zo) @ a
    pattern = problem.pair_pattern
    oo = (zo_a @ problem.zo)[:, pattern] * problem.pair_size[:, None, None]
    ow = zo_a[:, pattern] @ problem.pair_r
    removed = _sum_sorted(np.concatenate([oo, ow], axis=-1), problem.pair_parent)
    return np.concatenate([problem.oo, problem.ow], axis=-1) - removed


def _sum_sorted(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """(B, n, …) sums of values (B, m, …) over equal codes; codes sorted, each occurring."""
    return np.add.reduceat(values, np.flatnonzero(np.diff(codes, prepend=-1)), axis=1)


def _sum_to_parent(values: np.ndarray, level: Level) -> np.ndarray:
    order = np.argsort(level.parent, kind="stable")
    return _sum_sorted(values[:, order], level.parent[order])


def _psi_gradient(s, a, a_bar, log_det_weight) -> np.ndarray:
    """d(f)/d(Psi) of each group: dA = (I - A S) dPsi (I - S A), d log|V| = tr((S - S A S) dPsi)."""
    keep = np.eye(s.shape[-1]) - s @ a
    return log_det_weight * (keep @ s) + keep @ a_bar @ _t(keep)


def _innermost_gradient(problem, forward, gamma, log_det_weight, above) -> np.ndarray:
    a = forward.pieces[0][1]
    batch, patterns = len(gamma), len(problem.zz)
    a_bar = np.zeros((batch, *problem.zz.shape))
    outer_products = (problem.rows_r @ gamma[:, None]) @ _t(problem.rows_r)
    _add_by(a_bar, problem.rows_pattern, -outer_products, patterns)
    if above is not None:
        qo = problem.oo.shape[1]
        up = above[:, problem.pair_parent]
        size = problem.pair_size[:, None, None]
        zo = problem.zo[problem.pair_pattern]
        pairs = zo @ (up[..., :qo] * size) @ _t(zo) + zo @ up[..., qo:] @ _t(problem.pair_r)
        _add_by(a_bar, problem.pair_pattern, -pairs, patterns)
    a_bar = (a_bar + _t(a_bar)) / 2
    gradient = _psi_gradient(problem.zz, a, a_bar, 0.0).sum(axis=1)
    kept = log_det_weight * ((np.eye(a.shape[-1]) - problem.zz @ a) @ problem.zz)
    return gradient + np.einsum("bkij,k->bij", kept, problem.size)


def _add_by(total: np.ndarray, codes: np.ndarray, values: np.ndarray, size: int) -> None:
    """total[:, code] += values, summed over equal codes."""
    if len(codes) == size and (codes[1:] > codes[:-1]).all():
        total += values
        return
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    total[:, codes[order][starts]] += np.add.reduceat(values[:, order], starts, axis=1)
