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

from analysis.models.criterion.block_algebra import (
    eliminate,
    gathered,
    identity,
    mul,
    outer_products,
    quadratic,
    sum_patterns,
    sum_sorted,
    sum_to_parent,
    times,
    transposed,
)
from analysis.models.criterion.problem import AnyProblem, Problem
from analysis.models.criterion.theta import lambdas, triangle

# Sums of squares carry 16 digits, and cancellation takes two or three of them.
NOTHING_LEFT = 1e-14
NO_SUMS = np.zeros((0, 0, 0))


@dataclass(frozen=True, slots=True)
class Piece:
    """One level after elimination: factor (q, q), a (q, q, n); s (qo, qo + d, n): products of the
    columns [Z of this and the outer levels | W], empty at the innermost level."""

    factor: np.ndarray
    a: np.ndarray
    s: np.ndarray


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
    """value of the criterion, gradient (thetas,), empty where none was asked for, beta (p,) and
    rss on the internal scale; forward: the pass that they come from."""

    value: float
    gradient: np.ndarray
    beta: np.ndarray
    rss: float
    forward: Forward


def evaluate(
    problem: AnyProblem, theta: np.ndarray, reml: bool, with_gradient: bool = True
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
        lost = np.full(len(theta) if with_gradient else 0, np.nan)
        return Evaluation(float("nan"), lost, beta, max(rss, 0.0), forward)
    value = forward.log_det + dof * (1 + np.log(2 * np.pi * rss / dof))
    if reml:
        value += np.linalg.slogdet(xx)[1]
    gradient = np.zeros(0)
    if with_gradient:
        contrast = np.append(-beta, 1.0)
        gamma = (dof / rss) * np.outer(contrast, contrast)
        if reml:
            gamma[:p, :p] += np.linalg.inv(xx)
        gradient = theta_gradient(problem, forward, backward_pass(problem, forward, gamma, 1.0))
    return Evaluation(float(value), gradient, beta, rss, forward)


def forward_pass(problem: AnyProblem, factors: list[np.ndarray], from_psi: bool = False) -> Forward:
    """Eliminate the levels from the innermost outwards.

    factors: Lambda (q, q) of each level, or with from_psi the Psi themselves, which then may be
    indefinite (derivatives at a variance of zero need both sides of it).
    """
    if problem.passes:
        return problem.passes.forward(problem, factors, from_psi)
    assert isinstance(problem, Problem)
    products, log_det, pieces, s = problem.gram.copy(), 0.0, [], NO_SUMS
    for k, (level, factor) in enumerate(zip(problem.levels, factors, strict=True)):
        q = level.q
        own = problem.zz if k == 0 else s[:q, :q]
        a, logs = eliminate(own, factor, from_psi)
        pieces.append(Piece(factor, a, s))
        if k == 0:
            log_det += float(logs @ problem.size)
            products -= _within(problem, a)
            s = _second_level(problem, a) if len(factors) > 1 else NO_SUMS
            continue
        log_det += float(logs.sum())
        outer = len(s)
        products -= quadratic(a, np.ascontiguousarray(transposed(s[:q, outer:])))
        if outer > q:
            s = sum_to_parent(s[q:, q:] - mul(transposed(s[:q, q:outer]), mul(a, s[:q, q:])), level)
    return Forward(log_det, (products + products.T) / 2, tuple(pieces))


def backward_pass(
    problem: AnyProblem, forward: Forward, gamma: np.ndarray, log_det_weight: float
) -> list[np.ndarray]:
    """d(f)/d(Psi), (q, q) symmetric for each level, innermost first, of a function f with
    df = log_det_weight * d log|V| + tr(gamma d(W'V^-1 W)); gamma (d, d) symmetric."""
    if problem.passes:
        return problem.passes.backward(problem, forward, gamma, log_det_weight)
    assert isinstance(problem, Problem)
    gradients: list[np.ndarray] = []
    above = None  # adjoint of the enclosing level's S, by group of that level
    for level, piece in zip(problem.levels[:0:-1], forward.pieces[:0:-1], strict=True):
        a, s, q, outer = piece.a, piece.s, level.q, len(piece.s)
        zz, zo, zw = s[:q, :q], s[:q, q:outer], s[:q, outer:]
        zw_gamma = times(zw, gamma)
        a_bar = -mul(zw_gamma, transposed(zw))
        s_bar = np.zeros_like(s)
        if above is not None:
            up = gathered(above, level.parent)
            up_oo, up_ow = up[:, : outer - q], up[:, outer - q :]
            a_bar -= mul(mul(zo, up_oo), transposed(zo)) + mul(mul(zo, up_ow), transposed(zw))
            s_bar[:q, q:outer] = -mul(
                a, mul(zo, up_oo + transposed(up_oo)) + mul(zw, transposed(up_ow))
            )
            s_bar[:q, outer:] = -mul(a, mul(zo, up_ow))
            s_bar[q:, q:] = up
        a_bar = (a_bar + transposed(a_bar)) / 2
        s_bar[:q, :q] = log_det_weight * a - mul(a, mul(a_bar, a))
        s_bar[:q, outer:] -= 2 * mul(a, zw_gamma)
        keep = identity(q) - mul(zz, a)
        inner = log_det_weight * mul(keep, zz) + mul(keep, mul(a_bar, transposed(keep)))
        gradients.append(inner.sum(axis=-1))
        above = s_bar
    if problem.levels:
        gradients.append(_innermost_gradient(problem, forward, gamma, log_det_weight, above))
    return gradients[::-1]


def theta_gradient(problem: AnyProblem, forward: Forward, psi: list[np.ndarray]) -> np.ndarray:
    """(thetas,) from d(f)/d(Psi): Psi = Lambda Lambda', so d(f)/d(Lambda) = 2 G Lambda."""
    out = [np.zeros(0)]
    for level, factor, g in zip(problem.levels, forward.factors, psi, strict=True):
        full = 2 * g @ factor
        for block in level.blocks:
            rows, columns = triangle(len(block))
            out.append(full[rows + block[0], columns + block[0]])
    return np.concatenate(out)


def product_derivatives(problem: AnyProblem, forward: Forward) -> list[np.ndarray]:
    """d(W'V^-1 W)/d(Psi), (q, q, d, d) for each level: -sum over groups of y_a y_b' with
    y = Z'V^-1 W, found from the outermost level inwards.

    W's columns are treated as responses: what the outer levels predict (Psi Z'V^-1 W) is taken
    off before the inner ones see them.
    """
    if problem.passes:
        return problem.passes.products(problem, forward)
    assert isinstance(problem, Problem)
    out: list[np.ndarray] = []
    predicted = None  # (outer q, d, n) of the enclosing level's groups, that level's rows first
    for level, piece in zip(problem.levels[:0:-1], forward.pieces[:0:-1], strict=True):
        s, q, outer = piece.s, level.q, len(piece.s)
        left = s[:q, outer:]
        if predicted is not None:
            above = gathered(predicted, level.parent)
            left = left - mul(s[:q, q:outer], above)
        y = left - mul(s[:q, :q], mul(piece.a, left))
        own = mul(piece.a, left)
        out.append(-outer_products(y, y))
        predicted = own if predicted is None else np.concatenate([own, above])
    if problem.levels:
        out.append(_innermost_derivatives(problem, forward, predicted))
    return out[::-1]


def _innermost_derivatives(problem: Problem, forward: Forward, predicted) -> np.ndarray:
    keep = identity(len(problem.zz)) - mul(problem.zz, forward.pieces[0].a)
    if problem.scatter is None:
        y = mul(gathered(keep, problem.rows_pattern), transposed(problem.rows_r))
        total = outer_products(y, y)
    else:
        total = np.einsum("pak,qbk,abkde->pqde", keep, keep, problem.scatter, optimize=True)
    if predicted is not None:
        within, cross = _predicted_products(problem, keep, predicted)
        total += within - cross - cross.transpose(1, 0, 3, 2)
    return -total


def _predicted_products(problem: Problem, keep, predicted):
    """Over units, what the outer levels predict of y times itself and y times that, (q, q, d, d);
    the prediction is the same for all units of a (parent, pattern) pair."""
    moved = mul(keep, problem.zo)
    if problem.table is None:
        k = problem.pair_pattern
        each = mul(gathered(moved, k), gathered(predicted, problem.pair_parent))
        own = mul(gathered(keep, k), transposed(problem.pair_r))
        return outer_products(each * problem.pair_size, each), outer_products(own, each)
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


def _within(problem: Problem, a: np.ndarray) -> np.ndarray:
    """(d, d) sum over the innermost units of (Z'W)'A(Z'W)."""
    if problem.scatter is None:
        return quadratic(gathered(a, problem.rows_pattern), problem.rows_r)
    return np.tensordot(a, problem.scatter, 3)


def _within_gradient(problem: Problem, gamma: np.ndarray) -> np.ndarray:
    """(q, q, K): of the trace of gamma times _within, by each pattern's A."""
    if problem.scatter is not None:
        return np.tensordot(problem.scatter, gamma, 2)
    d, q, m = problem.rows_r.shape
    r_gamma = (gamma @ problem.rows_r.reshape(d, q * m)).reshape(d, q, m)
    products = np.einsum("dan,dbn->abn", r_gamma, problem.rows_r)
    return sum_patterns(products, problem.rows_pattern, problem.zz.shape[-1])


def _second_level(problem: Problem, a: np.ndarray) -> np.ndarray:
    """S of the second level, (qo, qo + d, n2), the innermost one eliminated."""
    zo_a = mul(transposed(problem.zo), a)
    each = mul(zo_a, problem.zo)
    if problem.table is not None:
        qo = len(each)
        oo = (each.reshape(qo * qo, -1) @ problem.counts).reshape(qo, qo, -1)
        weights = zo_a.transpose(0, 2, 1).reshape(qo, -1)
        ow = (weights @ problem.table).reshape(qo, -1, oo.shape[-1])
        return problem.outer - np.concatenate([oo, ow], axis=1)
    oo = gathered(each, problem.pair_pattern) * problem.pair_size
    ow = np.einsum("oqn,dqn->odn", gathered(zo_a, problem.pair_pattern), problem.pair_r)
    removed = sum_sorted(np.concatenate([oo, ow], axis=1), problem.pair_parent)
    return problem.outer - removed


def _innermost_gradient(problem, forward, gamma, log_det_weight, above) -> np.ndarray:
    a, zz, q = forward.pieces[0].a, problem.zz, len(problem.zz)
    a_bar = -_within_gradient(problem, gamma)
    if above is not None:
        a_bar -= _pair_gradient(problem, above)
    a_bar = (a_bar + transposed(a_bar)) / 2
    keep = identity(q) - mul(zz, a)
    inner = log_det_weight * mul(keep, zz) * problem.size + mul(keep, mul(a_bar, transposed(keep)))
    return inner.sum(axis=-1)


def _pair_gradient(problem: Problem, above: np.ndarray) -> np.ndarray:
    """(q1, q1, K): what the enclosing level's adjoint passes to each pattern's A."""
    qo, patterns = len(problem.outer), problem.zz.shape[-1]
    zo, up_oo, up_ow = problem.zo, above[:, :qo], above[:, qo:]
    if problem.table is not None and problem.counts is not None:
        summed = up_oo.reshape(qo * qo, -1) @ problem.counts.T
        mixed = np.ascontiguousarray(up_ow).reshape(qo, -1) @ problem.table.T
        mixed = mixed.reshape(qo, patterns, -1).transpose(0, 2, 1)
        return mul(mul(zo, summed.reshape(qo, qo, -1)), transposed(zo)) + mul(zo, mixed)
    up = gathered(above, problem.pair_parent)
    zo = gathered(zo, problem.pair_pattern)
    pairs = mul(mul(zo, up[:, :qo] * problem.pair_size), transposed(zo))
    pairs += np.einsum("idn,djn->ijn", mul(zo, up[:, qo:]), problem.pair_r)
    return sum_patterns(pairs, problem.pair_pattern, patterns)
