"""Waits within the standard, of everybody and by period, as a part of a report, of told figures."""

from dataclasses import dataclass

from analysis.base.phrase import Phrase, joined
from analysis.measures.waiting import Within
from analysis.presentation.charts import over_time
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import rests, wait_tables
from analysis.presentation.tables.table import Cell
from analysis.presentation.words import wait_words as words
from analysis.presentation.words.outcome_words import rate_shown
from analysis.questions.outcomes.proportion import reading
from analysis.questions.outcomes.waits import national_waits, standards
from analysis.sharing.sections.outcome_tables import Told, rate_text
from analysis.sharing.sections.periods import GAP
from analysis.sharing.sections.section import picture
from analysis.sharing.writing.document import Block, Chart, Paragraph

TOO_FEW = "Too few stand behind the waits within the standard to show them."
BEGAN_OF_LIMITS = "{rate} began within {weeks} weeks, as far as it can be told."


@dataclass(frozen=True, slots=True)
class WaitBlocks:
    """blocks of the section; further: told figures of its sentences; fixed: what is no figure."""

    blocks: tuple[Block, ...] = ()
    further: tuple[Cell, ...] = ()
    fixed: tuple[str, ...] = ()


def wait_blocks(told: Told) -> WaitBlocks:
    """The blocks, or a sentence on why there are none; nothing where no variable says waits."""
    spec = told.found.spec
    if not spec.wait:
        return WaitBlocks()
    label = told.labels.get(spec.wait, spec.wait)
    if why := words.why_none(told.found, label):
        return WaitBlocks((Paragraph(why),), fixed=(why,))
    counted = words.counted(spec, label)
    sentences, further = _sentences(told)
    if not sentences:
        said = joined([counted, TOO_FEW])
        return WaitBlocks(
            (Paragraph(said), wait_tables.known(told.figures)), fixed=_fixed(told, said)
        )
    readings = [_reading(told, one) for one in standards(spec)]
    national = national_waits(told.found)
    blocks: list[Block | None] = [
        Paragraph(joined([counted, *sentences])),
        wait_tables.waits(told.figures, readings, national).for_paper(),
        wait_tables.known(told.figures),
        _chart(told),
        _by_period(told),
    ]
    public = (national.label, national.source, national.who) if national else ()
    return WaitBlocks(
        tuple(b for b in blocks if b), tuple(further), (*_fixed(told, counted), *public)
    )


def unit_of(told: Told) -> str:
    """In what the wait is counted: 'weeks', 'days', or '' where nobody says."""
    return {1.0: "weeks", 7.0: "days"}.get(told.found.spec.per_week, "")


def _sentences(told: Told) -> tuple[list[str], list[Cell]]:
    """How many began so soon, standard by standard, of those that can be told."""
    said, further = [], []
    for one in standards(told.found.spec):
        rate, bound = wait_tables.told(told.figures, told.found.all, one)
        if rate is not None:
            text, of, pattern = rate_text(rate), rate.of, words.BEGAN
        elif bound is not None:
            text, of, pattern = rests.between(bound), bound.of, BEGAN_OF_LIMITS
        else:
            continue
        said.append(Phrase(pattern, rate=text, weeks=one.weeks))
        further.append(Cell(text, of=of))
    return said, further


def _reading(told: Told, one: Within) -> str:
    """Met or not met by the whole interval, as targets are read; else it cannot be told."""
    rate, bound = wait_tables.told(told.figures, told.found.all, one)
    low, high = 0.0, 100.0
    if rate is not None and rate.low is not None and rate.high is not None:
        low, high = 100 * rate.low, 100 * rate.high
    elif bound is not None:
        low, high = bound.first, bound.last
    return reading(one.percent, low, high)


def _by_period(told: Told):
    table = wait_tables.by_period(told.figures, "Period", told.periods)
    return table and table.for_paper()


def _chart(told: Told) -> Chart | None:
    """The told shares of the shortest standard over time; none where fewer than two are told."""
    one = standards(told.found.spec)[0]
    rates = {c.value: wait_tables.told(told.figures, c, one)[0] for c in told.periods}
    there = {period: rate for period, rate in rates.items() if rate and rate.share is not None}
    if len(there) < 2:
        return None
    said = [Phrase("{rate} {share}", rate=p, share=rate_shown(r)) for p, r in there.items()]
    name = words.named(one)
    return picture(
        Phrase("{name}, over time", name=name),
        Phrase("Shares with a first session so soon: {rates}.", rates=joined(said, "; ")),
        over_time.share_chart(rates, name, PAPER, one.percent),
        notes=(words.DOTTED, *((GAP,) if len(there) < len(rates) else ())),
        derived=("stretch", "target"),
    )


def _fixed(told: Told, counted: str) -> tuple[str, ...]:
    """The standard's own numbers."""
    names = [words.named(one) for one in standards(told.found.spec)]
    weeks = [f"within {one.weeks} weeks" for one in standards(told.found.spec)]
    return counted, *names, *weeks, words.source()
