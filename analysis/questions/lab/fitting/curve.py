"""What a model predicts along one predictor, with its band and the data behind it."""

from dataclasses import dataclass

import numpy as np

from analysis.models.inference.margins.contrasts import Combination
from analysis.questions.lab.fitting.fitted_grid import FittedGrid
from analysis.questions.lab.fitting.logit_grid import LogitGrid
from analysis.questions.lab.fitting.places import places_of
from analysis.questions.lab.fitting.raw_points import RawPoint

POINTS = 31  # along a number, over the middle 90 % of its rows


@dataclass(frozen=True, slots=True)
class Predicted:
    """by: value of the moderator in words, '' without one. x: a number's value, or a category's
    level. estimate, low, high: of the expected outcome, or of the chance at random effect 0;
    population: the chance averaged over the groups, None of a number."""

    by: str
    x: float | str
    estimate: float
    low: float
    high: float
    population: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """of, by: predictor and moderator. points in the order of the moderator's values and of x;
    raw: the data's means, `by` in the same words."""

    of: str
    by: str
    logit: bool
    points: tuple[Predicted, ...]
    raw: tuple[RawPoint, ...]

    def tidy(self) -> list[dict]:
        """One row a point: what ('predicted', 'data'), by, x, estimate, low, high, population,
        rows."""
        names = ("by", "x", "estimate", "low", "high", "population")
        out = [
            dict(what="predicted") | {n: getattr(p, n) for n in names} | dict(rows=None)
            for p in self.points
        ]
        none = dict(low=None, high=None, population=None)
        return out + [
            dict(what="data", by=r.by, x=r.x, estimate=r.outcome) | none | dict(rows=r.rows)
            for r in self.raw
        ]


def curve_of(fitted: FittedGrid | LogitGrid, of: str, by: str) -> Curve:
    """fitted: with the data's means for these two."""
    grid = fitted.grid
    values: list = list(grid.levels[of]) if of in grid.levels else []
    if of in grid.numbers:
        values = list(map(float, np.linspace(grid.numbers[of].low, grid.numbers[of].high, POINTS)))
    points, names = [], {}
    for k, (said, at) in enumerate(places_of(by, grid)):
        names[str(at[by]) if by in grid.levels else str(k)] = said
        found = fitted.combined([grid.row(at | {of: value}) for value in values])
        points += [_point(fitted, said, x, c) for x, c in zip(values, found, strict=True)]
    raw = [RawPoint(names.get(r.by, "") if by else "", r.x, r.outcome, r.rows) for r in fitted.raw]
    return Curve(of, by, isinstance(fitted, LogitGrid), tuple(points), tuple(raw))


def _point(fitted: FittedGrid | LogitGrid, by: str, x, found: Combination) -> Predicted:
    if isinstance(fitted, LogitGrid):
        own = fitted.chance(found)
        return Predicted(by, x, own.typical, own.low, own.high, own.population)
    return Predicted(by, x, found.estimate, found.low, found.high)
