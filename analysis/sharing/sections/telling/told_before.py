"""What reports of outcomes stated, kept in the ledger so that a later one is judged beside them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.sharing.protection.reader import Statement
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.sections.telling.linked_hiding import Earlier
from analysis.sharing.sections.telling.statements import cells_of, printed_shares, statements
from analysis.store.queries.treatments.outcome_cells import EVERYTHING, Selection
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

DIMENSIONS = ("period", "clinic", "model", "severity", "alliance")
FINEST = "quarter"  # of the periods that a shared report may have


def of_everything(question: OutcomeQuestion) -> OutcomeQuestion:
    """The question about the whole dataset, by the finest periods."""
    return replace(question, selection=EVERYTHING, period=FINEST)


def spec_of(question: OutcomeQuestion, measures: Sequence[str]) -> str:
    """What decides who improved and recovered: reports alike in it are judged together."""
    asked = asdict(replace(of_everything(question), measures=tuple(measures), store=None))
    for name in ("selection", "dataset", "version", "denominator"):
        asked.pop(name)
    return json.dumps(asked, sort_keys=True)


def as_body(figures: Figures, by: Sequence[str], sets: TreatmentSets) -> str:
    """The selection and the statements of a report: cell, count, of what, least and greatest."""
    told = []
    for cell in cells_of(figures.found, by):
        wholes = dict(printed_shares(figures, cell))
        for name, one in statements(figures, cell, sets):
            of = "" if one.whole is None else wholes[name]
            told.append((cell.by, cell.value, name, of, float(one.low), float(one.high)))
    chosen = asdict(figures.found.question.selection)
    return json.dumps({"selection": chosen, "told": told}, sort_keys=True)


def earlier_of(bodies: Iterable[str], everything: TreatmentSets) -> list[Earlier]:
    """The earlier reports on the rows of the whole dataset."""
    found = []
    for body in bodies:
        content = json.loads(body)
        chosen = {n: tuple(v) for n, v in content["selection"].items()}
        here = everything.selected(Selection(**chosen))
        told = []
        for by, value, name, of, low, high in content["told"]:
            whole = everything.members(by, value, of) & here if of else None
            part = everything.members(by, value, name) & here
            told.append((by, Statement(part, low, high, whole)))
        found.append(Earlier(here, tuple(told)))
    return found
