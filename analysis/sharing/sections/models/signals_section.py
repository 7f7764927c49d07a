"""How well the signals on open treatments work, as a part of a report.

All figures are of finished treatments left out; nothing tells of an open one. In a shared report a
signal has figures where those that it flags, and those that it came to, are many on either side.
"""

from dataclasses import replace

from analysis.base.errors import ModelError, RequestError
from analysis.presentation.charts import courses as charts
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import progress_tables
from analysis.presentation.words import progress_words as words
from analysis.questions.progress.accuracy import Accuracy
from analysis.questions.progress.answer import Progress, progress
from analysis.questions.progress.question import ProgressQuestion
from analysis.sharing.protection.figures import HIDDEN, LEAST
from analysis.sharing.sections.models.about import About, said
from analysis.sharing.sections.models.told_signals import may_stand
from analysis.sharing.sections.section import Asked, Part, counted, picture, section
from analysis.sharing.writing.document import Block, KeyFigure, KeyFigures, Paragraph

WHOSE = "signals|all patients"
NOT_SAID = "Too few treatments stand behind the signals' figures to share them."


def signals_part(heading: str, about: About, asked: Asked) -> Part:
    """The Part; a sentence where the dataset has too few finished treatments."""
    question = ProgressQuestion(about.dataset, about.version, about.outcome, store=about.store)
    try:
        found = progress(question)
    except (ModelError, RequestError) as error:
        why = NOT_SAID if asked.shares else f"{error.what}: no signal can be judged."
        return said(heading, why)
    every = [a for a in found.accuracy if a.landmark == found.landmark]
    told = may_stand(every) if asked.shares else every
    if not told:
        return said(heading, NOT_SAID)
    patients = len(about.patients)
    figures = [KeyFigure("Patients", counted(asked.count(patients)))]
    if not asked.shares:  # a set of its own, which reports of outcomes may have hidden
        figures.append(KeyFigure("Finished treatments learnt from", counted(found.learnt)))
    shown = replace(found, accuracy=tuple(told))
    blocks: list[Block | None] = [KeyFigures(tuple(figures))]
    blocks += [_sentences(a, found) for a in told]
    blocks += [_table(shown, asked), Paragraph(_held(found, asked))]
    blocks += [_calibration(told[0])] if told[0].curve and not asked.shares else []
    made = replace(section(heading, *blocks), of=WHOSE)
    cell = asked.cell(f"{found.measure} · signals", "all patients", about.patients)
    return Part(made, len(every) - len(told), cell, {WHOSE: patients})


def _sentences(a: Accuracy, found: Progress) -> Paragraph:
    told = words.signal_sentence(a, found.axis)
    return Paragraph(f"{told} {words.calibration_sentence(a)}" if a.calibration else told)


def _table(found: Progress, asked: Asked):
    table = progress_tables.signals(found).for_paper()
    if not asked.shares:
        return table
    counts = {"Treatments", "It came to"}
    rows = tuple(
        tuple(
            counted(asked.count(int(cell.value)))
            if column.name in counts and isinstance(cell.value, (int, float))
            else cell
            for column, cell in zip(table.columns, row, strict=True)
        )
        for row in table.rows
    )
    return replace(table, rows=rows)


def _held(found: Progress, asked: Asked) -> str:
    if not asked.shares:
        return words.coverage_sentence(found)
    n = sum(c.n for c in found.coverage)
    if n < LEAST["decimals"]:
        return f"How often the bands held is not told here: {HIDDEN}."
    held = sum(c.eighty * c.n for c in found.coverage) / n
    return (
        "On treatments left out, the 80 % band from the first score held "
        f"{words.percent(held)} of later scores."
    )


def _calibration(a: Accuracy):
    return picture(
        "Whether the chances come true",
        charts.calibration_text(a),
        charts.calibration_chart(a, PAPER),
    )
