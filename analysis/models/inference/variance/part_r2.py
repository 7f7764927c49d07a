"""What a set of terms adds: part R2, structure coefficients, and what two blocks share.

Part R2: the marginal R2 of the model less that of the model refitted without the terms (Stoffel,
Nakagawa & Schielzeth 2021, doi:10.7717/peerj.11414). Structure coefficients: correlations of a
predictor with the fixed prediction (Courville & Thompson 2001, doi:10.1177/0013164401612006).
Commonality: Newton & Spurrell 1967, doi:10.2307/2985130; Nimon & Reio 2011,
doi:10.1177/1534484311411077.
"""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import RequestError, did_you_mean
from analysis.measures.conventions import REPLICATES
from analysis.models.criterion.problem import Problem, build_problem
from analysis.models.inference.variance.fitted_batch import Models, point_model, variances
from analysis.models.inference.variance.variance_draws import (
    Draws,
    Estimate,
    draw,
    interval,
    usable,
)
from analysis.models.language.design import INTERCEPT, BasisFunction, Column, Level
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution, solve
from analysis.models.result import TIDY_COLUMNS


@dataclass(frozen=True, slots=True)
class TermSet:
    """A set of terms: what the model loses without it (part), what it explains alone (alone)."""

    name: str
    terms: tuple[str, ...]
    part: Estimate
    alone: Estimate


@dataclass(frozen=True, slots=True)
class Structure:
    """Correlation of one column with the fixed prediction, over rows, in -1..1."""

    term: str
    r: Estimate


@dataclass(frozen=True, slots=True)
class PartR2:
    """marginal: R2 of the whole model. kind: how the intervals were made ('cluster: …',
    'simulation', 'none')."""

    marginal: Estimate
    sets: tuple[TermSet, ...]
    structure: tuple[Structure, ...]
    kind: str
    replicates: int
    failed: int
    seed: int
    messages: tuple[str, ...] = ()

    def tidy(self) -> list[dict]:
        """One row a number: group 'part R2', 'alone' or 'structure', term, estimate, low, high."""
        rows = [_row("marginal R2", "all", self.marginal)]
        rows += [_row("part R2", s.name, s.part) for s in self.sets]
        rows += [_row("alone", s.name, s.alone) for s in self.sets]
        return rows + [_row("structure", s.term, s.r) for s in self.structure]


@dataclass(frozen=True, slots=True)
class Commonality:
    """What two blocks explain: each alone beyond the rest of the model and the other block, and
    together. first + second + shared = explained by the two beyond the rest.

    shared is negative where each block brings out the other (suppression).
    """

    first_name: str
    second_name: str
    first: Estimate
    second: Estimate
    shared: Estimate
    together: Estimate
    kind: str
    replicates: int
    failed: int
    seed: int
    messages: tuple[str, ...] = ()

    def tidy(self) -> list[dict]:
        """Four rows: unique to each block, shared, together."""
        return [
            _row("unique", self.first_name, self.first),
            _row("unique", self.second_name, self.second),
            _row("shared", f"{self.first_name}, {self.second_name}", self.shared),
            _row("together", f"{self.first_name}, {self.second_name}", self.together),
        ]


