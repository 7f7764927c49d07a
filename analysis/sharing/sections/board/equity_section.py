"""Outcomes of groups of patients: by age, gender, and what else the dataset says of them."""

from analysis.base.phrase import Phrase, joined
from analysis.presentation.charts import outcomes as charts
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables.table import Table
from analysis.presentation.words import outcome_words as words
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.units.funnel import Unit, funnel
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.outcome_tables import Told, outcome_section, rate_table
from analysis.sharing.sections.section import Part, picture, section
from analysis.sharing.writing.document import Block, Chart, Paragraph
from analysis.store.queries.treatments.treatments import OF

NONE = (
    "No variable of this dataset says who the patients are: their age, gender, ethnicity or "
    "another category that they bring with them."
)
LONGER = "Reports of longer periods alone tell this, as planned: so more of it can be shown."
WHY = (
    "A difference between groups does not say where it comes from: severity, waiting and much else "
    "differ between them, and nothing here is adjusted for it. It asks for a look."
)


def equity_part(told: Told) -> Part:
    """A chart over all groups, a sentence and a table for each variable of who somebody is."""
    known = [group.dimension for group in told.found.spec.groups]
    shown = [by for by in known if told.found.of(by)]
    if not shown:
        return Part(section(SECTIONS["equity"], Paragraph(LONGER if known else NONE)))
    blocks: list[Block | None] = [_chart(told, shown)]
    for by in shown:
        groups = list(told.found.of(by))
        caption = Phrase("Outcomes by group of patients: {what}", what=told.named(by))
        blocks += [_answer(told, by), rate_table(told, caption, told.named(by), groups)]
    tables = any(isinstance(block, Table) for block in blocks)
    return outcome_section("equity", told, [*blocks, Paragraph(WHY) if tables else None])


def _metric(told: Told) -> str:
    return told.first_of("reliable_improvement", "recovery")


def _rates(told: Told, by: str) -> list[tuple[str, Proportion]]:
    metric = _metric(told)
    if not metric:
        return []
    groups = [c for c in told.found.of(by) if c.value and not told.too_rare_to_name(c)]
    pairs = [(c.value, told.figures.rate(c, metric)) for c in groups]
    return [(value, rate) for value, rate in pairs if rate is not None]


def _answer(told: Told, by: str) -> Paragraph | None:
    """Whether a group lies beyond what chance allows around the groups' common rate (99.8 %)."""
    rates = _rates(told, by)
    seen = funnel([Unit(value, round((r.share or 0) * r.n), r.n) for value, r in rates])
    if seen is None or len(rates) < 2:
        return None
    name, what = words.METRIC_LABELS[_metric(told)].lower(), told.named(by)
    apart = [placed.unit.label for placed in seen.outside("plain")]
    if not apart:
        said = "{what}: no group's {rate} lies beyond what chance allows around the common rate."
        return Paragraph(Phrase(said, what=what, rate=name))
    said = "{what}: the {rate} of these groups lies beyond what chance allows: {groups}."
    return Paragraph(Phrase(said, what=what, rate=name, groups=joined(apart, ", ")))


def _chart(told: Told, shown: list[str]) -> Chart | None:
    rows = tuple((_line(told, by, value), rate) for by in shown for value, rate in _rates(told, by))
    if len(rows) < 2:
        return None
    name = words.METRIC_LABELS[_metric(told)]
    caption = Phrase("{rate} by group of patients", rate=name)
    return picture(caption, charts.rates_text(rows), charts.rates_chart(rows, PAPER))


def _line(told: Told, by: str, value: str) -> str:
    return Phrase("{what}: {group}", what=told.labels.get(by.removeprefix(OF), by), group=value)
