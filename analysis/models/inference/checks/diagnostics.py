"""How the estimates were found, from the search's own record."""

from dataclasses import dataclass

import numpy as np

from analysis.models.inference.checks.verdict import FINE, PROBLEM, Verdict
from analysis.models.linear.fit import Solution
from analysis.models.linear.search import STARTS_AGREE
from analysis.models.linear.settle import Settled


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
