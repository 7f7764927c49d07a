"""Everything that can be asked of one fitted formula beside its estimates: R2 in full and checks.

One opening of the source; the sums are read once by the groups that intervals and influence need,
the rows once for the residuals.
"""

from dataclasses import dataclass

from analysis.base.errors import ModelError, RequestError
from analysis.models.criterion.by_group import by_group
from analysis.models.criterion.problem import Problem
from analysis.models.criterion.turned import nested_problem
from analysis.models.inference.checks.collinear import Collinearity, collinearity
from analysis.models.inference.checks.diagnostics import SearchTrace, search_trace
from analysis.models.inference.checks.influence.on_coefficients import Influence, influence
from analysis.models.inference.checks.influence.on_variances import LeftOut, left_out
from analysis.models.inference.checks.omission.bends import Bends, bends
from analysis.models.inference.checks.omission.look import Look
from analysis.models.inference.checks.omission.omitted import Dependence, dependence
from analysis.models.inference.checks.residual.residual_checks import (
    ResidualChecks,
    residual_checks,
)
from analysis.models.inference.checks.residual.residuals import row_results
from analysis.models.inference.checks.verdict import Verdict
from analysis.models.inference.variance.multilevel_r2 import MultilevelR2, multilevel_r2
from analysis.models.inference.variance.part_r2 import Commonality, PartR2, commonality, part_r2
from analysis.models.inference.variance.variance_draws import best_cluster
from analysis.models.language.design import mentioned
from analysis.models.language.formula import Formula, parse_formula
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution, solve
from analysis.questions.lab.fitting.following import independent
from analysis.questions.lab.question import ModelQuestion, checked_question
from analysis.questions.lab.sums import model_rows
from analysis.questions.opening import open_source
from analysis.store.sources.relation import Source
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.moments import design_arrays, moments

# More groups than this are not left out one by one: none of so many moves anything.
MOST_GROUPS = 5_000
# Residuals are looked at row by row up to this many rows: about 1 GB for a dozen columns.
MOST_ROWS = 2_000_000


@dataclass(frozen=True, slots=True)
class Examination:
    """influence, left_out: one for each grouping of at most MOST_GROUPS groups, innermost first,
    of coefficients and of variances. residuals, dependence, bends: None above MOST_ROWS rows and
    for a register; dependence also without groups. messages: what was left out and why."""

    r2: MultilevelR2
    parts: PartR2
    collinearity: Collinearity
    search: SearchTrace
    influence: tuple[Influence, ...]
    left_out: tuple[LeftOut, ...]
    dependence: Dependence | None
    bends: Bends | None
    residuals: ResidualChecks | None
    messages: tuple[str, ...]

    def verdicts(self) -> tuple[tuple[str, Verdict], ...]:
        """Every check's name and verdict; what the model leaves out before single groups."""
        out = [("search", self.search.verdict), ("collinearity", self.collinearity.verdict)]
        if self.dependence:
            out.append(("serial correlation", self.dependence.serial_verdict))
            out.append(("omitted slopes", self.dependence.slope_verdict))
        out += [("bends along predictors", self.bends.verdict)] if self.bends else []
        out += [(f"influence of each '{i.group}'", i.verdict) for i in self.influence]
        out += [(f"variances without each '{v.group}'", v.verdict) for v in self.left_out]
        return (*out, *(self.residuals.verdicts() if self.residuals else ()))

    def tidy(self) -> list[dict]:
        """One row a check: check, grade ('fine', 'note', 'problem'), sentence."""
        return [dict(check=n, grade=v.grade, sentence=v.sentence) for n, v in self.verdicts()]


def examine(question: ModelQuestion, replicates: int = 500, seed: int = 1) -> Examination:
    """R2 in full, part R2 and every diagnostic of a linear model.

    With weights every mean over rows is weighted. replicates: for intervals, 0 for none.
    """
    method = checked_question(question).method
    independent(question.serial, question.spread, "The checks")
    parsed = parse_formula(question.formula, question.weights)
    with open_source(
        question.dataset, mentioned(parsed), question.version, question.store
    ) as opened:
        rows, sums, by, messages = _summed(opened, parsed)
        problem = nested_problem(sums)
        solution = solve(problem, method == "REML")
        by_rows = _by_rows(rows, sums, problem, solution)
    if by_rows.residuals is None:
        why = f"{rows.rows:,} rows are too many to look at one by one"
        why = "the rows of a register stay where they are" if opened.inline else why
        messages += (f"residuals were not checked: {why}",)
    fitted = (_for_draws(sums), problem, solution)
    return Examination(
        r2=multilevel_r2(*fitted, replicates, seed),
        parts=part_r2(*fitted, None, replicates, seed),
        collinearity=collinearity(sums, problem, solution),
        search=search_trace(solution),
        influence=_influences(sums, problem, solution, by, by_rows.dependence),
        left_out=tuple(left_out(sums, problem, solution, g) for g in _outwards(sums, by)),
        dependence=by_rows.dependence,
        bends=by_rows.bends,
        residuals=by_rows.residuals,
        messages=messages,
    )


