"""Shares near the whole, told as the rest of those who are left over: few of these are told as few,
and then the share is "over 97 %"."""

from dataclasses import replace

from analysis.base.phrase import Phrase
from analysis.presentation.tables import cells, outcome_tables
from analysis.presentation.tables.outcome_tables import Bound, Figures
from analysis.presentation.tables.table import Cell as Shown
from analysis.presentation.words.rounding import NBSP
from analysis.questions.outcomes.proportion import Proportion, rest_of
from analysis.questions.outcomes.rates import Cell

_ENDS = f"{{low}} to {{high}}{NBSP}%"


def told(
    figures: Figures, cell: Cell, left_over: str, whole: str, name: str
) -> tuple[Proportion | None, Bound | None]:
    """The share of a count of those who are not among `left_over`, or its limits."""
    rate = rest_of(figures.share(cell, left_over, left_over, whole), name)
    bound = figures.limits(cell, left_over, whole) if rate is None else None
    if bound is None:
        return rate, None
    ends = (100 - v for v in (bound.high, bound.low, bound.last, bound.first))
    return None, Bound(*ends, of=bound.of)


def between(found: Bound) -> str:
    """'over 88 %', or '60 to 80 %'."""
    if found.high >= 100:
        return Phrase(f"over {{low}}{NBSP}%", low=found.low)
    return Phrase(_ENDS, low=found.low, high=found.high)


def short(rate: Proportion | None, bound: Bound | None, nothing: Shown) -> Shown:
    """'72 % (65–78)', 'over 88 % (80–100)', or what stands for nothing."""
    if bound is None:
        return outcome_tables.short(rate, nothing)
    ends = {"low": bound.first, "high": bound.last}
    text = Phrase("{share} ({low}–{high})", share=between(bound), **ends)
    return replace(cells.text(text), of=bound.of)


def columns(rate: Proportion | None, bound: Bound | None, nothing: Shown) -> tuple[Shown, Shown]:
    """The share and its 95 % interval as cells of their own."""
    if bound is None:
        return outcome_tables.share(rate, nothing), outcome_tables.interval(rate, nothing)
    ends = Phrase(_ENDS, low=bound.first, high=bound.last)
    said, interval = (replace(cells.text(text), of=bound.of) for text in (between(bound), ends))
    return said, interval
