"""Nested random effects without compression: what each group, known by its code, contributes.

`criterion.py` sums over groups at once; diagnostics ask about single groups. Here every level uses
the same z base columns, so one recursion serves all: a group with S = Z'V_in^-1 Z and
R = Z'V_in^-1 W has A = Psi (I + S Psi)^-1, takes R'A R off W'V^-1 W and passes S - S A S and
R - S A R outwards (Bates, Maechler, Bolker & Walker 2015, doi:10.18637/jss.v067.i01).
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.criterion.problem import Problem
from analysis.models.criterion.theta import lambdas
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments


@dataclass(frozen=True, slots=True)
class GroupLevel:
    """One level before its own elimination, groups first: s (n, z, z), r (n, z, d), a (n, z, z);
    parent (n,) code of the enclosing group, None at the outermost level."""

    s: np.ndarray
    r: np.ndarray
    a: np.ndarray
    parent: np.ndarray | None

    def passed(self) -> tuple[np.ndarray, np.ndarray]:
        """S and R as the next level sees them, (n, z, z) and (n, z, d)."""
        sa = self.s @ self.a
        return self.s - sa @ self.s, self.r - sa @ self.r


def relative_psi(moments: Moments, problem: Problem, theta: np.ndarray) -> list[np.ndarray]:
    """(z, z) covariances of each level's effects over sigma^2, on the base columns `moments.z`,
    innermost level first. Base columns are (value - centre) / scale, the intercept 1."""
    out = []
    for level, factor in zip(problem.levels, lambdas(problem, theta), strict=True):
        root = base_map(moments, problem, level) @ factor
        out.append(root @ root.T)
    return out


def base_map(moments: Moments, problem: Problem, level) -> np.ndarray:
    """(z, q): base effects of the level = map @ its internal effects."""
    raw = np.zeros((level.q, len(moments.z)))
    position = {moments.names[i]: k for k, i in enumerate(moments.z)}
    for j, name in enumerate(level.terms):
        i = moments.z[position[name]]
        raw[j, position[name]] = moments.scale[i]
        if name != INTERCEPT:
            raw[j, position[INTERCEPT]] += moments.centre[i]
    return raw.T @ level.to_raw / problem.y_scale


def fixed_basis(moments: Moments, problem: Problem) -> np.ndarray:
    """(d, p + 1) map from base columns to the internal [X y]."""
    position = {name: i for i, name in enumerate(moments.names)}
    chosen = [*(position[name] for name in problem.x), len(moments.names) - 1]
    basis = np.eye(len(moments.names))[:, chosen]
    if INTERCEPT not in problem.x:  # without an intercept nothing may be centred
        basis[0] += (moments.centre / moments.scale)[chosen]
    return basis


def eliminate(
    s: np.ndarray, r: np.ndarray, parents: list[np.ndarray | None], psis: list[np.ndarray]
) -> list[GroupLevel]:
    """The levels, innermost first, from the innermost groups' Z'Z (n, z, z) and Z'W (n, z, d)."""
    levels = []
    for psi, parent in zip(psis, parents, strict=True):
        level = GroupLevel(s, r, shrinkage(s, psi), parent)
        levels.append(level)
        if parent is not None:
            s, r = (sum_by(v, parent) for v in level.passed())
    return levels


def shrinkage(s: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """A = Psi (I + S Psi)^-1, (n, z, z), symmetric; Psi may be singular."""
    a = psi @ np.linalg.inv(np.eye(len(psi)) + s @ psi)
    return (a + np.swapaxes(a, 1, 2)) / 2


def predicted(levels: list[GroupLevel]) -> list[np.ndarray]:
    """(n, z, d) for each level, innermost first: the effects Psi Z'V^-1 W of each column of W.

    What the outer levels predict is taken off before the inner ones see the columns.
    """
    out: list[np.ndarray] = []
    above = None  # sum of the effects of all enclosing groups, by group of the level one out
    for level in levels[::-1]:
        outer = 0.0 if above is None else above[level.parent]
        left = level.r - (level.s @ outer if above is not None else 0.0)
        own = level.a @ left
        out.append(own)
        above = own + outer
    return out[::-1]


def parents_of(codes: list[np.ndarray]) -> list[np.ndarray | None]:
    """(n,) code of the enclosing group for each level, from the levels' codes by row or unit."""
    out: list[np.ndarray | None] = []
    for inner, outer in zip(codes, codes[1:], strict=False):
        parent = np.zeros(int(inner.max()) + 1, dtype=np.int64)
        parent[inner] = outer
        out.append(parent)
    return [*out, None] if codes else []


def by_group(moments: Moments, group: str) -> Moments:
    """The same moments with a gram for each group of the grouping `group`, summed from those of
    groups inside it; one gram in all for ''. ModelError when the gram is kept by other groups."""
    if not group:
        gram = moments.total
        return replace(moments, gram=gram)
    level = moments.groupings.index(group)
    known = [int(c.max()) + 1 for c in moments.codes[: level + 1]]
    if moments.gram.ndim == 2 or len(moments.gram) not in known:
        raise ModelError(
            f"The sums are not kept by '{group}'",
            where="the moments",
            allowed="moments by this grouping or one inside it",
            next_step="ask the store for moments by this grouping",
        )
    inner = known.index(len(moments.gram))
    parent = np.zeros(known[inner], dtype=np.int64)
    parent[moments.codes[inner]] = moments.codes[level]
    starts = np.flatnonzero(np.diff(parent, prepend=-1))  # codes come sorted by outer groups
    return replace(moments, gram=np.add.reduceat(moments.gram, starts, axis=0))


def sum_by(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums of values (m, …) over equal codes 0..n-1, in the order of the codes."""
    groups = int(codes.max()) + 1
    flat = values.reshape(len(values), -1)
    sums = [np.bincount(codes, weights=column, minlength=groups) for column in flat.T]
    return np.stack(sums, axis=1).reshape(groups, *values.shape[1:])