def verdicts(question: ModelQuestion) -> list[dict]:
    """One row a check of a linear model: check, grade ('fine': no sign of it, 'note', 'problem'),
    sentence. RequestError for a logistic model, which has its own."""
    if question.logistic:
        raise RequestError(
            "The checks are those of a linear model",
            where="--checks with --family binomial",
            allowed="--family gaussian",
            next_step="leave the option out",
        )
    return examine(question, replicates=0).tidy()


def shared_part(
    question: ModelQuestion,
    first: tuple[str, ...],
    second: tuple[str, ...],
    replicates: int = 500,
    seed: int = 1,
) -> Commonality:
    """What two sets of terms of a linear model explain each by itself and what they share."""
    sums = cluster_sums_of(checked_question(question))
    problem = nested_problem(sums)
    solution = solve(problem, question.method == "REML")
    one, other = ((", ".join(terms), tuple(terms)) for terms in (first, second))
    return commonality(sums, problem, solution, one, other, replicates, seed)


def r2_in_full(question: ModelQuestion, replicates: int = 500, seed: int = 1) -> MultilevelR2:
    """Where the outcome's variance lies by source and level, of a linear model of nested groups."""
    sums = cluster_sums_of(checked_question(question))
    problem = nested_problem(sums)
    return multilevel_r2(sums, problem, solve(problem, question.method == "REML"), replicates, seed)


def cluster_sums_of(question: ModelQuestion) -> Moments:
    """The Moments of a formula with a gram by the clusters that a bootstrap draws, or in one where
    no grouping has enough of them."""
    independent(question.serial, question.spread, "Shares of R² and resampling of groups")
    parsed = parse_formula(question.formula, question.weights)
    with open_source(
        question.dataset, mentioned(parsed), question.version, question.store
    ) as opened:
        return _for_draws(_summed(opened, parsed)[1])


def _summed(opened: Source, parsed: Formula) -> tuple[CompleteRows, Moments, str, tuple[str, ...]]:
    """The complete rows, their sums by the finest grouping that is left out group by group or
    resampled, that grouping, and a word on finer ones."""
    rows, design = model_rows(opened, parsed)
    sums = moments(rows, design)
    by, messages = _finest(sums)
    return rows, moments(rows, design, by) if by else sums, by, messages


def _finest(sums: Moments) -> tuple[str, tuple[str, ...]]:
    """The innermost grouping of few enough groups, '' for none, and a word on those left out."""
    counts = sums.group_counts
    few = [g for g, n in counts.items() if n <= MOST_GROUPS]
    messages = tuple(
        f"'{g}' has {n:,} groups: too many for any one to matter, so none was left out in turn"
        for g, n in counts.items()
        if n > MOST_GROUPS
    )
    return (few[0] if few else ""), messages


@dataclass(frozen=True, slots=True)
class _ByRows:
    """What needs the rows themselves."""

    residuals: ResidualChecks | None = None
    dependence: Dependence | None = None
    bends: Bends | None = None


def _by_rows(rows: CompleteRows, sums: Moments, problem: Problem, solution: Solution) -> _ByRows:
    if rows.rows > MOST_ROWS or rows.source.inline:
        return _ByRows()
    columns, codes = design_arrays(rows, sums.design)
    found = row_results(sums, problem, solution, columns, codes)
    residuals = residual_checks(sums, problem, solution, found)
    look = Look.of(by_group(sums, ""), solution, columns, codes)
    apart = dependence(look) if sums.groupings else None
    bent = bends(look, apart.wide if apart else look.plain())
    return _ByRows(residuals, apart, bent)


def _for_draws(sums: Moments) -> Moments:
    """With the gram by the clusters that are resampled, or in one where it isn't kept by them."""
    try:
        return by_group(sums, best_cluster(sums.group_counts))
    except ModelError:
        return by_group(sums, "")


def _influences(sums, problem, solution, by: str, apart: Dependence | None):
    slopes = tuple(s.term for s in apart.slopes) if apart else ()
    serial = bool(apart and apart.serial)
    return tuple(influence(sums, problem, solution, g, slopes, serial) for g in _outwards(sums, by))


def _outwards(sums: Moments, by: str) -> tuple[str, ...]:
    """The groupings whose groups are left out in turn: `by` and those around it."""
    return sums.groupings[sums.groupings.index(by) :] if by else ()
