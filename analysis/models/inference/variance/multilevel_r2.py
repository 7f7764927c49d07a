"""Where the outcome's variance lies: by source and by level, for up to four levels.

Sources as in Rights & Sterba (2019, doi:10.1037/met0000184; three and more levels 2021,
doi:10.1080/00273171.2021.1985948): f fixed effects, v random slopes, m random intercepts, and the
residual. A predictor need not be centred: its part within the groups and the part between them are
told apart by the data. Marginal and conditional R2 are location-invariant (Johnson 2014,
doi:10.1111/2041-210X.12225).
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.measures.conventions import REPLICATES
from analysis.models.criterion.problem import Problem, build_problem
from analysis.models.inference.variance.fitted_batch import (
    Models,
    Variances,
    point_model,
    variances,
)
from analysis.models.inference.variance.variance_draws import (
    Draws,
    Estimate,
    draw,
    interval,
    usable,
)
from analysis.models.language.design import INTERCEPT, Block
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution, solve
from analysis.models.result import TIDY_COLUMNS

ROWS = "rows"
SOURCES = {
    "f": "fixed effects",
    "v": "random slopes",
    "m": "random intercepts",
    "residual": "unexplained",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One source at one level. level: ROWS or a grouping; source: a key of SOURCES.

    of_total: share of all variance; of_level: share of the level's own variance.
    """

    level: str
    source: str
    of_total: Estimate
    of_level: Estimate


@dataclass(frozen=True, slots=True)
class LevelR2:
    """What is explained at one level: by fixed effects (f), and with random slopes (f + v).

    share: the level's variance of all. icc: of a model without predictors, the share of variance
    that lies at this level (None at the rows); icc_adjusted: of what the predictors leave over.
    """

    level: str
    share: Estimate
    fixed: Estimate
    fixed_and_slopes: Estimate
    icc: Estimate | None
    icc_adjusted: Estimate | None


@dataclass(frozen=True, slots=True)
class MultilevelR2:
    """The partition. parts: those that exist, rows first, then outwards; each level's of_level sum
    to 1, all of_total to 1. marginal: f of all levels; conditional: all but the residual.
    kind: how the intervals were made ('cluster: …', 'simulation', 'none'); messages: sentences."""

    parts: tuple[Part, ...]
    levels: tuple[LevelR2, ...]
    marginal: Estimate
    conditional: Estimate
    kind: str
    replicates: int
    failed: int
    seed: int
    messages: tuple[str, ...] = ()

    def share(self, level: str, source: str) -> Estimate:
        """of_total of one part; 0 where the model has none."""
        found = [p.of_total for p in self.parts if (p.level, p.source) == (level, source)]
        return found[0] if found else Estimate(0.0)

    def tidy(self) -> list[dict]:
        """One row a number: group the level ('' for all), term what it is, estimate, low, high."""
        rows = [_row("", "marginal R2", self.marginal)]
        rows.append(_row("", "conditional R2", self.conditional))
        for p in self.parts:
            rows.append(_row(p.level, f"{p.source}: {SOURCES[p.source]}, of all", p.of_total))
            rows.append(_row(p.level, f"{p.source}: {SOURCES[p.source]}, of level", p.of_level))
        for lv in self.levels:
            rows.append(_row(lv.level, "share of all", lv.share))
            rows.append(_row(lv.level, "R2 (f)", lv.fixed))
            rows.append(_row(lv.level, "R2 (f + v)", lv.fixed_and_slopes))
            rows += [_row(lv.level, "ICC", lv.icc)] if lv.icc else []
            rows += [_row(lv.level, "ICC, adjusted", lv.icc_adjusted)] if lv.icc_adjusted else []
        return rows


