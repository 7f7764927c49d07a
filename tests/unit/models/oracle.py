"""The linear mixed model written out densely and slowly, for a few hundred rows at most.

V = I + sum over blocks of Z Lambda Lambda' Z' is built as an N x N matrix and everything follows
from its definition, so that the engine's recursions have something to be wrong against. theta is
lme4's: the lower triangle of each block's relative factor Lambda, by columns, block after block.
Sources: Bates, Maechler, Bolker & Walker 2015, doi:10.18637/jss.v067.i01 (criteria); Kuznetsova,
Brockhoff & Christensen 2017, doi:10.18637/jss.v082.i13 (Satterthwaite); Kenward & Roger 1997,
doi:10.2307/2533558, and Halekoh & Hojsgaard 2014, doi:10.18637/jss.v059.i09; Nakagawa & Schielzeth
2013, doi:10.1111/j.2041-210x.2012.00261.x, and Johnson 2014, doi:10.1111/2041-210X.12225 (R2).
Worked number: Dyestuff, `Yield ~ 1 + (1 | Batch)`, ML, theta = 0.7525807: 327.3270598811.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Block:
    """Random terms that share one covariance: z (N, q), and the group id of each row (N,)."""

    z: np.ndarray
    ids: np.ndarray

    @property
    def parameters(self) -> int:
        q = self.z.shape[1]
        return q * (q + 1) // 2


@dataclass(frozen=True, slots=True)
class Model:
    """y (N,), x (N, p), the random blocks in any order, nested or crossed; reml or ML."""

    y: np.ndarray
    x: np.ndarray
    blocks: tuple[Block, ...]
    reml: bool


@dataclass(frozen=True, slots=True)
class Estimates:
    """criterion; beta (p,); covariance of beta (p, p); residual variance sigma2."""

    criterion: float
    beta: np.ndarray
    covariance: np.ndarray
    sigma2: float


def factor(theta: np.ndarray, q: int) -> np.ndarray:
    """Lambda (q, q), lower triangular, filled by columns from theta (q(q+1)/2,)."""
    lambda_, k = np.zeros((q, q)), 0
    for column in range(q):
        for row in range(column, q):
            lambda_[row, column] = theta[k]
            k += 1
    return lambda_


def split_theta(model: Model, theta) -> list[np.ndarray]:
    """Lambda of each block."""
    lambdas, used = [], 0
    for block in model.blocks:
        part = np.asarray(theta, dtype=float)[used : used + block.parameters]
        lambdas.append(factor(part, block.z.shape[1]))
        used += block.parameters
    assert used == len(theta)
    return lambdas


def relative_covariance(model: Model, theta) -> np.ndarray:
    """V / sigma2 (N, N): rows i and j share a block's covariance where they share its group."""
    v = np.eye(len(model.y))
    for block, lambda_ in zip(model.blocks, split_theta(model, theta), strict=True):
        same = block.ids[:, None] == block.ids[None, :]
        v += np.where(same, block.z @ lambda_ @ lambda_.T @ block.z.T, 0.0)
    return v


def estimate(model: Model, theta) -> Estimates:
    """Generalised least squares at theta, with sigma2 profiled out of the criterion."""
    n, p = model.x.shape
    v = relative_covariance(model, theta)
    inverse = np.linalg.inv(v)
    information = model.x.T @ inverse @ model.x
    beta = np.linalg.solve(information, model.x.T @ inverse @ model.y)
    residual = model.y - model.x @ beta
    rss = residual @ inverse @ residual
    m = n - p if model.reml else n
    criterion = np.linalg.slogdet(v)[1] + m * (1 + np.log(2 * np.pi * rss / m))
    if model.reml:
        criterion += np.linalg.slogdet(information)[1]
    return Estimates(criterion, beta, rss / m * np.linalg.inv(information), rss / m)


def criterion(model: Model, theta) -> float:
    """lme4's REML criterion, or -2 log-likelihood."""
    return estimate(model, theta).criterion


def gradient(model: Model, theta, step: float = 1e-5) -> np.ndarray:
    """Slope of the criterion in theta (k,) by central differences: good to about 1e-6."""
    return _differences(lambda t: np.array([criterion(model, t)]), theta, step)[:, 0]


def r_squared(model: Model, theta) -> tuple[float, float]:
    """Marginal and conditional R2; var(X beta) with N - 1, as lme4's users compute it."""
    fitted = estimate(model, theta)
    predicted = [float(row @ fitted.beta) for row in model.x]
    mean = sum(predicted) / len(predicted)
    fixed = sum((value - mean) ** 2 for value in predicted) / (len(predicted) - 1)
    random = 0.0
    for block, lambda_ in zip(model.blocks, split_theta(model, theta), strict=True):
        covariance = fitted.sigma2 * lambda_ @ lambda_.T
        random += sum(float(z @ covariance @ z) for z in block.z) / len(block.z)
    total = fixed + random + fitted.sigma2
    return fixed / total, (fixed + random) / total


