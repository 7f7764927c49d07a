"""Models of Model lab as a part of a report: coefficients, where the variance lies, methods.

A shared model rests on enough patients in all, in each group of rows that its categories set
apart and behind each coefficient; of an outcome that happens or doesn't, on enough with and
without it in each of them. None of these is one therapist's, and no predictor says who somebody is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from analysis.base.errors import FormulaError, ModelError, RequestError
from analysis.models.logistic.result import LogisticFit
from analysis.models.result import Fit
from analysis.presentation.tables.models import lab_tables, model_tables
from analysis.presentation.tables.table import Table
from analysis.presentation.words.models import methods_words, model_words
from analysis.presentation.words.models.residual_words import named
from analysis.questions.lab.answer import fit
from analysis.questions.lab.examine import r2_in_full
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.studies.study import Member
from analysis.questions.lab.way_back.behind import ModelPeople, model_people
from analysis.sharing.protection.figures import (
    AND,
    LARGEST,
    LARGEST_TWO,
    LEAST,
    LEAST_IN_LEVEL,
    may_show_model,
    written,
)
from analysis.sharing.protection.therapists import tells_of_therapists
from analysis.sharing.sections.models.about import About
from analysis.sharing.sections.models.beside import Beside, Near, model_cells
from analysis.sharing.sections.section import Asked, Part, counted, section
from analysis.sharing.writing.document import Block, KeyFigure, KeyFigures, Paragraph

FEWEST_THERAPISTS = LEAST["mean"]  # of whom a spread is told
WHY_NOT = {
    "patients": f"too few patients stand behind it: {LEAST['decimals']} are needed, and "
    f"{LEAST_IN_LEVEL} more than coefficients",
    "cells": f"a category, or categories together, set a group of fewer than {LEAST_IN_LEVEL} "
    "patients apart",
    "behind": f"a coefficient rests on fewer than {LEAST_IN_LEVEL} patients",
    "events": f"of a group, fewer than {LEAST_IN_LEVEL} patients had the outcome, or had it not",
    "outcome": "one or two patients make most of the outcome's spread",
    "persons": "a predictor says who somebody is",
    "caseloads": "a group of its rows has fewer than three therapists, or mostly one",
    "near": "1 to 7 patients set its rows apart from those of another model of the same outcome",
    "together": "beside other models or files of sums, told before or here, its coefficients would "
    f"tell of fewer than {LEAST_IN_LEVEL} patients",
    "therapists": f"it tells how fewer than {FEWEST_THERAPISTS} therapists differ",
}
NONE = "This report names no model: choose a study of Model lab."
OF_ALL = (" R2", "of all")  # what is told of where the variance lies


def lab_part(
    heading: str,
    members: tuple[Member, ...],
    about: About,
    asked: Asked,
    near: Near = lambda cells: (),
    before: Iterable[str] = (),
) -> Part:
    """The Part of a study's models, one after the other. In a shared report a model that may not be
    shown is said to be one, and why. near: positions of cells that lie too near what was shared
    before; before: the formulas of files of sums and models that were."""
    if not members:
        return Part(replace(section(heading, Paragraph(NONE)), fixed=(NONE,)))
    labels = {v.name: v.label or v.name for v in about.variables}
    blocks: list[Block | None] = []
    fixed, cell_list, sets = [], [], {}
    beside = Beside(about, near, list(before))
    for k, member in enumerate(members, 1):
        question = member.question(about.dataset, about.version, about.store)
        name = member.label or f"Model {k}"
        titled = f"{name}: {named(replace(member, label=''))}"
        fixed.append(titled)
        blocks.append(Paragraph(titled))
        try:
            fitted, people = fit(question), model_people(question)
        except (ModelError, RequestError, FormulaError) as error:
            said = "The data cannot answer this model" + ("." if asked.shares else f": {error}.")
            fixed.append(said)
            blocks.append(Paragraph(said))
            continue
        why, own = "", model_cells(question, people, asked)
        if asked.shares:
            why = why_not(fitted, people) or beside.why_not(question, people, asked)
        if why:
            said = f"This model is not shared: {WHY_NOT[why]}."
            fixed.append(said)
            blocks.append(Paragraph(said))
            continue
        whose = f"model {k}|its rows"
        sets[whose] = len(people.patients)
        blocks += _told(question, fitted, people, labels, name, asked)
        cell_list += own
        beside.add(question, people)
    made = replace(section(heading, *blocks), of=AND.join(sets), fixed=tuple(fixed))
    return Part(made, len(members) - len(sets), tuple(cell_list), sets)


def why_not(fitted: Fit | LogisticFit, people: ModelPeople) -> str:
    """The key of WHY_NOT, '' where the model may be shown."""
    patients = len(people.patients)
    enough = patients >= LEAST["decimals"]
    if not enough or not may_show_model(patients - people.coefficients - len(fitted.random)):
        return "patients"
    if people.names_persons:
        return "persons"
    for name, numbers in (
        ("cells", people.cells),
        ("events", people.events),
        ("behind", [n for _, n in people.behind]),
    ):
        if any(n < LEAST_IN_LEVEL for n in numbers):
            return name
    if people.largest[0] > LARGEST or people.largest[1] > LARGEST_TWO:
        return "outcome"
    if any(tells_of_therapists(loads) for loads in people.caseloads):
        return "caseloads"
    few = fitted.groups.get("therapist", FEWEST_THERAPISTS) < FEWEST_THERAPISTS
    return "therapists" if few else ""


def _told(
    question: ModelQuestion,
    fitted: Fit | LogisticFit,
    people: ModelPeople,
    labels: Mapping[str, str],
    name: str,
    asked: Asked,
) -> list[Block | None]:

    def told(n: int) -> str:
        return written(asked.count(n))

    if asked.shares:
        fitted = replace(fitted, rows_dropped=0)  # how many is a count of few patients, perhaps
    if isinstance(fitted, LogisticFit):
        answer, table = model_words.logistic_answer, model_tables.odds_ratios(fitted)
    else:
        answer, table = model_words.fit_answer, model_tables.coefficients(fitted)
    unit = f"{fitted.row_unit.capitalize()}s"
    figures = {"Patients": len(people.patients)} | (
        {unit: fitted.rows} if unit != "Patients" else {}
    )
    shown = KeyFigures(tuple(KeyFigure(k, counted(asked.count(n))) for k, n in figures.items()))
    data = f"dataset {question.dataset}, version {question.version}"
    messages = [Paragraph(t) for m in fitted.status.messages if (t := asked.told(f"{m}."))]
    return [
        shown,
        Paragraph(f"{answer(fitted, told)}"),
        _table(table, f"{name}: {table.caption.lower()}", asked),
        _spread(model_tables.random_effects(fitted), name) if fitted.random else None,
        _variance(question, fitted, name),
        Paragraph(methods_words.methods(fitted, labels, data, told)),
        *messages,
    ]


def _table(table: Table, caption: str, asked: Asked) -> Table:
    """A shared one is without the degrees of freedom, which count rows or groups."""
    kept = [i for i, c in enumerate(table.columns) if not (asked.shares and c.name == "df")]
    return replace(
        table.for_paper(caption),
        columns=tuple(table.columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in table.rows),
    )


def _spread(table: Table, name: str) -> Table:
    return table.for_paper(f"{name}: {table.caption.lower()}")


def _variance(question: ModelQuestion, fitted: Fit | LogisticFit, name: str) -> Table:
    """Where the outcome's variance lies, by source and level where the groups are nested."""
    caption = f"{name}: where the variance lies"
    if isinstance(fitted, LogisticFit):
        found = fitted.variance_shares()
    elif fitted.crossings or fitted.residuals:
        found = [
            dict(group="", term=term, estimate=share, low=None, high=None)
            for term, share in (
                ("marginal R2", fitted.r2_marginal),
                ("conditional R2", fitted.r2_conditional),
            )
        ]
    else:
        found = r2_in_full(question).tidy()
    exact = [row for row in found if str(row["term"]).endswith(OF_ALL)]
    return lab_tables.variance_shares(exact, caption).for_paper()
