"""What single groups do to a logistic model: leave one out, fit again, and see.

Each group of the outermost grouping is left out and the whole likelihood maximised again, from
the whole fit's estimates. Grades and their limits are the linear models' (`inference/checks`).
Sources: Nieuwenhuis, te Grotenhuis & Pelzer 2012, doi:10.32614/RJ-2012-011 (refits without a
group); Cook & Weisberg 1982, Residuals and Influence in Regression, ch. 2 (deleted residuals).
"""

from dataclasses import replace

import numpy as np
from scipy import special

from analysis.models.criterion.fixed_part import independent
from analysis.models.logistic.answers import Estimates
from analysis.models.logistic.likelihood import theta as thetas
from analysis.models.logistic.likelihood.frame import Frame
from analysis.models.logistic.likelihood.modes import SETTLED
from analysis.models.logistic.likelihood.objective import Objective
from analysis.models.logistic.maximum.convergence import Found
from analysis.models.logistic.maximum.search import resumed
from analysis.models.logistic.result import WithoutGroup
from analysis.models.logistic.rows.cells import Cells, gathered
from analysis.models.logistic.rows.columns import Columns

MOST = 40  # refits
# Numbers that all refits together go through (`_cost`): about as many seconds as millions.
BUDGET = 2_000_000
FEWEST = 5  # refits that are worth their while
# An SD of zero leaves no scale for how far a group lies out; at this one, internal scale, the
# distance is that from groups that don't differ.
LEAST = 0.01


def fits_without(
    cells: Cells, columns: Columns, got: Estimates, quadrature: int
) -> tuple[WithoutGroup, ...]:
    """One a group left out, the farthest out first: all groups of the outermost grouping, or the
    MOST (fewer with many rows) whose predicted effects stand farthest from zero relative to their
    SD. Empty without random effects, with two groups and where the whole fit didn't settle."""
    found = got.found
    if found is None or not got.settled or cells.levels[-1].groups < 3:
        return ()
    frame = Frame.of(cells)
    whole = Objective(frame, quadrature)
    whole.begin(found.point.modes.effects, SETTLED)
    point = whole.at(np.append(_floored(cells, found.theta), found.beta))
    far = (point.modes.effects[-1] ** 2).sum(axis=0)
    most = min(MOST, BUDGET // _cost(frame))
    if most < min(FEWEST, cells.levels[-1].groups):
        return ()  # one or two of thousands of groups would say nothing of the others
    tried = np.argsort(-far, kind="stable")[:most]
    return tuple(_without(cells, columns, got.beta, found, whole, int(g)) for g in tried)


def _cost(frame: Frame) -> int:
    """Numbers that a refit goes through: those of the cells, and where groupings are crossed the
    cells' sparse products and the dense matrix of all but the largest grouping, too (12,000 cells
    of 600 x 400 groups: .27 s a refit, of 100 x 80: .11 s)."""
    numbers, rest = frame.cells.x.size + frame.cells.z.size, frame.plan.rest
    return numbers if rest is None else 2 * numbers + rest.dense**2


def _floored(cells: Cells, theta: np.ndarray) -> np.ndarray:
    return np.where(thetas.diagonal(cells.levels), np.maximum(theta, LEAST), theta)


def _without(
    cells: Cells, columns: Columns, beta: np.ndarray, all_of: Found, whole: Objective, g: int
) -> WithoutGroup:
    """beta (p,): the whole fit's raw coefficients, all_of: where its search ended."""
    less, effects = _reduced(cells, all_of.point.modes.effects, g)
    none = np.full(len(beta), np.nan)
    lost = WithoutGroup(g, none, none, none, np.full(0, np.nan), np.nan, 1.0, False)
    if independent(np.eye(len(less.x)), less.x @ less.x.T)[1]:
        return lost
    try:
        found, start = _refitted(Objective(Frame.of(less), whole.points), all_of, effects)
    except np.linalg.LinAlgError:
        return lost
    if not found.settled or found.inverse is None or all_of.inverse is None:
        return lost
    own = (found.inverse, start, all_of.inverse)
    estimates, moved, pull = _shifts(columns, beta, found, own)
    distance, p = _distance(cells, whole, found, g)
    factors = thetas.factors(cells.levels, found.theta)
    sds = [
        np.sqrt(((v.to_raw @ f) ** 2).sum(axis=1))
        for v, f in zip(cells.levels, factors, strict=True)
    ]
    return WithoutGroup(g, estimates, moved, pull, np.concatenate(sds), distance, p, True)


def _refitted(objective: Objective, whole: Found, effects) -> tuple[Found, np.ndarray]:
    """The maximum without the group, and the inverse curvature without it at the whole's."""
    phi = np.append(whole.theta, whole.beta)
    objective.begin(effects, SETTLED)
    inverse = _inverse(objective.hessian(phi), whole.free)
    start = whole.inverse if inverse is None else inverse
    objective.begin(effects)
    assert start is not None  # the whole fit is settled
    return resumed(objective, phi, start), start


def _shifts(columns: Columns, beta: np.ndarray, found: Found, inverses):
    """Estimates (p,) without the group, and how far it moves them: in standard errors without it,
    and in the shift's own standard deviations."""
    n, raw = len(found.theta), columns.to_raw
    after, before, whole = (2 * np.diag(raw @ v[n:, n:] @ raw.T) for v in inverses)
    shift = beta - raw @ found.beta
    # The shift's variance is the difference of the two (Hausman 1978, doi:10.2307/1913827), both
    # at the same parameters.
    own = before - whole
    known = own > 1e-10 * before
    pull = np.where(known, shift / np.sqrt(np.where(known, own, 1.0)), 0.0)
    return raw @ found.beta, shift / np.sqrt(after), pull


def _reduced(cells: Cells, effects: list[np.ndarray], g: int):
    """The cells outside group g of the outermost grouping, and their groups' effects."""
    kept = cells.codes[-1][cells.unit] != g
    codes, levels, left = [], [], []
    for level, code, own in zip(cells.levels, cells.codes, effects, strict=True):
        groups, new = np.unique(code[cells.unit][kept], return_inverse=True)
        codes.append(new)
        levels.append(replace(level, groups=len(groups)))
        left.append(own[:, groups])
    offset, size, hits = (v[kept] for v in (cells.offset, cells.size, cells.hits))
    x, z = cells.x[:, kept], cells.z[:, kept]
    return gathered(x, z, offset, size, hits, tuple(codes), tuple(levels)), left


def _inverse(curvature: np.ndarray, free: np.ndarray) -> np.ndarray | None:
    own = curvature[np.ix_(free, free)]
    if not np.isfinite(own).all() or np.linalg.eigvalsh(own)[0] <= 0:
        return None
    out = np.zeros_like(curvature)
    out[np.ix_(free, free)] = np.linalg.inv(own)
    return out


def _distance(cells: Cells, whole: Objective, found: Found, g: int) -> tuple[float, float]:
    """How far group g lies from where the others put it, and p: its effect over the SD that
    predicted effects have; F's tails, as SDs and mean come from the other groups."""
    point = whole.at(np.append(_floored(cells, found.theta), found.beta))
    q, others = cells.levels[-1].q, cells.levels[-1].groups - 1
    unit = int(np.argmax(cells.codes[-1] == g))
    effect = point.modes.effects[-1][:, g]
    spread = np.eye(q) - point.covariance[-q:, -q:, unit]
    square = float(effect @ np.linalg.pinv(spread) @ effect) / (1 + 1 / others)
    return float(np.sqrt(square)), float(special.fdtrc(q, max(others - q, 1), square / q))
