"""A linear model fitted for what is asked of its coefficients: its reference grid, and combinations
with their errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.by_group import by_group
from analysis.models.criterion.crossed.build import problem_of
from analysis.models.criterion.problem import AnyProblem
from analysis.models.inference.margins.contrasts import Combination, Errors, combinations_of
from analysis.models.inference.margins.reference_grid import Number, ReferenceGrid
from analysis.models.language.design import BasisFunction, Design, Level, mentioned
from analysis.models.language.expressions import Distribution, Expression
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution, solve
from analysis.questions.lab.fitting.following import Unlike, fit_unlike
from analysis.questions.lab.fitting.mixed_errors import mixed_errors
from analysis.questions.lab.fitting.places import check_predictor
from analysis.questions.lab.fitting.raw_points import RawPoint, raw_points
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.rows.robust import cluster_of, named_cluster, robust_of, with_unit
from analysis.questions.lab.sums import model_rows
from analysis.questions.opening import open_source
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.moments import moments


@dataclass(frozen=True, slots=True)
class FittedGrid:
    """grid: of the fixed effects; df: the question's; errors: what stands in for the plain fit's,
    None for its own. raw: the data's means behind what was asked about."""

    grid: ReferenceGrid
    sums: Moments
    problem: AnyProblem
    solution: Solution
    df: str
    errors: Errors | None
    raw: tuple[RawPoint, ...] = ()

    def combined(self, weights: Sequence[np.ndarray]) -> tuple[Combination, ...]:
        """weights: (p,) rows, of the coefficients in the design's order."""
        return combinations_of(
            self.sums, self.problem, self.solution, np.array(weights), self.df, self.errors
        )


def fitted_grid(asked: ModelQuestion, about: tuple[str, str]) -> FittedGrid:
    """Of a linear model; errors as `fit_formula` raises them. RequestError where one of `about`,
    predictor and moderator ('' for none), is none of its predictors."""
    parsed = parse_formula(asked.formula, asked.weights)
    unlike = Unlike.of(asked.serial, asked.spread)
    names = (*mentioned(parsed), *named_cluster(asked.robust), *unlike.names)
    with open_source(asked.dataset, names, asked.version, asked.store) as opened:
        if unlike:
            rows, found = fit_unlike(opened, parsed, unlike, asked.method, asked.df, asked.robust)
            grid, raw = grid_about(rows, found.sums.design, about)
            errors = None if asked.df == "none" else found.known
            known = found.known
            fitted = (found.sums, known.problem, known.solution)
            return FittedGrid(grid, *fitted, asked.df, errors, raw)
        cluster = cluster_of(asked.robust, parsed, opened)
        opened = with_unit(opened, names, cluster)
        rows, design = model_rows(opened, parsed, cluster)
        grid, raw = grid_about(rows, design, about)
        if cluster and parsed.random:
            mixed = mixed_errors(rows, design, cluster, asked.method)
            fitted = (mixed.sums, mixed.problem, mixed.solution)
            return FittedGrid(grid, *fitted, asked.df, mixed.found, raw)
        sums = moments(rows, design, by=cluster, crossed=True)
    errors = robust_of(sums).found if cluster else None
    sums = by_group(sums, "")
    problem = problem_of(sums)
    solution = solve(problem, asked.method == "REML")
    return FittedGrid(grid, sums, problem, solution, asked.df, errors, raw)


def predictors(design: Design) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers and categories among the fixed effects of a design."""
    numbers, categories = [], []
    for column in (c for c in design.columns if c.name in design.x):
        for atom in column.atoms:
            if isinstance(atom, Level):
                categories.append(atom.variable)
            else:
                read = atom.expression if isinstance(atom, BasisFunction) else atom
                numbers += read.variables()
    return tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys(categories))


def grid_about(
    rows: CompleteRows, design: Design, about: tuple[str, str]
) -> tuple[ReferenceGrid, tuple[RawPoint, ...]]:
    """The reference grid, and the data's means behind `about`. RequestError where one is no
    predictor of the model."""
    grid = _grid(rows, design)
    for name in filter(None, about):
        check_predictor(name, grid)
    return grid, raw_points(rows, design, grid, *about)


def _grid(rows: CompleteRows, design: Design) -> ReferenceGrid:
    numbers, categories = predictors(design)
    by_name = {c.name: c for c in design.columns}
    return ReferenceGrid(
        tuple(by_name[name] for name in design.x),
        {n: _number(rows.distribution(Expression("variable", (n,)))) for n in numbers},
        {c: tuple(rows.levels(c)) for c in categories},
    )


def _number(found: Distribution) -> Number:
    n = found.counts.sum()
    mean = float(found.counts @ found.values / n)
    sd = float(np.sqrt(found.counts @ (found.values - mean) ** 2 / max(n - 1, 1)))
    low, high = found.quantiles(np.array([0.05, 0.95]))
    return Number(mean, sd, float(low), float(high))
