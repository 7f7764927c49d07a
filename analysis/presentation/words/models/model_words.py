"""A fitted model in one sentence."""

from collections.abc import Callable

from analysis.base.joining import listed
from analysis.presentation.words.rounding import count, percent


def fit_answer(fit, told: Callable[[int], str] = count) -> str:
    """A fitted model in one sentence. told: a count as it may be told."""
    over = _over(fit, told)
    fixed = f"the predictors explain {percent(fit.r2_marginal)} of the outcome's variance"
    if not fit.groups:
        return f"{over}, {fixed}."
    return f"{over}, {fixed}; with the differences between groups {percent(fit.r2_conditional)}."


def logistic_answer(fit, told: Callable[[int], str] = count) -> str:
    """A logistic model in one sentence: how often, and how much of it is explained."""
    over = _over(fit, told)
    often = f"{fit.event.replace(' == ', ' is ')} in {percent(fit.events / fit.trials)}"
    fixed = f"the predictors explain {percent(fit.r2_marginal)} of the variance behind it"
    if not fit.groups:
        return f"{over}, {often}; {fixed}."
    together = percent(fit.r2_conditional)
    return f"{over}, {often}; {fixed}, with the differences between groups {together}."


def _over(fit, told: Callable[[int], str]) -> str:
    """What the rows are, how many, and their groups."""
    groups = [f"{told(n)} groups of {g}" for g, n in fit.groups.items()]
    one = fit.row_unit or "row"
    over = f"Over {told(fit.rows)} {one}{'s' * (fit.rows != 1)}"
    return f"{over} in {listed(groups)}" if groups else over
