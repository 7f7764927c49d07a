"""Targets that the sender set, beside the told rates: met, not met, or not to be told."""

from dataclasses import replace

from analysis.base.phrase import Phrase
from analysis.presentation.tables import cells, outcome_tables
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words import outcome_words as words
from analysis.presentation.words.rounding import NBSP
from analysis.questions.outcomes.proportion import OPEN, reading
from analysis.sharing.protection.figures import GIVEN
from analysis.sharing.sections.outcome_tables import Told

DOWN = ("deterioration", "no_reliable_change")  # of which less is better
NOTE = (
    "Met or not met: the whole 95 % interval lies on that side of the target. Else chance alone "
    "may decide, and more treatments could tell."
)


def targets_table(told: Told) -> Table | None:
    """One row a target of a metric that the dataset's rules define; None without any."""
    rows = [
        _row(told, metric, points)
        for metric, points in told.targets
        if metric in told.found.metrics
    ]
    return (
        laid_out("Targets", rows, (NOTE,), right=("Target", "Rate", "95 % interval"))
        if rows
        else None
    )


def _row(told: Told, metric: str, points: int) -> dict[str, Cell]:
    figures, everyone = told.figures, told.found.all
    rate, bound = figures.rate(everyone, metric), figures.bound(everyone, metric)
    nothing, between = outcome_tables.limited(bound, figures.nothing)
    pattern = f"at most {{points}}{NBSP}%" if metric in DOWN else f"at least {{points}}{NBSP}%"
    said, less = OPEN, metric in DOWN
    if rate is not None and rate.low is not None and rate.high is not None:
        said = reading(points, 100 * rate.low, 100 * rate.high, less)
    elif bound is not None:
        said = reading(points, bound.first, bound.last, less)
    return {
        "Outcome": cells.text(words.METRIC_LABELS[metric]),
        "Target": replace(cells.text(Phrase(pattern, points=points)), of=GIVEN),
        "Verdict": cells.text(said),  # before the figures: a phone shows the first columns
        "Rate": outcome_tables.share(rate, nothing),
        "95 % interval": outcome_tables.interval(rate, between),
    }
