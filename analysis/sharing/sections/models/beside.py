"""A model of one's own beside others that were told: what all of them together would tell.

Two models of one outcome that few patients set apart can be subtracted, and the coefficients of
several give the outcome's products with all of their columns: |x - 50|, |x - 51| and |x - 52| in
three models tell of whoever is 51 (`questions/pooling/together.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from analysis.base.errors import RapportError
from analysis.models.language.design import mentioned
from analysis.models.language.events import with_event
from analysis.models.language.formula import Formula, parse_formula
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.way_back.behind import ModelPeople, model_people
from analysis.questions.pooling.together import of_same_rows, united
from analysis.sharing.ledger.ledger import MODEL, Cell
from analysis.sharing.protection.figures import LEAST_IN_LEVEL, is_small
from analysis.sharing.sections.models.about import About
from analysis.sharing.sections.section import Asked

Near = Callable[[tuple[Cell, ...]], tuple[int, ...]]


@dataclass(slots=True)
class Beside:
    """near: positions of cells that lie too near what was shared before. formulas: of what was told
    so far. people: (formula, its patients) of this report's models."""

    about: About
    near: Near
    formulas: list[str]
    people: list[tuple[Formula, frozenset[str]]] = field(default_factory=list)

    def why_not(self, question: ModelQuestion, people: ModelPeople, asked: Asked) -> str:
        """'near' or 'together', the keys of WHY_NOT; '' where the model may stand beside all."""
        parsed = _parsed(question)
        own = frozenset(people.patients)
        for other, patients in self.people:
            if is_small(len(own ^ patients)) and _share_an_outcome(parsed, other):
                return "near"
        if self.near(_looked_for(parsed, people, asked)):
            return "near"
        about = self.about
        alike = of_same_rows(
            question.formula, self.formulas, about.dataset, about.version, about.store
        )
        for text in united(question.formula, (), alike):
            try:
                together = model_people(replace(question, formula=text, weights=""))
            except RapportError:
                return "together"
            if any(n < LEAST_IN_LEVEL for _, n in together.behind):
                return "together"
        return ""

    def add(self, question: ModelQuestion, people: ModelPeople) -> None:
        """Notes a model that the report tells."""
        self.formulas.append(question.formula)
        self.people.append((_parsed(question), frozenset(people.patients)))


def model_cells(question: ModelQuestion, people: ModelPeople, asked: Asked) -> tuple[Cell, ...]:
    """What the ledger notes of a model: its formula, what its outcome is, and what is in it."""
    parsed, who = _parsed(question), "all rows of the model"
    kinds = [f"{MODEL}{question.family} {parsed.text}"]
    kinds += [f"modelled {name}" for name in _outcome(parsed)]
    kinds += [f"{parsed.text} · in a model: {name}" for name in _variables(parsed)]
    return tuple(c for kind in kinds for c in asked.cell(kind, who, people.patients))


def _looked_for(parsed: Formula, people: ModelPeople, asked: Asked) -> tuple[Cell, ...]:
    """Cells near which no earlier model may lie: one whose outcome is in this one, or that has this
    one's. Earlier ones of other formulas are kinds of a longer name (`ledger.near`)."""
    kinds = [f"modelled {name}" for name in _variables(parsed)]
    kinds += [f"in a model: {name}" for name in _outcome(parsed)]
    return tuple(c for kind in kinds for c in asked.cell(kind, "", people.patients))


def _share_an_outcome(one: Formula, other: Formula) -> bool:
    first, second = set(_outcome(one)), set(_outcome(other))
    return bool(first & set(_variables(other)) or second & set(_variables(one)))


def _parsed(question: ModelQuestion) -> Formula:
    return with_event(parse_formula(question.formula, question.weights))


def _outcome(parsed: Formula) -> tuple[str, ...]:
    return mentioned(replace(parsed, fixed=(), random=(), offsets=(), weights=""))


def _variables(parsed: Formula) -> tuple[str, ...]:
    return mentioned(replace(parsed, random=()))
