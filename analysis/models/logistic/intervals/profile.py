"""Profile intervals of logistic models: where -2 log-likelihood, all else refitted, rises by a
chi-square; Laplace's or that of adaptive quadrature, as the fit's.

The search is that of linear models (`inference/intervals/profile.py`), on another criterion.
Worked: cbpp as single animals, `sick ~ period + (1 | herd)`: SD of herds .642, .397 to 1.101.
"""

import time

import numpy as np
from scipy import special

from analysis.measures.conventions import LEVEL
from analysis.models.inference.intervals.constrained import Fixed, Target
from analysis.models.inference.intervals.profile import (
    Path,
    Profile,
    ProfileInterval,
    bound,
    check_level,
    said,
)
from analysis.models.logistic.fit import LogisticRows, Solved, solve_logistic
from analysis.models.logistic.intervals.held import Held, held_coefficient, held_spread
from analysis.models.logistic.likelihood.frame import Frame
from analysis.models.logistic.likelihood.objective import Objective
from analysis.models.logistic.rows.cells import Level, without_groups


def profile_logistic(
    rows: LogisticRows, quadrature: int = 1, level: float = LEVEL, formula: str = ""
) -> Profile:
    """Intervals of coefficients (on the logit scale), standard deviations and correlations, in the
    order of the fit's table; errors as `fit_logistic`."""
    began = time.perf_counter()
    check_level(level)
    solved = solve_logistic(rows, quadrature)
    objective, phi, inverse = _maximum(solved, quadrature)
    quantile = float(special.ndtri((1 + level) / 2))
    minimum = objective.at(phi).value
    intervals, messages = [], []

    def path_of(held: Held) -> Path:
        slopes = held.slopes(held.estimate, held.start)
        own = _inverse(slopes.T @ inverse @ slopes)

        def criterion(value: float):
            return held.criterion(objective, value)

        return Path(criterion, held.start, held.step, held.edges, minimum, own)

    for target, held in _targets(solved, phi, inverse):
        path = path_of(held)
        low, high = path.bounds
        if not _may_lack_variance(target, solved.cells.levels, phi, path_of, quantile):
            low, high = (bound(path, held.estimate, side, quantile) for side in (-1, 1))
        messages += said(path, target.term, low, high)
        intervals.append(ProfileInterval(target.group, target.term, held.estimate, low, high))
    seconds = time.perf_counter() - began
    return Profile(formula, level, tuple(intervals), tuple(messages), seconds)


def _maximum(solved: Solved, quadrature: int):
    """The criterion, its least point phi (t + p,), and the curvature there (t + p, t + p)."""
    cells, columns, got = solved
    if got.found is None:
        objective = Objective(Frame.of(without_groups(cells)), 1)
        phi = np.linalg.solve(columns.to_raw, got.beta)
        objective.begin([])
        return objective, phi, objective.hessian(phi)
    objective = Objective(Frame.of(cells), quadrature)
    objective.begin(got.found.point.modes.effects)
    phi = np.append(got.found.theta, got.found.beta)
    return objective, phi, got.found.curvature


def _targets(solved: Solved, phi: np.ndarray, curvature: np.ndarray):
    """(target, how it is held) of each parameter that has a profile."""
    cells, columns, got = solved
    ses = np.sqrt(np.maximum(np.diag(got.covariance), 1e-12))
    for j, term in enumerate(columns.terms):
        target = Fixed(j, term)
        yield target, held_coefficient(target, columns.to_raw, phi, float(ses[j]))
    for kind in ("sd", "r"):
        for target in _spreads(cells.levels, kind):
            held = held_spread(target, cells.levels, phi)
            if held is not None:
                yield target, held


def _spreads(levels: tuple[Level, ...], kind: str):
    for k, level in enumerate(levels):
        for b, block in enumerate(level.blocks):
            names = [level.terms[i] for i in block]
            for i in range(len(block)):
                if kind == "sd":
                    yield Target("sd", k, b, (i,), level.group, f"sd {names[i]}")
                for j in range(i + 1, len(block)) if kind == "r" else ():
                    said_of = f"r {names[i]}, {names[j]}"
                    yield Target("r", k, b, (i, j), level.group, said_of)


def _may_lack_variance(target, levels, phi, path_of, quantile: float) -> bool:
    """Whether either effect of a correlation may have no variance: then every r fits as well."""
    if not isinstance(target, Target) or target.kind != "r":
        return False
    for i in target.terms:
        sd = Target("sd", target.level, target.block, (i,), target.group, "")
        held = held_spread(sd, levels, phi)
        if held is not None and path_of(held).zeta(0.0) < quantile:
            return True
    return False


def _inverse(curvature: np.ndarray) -> np.ndarray:
    """Positive definite: a start for a search."""
    if not len(curvature):
        return curvature
    sizes, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    sizes = np.maximum(np.abs(sizes), 1e-6 * np.abs(sizes).max() + 1e-12)
    return (vectors / sizes) @ vectors.T
