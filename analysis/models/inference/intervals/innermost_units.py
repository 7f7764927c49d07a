"""The innermost units' sums on the scale of a Problem: what patterns leave out.

A Problem keeps only what its criterion needs; predictions and simulations need each unit.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.problem import Problem
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments


@dataclass(frozen=True, slots=True)
class Units:
    """Sums by unit, units in the order of the moments, on the problem's internal scale.

    zz (U, z, z), zw (U, z, d): products of the distinct columns with random effects with one
    another and with W = [X y]. maps: for each level, innermost first, (z, q): its columns are
    these combinations of the z distinct ones. group (levels, U): each unit's group of each level.
    """

    zz: np.ndarray
    zw: np.ndarray
    maps: tuple[np.ndarray, ...]
    group: np.ndarray


def unit_sums(moments: Moments, problem: Problem) -> Units:
    """The units of `moments` in the terms of `problem`, which was built from them."""
    z = list(moments.z)
    raw = _raw_of_base(moments)
    # Z_raw u_raw = Z u with u_raw = to_raw u (y_scale taken out, as y is scaled alike), so
    # Z = Z_raw to_raw; the same for X.
    names = [moments.names[i] for i in z]
    maps = []
    for level in problem.levels:
        columns = [names.index(term) for term in level.terms]
        maps.append(raw[np.ix_(z, z)][:, columns] @ (level.to_raw / problem.y_scale))
    return Units(
        zz=moments.cross[:, :, z],
        zw=moments.cross @ _basis(moments, problem, raw),
        maps=tuple(maps),
        group=np.array(moments.codes),
    )


def _raw_of_base(moments: Moments) -> np.ndarray:
    """(d, d): column j holds raw column j as a combination of the moments' base columns."""
    raw = np.diag(np.where(np.arange(len(moments.names)) == 0, 1.0, moments.scale))
    raw[0, 1:] += moments.centre[1:]
    return raw


def _basis(moments: Moments, problem: Problem, raw: np.ndarray) -> np.ndarray:
    """(d, p + 1): X and y of the problem as combinations of base columns."""
    columns = [moments.names.index(name) for name in problem.x]
    x = raw[:, columns] @ (problem.x_to_raw / problem.y_scale)
    y = np.zeros(len(moments.names))
    y[-1] = 1.0
    if INTERCEPT not in problem.x:
        y[0] = moments.centre[-1] / moments.scale[-1]
    return np.column_stack([x, y])
