"""A search's cheap forerunner: the same random effects for what one set of coefficients leaves.

With the fixed effects held at b, the response y - Xb is the only column left. Its criterion costs
one of the d columns of the whole problem's, and its minimum lies close to the whole one's.
"""

from dataclasses import replace

import numpy as np

from analysis.models.criterion.problem import Problem


def residual_problem(problem: Problem, beta: np.ndarray) -> Problem:
    """The problem of y - X beta, beta (p,) on the internal scale, without fixed effects."""
    w = np.append(-beta, 1.0)
    qo = len(problem.outer)
    residual = np.tensordot(w, problem.outer[:, qo:], (0, 1))
    return replace(
        problem,
        gram=np.array([[w @ problem.gram @ w]]),
        scatter=None if problem.scatter is None else (problem.scatter @ w @ w)[..., None, None],
        rows_r=_column(w, problem.rows_r),
        pair_r=_column(w, problem.pair_r),
        table=None if problem.table is None else _table(w, problem.table),
        outer=np.concatenate([problem.outer[:, :qo], residual[:, None]], axis=1),
        x=(),
        x_to_raw=np.zeros((0, 0)),
        x_covariance=np.zeros((0, 0)),
        passes=None,
    )


def _column(w: np.ndarray, r: np.ndarray) -> np.ndarray:
    return np.tensordot(w, r, 1)[None]


def _table(w: np.ndarray, table: np.ndarray) -> np.ndarray:
    """(K q, n2) from (K q, d n2)."""
    columns = table.reshape(len(table), len(w), -1)
    out = np.zeros((columns.shape[0], columns.shape[2]))
    for j, weight in enumerate(w):
        out += weight * columns[:, j]
    return out
