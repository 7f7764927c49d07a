"""Profile likelihood intervals: where the deviance, all else refitted, rises by a chi-square.

For a parameter fixed at v the other ones are searched anew; zeta(v) is the root of the rise of the
ML deviance, and the interval holds the v with |zeta| below the normal quantile (lme4's
confint(method = "profile")). Rows are never needed: the search runs on the moments.
Source: Bates, Maechler, Bolker & Walker 2015, sect. 5.1, doi:10.18637/jss.v067.i01.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from analysis.base.errors import RequestError
from analysis.measures.conventions import LEVEL
from analysis.models.criterion.problem import Problem
from analysis.models.criterion.turned import nested_problem
from analysis.models.inference.intervals.constrained import (
    Fixed,
    Target,
    constrained_criterion,
    target_start,
    value_of,
)
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import solve
from analysis.models.optimise import minimise

# Predicted decrease at which a search stops: the deviance is off by less, the bound by less than
# 1e-8 of the parameter's standard error.
TOLERANCE = 1e-8
BOUND = 1e-6  # relative width at which a bound is found
# A profile that falls this much below the fit's deviance has found a better fit.
BETTER = 1e-3
STEPS = 40


@dataclass(frozen=True, slots=True)
class ProfileInterval:
    """One parameter, named as in Fit.tidy(), by ML on the outcome's scale. low, high: None where
    the profile could not be followed; a bound of 0 (sd) or of -1 or 1 (r) is the edge."""

    group: str
    term: str
    estimate: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Profile:
    """level: of the intervals, in 0..1. messages: sentences for the reader."""

    formula: str
    level: float
    intervals: tuple[ProfileInterval, ...]
    messages: tuple[str, ...]
    seconds: float

    def tidy(self) -> list[dict]:
        """One row a parameter: group, term, estimate, low, high."""
        names = ("group", "term", "estimate", "low", "high")
        return [{n: getattr(i, n) for n in names} for i in self.intervals]


def profile_intervals(
    moments: Moments,
    level: float = LEVEL,
    fixed: bool = True,
    random: bool = True,
    correlations: bool = True,
) -> Profile:
    """Profile intervals of the ML fit: coefficients (fixed), standard deviations of random terms
    and of the residual (random), correlations. A correlation with a variance of zero has none.
    """
    began = time.perf_counter()
    check_level(level)
    problem = nested_problem(moments)
    solution = solve(problem, False)
    shift = np.array([moments.centre[-1] if n == INTERCEPT else 0.0 for n in problem.x])
    quantile = float(special.ndtri((1 + level) / 2))
    intervals, messages = [], []
    for target in _targets(problem, fixed, random, correlations):
        estimate = value_of(problem, solution, target)
        if estimate is None:
            continue
        path = _path(problem, solution, target)
        moved = float(shift[target.position]) if isinstance(target, Fixed) else 0.0
        low, high = path.bounds
        if not _may_lack_variance(problem, solution, target, quantile):
            low, high = (bound(path, estimate, side, quantile) for side in (-1, 1))
        messages += said(path, target.term, low, high)
        ends = [None if b is None else b + moved for b in (low, high)]
        intervals.append(ProfileInterval(target.group, target.term, estimate + moved, *ends))
    seconds = time.perf_counter() - began
    return Profile(moments.design.formula.text, level, tuple(intervals), tuple(messages), seconds)


def said(path: "Path", term: str, low: float | None, high: float | None) -> list[str]:
    """What a reader must know of one profile, if anything."""
    if path.lowest < -BETTER:
        return [
            f"The profile of '{term}' found a better fit than the search; do not rely on its "
            "interval"
        ]
    if low is None or high is None:
        return [f"The profile of '{term}' could not be followed to its end"]
    return []


def check_level(level: float) -> None:
    """RequestError for a level that is no probability."""
    if not 0 < level < 1:
        raise RequestError(
            "The level is not a probability",
            where="option level",
            allowed="between 0 and 1, such as 0.95",
        )


def _targets(problem: Problem, fixed: bool, random: bool, correlations: bool) -> list:
    out: list = [Fixed(j, name) for j, name in enumerate(problem.x)] if fixed else []
    for k, level in enumerate(problem.levels):
        for b, block in enumerate(level.blocks):
            for i in range(len(block)) if random else ():
                out.append(Target("sd", k, b, (i,), level.group, f"sd {level.terms[block[i]]}"))
    for k, level in enumerate(problem.levels):
        for b, block in enumerate(level.blocks):
            pairs = [(i, j) for i in range(len(block)) for j in range(i + 1, len(block))]
            for i, j in pairs if correlations else ():
                names = f"r {level.terms[block[i]]}, {level.terms[block[j]]}"
                out.append(Target("r", k, b, (i, j), level.group, names))
    return out + ([Target("sigma", 0, 0, (), "residual", "sd")] if random else [])


def _may_lack_variance(problem: Problem, solution, target, quantile: float) -> bool:
    """Whether either effect of a correlation may have no variance: then every r fits as well.

    lme4 follows the nearest valley instead and can end inside (-1, 1) there.
    """
    if isinstance(target, Fixed) or target.kind != "r":
        return False
    sds = [replace(target, kind="sd", terms=(i,)) for i in target.terms]
    return any(_path(problem, solution, sd).zeta(0.0) < quantile for sd in sds)


def _path(problem: Problem, solution, target) -> "Path":
    def criterion(value: float):
        return constrained_criterion(problem, target, value)

    start, step, bounds = target_start(problem, solution, target)
    return Path(criterion, start, step, bounds, solution.evaluation.value)


class Path:
    """zeta along one parameter: each search starts where the nearest one before it ended.

    criterion(value): the deviance with the parameter there and its gradient, of the free ones;
    start: these, step: the parameter's first, bounds: its edges; minimum: the deviance of the fit;
    inverse: about that of the curvature, None where it is worked out.
    lowest: the lowest rise of the deviance seen; points: value -> free parameters.
    """

    def __init__(self, criterion, start, step: float, bounds, minimum: float, inverse=None):
        self.criterion, self.minimum, self.lowest = criterion, minimum, 0.0
        self.start, self.step, self.bounds = start, step, bounds
        self.points: dict[float, np.ndarray] = {}
        self.inverse: np.ndarray | None = inverse

    def zeta(self, value: float) -> float:
        """The root of the deviance's rise at `value`; NaN where it has none."""
        criterion = self.criterion(value)

        def function(points, members):
            found = [criterion(point) for point in points]
            return np.array([f[0] for f in found]), np.array([f[1] for f in found])

        optimum = minimise(function, self._begin(value)[None], self.inverse, TOLERANCE)
        if not optimum.converged[0] and len(self.start):
            return float("nan")
        self.points[value] = optimum.theta[0]
        rise = float(optimum.value[0]) - self.minimum
        self.lowest = min(self.lowest, rise)
        return float(np.sqrt(max(rise, 0.0)))

    def _begin(self, value: float) -> np.ndarray:
        """The start, or the line through the two nearest points found before."""
        if not self.points:
            return self.start
        near = sorted(self.points, key=lambda v: abs(v - value))[:2]
        if len(near) == 1:
            return self.points[near[0]]
        share = (value - near[0]) / (near[1] - near[0])
        ahead = self.points[near[0]] + np.clip(share, -1.5, 1.5) * (
            self.points[near[1]] - self.points[near[0]]
        )
        return np.where(np.isfinite(ahead), ahead, self.points[near[0]])


