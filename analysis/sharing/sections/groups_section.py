"""Clinics beside each other, and outcome beside the alliance, as parts of a report."""

from dataclasses import replace

from analysis.base.phrase import Phrase
from analysis.presentation.charts import outcomes as charts
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.words import outcome_words as words
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.board.case_mix_blocks import NOT_TOLD, READ, case_mix_blocks
from analysis.sharing.sections.board.funnel_blocks import (
    FIXED,
    clinic_named,
    funnel_blocks,
    most_told,
)
from analysis.sharing.sections.outcome_tables import (
    FEWEST_CLINICS,
    Told,
    outcome_section,
    rate_table,
)
from analysis.sharing.sections.section import Part, picture, section
from analysis.sharing.writing.document import Paragraph

NOT_SHOWN = (
    "A clinic is not shown where its figures would tell of a single therapist (fewer than three "
    "treat there, one gives more than 60 % of the treatments, or all but two hardly any), of fewer "
    "than ten patients, or of those of another clinic by subtraction. Their treatments count in "
    "the figures of the whole service."
)
LONGER = "Reports of longer periods alone tell this, as planned: so more of it can be shown."
THIRDS = (
    "Treatments in three groups of about equal size by the mean of their early alliance "
    "(sessions {first} to {last}). That outcome goes with the alliance does not say that the "
    "alliance brings it about: who gets better may also think better of the therapy."
)
CASE_MIX = (
    "Clinics treat different people, and these rates are not adjusted for it: severity at intake, "
    "diagnoses and who fills in the forms differ. A rate apart from the others is no verdict."
)


def clinics_part(told: Told) -> Part:
    """Clinic by clinic, in the order of their names, those that may be shown."""
    every = [c for c in told.found.of("clinic") if c.counts["measured"]]
    cells = [c for c in every if told.tells(c)]
    if not told.found.of("clinic"):
        return Part(section(SECTIONS["clinics"], Paragraph(LONGER)))
    if len(cells) < FEWEST_CLINICS:
        text = "There are not two clinics that could be set beside each other."
        left_out = [Paragraph(NOT_SHOWN)] if len(cells) < len(every) else []
        shown = [found for found in told.case_mix if found.units]
        blocks = [block for found in shown for block in case_mix_blocks(found, told.labels)]
        made = section(SECTIONS["clinics"], Paragraph(text), *left_out, *blocks)
        return Part(replace(made, fixed=(NOT_SHOWN, NOT_TOLD)))
    left_out = [Paragraph(NOT_SHOWN)] if len(cells) < len(every) else []
    blocks = [
        *funnel_blocks(told, cells),
        _clinic_chart(told, cells),
        rate_table(told, "Outcomes by clinic", "Clinic", cells),
        *left_out,
        Paragraph(CASE_MIX),
        *(block for found in told.case_mix for block in case_mix_blocks(found, told.labels)),
    ]
    equal = (name for found in told.case_mix for name in (*found.equal, *found.messages))
    named = (clinic_named(c.value) for c in cells)
    fixed = (NOT_SHOWN, *FIXED, READ, NOT_TOLD, *named)
    fixed = (*fixed, *(told.labels.get(name, name) for name in equal))
    part = outcome_section("clinics", told, blocks, fixed=fixed)
    return replace(
        part,
        cells=tuple(cell for found in told.case_mix for cell in found.cells),
        sets={name: n for found in told.case_mix for name, n in found.sets.items()},
    )


def alliance_part(told: Told) -> Part:
    """Outcomes of treatments with a low, middle and high early alliance."""
    cells = [c for c in told.found.of("alliance") if c.value]
    if told.found.spec.alliance and not told.found.of("alliance"):
        return Part(section(SECTIONS["alliance"], Paragraph(LONGER)))
    if not told.found.spec.alliance or not cells:
        text = "This dataset has no early ratings of the alliance to set beside outcome."
        return Part(section(SECTIONS["alliance"], Paragraph(text)))
    first, last = told.found.spec.window
    told_how = Phrase(THIRDS, first=first, last=last)
    blocks = [
        Paragraph(told_how),
        _alliance_chart(told, cells),
        rate_table(told, "Outcomes by early alliance", "Early alliance", cells),
    ]
    return outcome_section("alliance", told, blocks, fixed=(told_how,))


def _alliance_chart(told: Told, cells):
    metric = told.first_of("reliable_improvement", "recovery")
    rows = tuple(
        (c.value.capitalize(), r) for c in cells if metric and (r := told.figures.rate(c, metric))
    )
    if len(rows) < 2:
        return None
    caption = Phrase("{rate} by early alliance", rate=words.METRIC_LABELS[metric])
    return picture(caption, charts.rates_text(rows), charts.rates_chart(rows, PAPER))


def _clinic_chart(told: Told, cells):
    metric = most_told(told, cells)
    rows = tuple(
        (words.value_label(c.value), r)
        for c in cells
        if metric and (r := told.figures.rate(c, metric))
    )
    if len(rows) < 2:
        return None
    caption = Phrase("{rate} by clinic", rate=words.METRIC_LABELS[metric])
    notes = ("Where intervals overlap, the clinics cannot be told apart by this figure.",)
    return picture(caption, charts.rates_text(rows), charts.rates_chart(rows, PAPER), notes=notes)
