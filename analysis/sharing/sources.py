"""What the parts of a report are made from: each result computed once, when it is first needed."""

from contextlib import closing
from dataclasses import replace

import numpy as np

from analysis.explain.partition import partition
from analysis.explain.people import partition_people
from analysis.outcomes.question import OutcomeQuestion
from analysis.outcomes.rates import open_treatments
from analysis.report.disclosure.sketch import sketch
from analysis.report.ledger import Cell
from analysis.scope import Scope
from analysis.sharing.groups_part import alliance_part, clinics_part
from analysis.sharing.outcome_figures import Figures, protect_outcomes
from analysis.sharing.outcome_tables import Told
from analysis.sharing.outcomes_part import outcomes_part
from analysis.sharing.part import Asked, Part
from analysis.sharing.partition_part import partition_part
from analysis.store import catalogue
from analysis.store.dataset import open_dataset
from analysis.store.queries.outcome_cells import Selection
from analysis.store.queries.therapists import therapists_by_clinic

# Which breakdowns each section shows.
BREAKDOWNS = {
    "outcomes": ("period", "model", "severity"),
    "clinics": ("clinic",),
    "alliance": ("alliance",),
}


class Sources:
    """Results of one dataset for the sections that were chosen."""

    def __init__(self, scope: Scope, asked: Asked, sections: tuple[str, ...]):
        self.asked, self.sections = asked, sections
        self.info = catalogue.find(scope.dataset, scope.version)
        self.scope = replace(scope, version=self.info.version)
        with open_dataset(self.info) as dataset, closing(dataset.cursor()) as cursor:
            self.labels = {v.name: v.label or v.name for v in dataset.variables}
            therapists = therapists_by_clinic(cursor)
        self.alone = frozenset(clinic for clinic, n in therapists.items() if n < 2)

    def parts(self, tell) -> list[Part]:
        """The Part of each section but the method, in order. tell(section) before each."""
        made = []
        for name in self.sections:
            if name != "method":
                tell(name)
                made.append(self._part(name))
        return made

    def _part(self, name: str) -> Part:
        if name == "partition":
            return self._partition()
        if self._told is None:
            self._told = self._outcomes()
        told, cells = self._told
        part = {"outcomes": outcomes_part, "alliance": alliance_part}.get(name)
        made = part(told) if part else clinics_part(told, self.alone)
        # The cells of all breakdowns go to the ledger once, with the first section.
        self._told = (told, ())
        return replace(made, cells=cells)

    _told: tuple[Told, tuple[Cell, ...]] | None = None

    def _partition(self) -> Part:
        answer = partition(self.scope)
        label = self.labels.get(answer.outcome, answer.outcome)
        return partition_part(answer, partition_people(self.scope), label, self.asked)

    def _outcomes(self) -> tuple[Told, tuple[Cell, ...]]:
        by = tuple(b for name in self.sections for b in BREAKDOWNS.get(name, ()))
        question = OutcomeQuestion(
            self.info.name, self.info.version,
            measures=(self.scope.outcome,) if self.scope.outcome else (),
            selection=Selection(clinics=self.scope.clinics), window=self.scope.window,
        )  # fmt: skip
        treatments = open_treatments(question)
        figures = protect_outcomes(treatments.ask(question, by), by, self.asked)
        label = self.labels[figures.found.spec.rules[0].measure]
        return Told(figures, label, self.labels), self._cells(figures, treatments, by)

    def _cells(self, figures: Figures, treatments, by: tuple[str, ...]) -> tuple[Cell, ...]:
        """Whom every shown count is about, for the ledger; () where nothing is noted."""
        if self.asked.key is None:
            return ()
        shown = figures.shown_cells()
        counts = tuple(dict.fromkeys(count for _, _, count in shown))
        patients, sets = treatments.patient_sets(figures.found.question, by, counts)
        of_each = self.asked.powers(patients)
        measures = " and ".join(rule.measure for rule in figures.found.spec.rules)
        nobody = np.zeros(0, dtype=np.int64)
        return tuple(
            Cell(f"{measures} · {count.replace('_', ' ')}", f"{dimension} {value}".strip(),
                 sketch(of_each[sets.get((dimension, value, count), nobody)]))
            for dimension, value, count in shown
        )  # fmt: skip
