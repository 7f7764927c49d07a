"""What can be asked of a formula beyond its table: tests, intervals, predictions, a rival model.

Each is one function of a ModelQuestion about a number, so that a page can ask it in a process of
its own.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import RequestError
from analysis.measures.conventions import REPLICATES
from analysis.models.inference.intervals.bootstrap import Bootstrap
from analysis.models.inference.intervals.parametric import parametric_bootstrap
from analysis.models.inference.intervals.predicted import predicted_effects
from analysis.models.inference.intervals.profile import Profile, profile_intervals
from analysis.models.inference.intervals.resampled import cluster_bootstrap
from analysis.models.inference.testing.compare import (
    Comparison,
    VarianceTests,
    compare_fits,
    variance_tests,
)
from analysis.models.inference.testing.joint import (
    JointTests,
    Tested,
    solved,
    terms_of,
    terms_together,
)
from analysis.models.language.design import mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.models.logistic.intervals.bootstrap import bootstrap_logistic
from analysis.models.logistic.intervals.profile import profile_logistic
from analysis.questions.lab.binary import logistic_rows
from analysis.questions.lab.examine import cluster_sums_of, shared_part
from analysis.questions.lab.fitting.curve import Curve
from analysis.questions.lab.fitting.following import Unlike, fit_unlike, independent
from analysis.questions.lab.fitting.group_lines import GroupLines, lines_of
from analysis.questions.lab.meaning import meaning, predictions
from analysis.questions.lab.question import ModelQuestion, checked_question
from analysis.questions.lab.rows.robust import NONE
from analysis.questions.lab.studies.together import together
from analysis.questions.lab.sums import formula_sums
from analysis.questions.opening import open_source

# A normal law is judged, and a picture drawn, from this many quantiles of the effects.
QUANTILES = 99
INDEPENDENT = (
    "Without a random term these F tests count all rows as independent; the intervals of single "
    "coefficients may allow for more"
)

BESIDE_RESIDUALS = (
    "Whether a random term is needed beside such residuals is told by comparing the model with one "
    "that does without"
)
NOT_ROBUST = "These F tests take the model's own errors; the table's robust ones allow for more"


@dataclass(frozen=True, slots=True)
class ModelTests:
    """terms: whether each term has an effect; variances: whether each random term has a variance
    (empty without random terms, and beside residuals that are not independent and alike)."""

    terms: JointTests
    variances: VarianceTests


@dataclass(frozen=True, slots=True)
class EffectsOfGroups:
    """The predicted effects of one term of one grouping factor, without any group's name.

    group, term: which. groups: their number. quantiles: up to QUANTILES groups, evenly spread
    over the order of their effects, each (rank share in 0..1, estimate, low, high).
    clear: groups whose 95 % interval excludes zero.
    """

    group: str
    term: str
    groups: int
    quantiles: tuple[tuple[float, float, float, float], ...]
    clear: int

    def tidy(self) -> list[dict]:
        """One row a quantile: group, term, rank, estimate, low, high."""
        names = ("rank", "estimate", "low", "high")
        return [
            dict(group=self.group, term=self.term) | dict(zip(names, q, strict=True))
            for q in self.quantiles
        ]


def ask(what: str, question: ModelQuestion, *arguments):
    """The answer of the function named `what`, one of QUESTIONS."""
    known = {f.__name__: f for f in QUESTIONS}
    return known[what](question, *arguments)


def model_tests(question: ModelQuestion) -> ModelTests:
    """F tests of all terms with the question's df, and of each random term's variance against
    zero."""
    method, df = question.method, checked_question(question).df
    if df == "none":
        raise RequestError(
            "Joint tests need degrees of freedom",
            where="option df",
            allowed="satterthwaite, kenward-roger",
        )
    fit = _tested(question)
    terms = terms_of(fit, df)
    if fit.errors:
        none = VarianceTests(terms.formula, method, ())
        return ModelTests(replace(terms, messages=(*terms.messages, BESIDE_RESIDUALS)), none)
    said = [INDEPENDENT] if not fit.moments.groupings else []
    said += [NOT_ROBUST] if question.robust not in ("", NONE) and fit.moments.groupings else []
    terms = replace(terms, messages=(*terms.messages, *said))
    return ModelTests(terms, variance_tests(fit.moments, method))


def joint(question: ModelQuestion, terms: tuple[str, ...]) -> JointTests:
    """One F test that these coefficients (names as in the table of the fit) are all zero."""
    df = checked_question(question).df
    if question.logistic:
        raise RequestError(
            "A logistic model has no F test of several coefficients",
            where="option joint",
            allowed="a model of a number",
        )
    return terms_together(_tested(question), terms, df)


def profile(question: ModelQuestion) -> Profile:
    """Profile likelihood intervals of every parameter, by ML."""
    q = checked_question(question)
    if q.logistic:
        return profile_logistic(logistic_rows(q), q.quadrature, formula=q.formula)
    return profile_intervals(_sums(question))


def bootstrap(
    question: ModelQuestion, replicates: int = REPLICATES, seed: int = 1, resample: bool = False
) -> Bootstrap:
    """Percentile intervals of every parameter: from outcomes drawn from the fitted model, or with
    `resample` from groups drawn with replacement, the outermost ones of which there are enough."""
    q = checked_question(question)
    if q.logistic:
        options = (q.quadrature, replicates, seed, resample)
        return bootstrap_logistic(logistic_rows(q), *options, formula=q.formula)
    if resample:
        return cluster_bootstrap(cluster_sums_of(q), replicates, seed)
    return parametric_bootstrap(_sums(question), question.method, replicates, seed)


def compared(question: ModelQuestion, other: str) -> Comparison:
    """The question's formula beside another of the same outcome and the same kind of residuals,
    fitted by ML to the rows that are complete for both."""
    q = replace(checked_question(question), method="ML", df="none")
    one, two = together((q, replace(q, formula=other)))
    return compare_fits(one.candidate, two.candidate)


def predicted(question: ModelQuestion) -> tuple[EffectsOfGroups, ...]:
    """The random effects of every grouping factor as their ordered quantiles: no group is named."""
    return without_names(predicted_effects(_sums(question), question.method))


def group_lines(question: ModelQuestion, of: str) -> GroupLines:
    """The predicted lines of some groups along a number whose slope differs between them, beside
    the average line; no group is named. RequestError where it doesn't, or for a category."""
    effects = predicted_effects(_sums(question), question.method)
    if not any(of in e.terms for e in effects):
        return lines_of(Curve(of, "", False, (), ()), effects)
    return lines_of(predictions(question, of), effects)


