"""What a linear model says of one predictor: expected outcomes, differences, slopes and where they
differ from zero, the other predictors at their means."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.models.inference.margins.contrasts import Combination
from analysis.models.inference.margins.reference_grid import ReferenceGrid
from analysis.models.inference.margins.regions import Region, regions
from analysis.models.language.factors import mentioned_in
from analysis.models.language.formula import parse_formula
from analysis.questions.lab.fitting.curve import Curve, curve_of
from analysis.questions.lab.fitting.fitted_grid import FittedGrid, fitted_grid
from analysis.questions.lab.fitting.logit_grid import ChanceOf, LogitGrid
from analysis.questions.lab.fitting.places import places_of
from analysis.questions.lab.question import ModelQuestion, checked_question


@dataclass(frozen=True, slots=True)
class Meaning:
    """of, by: the predictor asked about and its moderator, '' for none. values: (value of `by` in
    words, value of `of` in words, Combination): expected outcomes where `of` is a category, else
    its slope. differences: of a category, each pair of levels, p by Holm within a value of `by`.
    regions: of two numbers, over the middle 90 % of the moderator's rows. logit: whether all are
    on the logit of what happens or doesn't; chances: of such a category, one a value."""

    of: str
    by: str
    is_slope: bool
    values: tuple[tuple[str, str, Combination], ...]
    differences: tuple[tuple[str, str, Combination, float], ...]
    regions: tuple[Region, ...]
    logit: bool = False
    chances: tuple[ChanceOf, ...] = ()

    def tidy(self) -> list[dict]:
        """One row a value, then one a difference: what, by, of, estimate, se, df, low, high, p; on
        the logit also chance, chance_low, chance_high, population of a value and odds_ratio of a
        difference or slope, None elsewhere."""
        what = "slope" if self.is_slope else "mean"
        rows = [_told(what, by, of, c, c.p) for by, of, c in self.values]
        if self.logit:
            return self._on_the_logit(rows)
        return rows + [_told("difference", by, of, c, p) for by, of, c, p in self.differences]

    def _on_the_logit(self, rows: list[dict]) -> list[dict]:
        rows += [_told("difference", by, of, c, p) for by, of, c, p in self.differences]
        names = ("chance", "chance_low", "chance_high", "population")
        for k, row in enumerate(rows):
            own = self.chances[k] if k < len(self.chances) else None
            told = (own.typical, own.low, own.high, own.population) if own else (None,) * 4
            row |= dict(zip(names, told, strict=True))
            row["odds_ratio"] = None if own else float(np.exp(row["estimate"]))
        return rows


def meaning(question: ModelQuestion, of: str, by: str = "") -> Meaning:
    """What the model says of `of` at values of `by`: at a category's levels, or at a number's mean
    and one SD below and above. RequestError where the formula's fixed effects have no such one."""
    asked = checked_question(question)
    fitted = _fitted(asked, of, by)
    grid, combined = fitted.grid, fitted.combined

    places = places_of(by, grid)
    if of in grid.numbers:
        slopes = combined([grid.slope(of, at) for _, at in places])
        values = tuple((said, "", c) for (said, _), c in zip(places, slopes, strict=True))
        found = _regions(of, by, grid, combined) if by in grid.numbers else ()
        return Meaning(of, by, True, values, (), found, asked.logistic)
    levels = grid.levels[of]
    means = [grid.row(at | {of: level}) for _, at in places for level in levels]
    named = [(said, level) for said, _ in places for level in levels]
    values = tuple((*n, c) for n, c in zip(named, combined(means), strict=True))
    differences = []
    for k, (said, _) in enumerate(places):
        own = means[k * len(levels) : (k + 1) * len(levels)]
        pairs = list(combinations(range(len(levels)), 2))
        found = combined([own[j] - own[i] for i, j in pairs])
        for (i, j), c, p in zip(pairs, found, _holm([c.p for c in found]), strict=True):
            differences.append((said, f"{levels[j]} − {levels[i]}", c, p))
    chances = ()
    if isinstance(fitted, LogitGrid):
        chances = tuple(fitted.chance(c) for _, _, c in values)
    return Meaning(of, by, False, values, tuple(differences), (), asked.logistic, chances)


def predictions(question: ModelQuestion, of: str, by: str = "") -> Curve:
    """Expected outcomes, or chances, along `of` at the values of `by` that `meaning` has, with
    their 95 % bands and the data's means behind them. RequestError as `meaning`."""
    return curve_of(_fitted(checked_question(question), of, by), of, by)


def _fitted(asked: ModelQuestion, of: str, by: str) -> FittedGrid | LogitGrid:
    """With the data behind `of` and `by`, which are predictors of the model."""
    if asked.logistic:
        from analysis.questions.lab.binary import logit_grid

        return logit_grid(asked, (of, by))
    return fitted_grid(asked, (of, by))


def has_slopes(question: ModelQuestion, of: str) -> bool:
    """Whether the slope of a number differs between groups, in a linear model whose residuals are
    independent."""
    plain = not (question.logistic or question.serial or question.spread)
    random = parse_formula(question.formula).random
    return plain and any(term == (of,) for r in random for term in r.terms)


def predictor_names(formula: str) -> tuple[str, ...]:
    """The variables of a formula's fixed effects, in order."""
    fixed = dict.fromkeys(factor for term in parse_formula(formula).fixed for factor in term)
    return tuple(dict.fromkeys(name for factor in fixed for name in mentioned_in(factor)))


def _regions(of: str, by: str, grid: ReferenceGrid, combined) -> tuple[Region, ...]:
    def bounds(values: np.ndarray) -> np.ndarray:
        found = combined([grid.slope(of, {by: float(v)}) for v in values])
        return np.array([(c.low, c.high) for c in found])

    number = grid.numbers[by]
    if not number.low < number.high:
        return ()
    return tuple(regions(bounds, number.low, number.high))


def _holm(p: list[float]) -> list[float]:
    """Holm 1979's adjusted p values. Worked: .01, .04 -> .02, .04."""
    order = np.argsort(p, kind="stable")
    out, largest = [1.0] * len(p), 0.0
    for rank, k in enumerate(order):
        largest = max(largest, min(1.0, (len(p) - rank) * p[k]))
        out[k] = largest
    return out


def _told(what: str, by: str, of: str, c: Combination, p: float) -> dict:
    return dict(
        what=what, by=by, of=of, estimate=c.estimate, se=c.se, df=c.df, low=c.low, high=c.high, p=p
    )
