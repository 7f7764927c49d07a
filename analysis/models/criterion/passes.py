"""The profiled deviance and REML criterion with their analytic gradient, from moments alone.

V = I + sum over levels of Z Psi Z', Psi = Lambda Lambda', nested levels eliminated from the
innermost outwards: for a group with S = Z'V_in^-1 Z, A = Lambda (I + Lambda'S Lambda)^-1 Lambda',
log|V| grows by log|I + Lambda'S Lambda| and every product U'V^-1 W loses (Z'U)'A(Z'W).
The gradient runs the same recursion backwards (reverse mode), so it costs about one more pass.

Arrays over groups have the groups on their last axis: q and d are small, groups are many.
Source: Bates, Maechler, Bolker & Walker 2015, eqs. 30-42, doi:10.18637/jss.v067.i01.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.problem import Level, Problem

# Sums of squares carry 16 digits, and cancellation takes two or three of them.
NOTHING_LEFT = 1e-14


@dataclass(frozen=True, slots=True)
class Piece:
    """One level after elimination: factor (q, q), a (q, q, n); s (qo, qo + d, n): products of the
    columns [Z of this and the outer levels | W], None at the innermost level."""

    factor: np.ndarray
    a: np.ndarray
    s: np.ndarray | None


@dataclass(frozen=True, slots=True)
class Forward:
    """What one pass leaves: log|V|, products (d, d) = W'V^-1 W, and a Piece for each level,
    innermost first."""

    log_det: float
    products: np.ndarray
    pieces: tuple[Piece, ...]

    @property
    def factors(self) -> tuple[np.ndarray, ...]:
        return tuple(piece.factor for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """value of the criterion, gradient (thetas,) or None, beta (p,) and rss on the internal
    scale; forward: the pass that they come from."""

    value: float
    gradient: np.ndarray | None
    beta: np.ndarray
    rss: float
    forward: Forward


def start_theta(problem: Problem, size: float = 1.0) -> np.ndarray:
    """Lambda = size * I at every level, or what the problem's own passes take for a start."""
    sizes = [np.full(level.q, size) for level in problem.levels]
    if problem.passes:
        sizes = problem.passes.start(problem, size)
    return diagonal_theta(problem, sizes)


