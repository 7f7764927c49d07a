"""Tables of outcomes: one layout for exact figures on a page and for protected ones in a report.

Both come as an object that tells a cell's counts, rates and effect size; what may not be told, or
is not there, is None and shown as the object's `nothing`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from analysis.base.phrase import Phrase, joined
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell as Shown
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words import outcome_words as words
from analysis.presentation.words.rounding import NBSP, estimate, percent, percent_interval
from analysis.questions.outcomes.benchmark import Comparison, Published
from analysis.questions.outcomes.effect_sizes import EffectSize, pre_post
from analysis.questions.outcomes.proportion import Proportion, Rate
from analysis.questions.outcomes.rates import METRICS, Cell, Outcomes, rate

PUBLISHED = "published"  # whose a figure is that others have printed
_ENDS = f"{{low}} to {{high}}{NBSP}%"
IN_BRACKETS = "In brackets: 95 % intervals, those of rates in per cent."


@dataclass(frozen=True, slots=True)
class Bound:
    """A rate of which only limits may be told, in points: it is `low` or more and below `high`.
    first, last: of its 95 % interval; of: whose."""

    low: int
    high: int
    first: int
    last: int
    of: str = ""


@dataclass(frozen=True, slots=True)
class Between:
    """A count of which no more may be told than that it is `low` or more and `high` or less, both
    in fives. of: whose."""

    low: int
    high: int
    of: str = ""


class Figures(Protocol):
    """What is told of each cell; the cells are those of `found`."""

    @property
    def found(self) -> Outcomes: ...

    @property
    def nothing(self) -> Shown: ...

    def count(self, cell: Cell, name: str) -> int | None: ...

    def between(self, cell: Cell, name: str) -> Between | None: ...

    def counts_of(self, metric: str) -> tuple[str, str]: ...

    def rate(self, cell: Cell, metric: str) -> Proportion | None: ...

    def share(self, cell: Cell, name: str, part: str, whole: str) -> Proportion | None: ...

    def limits(self, cell: Cell, part: str, whole: str) -> Bound | None: ...

    def bound(self, cell: Cell, metric: str) -> Bound | None: ...

    def effect(self, cell: Cell) -> EffectSize | None: ...

    def metrics(self, by: str) -> tuple[str, ...]: ...

    def whose(self, cell: Cell, *names: str) -> str: ...


@dataclass(frozen=True, slots=True)
class ExactFigures:
    """Everything as it was counted: for whoever may see the data."""

    found: Outcomes

    @property
    def nothing(self) -> Shown:
        return cells.NOTHING

    def count(self, cell: Cell, name: str) -> int:
        return cell.counts[name]

    def between(self, cell: Cell, name: str) -> Between | None:
        return None

    def counts_of(self, metric: str) -> tuple[str, str]:
        part, measured, finished = METRICS[metric]
        return part, finished if self.found.question.denominator == "finished" else measured

    def rate(self, cell: Cell, metric: str) -> Proportion | None:
        found = rate(cell, metric, self.found.question.denominator)
        return found if found.n else None

    def share(self, cell: Cell, name: str, part: str, whole: str) -> Proportion | None:
        patients = cell.patients[part], cell.patients[whole]
        found = Rate(name, cell.counts[part], cell.counts[whole], *patients)
        return found if found.n else None

    def limits(self, cell: Cell, part: str, whole: str) -> Bound | None:
        return None

    def bound(self, cell: Cell, metric: str) -> Bound | None:
        return None

    def effect(self, cell: Cell) -> EffectSize | None:
        if not cell.scores:
            return None
        rule, everyone = self.found.spec.rules[0], self.found.all.scores[0]
        found = pre_post(cell.scores[0], rule.sign, everyone)
        return found if found.d is not None else None

    def metrics(self, by: str) -> tuple[str, ...]:
        return self.found.metrics

    def whose(self, cell: Cell, *names: str) -> str:
        return ""


def overall(
    figures: Figures,
    caption: str = "Outcomes of the service",
    national: Published | None = None,
    compared: Iterable[Comparison] = (),
) -> Table:
    """One row a metric of everybody: Outcome, Treatments, Of, Rate, 95 % interval; where they are
    known, the distinct patients, and the published figure beside it."""
    everyone, rows = figures.found.all, []
    theirs = {c.own.metric: c.published.share for c in compared}
    for metric in figures.found.metrics:
        part, whole = figures.counts_of(metric)
        found = figures.rate(everyone, metric)
        nothing, nothing_between = limited(figures.bound(everyone, metric), figures.nothing)
        row = {
            "Outcome": cells.text(words.METRIC_LABELS[metric]),
            "Treatments": counted(figures, everyone, part),
            "Of": counted(figures, everyone, whole),
            "Rate": share(found, nothing),
            "95 % interval": interval(found, nothing_between),
        }
        if found is not None and found.patients is not None:
            row["Patients"] = cells.of(found.patients, found.of_patients)
        if national is not None:
            row[national.label] = cells.share(theirs.get(metric), decimals=1)
        rows.append(row)
    exact = [row for row in figures.found.tidy() if row["by"] == "all"]
    notes = [words.denominator_sentence(figures.found.question)]
    return laid_out(caption, rows, notes, exact, right=("Treatments", "Of", "Rate", "Patients"))


def by_group(
    figures: Figures,
    caption: str,
    label: str,
    groups: Sequence[Cell],
    notes: Iterable[str] = (),
    keep_empty: bool = False,
) -> Table:
    """One row a group that has treatments with both scores: their number, each rate with its
    interval, effect size. A column in which nothing could be told is left out, and a note says so.

    keep_empty: groups without such treatments keep their place, as a period does.
    """
    groups = [cell for cell in groups if cell.counts["measured"] or keep_empty]
    columns = {"With both scores": [counted(figures, c, "measured") for c in groups]}
    for metric in figures.metrics(groups[0].by if groups else "all"):
        name = words.METRIC_LABELS[metric]
        columns[name] = [_rate_or_bound(figures, c, metric) for c in groups]
    columns["Effect size"] = [_effect(figures.effect(c), _nothing(figures, c)) for c in groups]
    none = {figures.nothing, cells.NOTHING}
    empty = [name for name, shown in columns.items() if set(shown) <= none]
    kept = {name: shown for name, shown in columns.items() if name not in empty}
    rows = [
        {label: cells.text(words.value_label(cell.value))} | {k: v[i] for k, v in kept.items()}
        for i, cell in enumerate(groups)
    ]
    said = [IN_BRACKETS, *notes]
    if empty:
        names = joined([name.lower() for name in empty], ", ")
        said.append(Phrase("Too few in every group to be shown: {columns}.", columns=names))
    by = groups[0].by if groups else ""
    exact = [row for row in figures.found.tidy() if row["by"] == by]
    return laid_out(caption, rows, said, exact, right=kept)


def beside(figures: Figures, national: Published, compared: Iterable[Comparison]) -> Table:
    """The service's rates that can be told beside the published ones, with their source."""
    pairs = [(c.published, figures.rate(figures.found.all, c.published.metric)) for c in compared]
    rows = [
        {
            "Outcome": cells.text(words.METRIC_LABELS[theirs.metric]),
            "This service": replace(cells.text(_rate_text(own)), of=own.of),
            national.label: replace(cells.share(theirs.share, decimals=1), of=PUBLISHED),
        }
        for theirs, own in pairs
        if own is not None
    ]
    source = Phrase("Source: {source}; {who}.", source=national.source, who=national.who)
    notes = (source, words.CASE_MIX)
    return laid_out(
        Phrase("Beside {published}", published=national.label), rows, notes, right=("This service",)
    )


