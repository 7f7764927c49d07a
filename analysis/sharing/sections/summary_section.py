"""What a board takes away, in three sentences, as a part of a report, of told figures alone."""

from dataclasses import replace

from analysis.base.phrase import Phrase, joined
from analysis.presentation.tables import outcome_tables, rests
from analysis.presentation.tables.outcome_tables import Bound
from analysis.presentation.tables.table import Cell
from analysis.presentation.words import outcome_words as words
from analysis.questions.outcomes.difference import difference
from analysis.questions.outcomes.proportion import Proportion
from analysis.sharing.periods_asked import before as period_before
from analysis.sharing.periods_asked import span
from analysis.sharing.protection.figures import AND
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.outcome_tables import Told, rate_text
from analysis.sharing.sections.section import Part, section
from analysis.sharing.sections.targets import NOTE, targets_table
from analysis.sharing.writing.document import KeyFigure, KeyFigures, Paragraph

METRICS = ("reliable_improvement", "recovery")
NO_CHANGE = (
    "Fewer than two periods can be shown, so nothing is said of better or worse than before."
)
NOT_TOLD = (
    "Nothing is said of better or worse than before: no earlier report tells of {earlier} in the "
    "same way."
)

SCORED = "A first and a last score are there for {rate} of the finished treatments."
SOME_SCORED = (
    "A first and a last score are there for {rate} of the finished treatments; of the others the "
    "outcome is not known."
)
ALL = 0.995  # printed as 100 %: there are no others to speak of

BETTER = "{rate} in {later} was better than in {earlier}"
WORSE = "{rate} in {later} was worse than in {earlier}"
NOT_CLEARLY = "{rate} in {later} was not clearly other than in {earlier}"


def summary_part(told: Told) -> Part:
    """The rates of everybody; better or worse than the period before; how many have both scores."""
    everyone, figures = told.found.all, told.figures
    shown = [r for r in figures.rates(everyone) if r.metric in METRICS]
    keys = [
        KeyFigure(words.METRIC_LABELS[r.metric], outcome_tables.share(r), words.behind(r))
        for r in shown
    ]
    changes = [change for metric in METRICS if (change := change_of(told, metric))]
    complete, behind = _completeness(
        *rests.told(figures, everyone, "unscored", "finished", "measured")
    )
    blocks = [
        Paragraph(
            joined([_said(r) for r in shown])
            if shown
            else "Too few stand behind each rate to show it."
        ),
        KeyFigures(tuple(keys)) if keys else None,
        targets_table(told),
        *(Paragraph(text) for text, _ in changes),
        None if changes else Paragraph(_no_change(told)),
        Paragraph(complete) if complete else None,
    ]
    cells = [_cell(r) for r in shown]
    before = told.before
    ends = period_before(*told.found.question.selection.periods)
    spans = [*((before.earlier, before.later) if before else ()), *([span(*ends)] if ends else [])]
    told_cells = (*cells, *behind, *(c for _, own in changes for c in own))
    made = section(SECTIONS["summary"], *blocks)
    return Part(
        replace(made, fixed=(NOTE, *spans), told=told_cells),
        sets=before.sets(METRICS) if before else {},
    )


def _said(rate: Proportion) -> str:
    said = {
        "reliable_improvement": "{rate} of the treatments improved reliably.",
        "recovery": "{rate} of those who began as cases recovered.",
    }
    return Phrase(said[rate.metric], rate=rate_text(rate))


def _no_change(told: Told) -> str:
    ends = period_before(*told.found.question.selection.periods)
    if ends and told.figures.asked.shares:
        return Phrase(NOT_TOLD, earlier=span(*ends))
    return NO_CHANGE


def _completeness(rate: Proportion | None, bound: Bound | None) -> tuple[str, list[Cell]]:
    """How many of the finished have both scores, and its cells; ('', []) where it is not told."""
    if rate is not None:
        share, cell = rate_text(rate), _cell(rate)
    elif bound is not None:
        share = rests.between(bound)
        cell = Cell(share, of=bound.of)
    else:
        return "", []
    is_all = rate is not None and rate.share is not None and rate.share >= ALL
    said = Phrase(SCORED if is_all else SOME_SCORED, rate=share)
    return said, [cell]


def _cell(rate: Proportion) -> Cell:
    return Cell(f"{rate_text(rate)} {words.behind(rate)}", of=rate.of)


def change_of(told: Told, metric: str) -> tuple[str, list[Cell]] | None:
    """`change_before`; where nothing is told of the period before, how the last period that is
    shown compares with the one shown before it."""
    found = change_before(told, metric)
    if found or metric not in told.found.metrics:
        return found
    rates = [(c.value, r) for c in told.periods if (r := told.figures.rate(c, metric))]
    return _change(metric, *rates[-2], *rates[-1]) if len(rates) > 1 else None


def change_before(told: Told, metric: str) -> tuple[str, list[Cell]] | None:
    """How the report's period compares with the one before it: the sentence, and its cells. None
    where one of the two is not told."""
    if told.before is None or metric not in told.found.metrics:
        return None
    pair = told.before.pair(told.figures, told.found.all, metric)
    if pair is None:
        return None
    return _change(metric, told.before.earlier, pair[0], told.before.later, pair[1])


def _change(
    metric: str, earlier: str, before: Proportion, later: str, after: Proportion
) -> tuple[str, list[Cell]] | None:
    found = difference(after, before)
    if found is None:
        return None
    points, low, high = (round(100 * value) for value in found)
    verdict = BETTER if low > 0 else WORSE if high < 0 else NOT_CLEARLY
    ends = Phrase(
        "{points} points, 95 % interval {low} to {high}",
        points=signed(points),
        low=signed(low),
        high=signed(high),
    )
    text = Phrase(
        f"{verdict}: {{after}} after {{before}} ({{difference}}).",
        rate=words.METRIC_LABELS[metric],
        later=later,
        earlier=earlier,
        after=rate_text(after),
        before=rate_text(before),
        difference=ends,
    )
    own = [Cell(rate_text(r), of=r.of) for r in (before, after)]
    return text, [*own, Cell(ends, of=f"{before.of}{AND}{after.of}")]


def signed(points: int) -> str:
    """Worked: 7 -> '+7', -7 -> '−7', 0 -> '0'."""
    return f"{'−' if points < 0 else '+' if points > 0 else ''}{abs(points)}"
