"""Waits within a standard: of finished treatments whose wait is known, who began so soon.

What is counted, and in a shared report told, is who waited longer: near 100 % those are few, and
few are told as few. Within is the rest of it.
"""

from collections.abc import Callable

from analysis.measures.waiting import TIMED, PublishedWaits, Within, published_waits, standard
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.rates import Cell, Outcomes
from analysis.store.queries.treatments.treatments import TreatmentSpec

FEWEST_SESSIONS = 2  # of a finished course of treatment, as NHS England counts them


def standards(spec: TreatmentSpec) -> tuple[Within, ...]:
    """What a dataset's waits can be set beside: () where no variable says them in weeks or days."""
    return standard().within if spec.per_week else ()


def within(cell: Cell, one: Within) -> Rate:
    """Of a cell's finished treatments with a known wait, those that began so soon.
    Worked: 60 timed, 15 of them over 6 weeks -> 45 of 60."""
    n, over = cell.counts[TIMED], cell.counts[one.over]
    return Rate(name_of(one), n - over, n)


def name_of(one: Within) -> str:
    """What the rate is called in a file. Worked: 6 -> 'within_6_weeks'."""
    return f"within_{one.weeks}_weeks"


def tidy(found: Outcomes, by: Callable[[Cell], bool]) -> list[dict]:
    """One row a cell and standard: by, value, metric, count, n, share, low, high, standard, unknown
    (finished treatments whose wait is not known)."""
    return [
        dict(
            by=cell.by,
            value=cell.value,
            metric=rate.metric,
            count=rate.count,
            n=rate.n,
            share=rate.share,
            low=rate.low,
            high=rate.high,
            standard=one.percent / 100,
            unknown=cell.counts["finished"] - rate.n,
        )
        for cell in found.cells
        if by(cell)
        for one in standards(found.spec)
        for rate in [within(cell, one)]
    ]


def national_waits(found: Outcomes) -> PublishedWaits | None:
    """Published waits that count as these do: from referral to the first session, of finished
    treatments of two sessions and more; None where these begin elsewhere."""
    alike = found.spec.referred and found.spec.least_sessions == FEWEST_SESSIONS
    return next(iter(published_waits()), None) if alike else None
