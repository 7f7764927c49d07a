"""Slopes that differ between groups: single groups' predicted lines beside the average one."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import RequestError
from analysis.models.inference.intervals.predicted import PredictedEffects
from analysis.models.language.design import INTERCEPT
from analysis.questions.lab.fitting.curve import Curve

PANELS = 12  # groups that are drawn, evenly spread over the order of their slopes


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group without its name. place: its slope's rank among the groups, 0..1; slope: its own,
    for one unit, less the average's; points: (x, expected outcome of the group, of the average)."""

    place: float
    slope: float
    points: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class GroupLines:
    """of: the predictor; group: whose slopes differ; groups: their number; sd: of the slopes'
    predictions over the groups."""

    of: str
    group: str
    groups: int
    sd: float
    lines: tuple[GroupLine, ...]

    def tidy(self) -> list[dict]:
        """One row a point: place, slope, x, outcome, average."""
        return [
            dict(place=line.place, slope=line.slope, x=x, outcome=own, average=average)
            for line in self.lines
            for x, own, average in line.points
        ]


def lines_of(average: Curve, effects: tuple[PredictedEffects, ...]) -> GroupLines:
    """average: the curve along a number; effects: of the same model's groups. RequestError where
    the slope of this number differs between no groups."""
    of = average.of
    found = next((e for e in effects if of in e.terms), None)
    if found is None:
        raise RequestError(
            f"The slope of '{of}' is the same in all groups of this model",
            where=f"the lines of single groups along '{of}'",
            allowed="a predictor with a random slope",
            next_step=f"add ({of} | GROUP)",
        )
    slopes = found.mode[:, found.terms.index(of)]
    level = np.zeros(len(slopes))
    if INTERCEPT in found.terms:
        level = found.mode[:, found.terms.index(INTERCEPT)]
    order = np.argsort(slopes, kind="stable")
    places = np.linspace(0, len(order) - 1, min(PANELS, len(order))).astype(int)
    lines = []
    for place in places:
        k = order[place]
        points = [
            (float(p.x), float(p.estimate + level[k] + slopes[k] * float(p.x)), float(p.estimate))
            for p in average.points
        ]
        rank = float(place / max(len(order) - 1, 1))
        lines.append(GroupLine(rank, float(slopes[k]), tuple(points)))
    return GroupLines(of, found.group, len(order), float(slopes.std()), tuple(lines))