def satterthwaite(model: Model, theta) -> np.ndarray:
    """Degrees of freedom (p,) of each coefficient by numerical differentiation.

    df = 2 v^2 / g'Ag: v the coefficient's variance, g its slope in (theta, sigma), A twice the
    inverse Hessian of the criterion before sigma is profiled out; flat directions are left out.
    """
    at = np.append(theta, np.sqrt(estimate(model, theta).sigma2))

    def slope(point):
        return _differences(lambda t: np.array([_unprofiled(model, t)]), point, 1e-4)[:, 0]

    hessian = _differences(slope, at, 1e-4)
    size, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    keep = size > 1e-5  # what differences of differences leave of an exact zero
    a = 2 * (vectors[:, keep] / size[keep]) @ vectors[:, keep].T
    slopes = _differences(lambda t: _coefficient_variances(model, t), at, 1e-5)
    v = _coefficient_variances(model, at)
    return np.array([2 * v[j] ** 2 / (slopes[:, j] @ a @ slopes[:, j]) for j in range(len(v))])


def kenward_roger(model: Model, theta) -> tuple[np.ndarray, np.ndarray]:
    """Adjusted standard errors (p,) and degrees of freedom (p,), by the dense formulas."""
    sigma2 = estimate(model, theta).sigma2
    parts = _covariance_parts(model)
    w_inverse = np.linalg.inv(sigma2 * relative_covariance(model, theta))
    x, phi = model.x, np.linalg.inv(model.x.T @ w_inverse @ model.x)
    weighted = [w_inverse @ part for part in parts]
    p_terms = [-x.T @ a @ w_inverse @ x for a in weighted]
    k = len(parts)
    information, q_terms = np.zeros((k, k)), {}
    for r in range(k):
        for s in range(k):
            q = x.T @ weighted[r] @ weighted[s] @ w_inverse @ x
            q_terms[r, s] = q
            information[r, s] = (
                np.sum(weighted[r] * weighted[s].T)
                - 2 * np.trace(phi @ q)
                + np.trace(phi @ p_terms[r] @ phi @ p_terms[s])
            ) / 2
    w = np.linalg.inv(information)
    middle = sum(
        w[r, s] * (q_terms[r, s] - p_terms[r] @ phi @ p_terms[s])
        for r in range(k)
        for s in range(k)
    )
    adjusted = phi + 2 * phi @ middle @ phi
    df = [_kr_df(np.eye(len(phi))[j], phi, p_terms, w) for j in range(len(phi))]
    return np.sqrt(np.diag(adjusted)), np.array(df)


def _kr_df(contrast, phi, p_terms, w) -> float:
    """Kenward & Roger's m for one contrast (q = 1), with every constant of the paper."""
    theta = np.outer(contrast, contrast) / (contrast @ phi @ contrast)
    k = len(p_terms)
    a1 = a2 = 0.0
    for r in range(k):
        for s in range(k):
            u, v = theta @ phi @ p_terms[r] @ phi, theta @ phi @ p_terms[s] @ phi
            a1 += w[r, s] * np.trace(u) * np.trace(v)
            a2 += w[r, s] * np.trace(u @ v)
    b = (a1 + 6 * a2) / 2
    g = (2 * a1 - 5 * a2) / (3 * a2)
    c1, c2, c3 = (c / (3 + 2 * (1 - g)) for c in (g, 1 - g, 3 - g))
    rho = (1 - a2) ** 2 * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    return 4 + 3 / (rho - 1)


def _unprofiled(model: Model, point) -> float:
    """The criterion at (theta, sigma) before sigma is profiled out."""
    theta, sigma2 = point[:-1], point[-1] ** 2
    n, p = model.x.shape
    fitted = estimate(model, theta)
    m = n - p if model.reml else n
    rss = m * fitted.sigma2
    rest = fitted.criterion - m * (1 + np.log(2 * np.pi * rss / m))
    return rest + m * np.log(2 * np.pi * sigma2) + rss / sigma2


def _coefficient_variances(model: Model, point) -> np.ndarray:
    fitted = estimate(model, point[:-1])
    return point[-1] ** 2 / fitted.sigma2 * np.diag(fitted.covariance)


def _covariance_parts(model: Model) -> list[np.ndarray]:
    """dV/dg (N, N) for each element of each block's covariance, and for the residual variance."""
    parts = [np.eye(len(model.y))]
    for block in model.blocks:
        same = block.ids[:, None] == block.ids[None, :]
        q = block.z.shape[1]
        for row in range(q):
            for column in range(row + 1):
                unit = np.zeros((q, q))
                unit[row, column] = unit[column, row] = 1.0
                parts.append(np.where(same, block.z @ unit @ block.z.T, 0.0))
    return parts


def _differences(function, at, step: float) -> np.ndarray:
    """Central differences (len(at), …) with a step relative to each entry's size."""
    at, rows = np.asarray(at, dtype=float), []
    for k in range(len(at)):
        h = step * max(1.0, abs(at[k]))
        up, down = at.copy(), at.copy()
        up[k] += h
        down[k] -= h
        rows.append((function(up) - function(down)) / (2 * h))
    return np.array(rows)