def counted(figures: Figures, cell: Cell, name: str) -> Shown:
    """A count of treatments as a cell: '60', '40 to 60', '10 or fewer', or what stands for
    nothing."""
    found = figures.count(cell, name)
    if found is not None:
        return replace(cells.count(found), of=figures.whose(cell, name))
    ends = figures.between(cell, name)
    if ends is None:
        return figures.nothing
    pattern = "{low} to {high}" if ends.low else "{high} or fewer"
    text = Phrase(pattern, low=ends.low, high=ends.high)
    return replace(cells.text(text), of=ends.of)


def share(found: Proportion | None, nothing: Shown = cells.NOTHING) -> Shown:
    """A rate as a cell: '45 %'."""
    if found is None:
        return nothing
    return replace(cells.share(found.share, found.low, found.high, found.decimals), of=found.of)


def interval(found: Proportion | None, nothing: Shown = cells.NOTHING) -> Shown:
    """A rate's interval as a cell: '43 to 46 %'."""
    if found is None:
        return nothing
    return replace(cells.share_interval(found.low, found.high, found.decimals), of=found.of)


def limited(found: Bound | None, nothing: Shown = cells.NOTHING) -> tuple[Shown, Shown]:
    """Limits as two cells: 'under 4 %' and '0 to 5 %'; '12 to 20 %' and '8 to 27 %'."""
    if found is None:
        return nothing, nothing
    between = Phrase(_ENDS, low=found.first, high=found.last)
    said, ends = (replace(cells.text(text), of=found.of) for text in (_between(found), between))
    return said, ends


def _between(found: Bound) -> str:
    if not found.low:
        return Phrase(f"under {{high}}{NBSP}%", high=found.high)
    return Phrase(_ENDS, low=found.low, high=found.high)


def _rate_or_bound(figures: Figures, cell: Cell, metric: str) -> Shown:
    """'45 % (43–46)', 'under 4 % (0–5)', or what stands for nothing."""
    found = figures.rate(cell, metric)
    bound = figures.bound(cell, metric) if found is None else None
    if bound is None:
        return short(found, _nothing(figures, cell))
    ends = {"low": bound.first, "high": bound.last}
    text = Phrase("{share} ({low}–{high})", share=_between(bound), **ends)
    return replace(cells.text(text), of=bound.of)


def _nothing(figures: Figures, cell: Cell) -> Shown:
    return figures.nothing if cell.counts["measured"] else cells.NOTHING


def _rate_text(found: Proportion) -> str:
    return Phrase("{share} ({interval})", share=share(found).text, interval=interval(found).text)


def short(found: Proportion | None, nothing: Shown) -> Shown:
    """'45 % (43–46)': for tables with a column a rate."""
    if found is None:
        return nothing
    shown = percent(found.share, found.low, found.high, found.decimals)
    ends = percent_interval(found.low, found.high, found.decimals).removesuffix(f"{NBSP}%")
    low, _, high = ends.partition(" to ")
    text = Phrase("{share} ({low}–{high})", share=shown, low=low, high=high)
    return replace(cells.text(text), of=found.of)


def _effect(found: EffectSize | None, nothing: Shown) -> Shown:
    """'0.89 (0.72 to 1.06)'."""
    if found is None:
        return nothing
    d, low, high = (estimate(v, decimals=found.decimals) for v in (found.d, found.low, found.high))
    text = Phrase("{d} ({low} to {high})", d=d, low=low, high=high)
    return replace(cells.text(text), of=found.of)
