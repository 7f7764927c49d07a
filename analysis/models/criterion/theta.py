"""Theta and the factors it stands for: Lambda of every level, column by column of its blocks."""

from functools import cache

import numpy as np

from analysis.models.criterion.problem import AnyProblem


@cache
def triangle(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column positions of a lower triangle, column by column, as lme4 orders theta."""
    columns, rows = np.triu_indices(size)
    return rows, columns


def start_theta(problem: AnyProblem, size: float = 1.0) -> np.ndarray:
    """Lambda = size * I at every level, or what the problem's own passes take for a start."""
    sizes = [np.full(level.q, size) for level in problem.levels]
    if problem.passes:
        sizes = problem.passes.start(problem, size)
    return diagonal_theta(problem, sizes)


def diagonal_theta(problem: AnyProblem, sizes: list[np.ndarray]) -> np.ndarray:
    """(thetas,) of diagonal Lambdas, sizes (q,) of each level."""
    parts = [
        np.diag(own[list(b)])[triangle(len(b))]
        for level, own in zip(problem.levels, sizes, strict=True)
        for b in level.blocks
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def lambdas(problem: AnyProblem, theta: np.ndarray) -> list[np.ndarray]:
    """(q, q) lower-triangular factors, innermost level first, of theta (thetas,)."""
    out, at = [], 0
    for level in problem.levels:
        matrix = np.zeros((level.q, level.q))
        for block in level.blocks:
            rows, columns = triangle(len(block))
            matrix[rows + block[0], columns + block[0]] = theta[at : at + len(rows)]
            at += len(rows)
        out.append(matrix)
    return out


def theta_blocks(problem: AnyProblem) -> list[slice]:
    """Where each block's numbers stand in theta, in the order of the levels."""
    out, at = [], 0
    for level in problem.levels:
        for block in level.blocks:
            size = len(block) * (len(block) + 1) // 2
            out.append(slice(at, at + size))
            at += size
    return out
