"""Outcomes as a file may show them: every count, rate and effect size either protected or None.

What is hidden is decided once for everybody and all breakdowns together (`outcome_hiding`), because
everybody's figures stand beside each breakdown's. All later figures are made from what is shown:
intervals, control limits and funnels from the told rates. A report that stays inside is exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from analysis.measures.waiting import TIMED
from analysis.presentation.tables import cells
from analysis.presentation.tables.outcome_tables import Between, Bound
from analysis.presentation.tables.table import Cell as Shown
from analysis.questions.outcomes.effect_sizes import EffectSize, pre_post
from analysis.questions.outcomes.proportion import Proportion, Rate
from analysis.questions.outcomes.rates import METRICS, Outcomes
from analysis.sharing.protection.figures import (
    HIDDEN,
    LEAST,
    SMALL,
    set_name,
    statistic,
    tells_of_each,
)
from analysis.sharing.protection.shares import told_rate, told_whole
from analysis.sharing.protection.sums import (
    FIFTH,
    Known,
    as_limits,
    as_rate,
    coarse_rate,
    few,
    known_rate,
    together,
)
from analysis.sharing.sections.section import Asked
from analysis.sharing.sections.telling.blocks import Sum
from analysis.sharing.sections.telling.printed import left_open
from analysis.store.queries.treatments.outcome_cells import Cell, Spread

# What must not be told of a whole group.
SENSITIVE = ("improved", "unchanged", "deteriorated", "recovered", "reliably_recovered")
# Shown of everybody alone: beside the two others it would give away a small group's third.
OF_EVERYBODY = "no_reliable_change"
MEDIAN_OF = "median of "  # before whose it is: a median that is hidden alone
EFFECT = "effect"  # stands among a cell's counts for its effect size

# A group's rate of fewer is hardly worth a line, and what it tells would have to be hidden in the
# year that the group is large enough in.
FEWEST_OF_A_GROUP = 20

Key = tuple[str, str, str]  # dimension, value, name of a count


@dataclass(frozen=True, slots=True)
class Figures:
    """What may be told of Outcomes. Cells are those of `found`, which stays true.

    hidden: the keys of what is not shown; a rate is hidden with its count, and under RATE + its
    count alone. A count of few is hidden, that its rate is small is not. sums: what earlier reports
    tell of a figure: dimension, value, name, of which ('' for a count) -> Sum; a complete one is
    never hidden, for it tells nothing new; instead: sums that stand where a rate of few that is
    told afresh is hidden. coarse: rates that are told by a range alone, and by which of RANGES;
    of few, by a rougher limit. rough: printed counts that are not printed for a small set's
    sake, and of which rates are told all the same. wide: counts that are not printed, of which a
    rate's interval tells less than usual (`told_whole`).
    """

    found: Outcomes
    asked: Asked
    hidden: frozenset[Key] = field(repr=False)
    sums: Mapping[tuple[str, str, str, str], Sum] = field(default_factory=dict, repr=False)
    instead: Mapping[tuple[str, str, str, str], Sum] = field(default_factory=dict, repr=False)
    coarse: Mapping[Key, str] = field(default_factory=dict, repr=False)
    wide: frozenset[Key] = field(default=frozenset(), repr=False)
    rough: frozenset[Key] = field(default=frozenset(), repr=False)

    @property
    def nothing(self) -> Shown:
        """What stands for a figure that may not be told; in an exact report for one that is not."""
        return Shown(HIDDEN) if self.asked.shares else cells.NOTHING

    def without(self, keys) -> "Figures":
        """The same with further keys hidden."""
        return replace(self, hidden=self.hidden | frozenset(keys))

    def coarser(self, key: Key, form: str = FIFTH) -> "Figures":
        """The same with a rate told by a range of a form of RANGES."""
        dimension, value, name = key
        hidden = self.hidden - {(dimension, value, f"rate of {name}")}
        return replace(self, hidden=hidden, coarse={**self.coarse, key: form})

    def finer(self, key: Key) -> "Figures":
        """The same with a rate told in steps again."""
        return replace(self, coarse={k: v for k, v in self.coarse.items() if k != key})

    def wider(self, key: Key) -> "Figures":
        """The same with a hidden count, of which rates are shares, told more roughly than usual."""
        dimension, value, name = key
        hidden = self.hidden - {key, (dimension, value, f"rate of {name}")}
        return replace(self, hidden=hidden, wide=self.wide | {key})

    def with_again(self, key: Key, hidden: frozenset[Key]) -> "Figures":
        """The same with a figure and its rate no longer hidden, but for what of them is in
        `hidden`."""
        dimension, value, name = key
        again = {key, (dimension, value, f"rate of {name}")} - hidden
        return replace(self, hidden=self.hidden - again)

    def rougher(self, key: Key) -> "Figures":
        """The same with a count hidden, of which rates are told as of one that no table prints."""
        return replace(self, hidden=self.hidden - {key}, rough=self.rough | {key})

    def as_in(self, other: "Figures") -> "Figures":
        """The same, told as another of the same outcomes is."""
        names = ("hidden", "coarse", "wide", "rough")
        return replace(self, **{name: getattr(other, name) for name in names})

    def whose(self, cell: Cell, *names: str) -> str:
        """The name of whom a figure of these counts is about (`sharing/audit.py`)."""
        return set_name(cell.by, cell.value, *names)

    def hides(self, cell: Cell, name: str) -> bool:
        return (cell.by, cell.value, name) in self.hidden

    def sum_of(self, cell: Cell, name: str, of: str = "") -> Sum | None:
        """What earlier reports tell of a figure."""
        at = (cell.by, cell.value, name, of)
        if at in self.instead and self.hides(cell, f"rate of {name}"):
            return self.instead[at]
        return self.sums.get(at)

    def count(self, cell: Cell, name: str) -> int | None:
        """A count of treatments, None where it is hidden."""
        told = self.sum_of(cell, name)
        hidden = self.hides(cell, name) or self.is_rough(cell, name)
        if hidden and not (told and told.complete):
            return None
        rest = self.asked.count(told.part if told else cell.counts[name])
        if told is None or rest is None:
            return rest
        return rest + sum(block.shown for block in told.blocks)

    def between(self, cell: Cell, name: str) -> Between | None:
        """What the told rates leave open of a count that is not told itself."""
        if not self.asked.shares or self.count(cell, name) is not None:
            return None
        return left_open(self, cell, name)

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
        known, sums = self.known(cell, part, whole), self.sum_of(cell, part, whole)
        if known is None or known.low <= 0 or (cell.by, cell.value, part) in self.coarse:
            return None
        if sums:
            told = as_rate(name, known)
        else:
            told = told_rate(
                name, top, bottom, self._prints(cell, whole), self.is_wide(cell, whole)
            )
        n = self._number(cell, part, whole)
        return told and replace(told, of=self.whose(cell, part, whole), n=n or told.n)

    def known(self, cell: Cell, part: str, whole: str) -> Known | None:
        """What a shared file tells of a rate; None where it is hidden."""
        sums = self.sum_of(cell, part, whole)
        if sums and sums.complete:
            found = together([b.known for b in sums.blocks if b.known])
            return found if _worth_saying(found) else None
        rest = self.known_rest(cell, part, whole)
        if rest is None or sums is None:
            return rest
        found = together([rest, *(b.known for b in sums.blocks if b.known)])
        return found if _worth_saying(found) else None

    def known_rest(self, cell: Cell, part: str, whole: str) -> Known | None:
        """The same of the treatments that no earlier report told of."""
        sums = self.sum_of(cell, part, whole)
        top, bottom = (sums.part, sums.whole) if sums else (cell.counts[part], cell.counts[whole])
        patients = sums.patients[1] if sums else cell.patients[whole]
        if not bottom or self.hides(cell, whole) or self.hides(cell, f"rate of {part}"):
            return None
        printed = self._prints(cell, whole), self.is_wide(cell, whole)
        # By the number that is told: by the true one the rate would say whether 20 are 18 or 22.
        told = told_whole(bottom, printed[0])[0]
        told += sum(b.known.n for b in sums.blocks if b.known) if sums else 0
        if patients < LEAST["interval"] or (cell.by != "all" and told < FEWEST_OF_A_GROUP):
            return None
        form = self.coarse.get((cell.by, cell.value, part))
        if top <= SMALL:
            return few(top, bottom, printed[0], sums is None, printed[1], form is not None)
        if form:
            return coarse_rate(top, bottom, *printed, form)
        if self.hides(cell, part):
            return None
        rate = known_rate(top, bottom, *printed)
        sensitive = part in SENSITIVE and tells_of_each(round(100 * rate.middle), 100)
        return None if sensitive else rate

    def bound(self, cell: Cell, metric: str) -> Bound | None:
        """The limits of a rate that is not told itself."""
        return self.limits(cell, *self.counts_of(metric))

    def limits(self, cell: Cell, part: str, whole: str) -> Bound | None:
        """As `bound`, of one count in another."""
        if not self.asked.shares or self.share(cell, "", part, whole) is not None:
            return None
        known = self.known(cell, part, whole)
        found = known and as_limits(known)
        if not found:
            return None
        of = self.whose(cell, whole)
        return Bound(found.low, found.high, found.first, found.last, of)

    def _number(self, cell: Cell, part: str, whole: str) -> int | None:
        """Of how many a rate is a share as a table prints it: a sum of told counts may be another
        number than that of the told rates' own, and one report says one of them."""
        summed = self.sum_of(cell, whole) or self.sum_of(cell, part, whole)
        return self.count(cell, whole) if summed and self._prints(cell, whole) else None

    def _prints(self, cell: Cell, whole: str) -> bool:
        """Whether of how many a rate is a share stands beside it as a count."""
        printed = whole != TIMED and (cell.by == "all" or whole == "measured")
        return printed and not self.is_rough(cell, whole)

    def is_wide(self, cell: Cell, whole: str) -> bool:
        return (cell.by, cell.value, whole) in self.wide

    def is_rough(self, cell: Cell, whole: str) -> bool:
        return (cell.by, cell.value, whole) in self.rough

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
        if self.is_rough(cell, "measured"):
            return None
        everyone, sign = self.found.all.scores[0], self.found.spec.rules[0].sign
        effect = pre_post(cell.scores[0], sign, everyone)
        if effect.d is None:
            return None
        # Two decimals of a mean of whole numbers leave few possible n (GRIM: Brown & Heathers
        # 2017, doi:10.1177/1948550616673876).
        few = self.asked.shares and (self.count(cell, "measured") or 0) < LEAST["decimals"]
        of = self.whose(cell, "measured")
        return replace(effect, decimals=1, of=of) if few else replace(effect, of=of)

    def median(self, cell: Cell, spread: Spread, of: str) -> float | None:
        """A median of sessions or weeks, None where too few patients stand behind it."""
        if not self.asked.shares:
            return spread.median
        if self.hides(cell, f"{MEDIAN_OF}{of}"):
            return None
        # How long they waited is known of treatments whatever became of them.
        if self.hides(cell, of) or (of == "waited" and self.hides(cell, "episodes")):
            return None
        return statistic(spread.median, min(cell.patients[of], spread.n), "median")


def _worth_saying(known: Known) -> bool:
    return as_rate("", known) is not None or as_limits(known) is not None
