"""Which of two models, and is a variance needed at all: likelihood-ratio tests, AIC, BIC.

Sources: R's anova() for lme4 fits (ML refit). A variance of zero lies on the edge of what is
possible, so its test is a 50:50 mixture of chi-squares: Self & Liang 1987,
doi:10.1080/01621459.1987.10478472; Stram & Lee 1994, doi:10.2307/2533455.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.base.errors import RequestError
from analysis.models.criterion.crossed.build import problem_of
from analysis.models.criterion.passes import evaluate
from analysis.models.criterion.problem import AnyProblem
from analysis.models.criterion.theta import start_theta
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import solve
from analysis.models.linear.search import STARTS
from analysis.models.optimise import minimise
from analysis.models.result import Fit, Residuals

# Sums of the same outcome by two formulas differ by rounding alone.
SAME_ROWS = 1e-9


@dataclass(frozen=True, slots=True)
class Candidate:
    """moments: of the rows as they are; fit: of them, by ML."""

    moments: Moments
    fit: Fit

    @property
    def compared(self) -> "ComparedModel":
        fit = self.fit
        return ComparedModel(
            fit.formula, fit.parameters, fit.log_likelihood, fit.criterion, fit.aic, fit.bic
        )


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """parameters: as a Fit has them; by ML."""

    formula: str
    parameters: int
    log_likelihood: float
    deviance: float
    aic: float
    bic: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """smaller, larger: ML fits. statistic: fall of the deviance; df: parameters more; p: by
    chi-square; p_mixture: where exactly one variance was added, by the 50:50 mixture, which is
    right then (p is about twice too large), else None. nested: whether the smaller model's terms
    are all in the larger one. messages: sentences for the reader."""

    smaller: ComparedModel
    larger: ComparedModel
    rows: int
    statistic: float
    df: int
    p: float | None
    p_mixture: float | None
    nested: bool
    messages: tuple[str, ...]

    def tidy(self) -> list[dict]:
        """One row a model: formula, parameters, aic, bic, log_likelihood, deviance; in the larger
        one's row statistic, df, p and p_mixture."""
        names = ("formula", "parameters", "aic", "bic", "log_likelihood", "deviance")
        test = ("statistic", "df", "p", "p_mixture")
        rows = [{n: getattr(m, n) for n in names} for m in (self.smaller, self.larger)]
        return [rows[0] | dict.fromkeys(test), rows[1] | {n: getattr(self, n) for n in test}]


@dataclass(frozen=True, slots=True)
class VarianceTest:
    """Is the variance of this random term zero? statistic: rise of the criterion without the term
    and its `covariances`; p by the mixture of chi-squares with that many df and one more."""

    group: str
    term: str
    statistic: float
    covariances: int
    p: float


@dataclass(frozen=True, slots=True)
class VarianceTests:
    formula: str
    method: str
    tests: tuple[VarianceTest, ...]

    def tidy(self) -> list[dict]:
        """One row a term: group, term, statistic, covariances, p."""
        names = ("group", "term", "statistic", "covariances", "p")
        return [{n: getattr(t, n) for n in names} for t in self.tests]


def compare_fits(one: Candidate, other: Candidate) -> Comparison:
    """The order does not matter. RequestError when they were not fitted to the same rows of the
    same outcome."""
    _check_same_rows(one.moments, other.moments)
    small, large = sorted((one, other), key=lambda c: c.fit.parameters)
    small_fit, large_fit = small.fit, large.fit
    models = (small.compared, large.compared)
    df = models[1].parameters - models[0].parameters
    statistic = models[0].deviance - models[1].deviance
    nested = _is_nested(small.moments, large.moments) and _is_special(
        small_fit.residuals, large_fit.residuals
    )
    p = float(special.chdtrc(df, max(statistic, 0.0))) if df > 0 else None
    variances = len(large_fit.random) - len(small_fit.random)
    mixture = mixture_p(statistic, df - 1) if df > 0 and nested and variances == 1 else None
    messages = _messages(small_fit, large_fit, nested, df, variances)
    return Comparison(
        *models, small.moments.rows, float(statistic), df, p, mixture, nested, tuple(messages)
    )


def mixture_p(statistic: float, others: int) -> float:
    """P of a larger fall when one variance is zero and `others` parameters vanish with it: half
    chi-square with `others` df (a point at 0 for none) and half with one more.

    Worked: 2.706 with no others -> 0.05; 5.138 with one covariance -> 0.05.
    """
    x = max(float(statistic), 0.0)
    lower = float(special.chdtrc(others, x)) if others else float(x <= 0)
    return 0.5 * lower + 0.5 * float(special.chdtrc(others + 1, x))


