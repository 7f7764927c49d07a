"""Outcomes as a file may show them: every count, rate and effect size either protected or None.

What is hidden is decided once for everybody and all breakdowns together, because everybody's
figures stand beside each breakdown's. All later figures are made from what is shown: rates and
their intervals from the shown counts, control limits and funnels from these rates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.presentation.tables.table import Cell as Shown
from analysis.questions.outcomes.effect_sizes import EffectSize, pre_post
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.rates import METRICS, Outcomes
from analysis.sharing.protection.breakdown import Counted, Relation, hidden_counts, statistics_shown
from analysis.sharing.protection.figures import HIDDEN, LEAST, statistic, tells_of_each
from analysis.sharing.sections.section import Asked
from analysis.store.queries.outcome_cells import Cell, Spread

# What must not be told of a whole group.
SENSITIVE = ("improved", "unchanged", "deteriorated", "recovered", "reliably_recovered")
# Shown of everybody alone: beside the two others it would give away a small group's third.
OF_EVERYBODY = "no_reliable_change"
ENDINGS = ("planned", "unplanned", "ongoing", "ending_unknown")
RECOVERED = (
    Relation(("reliably_recovered",), "improved", sensitive=False),
    Relation(("reliably_recovered",), "recovered", sensitive=False),
)
# Denominator of the rates -> what is told of each group.
OF_GROUPS = {
    "measured": (
        Relation(("improved", "deteriorated"), "measured"),
        Relation(("at_caseness",), "measured", sensitive=False),
        Relation(("recovered",), "at_caseness"),
        Relation(("reliably_recovered",), "at_caseness"),
        *RECOVERED,
    ),
    "finished": (
        Relation(("measured",), "finished", sensitive=False),
        Relation(("improved", "deteriorated"), "finished"),
        Relation(("possible_cases",), "finished", sensitive=False),
        Relation(("recovered",), "possible_cases"),
        Relation(("reliably_recovered",), "possible_cases"),
        *RECOVERED,
    ),
}
# And of everybody besides.
OF_ALL = (
    Relation(ENDINGS, "episodes", sensitive=False),
    Relation(("finished",), "episodes", sensitive=False),
    Relation(("measured",), "finished", sensitive=False),
)
UNCHANGED = ("improved", "unchanged", "deteriorated")
WHOLE_PER_CENT = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What may be told of Outcomes. Cells are those of `found`, which stays true."""

    found: Outcomes
    asked: Asked
    hidden: dict[tuple[str, str, str], bool] = field(repr=False)
    with_means: frozenset[tuple[str, str]] = field(repr=False)

    @property
    def nothing(self) -> Shown:
        """What stands for a figure that may not be told."""
        return Shown(HIDDEN)

    def count(self, cell: Cell, name: str) -> int | None:
        """A count of treatments, None where it is hidden."""
        if self.hidden[cell.by, cell.value, name]:
            return None
        return self.asked.count(cell.counts[name])

    def rate(self, cell: Cell, metric: str) -> Rate | None:
        """A rate made from its shown counts, None where either is hidden or too few patients
        stand behind it for an interval."""
        return self.share(cell, metric, *self.counts_of(metric))

    def counts_of(self, metric: str) -> tuple[str, str]:
        """The names of a metric's count and of what it is a share of."""
        part, measured, finished = METRICS[metric]
        return part, finished if self.found.question.denominator == "finished" else measured

    def share(self, cell: Cell, name: str, part: str, whole: str) -> Rate | None:
        """The rate `name` of one count in another, as `rate`."""
        top, bottom = self.count(cell, part), self.count(cell, whole)
        if top is None or not bottom or cell.patients[whole] < LEAST["interval"]:
            return None
        top = min(top, bottom)  # rounded, a part can come out over its whole
        if self.asked.shares and part in SENSITIVE and tells_of_each(top, bottom):
            return None
        decimals = WHOLE_PER_CENT if self.asked.shares else None
        return Rate(name, top, bottom, decimals=decimals)

    def metrics(self, by: str) -> tuple[str, ...]:
        """The metrics that are told of everybody ('all') or of the groups of a breakdown."""
        return tuple(m for m in self.found.metrics if by == "all" or m != OF_EVERYBODY)

    def rates(self, cell: Cell) -> tuple[Rate, ...]:
        """The cell's rates that may be shown, in the order of the metrics."""
        found = (self.rate(cell, metric) for metric in self.metrics(cell.by))
        return tuple(rate for rate in found if rate is not None)

    def effect(self, cell: Cell) -> EffectSize | None:
        """The effect size in the first measure, None where it may not be shown or has none."""
        if not cell.scores or (cell.by, cell.value) not in self.with_means:
            return None
        if self.hidden[cell.by, cell.value, "measured"]:
            return None
        everyone, sign = self.found.all.scores[0], self.found.spec.rules[0].sign
        effect = pre_post(cell.scores[0], sign, everyone)
        return effect if effect.d is not None else None

    def median(self, cell: Cell, spread: Spread, of: str) -> float | None:
        """A median of sessions or weeks, None where too few patients stand behind it."""
        return statistic(spread.median, min(cell.patients[of], spread.n), "median")

    def shown_cells(self) -> tuple[tuple[str, str, str], ...]:
        """(dimension, value, count) of every count that is shown, for the ledger."""
        return tuple(key for key, hidden in self.hidden.items() if not hidden)


def protect_outcomes(found: Outcomes, by: Sequence[str], asked: Asked) -> Figures:
    """The Figures of Outcomes broken down by each of `by`."""
    whole = found.question.denominator
    of_groups, unchanged = OF_GROUPS[whole], Relation(UNCHANGED, whole)
    # Everybody alone is a breakdown of one group.
    breakdowns = [((found.all,), (*of_groups, unchanged, *OF_ALL))]
    breakdowns += [(found.of(name), of_groups) for name in by]
    hidden: dict[tuple[str, str, str], bool] = {}
    means = set()
    for groups, relations in breakdowns:
        cells = (*groups, found.all)
        names = dict.fromkeys(n for r in relations for n in (*r.parts, r.whole))
        counts = {name: _counted(cells, name) for name in names}
        for name, mask in hidden_counts(counts, relations, asked.profile).items():
            for cell, is_hidden in zip(cells, mask, strict=True):
                key = (cell.by, cell.value, name)
                hidden[key] = hidden.get(key, False) or bool(is_hidden)
        means |= _with_means(groups)
    return Figures(found, asked, hidden, frozenset(means))


def _counted(cells: tuple[Cell, ...], name: str) -> Counted:
    """One count of each group, everybody's last."""
    return Counted(
        np.array([c.counts[name] for c in cells]), np.array([c.patients[name] for c in cells])
    )


def _with_means(groups: tuple[Cell, ...]) -> set[tuple[str, str]]:
    shown = statistics_shown([c.patients["measured"] for c in groups])
    return {(c.by, c.value) for c, yes in zip(groups, shown, strict=True) if yes}