def multilevel_r2(
    moments: Moments,
    problem: Problem,
    solution: Solution,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> MultilevelR2:
    """The partition of the fitted model's outcome variance, each number with its interval.

    replicates: for the intervals, 0 for none (see `draws.py`: clusters where moments allow it).
    Worked: y ~ x + (1 | g) with x only within groups, fixed variance 2, intercepts 3, residual 5:
    f .2, m .3, residual .5; within f 2/7, between m 1; ICC of the rest 3/8.
    """
    point = variances(point_model(moments, problem, solution))
    draws = draw(moments, problem, solution, [problem.x], replicates, seed)
    keep = usable(draws)
    drawn = variances(draws.models[0]) if keep is not None else None

    def estimate(pick) -> Estimate:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = float(np.nan_to_num(pick(point)[0]))
            return interval(value, None if drawn is None else np.nan_to_num(pick(drawn)[keep]))

    names = (ROWS, *(level.group for level in problem.levels))
    iccs = _iccs(moments, solution.reml, replicates, seed)
    return MultilevelR2(
        parts=_parts(names, problem, estimate),
        levels=tuple(_level(k, name, estimate, iccs) for k, name in enumerate(names)),
        marginal=estimate(lambda v: v.marginal),
        conditional=estimate(lambda v: v.conditional),
        kind=draws.kind,
        replicates=replicates,
        failed=draws.failed if draws.models else 0,
        seed=seed,
        messages=draws.status() if draws.models else (),
    )


def _parts(names: tuple[str, ...], problem: Problem, estimate) -> tuple[Part, ...]:
    out = []
    for k, name in enumerate(names):
        for source in SOURCES:
            if _exists(source, k, problem):
                of_total = estimate(lambda v, s=source, k=k: _of(v, s, k) / v.total)
                of_level = estimate(lambda v, s=source, k=k: _of(v, s, k) / v.at_level()[1][:, k])
                out.append(Part(name, source, of_total, of_level))
    return tuple(out)


def _exists(source: str, k: int, problem: Problem) -> bool:
    """Whether the model has this source at level k (0: the rows)."""
    if source == "f":
        return any(name != INTERCEPT for name in problem.x)
    if source == "v":
        slopes = [any(t != INTERCEPT for t in level.terms) for level in problem.levels]
        return any(slopes[max(k - 1, 0) :])
    return (k > 0) == (source == "m")


def _of(v: Variances, source: str, k: int) -> np.ndarray:
    """(B,) variance of one source at level k (0: the rows)."""
    if source == "f":
        return v.fixed[:, k]
    if source == "v":
        return v.slopes[:, :, k].sum(axis=1)
    return v.residual if k == 0 else v.intercepts[:, k - 1]


def _level(k: int, name: str, estimate, iccs: list[Estimate]) -> LevelR2:
    def adjusted(v: Variances) -> np.ndarray:
        random = v.total - v.fixed.sum(axis=1)
        return (v.slopes[:, :, k].sum(axis=1) + v.intercepts[:, k - 1]) / random

    def with_slopes(v: Variances) -> np.ndarray:
        slopes, at_level = v.at_level()
        return (v.fixed[:, k] + slopes[:, k]) / at_level[:, k]

    return LevelR2(
        level=name,
        share=estimate(lambda v: v.at_level()[1][:, k] / v.total),
        fixed=estimate(lambda v: v.fixed[:, k] / v.at_level()[1][:, k]),
        fixed_and_slopes=estimate(with_slopes),
        icc=iccs[k - 1] if k else None,
        icc_adjusted=estimate(adjusted) if k else None,
    )


def _iccs(moments: Moments, reml: bool, replicates: int, seed: int) -> list[Estimate]:
    """The ICC of each grouping, innermost first, from the model without predictors."""
    if not moments.groupings:
        return []
    empty = intercepts_only(moments)
    problem = build_problem(empty, (INTERCEPT,))
    solution = solve(problem, reml)
    draws: Draws = draw(empty, problem, solution, [problem.x], replicates, seed)
    point, keep = point_model(empty, problem, solution), usable(draws)

    def icc(models: Models, k: int) -> np.ndarray:
        found = variances(models)
        return found.intercepts[:, k] / found.total

    drawn = [
        None if keep is None else icc(draws.models[0], k)[keep] for k in range(len(problem.levels))
    ]
    return [interval(float(icc(point, k)[0]), values) for k, values in enumerate(drawn)]


def intercepts_only(moments: Moments) -> Moments:
    """The same rows and groups with one random intercept a grouping and nothing else."""
    blocks = tuple(Block(tuple(g.split(":")), (INTERCEPT,)) for g in moments.groupings)
    at = list(moments.z).index(0)
    return replace(
        moments,
        design=replace(moments.design, blocks=blocks),
        z=np.zeros(1, dtype=np.int64),
        cross=moments.cross[:, [at], :],
    )


def _row(group: str, term: str, e: Estimate) -> dict:
    known = dict(group=group, term=term, estimate=e.value, low=e.low, high=e.high)
    return dict.fromkeys(TIDY_COLUMNS) | known
