"""The figures of the period before, so that a report can say what has changed, group by group.

A report to be shared computes none anew: it takes what earlier reports told of exactly those
treatments, or says nothing. So the comparison gives away no more than the two files together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import OpenTreatments
from analysis.sharing.periods_asked import before, span
from analysis.sharing.protection.figures import is_small, set_name
from analysis.sharing.protection.shares import ToldRate
from analysis.sharing.sections.section import Asked
from analysis.sharing.sections.telling.earlier_sums import with_sums
from analysis.sharing.sections.telling.figures import EFFECT, Figures
from analysis.sharing.sections.telling.hiding.linked import Earlier
from analysis.sharing.sections.telling.statements import cells_of
from analysis.store.queries.treatments.outcome_cells import COUNTS, Cell
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

BEFORE = "before "  # begins the name of a set of the period before


@dataclass(frozen=True, slots=True)
class Before:
    """figures: of the period before. now: of the later one, None where those of the report are.
    earlier, later: what the two are called."""

    figures: Figures = field(repr=False)
    now: Figures | None = field(repr=False)
    earlier: str
    later: str

    def pair(
        self, figures: Figures, cell: Cell, metric: str
    ) -> tuple[Proportion, Proportion] | None:
        """A group's rate before and now, None where one of the two is not told. figures: the
        report's own."""
        later = self.now or figures
        first, second = _cell(self.figures, cell), _cell(later, cell)
        if first is None or second is None:
            return None
        rate, after = self.figures.rate(first, metric), later.rate(second, metric)
        if rate is None or after is None:
            return None
        if not self.figures.asked.shares:
            return rate, after
        if any(is_small(first.patients[name]) for name in self.figures.counts_of(metric)):
            return None
        return replace(cast(ToldRate, rate), of=BEFORE + rate.of), after

    def sets(self, metrics: Sequence[str]) -> dict[str, int]:
        """Whom the rates before are about, for the audit: name of the set -> its patients."""
        found = {}
        for cell in self.figures.found.cells:
            for metric in metrics:
                if self.figures.rate(cell, metric) is not None:
                    for name in self.figures.counts_of(metric):
                        at = set_name(BEFORE + cell.by, cell.value, name)
                        found[at] = cell.patients[name]
        return found


def exact_before(
    treatments: OpenTreatments, question: OutcomeQuestion, by: Sequence[str], asked: Asked
) -> Before | None:
    """Of a report that stays inside: the period before the chosen ones; without a choice the last
    two periods that have treatments."""

    def figures(ends: tuple[str, str]) -> Figures:
        chosen = replace(question, selection=replace(question.selection, periods=ends))
        return Figures(treatments.ask(chosen, tuple(by), False), asked, frozenset())

    ends = question.selection.periods
    earlier = before(*ends)
    if earlier:
        return Before(figures(earlier), None, span(*earlier), span(*ends))
    if any(ends):
        return None
    last = [name for name in treatments.values("period") if name][-2:]
    if len(last) < 2:
        return None
    first, second = last
    return Before(figures((first, first)), figures((second, second)), first, second)


def told_before(
    treatments: OpenTreatments,
    question: OutcomeQuestion,
    by: Sequence[str],
    asked: Asked,
    every: TreatmentSets,
    earlier: Sequence[Earlier],
) -> Before | None:
    """Of a report to be shared: what earlier ones told of the whole period before, and no more."""
    ends = before(*question.selection.periods)
    if not ends or not earlier:
        return None
    chosen = replace(question, selection=replace(question.selection, periods=ends))
    found = treatments.ask(chosen, tuple(by), False)
    # Hidden is all that is not the sum of what was told.
    names = [*COUNTS, *(f"rate of {name}" for name in COUNTS), EFFECT]
    hidden = frozenset((c.by, c.value, name) for c in cells_of(found, by) for name in names)
    nothing = Figures(found, asked, hidden)
    figures = with_sums(nothing, by, every, every.selected(chosen.selection), earlier)
    return Before(figures, None, span(*ends), span(*question.selection.periods))


def _cell(figures: Figures, like: Cell) -> Cell | None:
    return next((c for c in figures.found.cells if (c.by, c.value) == (like.by, like.value)), None)
