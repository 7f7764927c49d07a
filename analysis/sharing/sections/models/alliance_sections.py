"""What the pages on the alliance answer, as parts of a report: a model of all patients each.

A shared one holds coefficients and their intervals, sentences on them, and no count of a part of
the patients: shares of courses are whole per cents of a hundred courses or more.
"""

from collections.abc import Callable
from dataclasses import replace

from analysis.base.errors import ModelError, RequestError
from analysis.presentation.tables.alliance import (
    alliance_tables,
    course_tables,
    practice_tables,
    sequence_tables,
)
from analysis.presentation.tables.table import Table
from analysis.presentation.words.alliance import (
    alliance_words,
    course_words,
    practice_words,
    sequence_words,
)
from analysis.presentation.words.rounding import percent
from analysis.questions.alliance.building.practices import ask_paths, ask_practices
from analysis.questions.alliance.building.result import PracticesQuestion
from analysis.questions.alliance.components.answer import alliance
from analysis.questions.alliance.components.levels import NEXT
from analysis.questions.alliance.components.result import (
    AllianceAnswer,
    AllianceQuestion,
    Levels,
    NextLag,
)
from analysis.questions.alliance.course.answer import from_the_first
from analysis.questions.alliance.course.result import CourseQuestion, Ruptures
from analysis.questions.alliance.measures import alliance_measures, outcomes
from analysis.questions.alliance.sequence import SequenceQuestion, sequence
from analysis.questions.alliance.two.asked import raters_question
from analysis.questions.alliance.two.raters import ask_raters
from analysis.sharing.protection.figures import LEAST, may_show_model
from analysis.sharing.sections.models.about import About, said
from analysis.sharing.sections.section import Asked, Part, counted, section
from analysis.sharing.writing.document import Block, KeyFigure, KeyFigures, Paragraph

# Patients a model of the alliance has beyond its parameters, at the most (the LCM-SR's forty).
PARAMETERS = 40
# Courses behind a share of them in whole per cents, which tells no count of theirs.
FEWEST_COURSES = 100
# Columns of tables that count a part of the courses.
OF_A_PART = ("Courses flagged here", "Rated in", "Units")
TOO_FEW = "Too few patients stand behind this model to share it."


# How many patients or treatments the model rests on, and what is shown of it.
Answered = tuple[int, list[Block | None]]


def alliance_model_part(name: str, heading: str, about: About, asked: Asked) -> Part:
    """The Part called `name` (a key of SECTIONS_OF_THE_ALLIANCE); a sentence where the dataset
    cannot answer it, or in a shared report has too few patients."""
    patients = len(about.patients)
    enough = patients >= LEAST["decimals"] and may_show_model(patients - PARAMETERS)
    if asked.shares and not enough:
        return said(heading, TOO_FEW)
    if not alliance_measures(about.variables) or not outcomes(about.variables):
        return said(heading, "This dataset has no rating of the alliance beside an outcome.")
    try:
        behind, blocks = SECTIONS_OF_THE_ALLIANCE[name](about, asked)
    except (ModelError, RequestError) as error:
        if asked.shares:
            return said(heading, "The data cannot answer this question.")
        return said(heading, f"The data cannot answer this question: {error.what}.")
    if asked.shares and behind < LEAST["decimals"]:
        return said(heading, TOO_FEW)
    whose = f"model {name}|all patients"
    figures = KeyFigures((KeyFigure("Patients", counted(asked.count(patients))),))
    made = replace(section(heading, figures, *blocks), of=whose)
    cell = asked.cell(f"{about.outcome} · {name}", "all patients of the model", about.patients)
    return Part(made, 0, cell, {whose: patients})


def _order(about: About, asked: Asked) -> Answered:
    measure = alliance_measures(about.variables)[0]
    question = SequenceQuestion(
        about.dataset, about.outcome, measure.key, version=about.version, store=about.store
    )
    found = sequence(question)
    return found.fit.patients, [
        Paragraph(found.sentence),
        _table(sequence_tables.lags(found, "What a session goes with at the next"), asked),
        _table(sequence_tables.later(found, "What follows later"), asked),
        Paragraph(sequence_words.READ),
    ]


