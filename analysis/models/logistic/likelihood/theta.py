"""Between theta, the free entries of Lambda, and the levels' factors."""

from functools import cache

import numpy as np

from analysis.models.logistic.rows.cells import Level


@cache
def lower(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column positions of a lower triangle, column by column, as lme4 orders theta."""
    columns, rows = np.triu_indices(size)
    return rows, columns


def count(levels: tuple[Level, ...]) -> int:
    return sum(len(b) * (len(b) + 1) // 2 for level in levels for b in level.blocks)


def start(levels: tuple[Level, ...], size: float) -> np.ndarray:
    """Lambda = size * I at every level."""
    return np.where(diagonal(levels), size, 0.0)


def diagonal(levels: tuple[Level, ...]) -> np.ndarray:
    """Which thetas stand on a diagonal."""
    each = [np.equal(*lower(len(b))) for level in levels for b in level.blocks]
    return np.concatenate(each) if each else np.zeros(0, bool)


def factors(levels: tuple[Level, ...], theta: np.ndarray) -> list[np.ndarray]:
    """Lambda (q, q) of each level."""
    out, at = [], 0
    for level in levels:
        matrix = np.zeros((level.q, level.q))
        for block in level.blocks:
            rows, columns = lower(len(block))
            matrix[rows + block[0], columns + block[0]] = theta[at : at + len(rows)]
            at += len(rows)
        out.append(matrix)
    return out


def entries(levels: tuple[Level, ...], matrices: list[np.ndarray]) -> np.ndarray:
    """The thetas' entries of one (q, q) matrix for each level: the inverse of `factors`."""
    out = [np.zeros(0)]
    for level, matrix in zip(levels, matrices, strict=True):
        for block in level.blocks:
            rows, columns = lower(len(block))
            out.append(matrix[rows + block[0], columns + block[0]])
    return np.concatenate(out)