def diagonal_theta(problem: Problem, sizes: list[np.ndarray]) -> np.ndarray:
    """(thetas,) of diagonal Lambdas, sizes (q,) of each level."""
    parts = [
        np.diag(own[list(b)])[_lower(len(b))]
        for level, own in zip(problem.levels, sizes, strict=True)
        for b in level.blocks
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def lambdas(problem: Problem, theta: np.ndarray) -> list[np.ndarray]:
    """(q, q) lower-triangular factors, innermost level first, of theta (thetas,)."""
    out, at = [], 0
    for level in problem.levels:
        matrix = np.zeros((level.q, level.q))
        for block in level.blocks:
            rows, columns = _lower(len(block))
            matrix[rows + block[0], columns + block[0]] = theta[at : at + len(rows)]
            at += len(rows)
        out.append(matrix)
    return out


def theta_blocks(problem: Problem) -> list[slice]:
    """Where each block's numbers stand in theta, in the order of the levels."""
    out, at = [], 0
    for level in problem.levels:
        for block in level.blocks:
            size = len(block) * (len(block) + 1) // 2
            out.append(slice(at, at + size))
            at += size
    return out


def evaluate(
    problem: Problem, theta: np.ndarray, reml: bool, with_gradient: bool = True
) -> Evaluation:
    """The criterion at theta (thetas,), constants included; NaN where rounding is all that is left
    of the residuals (NOTHING_LEFT of the outcome's own sum of squares).

    With r2 the penalised residual sum of squares, ML: log|V| + N (1 + log(2 pi r2 / N));
    REML: log|V| + log|X'V^-1 X| + (N-p) (1 + log(2 pi r2 / (N-p))).
    """
    forward = forward_pass(problem, lambdas(problem, theta))
    p = problem.p
    xx, xy = forward.products[:p, :p], forward.products[:p, p]
    beta = np.linalg.solve(xx, xy)
    rss = float(forward.products[p, p] - xy @ beta)
    dof = problem.rows - (p if reml else 0)
    if not rss > NOTHING_LEFT * problem.gram[p, p]:
        lost = np.full(len(theta), np.nan) if with_gradient else None
        return Evaluation(float("nan"), lost, beta, max(rss, 0.0), forward)
    value = forward.log_det + dof * (1 + np.log(2 * np.pi * rss / dof))
    if reml:
        value += np.linalg.slogdet(xx)[1]
    gradient = None
    if with_gradient:
        contrast = np.append(-beta, 1.0)
        gamma = (dof / rss) * np.outer(contrast, contrast)
        if reml:
            gamma[:p, :p] += np.linalg.inv(xx)
        gradient = theta_gradient(problem, forward, backward_pass(problem, forward, gamma, 1.0))
    return Evaluation(float(value), gradient, beta, rss, forward)


def forward_pass(problem: Problem, factors: list[np.ndarray], from_psi: bool = False) -> Forward:
    """Eliminate the levels from the innermost outwards.

    factors: Lambda (q, q) of each level, or with from_psi the Psi themselves, which then may be
    indefinite (derivatives at a variance of zero need both sides of it).
    """
    if problem.passes:
        return problem.passes.forward(problem, factors, from_psi)
    products, log_det, pieces, s = problem.gram.copy(), 0.0, [], None
    for k, (level, factor) in enumerate(zip(problem.levels, factors, strict=True)):
        q = level.q
        own = problem.zz if k == 0 else s[:q, :q]
        a, logs = _eliminate(own, factor, from_psi)
        pieces.append(Piece(factor, a, s))
        if k == 0:
            log_det += float(logs @ problem.size)
            products -= _within(problem, a)
            s = _second_level(problem, a) if len(factors) > 1 else None
            continue
        log_det += float(logs.sum())
        outer = len(s)
        products -= _quadratic(a, np.ascontiguousarray(_t(s[:q, outer:])))
        if outer > q:
            s = _sum_to_parent(s[q:, q:] - _mul(_t(s[:q, q:outer]), _mul(a, s[:q, q:])), level)
    return Forward(log_det, (products + products.T) / 2, tuple(pieces))


def backward_pass(
    problem: Problem, forward: Forward, gamma: np.ndarray, log_det_weight: float
) -> list[np.ndarray]:
    """d(f)/d(Psi), (q, q) symmetric for each level, innermost first, of a function f with
    df = log_det_weight * d log|V| + tr(gamma d(W'V^-1 W)); gamma (d, d) symmetric."""
    if problem.passes:
        return problem.passes.backward(problem, forward, gamma, log_det_weight)
    gradients: list[np.ndarray] = []
    above = None  # adjoint of the enclosing level's S, by group of that level
    for level, piece in zip(problem.levels[:0:-1], forward.pieces[:0:-1], strict=True):
        a, s, q, outer = piece.a, piece.s, level.q, len(piece.s)
        zz, zo, zw = s[:q, :q], s[:q, q:outer], s[:q, outer:]
        zw_gamma = _times(zw, gamma)
        a_bar = -_mul(zw_gamma, _t(zw))
        s_bar = np.zeros_like(s)
        if above is not None:
            up = above[..., level.parent]
            up_oo, up_ow = up[:, : outer - q], up[:, outer - q :]
            a_bar -= _mul(_mul(zo, up_oo), _t(zo)) + _mul(_mul(zo, up_ow), _t(zw))
            s_bar[:q, q:outer] = -_mul(a, _mul(zo, up_oo + _t(up_oo)) + _mul(zw, _t(up_ow)))
            s_bar[:q, outer:] = -_mul(a, _mul(zo, up_ow))
            s_bar[q:, q:] = up
        a_bar = (a_bar + _t(a_bar)) / 2
        s_bar[:q, :q] = log_det_weight * a - _mul(a, _mul(a_bar, a))
        s_bar[:q, outer:] -= 2 * _mul(a, zw_gamma)
        keep = _identity(q) - _mul(zz, a)
        inner = log_det_weight * _mul(keep, zz) + _mul(keep, _mul(a_bar, _t(keep)))
        gradients.append(inner.sum(axis=-1))
        above = s_bar
    if problem.levels:
        gradients.append(_innermost_gradient(problem, forward, gamma, log_det_weight, above))
    return gradients[::-1]


def theta_gradient(problem: Problem, forward: Forward, psi: list[np.ndarray]) -> np.ndarray:
    """(thetas,) from d(f)/d(Psi): Psi = Lambda Lambda', so d(f)/d(Lambda) = 2 G Lambda."""
    out = [np.zeros(0)]
    for level, factor, g in zip(problem.levels, forward.factors, psi, strict=True):
        full = 2 * g @ factor
        for block in level.blocks:
            rows, columns = _lower(len(block))
            out.append(full[rows + block[0], columns + block[0]])
    return np.concatenate(out)


def product_derivatives(problem: Problem, forward: Forward) -> list[np.ndarray]:
    """d(W'V^-1 W)/d(Psi), (q, q, d, d) for each level: -sum over groups of y_a y_b' with
    y = Z'V^-1 W, found from the outermost level inwards.

    W's columns are treated as responses: what the outer levels predict (Psi Z'V^-1 W) is taken
    off before the inner ones see them.
    """
    if problem.passes:
        return problem.passes.products(problem, forward)
    out: list[np.ndarray] = []
    predicted = None  # (outer q, d, n) of the enclosing level's groups, that level's rows first
    for level, piece in zip(problem.levels[:0:-1], forward.pieces[:0:-1], strict=True):
        s, q, outer = piece.s, level.q, len(piece.s)
        left = s[:q, outer:]
        if predicted is not None:
            above = predicted[..., level.parent]
            left = left - _mul(s[:q, q:outer], above)
        y = left - _mul(s[:q, :q], _mul(piece.a, left))
        own = _mul(piece.a, left)
        out.append(-_outer_products(y, y))
        predicted = own if predicted is None else np.concatenate([own, above])
    if problem.levels:
        out.append(_innermost_derivatives(problem, forward, predicted))
    return out[::-1]


def _innermost_derivatives(problem: Problem, forward: Forward, predicted) -> np.ndarray:
    keep = _identity(len(problem.zz)) - _mul(problem.zz, forward.pieces[0].a)
    if problem.scatter is None:
        y = _mul(keep[..., problem.rows_pattern], _t(problem.rows_r))
        total = _outer_products(y, y)
    else:
        total = np.einsum("pak,qbk,abkde->pqde", keep, keep, problem.scatter, optimize=True)
    if predicted is not None:
        within, cross = _predicted_products(problem, keep, predicted)
        total += within - cross - cross.transpose(1, 0, 3, 2)
    return -total


def _predicted_products(problem: Problem, keep, predicted):
    """Over units, what the outer levels predict of y times itself and y times that, (q, q, d, d);
    the prediction is the same for all units of a (parent, pattern) pair."""
    moved = _mul(keep, problem.zo)
    if problem.table is None:
        k = problem.pair_pattern
        each = _mul(moved[..., k], predicted[..., problem.pair_parent])
        own = _mul(keep[..., k], _t(problem.pair_r))
        return _outer_products(each * problem.pair_size, each), _outer_products(own, each)
    (q, qo, patterns), (d, parents) = moved.shape, predicted.shape[1:]
    own = problem.table.reshape(-1, parents) @ predicted.reshape(qo * d, parents).T
    own = own.reshape(patterns, q, d, qo, d)
    cross = np.einsum("prk,krdue,quk->pqde", keep, own, moved, optimize=True)
    both = np.einsum("qok,ruk->qoruk", moved, moved).reshape(-1, patterns) @ problem.counts
    both = both.reshape(q, qo, q, qo, parents)
    within = np.zeros((q, q, d, d))
    for o, u in np.ndindex(qo, qo):
        weighted = both[:, o, :, u, None] * predicted[o]
        within += weighted @ predicted[u].T
    return within, cross


def _outer_products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(q, q, d, d): sum over groups of left_a right_b' for (q, d, n) arrays."""
    q, d, n = left.shape
    both = left.reshape(q * d, n) @ right.reshape(q * d, n).T
    return both.reshape(q, d, q, d).transpose(0, 2, 1, 3)


def _lower(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column positions of a lower triangle, column by column, as lme4 orders theta."""
    columns, rows = np.triu_indices(size)
    return rows, columns


def _t(matrix: np.ndarray) -> np.ndarray:
    return np.swapaxes(matrix, 0, 1)


def _identity(q: int) -> np.ndarray:
    return np.eye(q)[..., None]


def _mul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(i, j, n) products of (i, k, n) and (k, j, n), one for each group."""
    if a.shape[1] == 1:
        return a * b
    return np.einsum("ikn,kjn->ijn", a, b)


def _times(a: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(i, j, n) = (i, k, n) times one (k, j) matrix."""
    return np.stack([matrix.T @ row for row in a])


def _eliminate(s: np.ndarray, factor: np.ndarray, from_psi: bool):
    """A (q, q, n) and log|I + S Psi| (n,) from S (q, q, n)."""
    q = len(s)
    if from_psi:
        inner = np.eye(q) + np.moveaxis(s, 2, 0) @ factor
        return np.moveaxis(factor @ np.linalg.inv(inner), 0, 2), np.linalg.slogdet(inner)[1]
    if q == 1:
        inner = 1 + factor[0, 0] ** 2 * s
        return factor[0, 0] ** 2 / inner, np.log(inner[0, 0])
    inner = _identity(q) + np.einsum("ai,abn,bj->ijn", factor, s, factor, optimize=True)
    chol, log_det = _cholesky(inner)
    root = _solve_rows(chol, factor)
    return np.einsum("ain,bin->abn", root, root), log_det


def _cholesky(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower factors (q, q, n) of (q, q, n) and the log determinants (n,)."""
    chol = np.zeros_like(matrix)
    log_det = np.zeros(matrix.shape[2])
    for j in range(len(matrix)):
        pivot = matrix[j, j] - (chol[j, :j] ** 2).sum(axis=0)
        with np.errstate(invalid="ignore"):  # no digit left: no number, and a search turns back
            log_det += np.log(pivot)
            chol[j, j] = np.sqrt(pivot)
        for i in range(j + 1, len(matrix)):
            chol[i, j] = (matrix[i, j] - (chol[i, :j] * chol[j, :j]).sum(axis=0)) / chol[j, j]
    return chol, log_det


def _solve_rows(chol: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """(q, q, n) matrices factor chol^-T: each row of factor solved by forward substitution."""
    out = np.zeros_like(chol)
    for row in range(len(factor)):
        for j in range(len(factor)):
            known = (chol[j, :j] * out[row, :j]).sum(axis=0)
            out[row, j] = (factor[row, j] - known) / chol[j, j]
    return out


def _within(problem: Problem, a: np.ndarray) -> np.ndarray:
    """(d, d) sum over the innermost units of (Z'W)'A(Z'W)."""
    if problem.scatter is None:
        return _quadratic(a[..., problem.rows_pattern], problem.rows_r)
    return np.tensordot(a, problem.scatter, 3)


def _within_gradient(problem: Problem, gamma: np.ndarray) -> np.ndarray:
    """(q, q, K): of the trace of gamma times _within, by each pattern's A."""
    if problem.scatter is not None:
        return np.tensordot(problem.scatter, gamma, 2)
    d, q, m = problem.rows_r.shape
    r_gamma = (gamma @ problem.rows_r.reshape(d, q * m)).reshape(d, q, m)
    products = np.einsum("dan,dbn->abn", r_gamma, problem.rows_r)
    return _sum_patterns(products, problem.rows_pattern, problem.zz.shape[-1])


def _quadratic(a: np.ndarray, r: np.ndarray) -> np.ndarray:
    """(d, d) sum over groups of r'A r, for a (q, q, n) and r (d, q, n)."""
    weighted = np.empty_like(r)
    for i in range(len(a)):
        np.multiply(a[i, 0], r[:, 0], out=weighted[:, i])
        for j in range(1, len(a)):
            weighted[:, i] += a[i, j] * r[:, j]
    return r.reshape(len(r), -1) @ weighted.reshape(len(r), -1).T


def _second_level(problem: Problem, a: np.ndarray) -> np.ndarray:
    """S of the second level, (qo, qo + d, n2), the innermost one eliminated."""
    zo_a = _mul(_t(problem.zo), a)
    each = _mul(zo_a, problem.zo)
    if problem.table is not None:
        qo = len(each)
        oo = (each.reshape(qo * qo, -1) @ problem.counts).reshape(qo, qo, -1)
        weights = zo_a.transpose(0, 2, 1).reshape(qo, -1)
        ow = (weights @ problem.table).reshape(qo, -1, oo.shape[-1])
        return problem.outer - np.concatenate([oo, ow], axis=1)
    pattern = problem.pair_pattern
    oo = each[..., pattern] * problem.pair_size
    ow = np.einsum("oqn,dqn->odn", zo_a[..., pattern], problem.pair_r)
    removed = _sum_sorted(np.concatenate([oo, ow], axis=1), problem.pair_parent)
    return problem.outer - removed


def _sum_sorted(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums of values (…, m) over equal codes; codes sorted, 0..n-1, each occurring."""
    return np.add.reduceat(values, np.flatnonzero(np.diff(codes, prepend=-1)), axis=-1)


def _sum_to_parent(values: np.ndarray, level: Level) -> np.ndarray:
    order = np.argsort(level.parent, kind="stable")
    return _sum_sorted(values[..., order], level.parent[order])


def _innermost_gradient(problem, forward, gamma, log_det_weight, above) -> np.ndarray:
    a, zz, q = forward.pieces[0].a, problem.zz, len(problem.zz)
    a_bar = -_within_gradient(problem, gamma)
    if above is not None:
        a_bar -= _pair_gradient(problem, above)
    a_bar = (a_bar + _t(a_bar)) / 2
    keep = _identity(q) - _mul(zz, a)
    inner = log_det_weight * _mul(keep, zz) * problem.size + _mul(keep, _mul(a_bar, _t(keep)))
    return inner.sum(axis=-1)


def _pair_gradient(problem: Problem, above: np.ndarray) -> np.ndarray:
    """(q1, q1, K): what the enclosing level's adjoint passes to each pattern's A."""
    qo, patterns = len(problem.outer), problem.zz.shape[-1]
    zo, up_oo, up_ow = problem.zo, above[:, :qo], above[:, qo:]
    if problem.table is not None:
        summed = up_oo.reshape(qo * qo, -1) @ problem.counts.T
        mixed = np.ascontiguousarray(up_ow).reshape(qo, -1) @ problem.table.T
        mixed = mixed.reshape(qo, patterns, -1).transpose(0, 2, 1)
        return _mul(_mul(zo, summed.reshape(qo, qo, -1)), _t(zo)) + _mul(zo, mixed)
    up = above[..., problem.pair_parent]
    zo = zo[..., problem.pair_pattern]
    pairs = _mul(_mul(zo, up[:, :qo] * problem.pair_size), _t(zo))
    pairs += np.einsum("idn,djn->ijn", _mul(zo, up[:, qo:]), problem.pair_r)
    return _sum_patterns(pairs, problem.pair_pattern, patterns)


def _sum_patterns(values: np.ndarray, codes: np.ndarray, patterns: int) -> np.ndarray:
    """(q, q, patterns) sums of values (q, q, m) by pattern."""
    flat = values.reshape(-1, values.shape[-1])
    sums = [np.bincount(codes, weights=row, minlength=patterns) for row in flat]
    return np.array(sums).reshape(*values.shape[:2], patterns)