def part_r2(
    moments: Moments,
    problem: Problem,
    solution: Solution,
    sets: dict[str, tuple[str, ...]] | None = None,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> PartR2:
    """Part R2 of each set of terms (each term by itself when None) and structure coefficients.

    A term is named as in the formula; a category's name stands for all of its columns. The model
    keeps the random effects of terms that are left out. Worked: marginal R2 .25, refitted without
    the set .18: part R2 .07.
    """
    sets = {t: (t,) for t in terms_of(moments, problem)} if sets is None else sets
    columns = {name: columns_of(moments, problem, terms) for name, terms in sets.items()}
    keys = [problem.x]
    keys += [_without(problem, chosen) for chosen in columns.values()]
    keys += [_only(problem, chosen) for chosen in columns.values()]
    r2 = _R2(moments, problem, solution, keys, replicates, seed)
    return PartR2(
        marginal=r2.estimate(lambda value: value(problem.x)),
        sets=tuple(
            TermSet(
                name,
                tuple(sets[name]),
                r2.estimate(lambda v, c=c: v(problem.x) - v(_without(problem, c)), low=-1.0),
                r2.estimate(lambda v, c=c: v(_only(problem, c))),
            )
            for name, c in columns.items()
        ),
        structure=_structures(problem, r2),
        **r2.provenance(),
    )


def commonality(
    moments: Moments,
    problem: Problem,
    solution: Solution,
    first: tuple[str, tuple[str, ...]],
    second: tuple[str, tuple[str, ...]],
    replicates: int = REPLICATES,
    seed: int = 1,
) -> Commonality:
    """Unique and shared explained variance of two blocks, each (name, terms) without a term in
    common. Worked: R2 of both .30, without the first .22, without the second .25, of neither .10:
    unique .08 and .05, shared .22 + .25 - .30 - .10 = .07.
    """
    a, b = (columns_of(moments, problem, block[1]) for block in (first, second))
    if set(a) & set(b):
        raise RequestError(
            "The two blocks have a term in common",
            where=", ".join(sorted(set(a) & set(b))),
            allowed="blocks of different terms",
            next_step="leave the term in one of them",
        )
    full, not_a, not_b = problem.x, _without(problem, a), _without(problem, b)
    rest = _without(problem, a + b)
    r2 = _R2(moments, problem, solution, [full, not_a, not_b, rest], replicates, seed)
    return Commonality(
        first[0],
        second[0],
        first=r2.estimate(lambda v: v(full) - v(not_a), low=-1.0),
        second=r2.estimate(lambda v: v(full) - v(not_b), low=-1.0),
        shared=r2.estimate(lambda v: v(not_a) + v(not_b) - v(full) - v(rest), low=-1.0),
        together=r2.estimate(lambda v: v(full) - v(rest), low=-1.0),
        **r2.provenance(),
    )


def terms_of(moments: Moments, problem: Problem) -> tuple[str, ...]:
    """The terms of the fixed effects in order, the intercept left out."""
    named = {c.name: term_name(c) for c in moments.design.columns}
    return tuple(dict.fromkeys(named[x] for x in problem.x if x != INTERCEPT))


def term_name(column: Column) -> str:
    """The term that a column belongs to. Worked: 'arm[B]:week' belongs to 'arm:week',
    'poly(week, 2)1' to 'poly(week, 2)'."""
    name = column.name
    for atom in column.atoms:
        if isinstance(atom, Level):
            name = name.replace(f"{atom.variable}[{atom.value}]", atom.variable)
        if isinstance(atom, BasisFunction):
            name = name.replace(atom.name, atom.term)
    return name


def columns_of(moments: Moments, problem: Problem, terms: tuple[str, ...]) -> tuple[str, ...]:
    """The fixed columns of terms, or columns themselves; RequestError for an unknown name."""
    named = {c.name: term_name(c) for c in moments.design.columns}
    known = [x for x in problem.x if x != INTERCEPT]
    for term in terms:
        if term not in known and term not in {named[x] for x in known}:
            names = list(dict.fromkeys([named[x] for x in known] + known))
            close = did_you_mean(term, names)
            raise RequestError(
                f"The model has no term '{term}'" + (f"; {close}" if close else ""),
                where="the set of terms",
                allowed=", ".join(names),
                next_step="name a term of the model's fixed effects",
            )
    return tuple(x for x in known if x in terms or named[x] in terms)


class _R2:
    """Marginal R2 of models with different fixed effects: refitted for the estimate, and for the
    replicates as `draws.draw` says."""

    def __init__(self, moments, problem, solution, subsets, replicates, seed):
        self.problem = problem
        subsets = list(dict.fromkeys(subsets))
        self.point = {s: _refit(moments, problem, solution, s) for s in subsets}
        self.draws: Draws = draw(moments, problem, solution, subsets, replicates, seed)
        self.keep, self.drawn = usable(self.draws), None
        self.models: dict[tuple[str, ...], Models] = {}
        if self.keep is not None:
            self.models = dict(zip(subsets, self.draws.models, strict=True))
            self.drawn = {s: variances(m).marginal for s, m in self.models.items()}
        self.full = point_model(moments, problem, solution)

    def estimate(self, pick, low: float = 0.0) -> Estimate:
        """pick takes a function from a subset to its R2 and combines several."""
        value = float(pick(lambda s: self.point[s]))
        drawn = self.drawn
        if drawn is None:
            return Estimate(value)
        return interval(value, pick(lambda s: drawn[s])[self.keep], low)

    def provenance(self) -> dict:
        draws = self.draws
        known = bool(draws.models)
        return dict(
            kind=draws.kind,
            replicates=draws.replicates,
            failed=draws.failed if known else 0,
            seed=draws.seed,
            messages=draws.status() if known else (),
        )


def _refit(moments: Moments, problem: Problem, solution: Solution, x: tuple[str, ...]) -> float:
    if x == problem.x:
        return float(variances(point_model(moments, problem, solution)).marginal[0])
    if x in ((), (INTERCEPT,)):
        return 0.0
    smaller = build_problem(moments, x)
    fitted = solve(smaller, solution.reml)
    return float(variances(point_model(moments, smaller, fitted)).marginal[0])


def _structures(problem: Problem, r2: _R2) -> tuple[Structure, ...]:
    out = []
    for j, name in enumerate(problem.x):
        if name == INTERCEPT:
            continue
        value = float(_structure(r2.full, j)[0])
        drawn = _structure(r2.models[problem.x], j)[r2.keep] if r2.models else None
        out.append(Structure(name, interval(value, drawn, -1.0)))
    return tuple(out)


def _structure(models: Models, j: int) -> np.ndarray:
    """(B,) correlation of column j with the fixed prediction; 0 where that does not vary."""
    covariance = models.spread.sum(axis=1)
    along = np.einsum("bij,bj->bi", covariance, models.beta)
    own, both = covariance[:, j, j], np.einsum("bi,bi->b", along, models.beta)
    size = np.sqrt(np.maximum(own * both, 0.0))
    return np.where(size > 0, along[:, j] / np.where(size > 0, size, 1.0), 0.0)


def _without(problem: Problem, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(x for x in problem.x if x not in columns)


def _only(problem: Problem, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(x for x in problem.x if x == INTERCEPT or x in columns)


def _row(group: str, term: str, e: Estimate) -> dict:
    known = dict(group=group, term=term, estimate=e.value, low=e.low, high=e.high)
    return dict.fromkeys(TIDY_COLUMNS) | known