def without_names(found) -> tuple[EffectsOfGroups, ...]:
    """One a grouping and term of predicted effects, of a linear model or of a logistic one."""
    return tuple(_of_groups(effects, j) for effects in found for j in range(len(effects.terms)))


def _tested(question: ModelQuestion) -> Tested:
    q = checked_question(question)
    unlike = Unlike.of(q.serial, q.spread)
    if not unlike:
        return solved(_sums(q, crossed=True), q.method)
    parsed = parse_formula(q.formula, q.weights)
    with open_source(q.dataset, (*mentioned(parsed), *unlike.names), q.version, q.store) as opened:
        found = fit_unlike(opened, parsed, unlike, q.method, q.df, q.robust)[1]
    return Tested(found.sums, found.known.problem, found.known.solution, found.known)


def _sums(question: ModelQuestion, crossed: bool = False) -> Moments:
    q = checked_question(question)
    independent(q.serial, q.spread, "Profile and bootstrap intervals, and groups' own effects")
    return formula_sums(
        q.formula, q.dataset, q.version, weights=q.weights, crossed=crossed, store=q.store
    )


def _of_groups(effects, j: int) -> EffectsOfGroups:
    low, high = effects.interval
    mode, low, high = effects.mode[:, j], low[:, j], high[:, j]
    order = np.argsort(mode, kind="stable")
    n = len(order)
    picked = order if n <= QUANTILES else order[np.linspace(0, n - 1, QUANTILES).astype(int)]
    shares = (np.searchsorted(mode[order], mode[picked]) + 0.5) / n
    rows = zip(shares, mode[picked], low[picked], high[picked], strict=True)
    return EffectsOfGroups(
        group=effects.group,
        term=effects.terms[j],
        groups=n,
        quantiles=tuple((float(q), float(m), float(a), float(b)) for q, m, a, b in rows),
        clear=int(((low > 0) | (high < 0)).sum()),
    )


QUESTIONS = (meaning, predictions, model_tests, profile, bootstrap, compared, predicted)
QUESTIONS += (shared_part, group_lines)
