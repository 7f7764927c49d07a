"""Where a search over crossed groupings starts: evaluations are dear, a good start saves half."""

import numpy as np

from analysis.models.criterion.crossed.problem import CrossedProblem

SMALLEST, LARGEST = 0.1, 3.0


def start_sizes(problem: CrossedProblem, size: float = 1.0) -> list[np.ndarray]:
    """The (q,) diagonal of Lambda at each level, by moments of the least-squares residuals r,
    for variances `size` times as large.

    A column z of a grouping with the variance t2 gives E (z'r)^2 = n^2 t2 + n s2 in each group,
    n = z'z and s2 the variance of all that is in r; summed over groups that is solved for t2.
    """
    p = problem.p
    beta = np.linalg.solve(problem.gram[:p, :p], problem.gram[:p, p])
    contrast = np.append(-beta, 1.0)
    s2 = contrast @ problem.gram @ contrast / problem.rows
    found = [
        np.maximum((sums**2 - sizes * s2).sum(axis=0), 0) / (sizes**2).sum(axis=0)
        for sums, sizes in _sums(problem, contrast)
    ]
    residual = max(s2 - sum(t2.sum() for t2 in found), s2 / 10)
    return [np.clip(np.sqrt(size * t2 / residual), SMALLEST, LARGEST) for t2 in found]


def _sums(problem: CrossedProblem, contrast: np.ndarray):
    """(z'r, z'z), (groups, q) each, of every level."""
    squares = np.einsum("nii->ni", problem.own)
    for lead, level in zip(problem.leads, problem.levels, strict=False):
        places = lead.place[:, None] + np.arange(level.q)
        yield (
            (problem.own_w @ contrast)[lead.block[:, None], places],
            squares[lead.block[:, None], places],
        )
    at, own, sums = 0, np.diag(problem.rest), problem.rest_w @ contrast
    for level in problem.rest_levels:
        here = slice(at, at + level.groups * level.q)
        yield sums[here].reshape(level.q, -1).T, own[here].reshape(level.q, -1).T
        at = here.stop