def variance_tests(moments: Moments, method: str = "REML") -> VarianceTests:
    """Test each random term against zero, its covariances gone with it.

    The intercept of a block that also has slopes is not tested: without it the model would
    depend on where the slope's variable has its zero.
    """
    problem = problem_of(moments)
    full = solve(problem, method == "REML")
    tests, at = [], 0
    for level in problem.levels:
        for block in level.blocks:
            q = len(block)
            columns, rows = np.triu_indices(q)
            for i in range(q):
                term = level.terms[block[i]]
                if term == INTERCEPT and q > 1:
                    continue
                free = np.ones(len(full.theta), dtype=bool)
                free[at : at + len(rows)] = (rows != i) & (columns != i)
                rise = _restricted(problem, free, full.reml) - full.evaluation.value
                statistic = max(rise, 0.0)
                p = mixture_p(statistic, q - 1)
                tests.append(VarianceTest(level.group, term, statistic, q - 1, p))
            at += len(rows)
    return VarianceTests(moments.design.formula.text, method, tuple(tests))


def _restricted(problem: AnyProblem, free: np.ndarray, reml: bool) -> float:
    """The lowest criterion with the other entries of theta at zero."""

    def function(points, members):
        full = np.zeros((len(points), len(free)))
        full[:, free] = points
        found = [evaluate(problem, t, reml) for t in full]
        return np.array([e.value for e in found]), np.array([e.gradient[free] for e in found])

    starts = np.stack([start_theta(problem, size)[free] for size in STARTS])
    return float(np.nanmin(minimise(function, starts).value))


def _check_same_rows(one: Moments, other: Moments) -> None:
    sums = [_outcome_sums(m) for m in (one, other)]
    same = one.design.response == other.design.response and one.rows == other.rows
    if same and np.allclose(*sums, rtol=SAME_ROWS, atol=SAME_ROWS * abs(sums[0][2])):
        return
    raise RequestError(
        "The two models were not fitted to the same rows of the same outcome",
        where=f"{one.rows:,} and {other.rows:,} rows",
        allowed="one outcome, and the rows that are complete for both models",
        next_step="leave out rows with a missing value in a variable of either model",
    )


def _outcome_sums(moments: Moments) -> np.ndarray:
    """(3,): rows, sum and sum of squares of the outcome, about its first model's centre."""
    gram = moments.total
    centre, scale = moments.centre[-1], moments.scale[-1]
    y, yy = scale * gram[0, -1], scale**2 * gram[-1, -1]
    return np.array(
        [moments.rows, y + centre * moments.rows, yy + 2 * centre * y + centre**2 * moments.rows]
    )


def _is_nested(small: Moments, large: Moments) -> bool:
    return _terms(small, small.design.x) <= _terms(large, large.design.x) and all(
        any(
            b.label == a.label and _terms(small, a.columns) <= _terms(large, b.columns)
            for b in large.design.blocks
        )
        for a in small.design.blocks
    )


def _is_special(small: Residuals | None, large: Residuals | None) -> bool:
    """Whether the smaller model's residuals are a special case of the larger one's."""
    if small is None or large is None:
        return small is None
    runs = not small.serial or (small.serial, small.series) == (large.serial, large.series)
    return runs and small.spread in ("", large.spread)


def _terms(moments: Moments, names) -> set[frozenset]:
    """Columns by what they multiply, whatever the order in which the formula names it: `a:b` and
    `b:a` are one."""
    atoms = {c.name: frozenset(c.atoms) for c in moments.design.columns}
    return {atoms[name] for name in names}


def _messages(small: Fit, large: Fit, nested: bool, df: int, variances: int) -> list[str]:
    out = []
    if not nested:
        out.append(
            "The smaller model's terms are not all part of the larger one: compare AIC and BIC; "
            "the test holds only if the smaller model is a special case after all"
        )
    elif df <= 0 and variances == 0:
        out.append("The two are one model: the same terms, in another order or other words")
    elif df <= 0:
        out.append("The models have equally many parameters: compare AIC and BIC")
    elif variances > 1:
        out.append(
            f"{variances} variances were added; each lies on its edge when zero, so p is too "
            "large rather than too small"
        )
    if not (small.status.converged and large.status.converged):
        out.append("One of the fits did not settle; do not rely on the comparison")
    return out