def _levels(about: About, asked: Asked) -> Answered:
    question = AllianceQuestion(
        about.dataset, about.outcome, version=about.version, store=about.store
    )
    found = alliance(question)
    blocks: list[Block | None] = [Paragraph(alliance_words.lead(found, found.outcome.label))]
    for levels in found.levels:
        caption = f"The alliance and {levels.target}, by level"
        blocks += [
            Paragraph(alliance_words.levels(found, levels)),
            _table(alliance_tables.levels(levels, caption, _lag_of(found, levels)), asked),
        ]
    return found.treatments, [*blocks, Paragraph(alliance_words.READ_LEVELS)]


def _lag_of(found: AllianceAnswer, levels: Levels) -> NextLag | None:
    return found.lag if levels.target == NEXT else None


def _raters(about: About, asked: Asked) -> Answered:
    question = raters_question(
        about.variables,
        AllianceQuestion(about.dataset, about.outcome, version=about.version, store=about.store),
    )
    if question is None:
        alone = "One person rated the alliance: how both see it cannot be told."
        return len(about.patients), [Paragraph(alone)]
    found = ask_raters(question)
    both_said = f"{found.sentence} {found.surface_sentence}".strip()
    both = _table(alliance_tables.raters(found, "Both ratings"), asked)
    return found.patients, [
        Paragraph(both_said),
        replace(both, notes=()) if asked.shares else both,  # they count exactly
        _table(alliance_tables.surface(found, "What agreement goes with"), asked)
        if found.surface
        else None,
    ]


def _ruptures(about: About, asked: Asked) -> Answered:
    question = CourseQuestion(
        about.dataset, about.outcome, version=about.version, store=about.store
    )
    found = from_the_first(question)
    own = found.ruptures
    if own is None:
        return found.treatments, [Paragraph(course_words.lead(found))]
    blocks: list[Block | None] = [
        Paragraph(_flagged(own) if asked.shares else course_words.lead(found)),
        _table(course_tables.rules(own, "Rules for ruptures, and their false alarms"), asked),
        Paragraph(course_words.HOW_RUPTURES),
    ]
    if not asked.shares:
        blocks.append(course_tables.followed(own, "What followed ruptures").for_paper())
    return own.courses, blocks


def _flagged(r: Ruptures) -> str:
    """How many courses show a rupture, as a share that tells no count."""
    rate = percent(r.rate, decimals=0)
    begins = f"At a false-alarm rate of {rate} of the courses"
    if r.courses < FEWEST_COURSES or min(r.with_rupture, r.courses - r.with_rupture) < 10:
        return f"{begins}, how many show a rupture is not told here."
    return (
        f"{begins}, {percent(r.with_rupture / r.courses, decimals=0)} show a rupture; {rate} would "
        "without there being any."
    )


def _practices(about: About, asked: Asked) -> Answered:
    question = PracticesQuestion(
        about.dataset, about.outcome, version=about.version, store=about.store
    )
    found = ask_practices(question)
    blocks: list[Block | None] = [
        Paragraph(practice_words.lead(found)),
        _table(practice_tables.slopes(found, "Practices and the alliance"), asked),
    ]
    paths = ask_paths(question)
    if paths:
        caption = "From practices through the alliance to the outcome"
        blocks += [
            Paragraph(practice_words.paths(found, paths)),
            _table(practice_tables.paths(found, paths, caption), asked),
        ]
    hidden = practice_words.hidden_cause(found)
    return found.treatments, [*blocks, Paragraph(hidden) if hidden else None]


def _table(table: Table, asked: Asked) -> Table:
    """As it may leave: without the columns that count a part of the patients."""
    table = table.for_paper()
    if not asked.shares:
        return table
    kept = [i for i, column in enumerate(table.columns) if column.name not in OF_A_PART]
    return replace(
        table,
        columns=tuple(table.columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in table.rows),
    )


SECTIONS_OF_THE_ALLIANCE: dict[str, Callable[[About, Asked], Answered]] = {
    "order": _order,
    "levels": _levels,
    "raters": _raters,
    "ruptures": _ruptures,
    "practices": _practices,
}
