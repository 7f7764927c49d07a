"""Tables of waits within a standard, for a page's exact figures and a report's told ones."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.base.phrase import Phrase
from analysis.measures.waiting import TIMED, UNTIMED, PublishedWaits, Within
from analysis.presentation.tables import cells, outcome_tables, rests
from analysis.presentation.tables.outcome_tables import PUBLISHED, Bound, Figures
from analysis.presentation.tables.table import Cell as Shown
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words.rounding import NBSP
from analysis.presentation.words.wait_words import named, source
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.outcomes.rates import Cell
from analysis.questions.outcomes.waits import name_of, standards, tidy

CAPTION = "Waits within the standard"
BY_PERIOD = "Waits within the standard, by period"
NOT_KNOWN = (
    "Not known: no date of referral or no length of the wait, or a referral that comes after the "
    "first session."
)


def waits(
    figures: Figures, readings: Sequence[str] = (), national: PublishedWaits | None = None
) -> Table:
    """One row a standard, of everybody: Wait, Rate, 95 % interval, Standard; readings: met or not,
    one a row; national: printed shares beside it."""
    rows, everyone = [], figures.found.all
    for place, one in enumerate(standards(figures.found.spec)):
        nothing = figures.nothing if everyone.counts[TIMED] else cells.NOTHING
        share, interval = rests.columns(*told(figures, everyone, one), nothing)
        row = {
            "First session": cells.text(named(one)),
            "Rate": share,
            "95 % interval": interval,
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
            nothing = figures.nothing if cell.counts[TIMED] else cells.NOTHING
            row[name] = rests.short(*told(figures, cell, one), nothing)
        rows.append(row)
    shown = {cell.text for row in rows for cell in list(row.values())[1:]}
    if len(rows) < 2 or shown <= {figures.nothing.text, cells.NOTHING.text}:
        return None
    exact = tidy(figures.found, lambda cell: cell.by == groups[0].by)
    return laid_out(BY_PERIOD, rows, (outcome_tables.IN_BRACKETS,), exact, right=names)


def told(figures: Figures, cell: Cell, one: Within) -> tuple[Proportion | None, Bound | None]:
    """The share of a cell that began so soon, or its limits."""
    return rests.told(figures, cell, one.over, TIMED, name_of(one))


def _given(text: str) -> Shown:
    return replace(cells.text(text), of=PUBLISHED)
