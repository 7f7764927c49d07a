"""Tables of waits within a standard, for a page's exact figures and a report's told ones."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.base.phrase import Phrase
from analysis.measures.waiting import TIMED, UNTIMED, PublishedWaits, Within
from analysis.presentation.tables import cells, outcome_tables
from analysis.presentation.tables.outcome_tables import PUBLISHED, Bound, Figures
from analysis.presentation.tables.table import Cell as Shown
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words.rounding import NBSP
from analysis.presentation.words.wait_words import named, source
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.outcomes.rates import Cell
from analysis.questions.outcomes.waits import name_of, rest_of, standards, tidy

CAPTION = "Waits within the standard"
BY_PERIOD = "Waits within the standard, by period"
NOT_KNOWN = (
    "Not known: no date of referral or no length of the wait, or a referral that comes after the "
    "first session."
)
_ENDS = f"{{low}} to {{high}}{NBSP}%"


def waits(
    figures: Figures, readings: Sequence[str] = (), national: PublishedWaits | None = None
) -> Table:
    """One row a standard, of everybody: Wait, Rate, 95 % interval, Standard; readings: met or not,
    one a row; national: printed shares beside it."""
    rows, everyone = [], figures.found.all
    for place, one in enumerate(standards(figures.found.spec)):
        rate, bound = told(figures, everyone, one)
        row = {
            "First session": cells.text(named(one)),
            "Rate": outcome_tables.share(rate, _limits(bound, figures)),
            "95 % interval": outcome_tables.interval(rate, _ends(bound, figures)),
            "Standard": _given(Phrase(f"at least {{points}}{NBSP}%", points=int(one.percent))),
        }
        if readings:
            row["Reading"] = cells.text(readings[place])
        if national is not None:
            theirs = national.percent(one.weeks)
            shown = cells.share(None if theirs is None else theirs / 100, decimals=1)
            row[national.label] = replace(shown, of=PUBLISHED)
        rows.append(row)
    notes = [source()]
    if national is not None:
        notes.append(Phrase("Source: {source}; {who}.", source=national.source, who=national.who))
    exact = tidy(figures.found, lambda cell: cell.by == "all")
    return laid_out(CAPTION, rows, notes, exact, right=("Rate", "Standard"))


def known(figures: Figures) -> Table:
    """Of how many finished treatments the wait is known."""
    rows = [
        {
            "Treatments": cells.text(label),
            "Number": outcome_tables.counted(figures, figures.found.all, name),
        }
        for label, name in (("Finished", "finished"), ("Of them with an unknown wait", UNTIMED))
    ]
    return laid_out("Of how many the wait is known", rows, (NOT_KNOWN,), right=("Number",))


def by_period(figures: Figures, label: str, groups: Sequence[Cell]) -> Table | None:
    """One row a period, one column a standard; None without two rows or anything told."""
    names, rows = [named(one) for one in standards(figures.found.spec)], []
    for cell in groups:
        row = {label: cells.text(cell.value)}
        for one, name in zip(standards(figures.found.spec), names, strict=True):
            row[name] = _short(figures, cell, *told(figures, cell, one))
        rows.append(row)
    shown = {cell.text for row in rows for cell in list(row.values())[1:]}
    if len(rows) < 2 or shown <= {figures.nothing.text, cells.NOTHING.text}:
        return None
    exact = tidy(figures.found, lambda cell: cell.by == groups[0].by)
    return laid_out(BY_PERIOD, rows, (outcome_tables.IN_BRACKETS,), exact, right=names)


def told(figures: Figures, cell: Cell, one: Within) -> tuple[Proportion | None, Bound | None]:
    """The share of a cell that began so soon, or its limits."""
    rate = rest_of(figures.share(cell, one.over, one.over, TIMED), name_of(one))
    bound = figures.limits(cell, one.over, TIMED) if rate is None else None
    if bound is None:
        return rate, None
    ends = (100 - v for v in (bound.high, bound.low, bound.last, bound.first))
    return None, Bound(*ends, of=bound.of)


def between(found: Bound) -> str:
    """'over 88 %', or '60 to 80 %'."""
    if found.high >= 100:
        return Phrase(f"over {{low}}{NBSP}%", low=found.low)
    return Phrase(_ENDS, low=found.low, high=found.high)


def _limits(bound: Bound | None, figures: Figures) -> Shown:
    return replace(cells.text(between(bound)), of=bound.of) if bound else _nothing(figures)


def _ends(bound: Bound | None, figures: Figures) -> Shown:
    if bound is None:
        return _nothing(figures)
    return replace(cells.text(Phrase(_ENDS, low=bound.first, high=bound.last)), of=bound.of)


def _nothing(figures: Figures) -> Shown:
    return figures.nothing if figures.found.all.counts[TIMED] else cells.NOTHING


def _given(text: str) -> Shown:
    return replace(cells.text(text), of=PUBLISHED)


def _short(figures: Figures, cell: Cell, rate: Proportion | None, bound: Bound | None) -> Shown:
    """'72 % (65–78)', 'over 88 % (80–100)', or what stands for nothing."""
    if bound is not None:
        ends = {"low": bound.first, "high": bound.last}
        text = Phrase("{share} ({low}–{high})", share=between(bound), **ends)
        return replace(cells.text(text), of=bound.of)
    nothing = figures.nothing if cell.counts[TIMED] else cells.NOTHING
    return outcome_tables.short(rate, nothing)
