"""Diagnostics that need no row: collinearity of terms and the search for the estimates."""

from dataclasses import dataclass

import numpy as np

from analysis.models.criterion.problem import Problem
from analysis.models.fit import STARTS_AGREE, Solution
from analysis.models.inference.checks.verdict import FINE, NOTE, PROBLEM, Verdict, joined
from analysis.models.inference.variance.part_r2 import term_name
from analysis.models.language.design import INTERCEPT
from analysis.models.language.moments import Moments
from analysis.models.settle import Settled

# A VIF of 5 widens an interval 2.2 times, one of 10 3.2 times (customary limits; O'Brien 2007,
# doi:10.1007/s11135-006-9018-6, warns against acting on them blindly).
HIGH_VIF, VERY_HIGH_VIF = 5.0, 10.0


@dataclass(frozen=True, slots=True)
class TermVif:
    """vif: how many times the other terms raise the variance of the term's coefficients; for a
    term of several columns the generalised one to the power 1 / columns, which compares."""

    term: str
    columns: int
    vif: float


@dataclass(frozen=True, slots=True)
class Collinearity:
    """terms in the formula's order. condition: condition number of the columns' correlations."""

    terms: tuple[TermVif, ...]
    condition: float
    verdict: Verdict

    def tidy(self) -> list[dict]:
        """One row a term: term, columns, vif."""
        return [dict(term=t.term, columns=t.columns, vif=t.vif) for t in self.terms]


@dataclass(frozen=True, slots=True)
class SearchTrace:
    """How the estimates were found. iterations, evaluations: of both searches; criteria: where
    each ended (internal scale), the one that counts first; spread: their difference; gradient:
    the largest slope left; decrease: what a Newton step would still take off the criterion;
    lowest: its smallest curvature, from the Hessian at the estimates."""

    iterations: int
    evaluations: int
    criteria: tuple[float, ...]
    spread: float
    gradient: float
    decrease: float
    lowest: float
    converged: bool
    verdict: Verdict

    def tidy(self) -> list[dict]:
        """One row a search: start, criterion, above_best."""
        best = min(self.criteria, default=0.0)
        return [
            dict(start=i + 1, criterion=c, above_best=c - best) for i, c in enumerate(self.criteria)
        ]


def collinearity(moments: Moments, problem: Problem) -> Collinearity:
    """Variance inflation of each term from the columns' correlations over rows.

    Generalised: det(R_own) det(R_others) / det(R) (Fox & Monette 1992,
    doi:10.1080/01621459.1992.10475190). Worked: two columns with r = .8: 1 / (1 - .64) = 2.78.
    """
    columns = [j for j, name in enumerate(problem.x) if name != INTERCEPT]
    covariance = problem.x_covariance[np.ix_(columns, columns)]
    size = np.sqrt(np.diag(covariance))
    moving = size > 0  # without an intercept a constant column may stand in for it
    columns = [c for c, m in zip(columns, moving, strict=True) if m]
    correlation = covariance[np.ix_(moving, moving)] / np.outer(size[moving], size[moving])
    named = {c.name: term_name(c) for c in moments.design.columns}
    labels = [named[problem.x[c]] for c in columns]
    terms = tuple(
        _term_vif(correlation, t, np.array([label == t for label in labels]))
        for t in dict.fromkeys(labels)
    )
    condition = float(np.linalg.cond(correlation)) if len(correlation) else 1.0
    return Collinearity(terms, condition, _collinearity_verdict(terms, problem.dropped))


def search_trace(solution: Solution) -> SearchTrace:
    """What the optimiser did, from the fit's own record."""
    optimum = solution.optimum
    criteria = tuple(float(v) for v in optimum.value)
    finite = np.isfinite(optimum.value).all()
    spread = float(np.ptp(optimum.value)) if finite and criteria else float("inf")
    gradient = float(np.abs(solution.evaluation.gradient).max(initial=0.0))
    searched, settled = len(solution.theta) > 0, solution.settled
    return SearchTrace(
        iterations=optimum.iterations,
        evaluations=optimum.evaluations,
        criteria=criteria,
        spread=spread if searched else 0.0,
        gradient=gradient,
        decrease=settled.decrease,
        lowest=settled.lowest,
        converged=settled.still,
        verdict=_search_verdict(searched, settled, spread, len(criteria)),
    )


def _term_vif(correlation: np.ndarray, term: str, own: np.ndarray) -> TermVif:
    def log_det(keep):
        return np.linalg.slogdet(correlation[np.ix_(keep, keep)])[1] if keep.any() else 0.0

    every = np.ones(len(own), dtype=bool)
    log = log_det(own) + log_det(~own) - log_det(every)
    return TermVif(term, int(own.sum()), float(np.exp(log / own.sum())))


def _collinearity_verdict(terms: tuple[TermVif, ...], dropped: tuple[str, ...]) -> Verdict:
    if dropped:
        return Verdict(
            PROBLEM,
            f"{joined(dropped)} was left out because the terms before it already say the same, so "
            "the model cannot tell them apart: remove one of them on purpose.",
        )
    high = [t for t in sorted(terms, key=lambda t: -t.vif) if t.vif >= HIGH_VIF]
    if not high:
        worst = max((t.vif for t in terms), default=1.0)
        return Verdict(
            FINE,
            f"The terms can be told apart (largest variance inflation {worst:.1f}), so their "
            "intervals are not widened by each other to speak of.",
        )
    return Verdict(
        PROBLEM if high[0].vif >= VERY_HIGH_VIF else NOTE,
        f"{joined([t.term for t in high])} largely repeat other terms (variance inflation up to "
        f"{high[0].vif:.0f}): what they explain together stands, but their own intervals are "
        f"{np.sqrt(high[0].vif):.1f} times as wide as without the others and their split is "
        "uncertain; judge them as one block.",
    )


def _search_verdict(searched: bool, settled: Settled, spread: float, starts: int) -> Verdict:
    if not searched:
        return Verdict(FINE, "Without random effects nothing is searched for.")
    if not settled.still:
        return Verdict(
            PROBLEM,
            "Where the search ended the criterion still falls "
            f"(by {settled.decrease:.2g} in one step), so the estimates are not settled and "
            "nothing here should be relied on; simplify the random part.",
        )
    if len(settled.flat):
        return Verdict(
            PROBLEM,
            "Along some mix of the variances the criterion does not change at all, so that others "
            "would fit as well: leave out one of the random terms that say the same.",
        )
    ends = f"the {starts} searches ended within {spread:.0e} of each other"
    if not spread <= STARTS_AGREE:
        ends = f"one of {starts} searches stopped {spread:.2g} above it and does not count"
    return Verdict(
        FINE,
        "The estimates are a minimum of the criterion: no slope is left "
        f"(a step would take off {settled.decrease:.0e}), and it bends upwards in every direction; "
        f"{ends}.",
    )
