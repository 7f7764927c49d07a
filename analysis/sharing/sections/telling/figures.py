"""Outcomes as a file may show them: every count, rate and effect size either protected or None.

What is hidden is decided once for everybody and all breakdowns together (`outcome_hiding`), because
everybody's figures stand beside each breakdown's. All later figures are made from what is shown:
intervals, control limits and funnels from the told rates. A report that stays inside is exact.
"""

from dataclasses import dataclass, field, replace

from analysis.presentation.tables.table import Cell as Shown
from analysis.questions.outcomes.effect_sizes import EffectSize, pre_post
from analysis.questions.outcomes.proportion import Proportion, Rate
from analysis.questions.outcomes.rates import METRICS, Outcomes
from analysis.sharing.protection.figures import HIDDEN, LEAST, set_name, statistic, tells_of_each
from analysis.sharing.protection.shares import told_rate
from analysis.sharing.sections.section import Asked
from analysis.store.queries.treatments.outcome_cells import Cell, Spread

# What must not be told of a whole group.
SENSITIVE = ("improved", "unchanged", "deteriorated", "recovered", "reliably_recovered")
# Shown of everybody alone: beside the two others it would give away a small group's third.
OF_EVERYBODY = "no_reliable_change"
ENDINGS = ("planned", "unplanned", "ongoing", "ending_unknown")
EFFECT = "effect"  # stands among a cell's counts for its effect size

Key = tuple[str, str, str]  # dimension, value, name of a count


@dataclass(frozen=True, slots=True)
class Figures:
    """What may be told of Outcomes. Cells are those of `found`, which stays true.

    hidden: the keys of what is not shown; a rate is hidden with its count, and under RATE + its
    count alone.
    """

    found: Outcomes
    asked: Asked
    hidden: frozenset[Key] = field(repr=False)

    @property
    def nothing(self) -> Shown:
        """What stands for a figure that may not be told."""
        return Shown(HIDDEN)

    def without(self, keys) -> "Figures":
        """The same with further keys hidden."""
        return replace(self, hidden=self.hidden | frozenset(keys))

    def whose(self, cell: Cell, *names: str) -> str:
        """The name of whom a figure of these counts is about (`sharing/audit.py`)."""
        return set_name(cell.by, cell.value, *names)

    def hides(self, cell: Cell, name: str) -> bool:
        return (cell.by, cell.value, name) in self.hidden

    def count(self, cell: Cell, name: str) -> int | None:
        """A count of treatments, None where it is hidden."""
        return None if self.hides(cell, name) else self.asked.count(cell.counts[name])

    def rate(self, cell: Cell, metric: str) -> Proportion | None:
        """A metric's rate, None where it is hidden or too few stand behind it for an interval."""
        return self.share(cell, metric, *self.counts_of(metric))

    def counts_of(self, metric: str) -> tuple[str, str]:
        """The names of a metric's count and of what it is a share of."""
        part, measured, finished = METRICS[metric]
        return part, finished if self.found.question.denominator == "finished" else measured

    def share(self, cell: Cell, name: str, part: str, whole: str) -> Proportion | None:
        """The rate `name` of one count in another, as `rate`."""
        top, bottom = cell.counts[part], cell.counts[whole]
        if not self.asked.shares:
            return Rate(name, top, bottom) if bottom else None
        if not bottom or self.hides(cell, part) or self.hides(cell, whole):
            return None
        if cell.patients[whole] < LEAST["interval"] or self.hides(cell, f"rate of {part}"):
            return None
        printed = cell.by == "all" or whole == "measured"
        told = replace(told_rate(name, top, bottom, printed), of=self.whose(cell, part, whole))
        sensitive = part in SENSITIVE and tells_of_each(round(100 * told.share), 100)
        return None if sensitive else told

    def metrics(self, by: str) -> tuple[str, ...]:
        """The metrics that are told of everybody ('all') or of the groups of a breakdown."""
        return tuple(m for m in self.found.metrics if by == "all" or m != OF_EVERYBODY)

    def rates(self, cell: Cell) -> tuple[Proportion, ...]:
        """The cell's rates that may be shown, in the order of the metrics."""
        found = (self.rate(cell, metric) for metric in self.metrics(cell.by))
        return tuple(rate for rate in found if rate is not None)

    def effect(self, cell: Cell) -> EffectSize | None:
        """The effect size in the first measure, None where it may not be shown or has none."""
        if not cell.scores or self.hides(cell, EFFECT) or self.hides(cell, "measured"):
            return None
        everyone, sign = self.found.all.scores[0], self.found.spec.rules[0].sign
        effect = pre_post(cell.scores[0], sign, everyone)
        if effect.d is None:
            return None
        # Two decimals of a mean of whole numbers leave few possible n (GRIM: Brown & Heathers
        # 2017, doi:10.1177/1948550616673876).
        few = self.asked.shares and effect.n < LEAST["decimals"]
        of = self.whose(cell, "measured")
        return replace(effect, decimals=1, of=of) if few else replace(effect, of=of)

    def median(self, cell: Cell, spread: Spread, of: str) -> float | None:
        """A median of sessions or weeks, None where too few patients stand behind it."""
        if not self.asked.shares:
            return spread.median
        if self.hides(cell, of):
            return None
        patients = cell.patients.get(of, cell.patients["episodes"])
        return statistic(spread.median, min(patients, spread.n), "median")
