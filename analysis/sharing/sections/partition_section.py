"""What explains outcome, as a part of a report."""

from dataclasses import replace

from analysis.presentation.charts.partition import partition as charts
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import partition_tables
from analysis.presentation.words.partition import (
    partition_cautions,
    partition_phrases,
    partition_words,
)
from analysis.questions.partition.people import People
from analysis.questions.partition.result import Partition
from analysis.sharing.protection.figures import HIDDEN, LEAST, may_show_model
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.section import Asked, Part, counted, picture, section
from analysis.sharing.writing.document import Chart, KeyFigure, KeyFigures, Paragraph

UNITS = {"end": "Treatments", "next": "Sessions", "growth": "Sessions"}
WHOSE = "model|all rows"
TOO_FEW = (
    f"Too few patients stand behind this model to share it: it needs {LEAST['interval']} patients, "
    "as many in each category of a predictor, and as many observations more than coefficients."
)


def partition_part(p: Partition, people: People, outcome: str, asked: Asked) -> Part:
    """The Part of a partition. outcome: the label that the reader knows it by.

    In a shared report the counts are rounded and no level of a category is named; a model over too
    few patients is said to be one, and not shown.
    """
    patients = len(people.patients)
    if asked.shares and not (
        patients >= LEAST["interval"]
        and may_show_model(p.rows - people.coefficients, people.in_levels)
    ):
        return Part(replace(section(SECTIONS["partition"], Paragraph(TOO_FEW)), fixed=(TOO_FEW,)))
    behind = _counted(p, patients, asked)
    blocks = [
        Paragraph(partition_words.answer(p, outcome)),
        behind,
        _bar(p, outcome),
        _shares(p),
        partition_tables.levels(p).for_paper() if p.levels else None,
        Paragraph(partition_words.paragraph(_as_counted(p, asked), outcome)),
        *(Paragraph(told) for told in map(asked.told, partition_cautions.caveats(p)) if told),
    ]
    kind = f"{p.outcome} · what explains it, {p.question}"
    return Part(
        replace(section(SECTIONS["partition"], *blocks), of=WHOSE),
        sum(figure.value.text == HIDDEN for figure in behind.figures),
        asked.cell(kind, "all rows of the model", people.patients),
        {WHOSE: patients},
    )


def _counted(p: Partition, patients: int, asked: Asked) -> KeyFigures:
    """How much stands behind the answer; a rounded count of rows is one of patients at least."""
    found = {"Patients": patients, UNITS[p.question]: p.rows}
    if "therapist" in p.groups:
        found["Therapists"] = p.groups["therapist"]
    return KeyFigures(tuple(KeyFigure(k, counted(asked.count(n))) for k, n in found.items()))


def _bar(p: Partition, outcome: str) -> Chart:
    caption = f"What explains {outcome} {partition_phrases.MOMENT[p.question]}"
    return picture(
        caption, partition_words.describe_bar(p, outcome), charts.partition_bar(p, PAPER)
    )


def _shares(p: Partition) -> Chart:
    truth = " Diamonds: the true share, known because the data are synthetic." if p.truth else ""
    return picture(
        "Each share with its interval",
        "Bar chart of the shares in the table below, with their 95 % intervals.",
        charts.shares_chart(p, PAPER),
        table=partition_tables.shares(p).for_paper(),
        notes=(f"Bars: the share. Lines: its 95 % interval.{truth}",),
    )


def _as_counted(p: Partition, asked: Asked) -> Partition:
    """The partition as the paragraph may tell it: rows as they may be shown, and no groups."""
    return replace(p, rows=asked.count(p.rows) or 0, groups={})