def bound(path: Path, estimate: float, side: int, quantile: float) -> float | None:
    """Where zeta reaches the quantile on one side, or the parameter's edge, or None."""
    edge = path.bounds[(side + 1) // 2]
    path.points.clear()
    inside, zeta_in, step = estimate, 0.0, path.step
    for _ in range(STEPS):
        value = min(estimate + step, edge) if side > 0 else max(estimate - step, edge)
        if value == inside:
            return edge
        zeta = path.zeta(value)
        if np.isnan(zeta):
            return None
        if zeta >= quantile:
            return _root(path, inside, value, zeta_in, zeta, quantile)
        if value == edge:
            return edge
        # zeta is nearly a straight line: go where it would reach the quantile, a little further.
        grown = step * 1.1 * quantile / max(zeta, quantile / 10)
        inside, zeta_in, step = value, zeta, min(max(grown, 1.05 * step), 4 * step)
    return None


def _root(path: Path, inside, outside, zeta_in, zeta_out, quantile) -> float | None:
    known = {inside: zeta_in - quantile, outside: zeta_out - quantile}

    def rise(value: float) -> float:
        return known[value] if value in known else path.zeta(value) - quantile

    width = BOUND * abs(outside - inside)
    try:
        return float(optimize.brentq(_finite(rise), inside, outside, xtol=width, rtol=1e-12))
    except ArithmeticError:
        return None


def _finite(function: Callable[[float], float]) -> Callable[[float], float]:
    def checked(value: float) -> float:
        found = function(value)
        if np.isnan(found):
            raise ArithmeticError
        return found

    return checked
