"""A fit's rows as sums that can be made anew: with further columns, further random terms, or with
residuals that follow each other.

Checks ask whether a wider model fits better. Each such model is a set of cross products, made from
the rows once more; what fits them is the engine.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import Problem, build_problem
from analysis.models.criterion.theta import theta_blocks
from analysis.models.inference.checks.residual.residuals import base_rows
from analysis.models.language.design import Block, Column
from analysis.models.language.moments import Moments, in_nested_order
from analysis.models.optimise import minimise

# A refit stops at a thousandth of what the tests can tell.
TOLERANCE = 1e-5
BEGIN = 0.3  # of a new random term's SD over the residual's, columns of size one


@dataclass(frozen=True, slots=True)
class Neighbours:
    """previous (N,): the row before each of the same group, -1 for the first. gap (N,): the time
    between them in units of the usual one; 1 for the first."""

    previous: np.ndarray
    gap: np.ndarray

    @property
    def whole(self) -> bool:
        """Whether all gaps are whole numbers, so that neighbours may alternate."""
        return bool(np.abs(self.gap - np.round(self.gap)).max(initial=0.0) < 1e-6)


@dataclass(frozen=True, slots=True)
class RowDesign:
    """moments: the fit's own, for its names and groups. base (N, d): its base columns by row times
    the root of the weight, the response last. codes: (N,) of each grouping, innermost first."""

    moments: Moments
    base: np.ndarray
    codes: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, moments: Moments, columns: dict, codes: dict) -> "RowDesign":
        """From `design_arrays`: columns by name (N,), codes by grouping (N,)."""
        base, root = base_rows(moments, columns)
        return cls(moments, base * root[:, None], as_in_moments(moments, codes))

    def with_columns(self, named: dict[str, np.ndarray], slopes=(), fixed=()) -> "RowDesign":
        """With further columns (N,), centred and of size one as they come. slopes: (grouping's
        names, column) pairs that get a random term each; fixed: columns that get a coefficient."""
        m, names = self.moments, tuple(named)
        d = len(m.names) - 1
        design = replace(
            m.design,
            columns=m.design.columns + tuple(Column(n, ()) for n in names),
            x=m.design.x + tuple(fixed),
            blocks=m.design.blocks + tuple(Block(group, (name,)) for group, name in slopes),
        )
        new = dict.fromkeys(name for _, name in slopes)
        moments = replace(
            m,
            design=design,
            names=m.names[:d] + names + m.names[d:],
            centre=np.concatenate([m.centre[:d], np.zeros(len(names)), m.centre[d:]]),
            scale=np.concatenate([m.scale[:d], np.ones(len(names)), m.scale[d:]]),
            z=np.concatenate([m.z, [d + names.index(n) for n in new]]).astype(int),
        )
        root = self.base[:, :1]
        extra = np.column_stack([named[n] for n in names]) * root
        return RowDesign(
            moments, np.hstack([self.base[:, :d], extra, self.base[:, d:]]), self.codes
        )

    def sums(self, neighbours: Neighbours | None = None, r: float = 0.0) -> Moments:
        """The Moments; with neighbours those of rows less r^gap times the row before, which are
        independent where residuals follow each other by r (a first-order autoregression)."""
        base = _apart(self.base, neighbours, r) if neighbours and r else self.base
        z = self.moments.z
        units = len(self.moments.counts)
        cross = np.empty((len(z), base.shape[1], units))
        code = self.codes[0] if self.codes else np.zeros(len(base), dtype=np.int64)
        for i, a in enumerate(z):
            for b in range(base.shape[1]):
                cross[i, b] = np.bincount(code, base[:, a] * base[:, b], units)
        return replace(self.moments, gram=base.T @ base, cross=np.moveaxis(cross, 2, 0))


def as_in_moments(moments: Moments, codes: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Codes (N,) by grouping as the moments number their groups: by the outer ones first."""
    return in_nested_order([codes[g] for g in moments.groupings])


@dataclass(frozen=True, slots=True)
class Refit:
    """A wider model: deviance (REML criterion, or ML, less what r takes), theta, its problem."""

    deviance: float
    theta: np.ndarray
    problem: Problem


def refit(
    rows: RowDesign,
    reml: bool,
    start: np.ndarray,
    blocks: list[int],
    neighbours: Neighbours | None = None,
    r: float = 0.0,
) -> Refit:
    """Fit `rows` from start (n,), theta of a model with the first `blocks` of each level's blocks;
    deviances of different r are those of the same rows."""
    problem = build_problem(rows.sums(neighbours, r))

    def function(theta, members):
        found = [evaluate(problem, t, reml) for t in theta]
        return np.array([e.value for e in found]), np.array([e.gradient for e in found])

    found = minimise(function, widened(problem, start, blocks)[None], tolerance=TOLERANCE)
    deviance = float(found.value[0])
    if neighbours and r:
        later = neighbours.previous >= 0
        deviance += float(np.log1p(-(np.abs(r) ** (2 * neighbours.gap[later]))).sum())
    return Refit(deviance, found.theta[0], problem)


def widened(problem: Problem, theta: np.ndarray, blocks: list[int]) -> np.ndarray:
    """theta (n,) of a smaller model as a start for `problem`, whose levels have more blocks."""
    out, at, places = [], 0, iter(theta_blocks(problem))
    for level, known in zip(problem.levels, blocks, strict=True):
        for k in range(len(level.blocks)):
            place = next(places)
            size = place.stop - place.start
            if k < known:
                out.append(theta[at : at + size])
                at += size
            else:
                out.append(np.full(size, BEGIN))
    return np.concatenate(out) if out else np.zeros(0)


def _apart(base: np.ndarray, neighbours: Neighbours, r: float) -> np.ndarray:
    later = neighbours.previous >= 0
    power = np.sign(r) ** np.round(neighbours.gap[later]) * np.abs(r) ** neighbours.gap[later]
    out = base.copy()
    out[later] -= power[:, None] * base[neighbours.previous[later]]
    out[later] /= np.sqrt(1 - power**2)[:, None]
    return out
