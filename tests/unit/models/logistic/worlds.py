"""Random sets for the logistic core, and its likelihood by dense matrices and no shortcut."""

import numpy as np

from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.rows.cells import Cells, Level, gathered

# name -> terms of each level; how the groups lie is told by `codes_of`.
SHAPES = {
    "one": (1,),
    "slope": (2,),
    "three terms": (3,),
    "nested": (2, 1),
    "nested three times": (1, 2, 1),
    "crossed": (1, 1),
    "crossed slopes": (2, 2),
    "crossed three times": (2, 1, 1),
    "nested, then crossed": (1, 1, 2),
}


def codes_of(shape: str, rng: np.random.Generator) -> list[np.ndarray]:
    """Codes of 120 rows at each level, the level with most groups first."""
    rows = np.arange(120)
    inner = rng.permutation(30)[rows // 4]
    outer = (rng.permutation(30) // 6)[inner]
    other = rng.integers(0, 9, 120)
    found = {
        "nested": [inner, outer],
        "nested three times": [rows // 2, inner, outer],
        "crossed": [inner, other],
        "crossed slopes": [inner, other],
        "crossed three times": [inner, other, rng.integers(0, 5, 120)],
        "nested, then crossed": [rows // 2, inner, other[rows // 2]],
    }.get(shape, [inner])
    return [np.unique(code, return_inverse=True)[1] for code in found]


def drawn(shape: str, seed: int) -> tuple[Cells, np.ndarray, np.ndarray]:
    """Cells, theta and beta (3,) of one random world; some rows hold several trials."""
    rng = np.random.default_rng(seed)
    codes, sizes = codes_of(shape, rng), SHAPES[shape]
    n = len(codes[0])
    x = np.stack([np.ones(n), *rng.normal(size=(2, n))])
    z, levels = [], []
    for code, q in zip(codes, sizes, strict=True):
        z += [np.ones(n), *rng.normal(size=(q - 1, n))]
        names = tuple(f"z{j}" for j in range(q))
        levels.append(
            Level("g", int(code.max()) + 1, names, (tuple(range(q)),), np.eye(q), np.eye(q))
        )
    size = rng.integers(1, 4, n).astype(float)
    hits = rng.binomial(size.astype(int), 0.4).astype(float)
    offset = 0.2 * rng.normal(size=n)
    cells = gathered(x, np.array(z), offset, size, hits, codes, tuple(levels))
    theta = rng.normal(size=thetas.count(cells.levels))
    return cells, theta, 0.5 * rng.normal(size=3)


def by_dense_matrices(cells: Cells, theta: np.ndarray, beta: np.ndarray) -> float:
    """-2 log-likelihood by Laplace: one matrix Z Lambda for all effects, Newton by solve."""
    n, columns, at = len(cells.size), [], 0
    factors = thetas.factors(cells.levels, theta)
    for level, code, factor in zip(cells.levels, cells.codes, factors, strict=True):
        z = np.zeros((n, level.groups * level.q))
        for j in range(level.q):
            z[np.arange(n), code[cells.unit] * level.q + j] = cells.z[at + j]
        columns.append(z @ np.kron(np.eye(level.groups), factor))
        at += level.q
    z, fixed = np.concatenate(columns, axis=1), cells.offset + beta @ cells.x
    u = np.zeros(z.shape[1])
    value = _deviance(cells, fixed + z @ u, u)
    for _ in range(100):
        p = 1 / (1 + np.exp(-(fixed + z @ u)))
        a = z.T @ (z * (cells.size * p * (1 - p))[:, None]) + np.eye(len(u))
        step = np.linalg.solve(a, z.T @ (cells.hits - cells.size * p) - u)
        while _deviance(cells, fixed + z @ (u + step), u + step) > value + 1e-11:
            step /= 2
        u = u + step
        value = _deviance(cells, fixed + z @ u, u)
        if np.abs(step).max() < 1e-12:
            break
    return value + np.linalg.slogdet(a)[1]


def _deviance(cells: Cells, eta: np.ndarray, u: np.ndarray) -> float:
    return float(2 * (cells.size * np.logaddexp(0, eta) - cells.hits * eta).sum() + u @ u)
