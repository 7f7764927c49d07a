"""What the parts of a report are made from: each result computed once, when it is first needed."""

from contextlib import closing
from dataclasses import replace

import numpy as np

from analysis.questions.outcomes.question import OutcomeQuestion, nhs_pair
from analysis.questions.outcomes.rates import open_treatments
from analysis.questions.partition.answer import partition
from analysis.questions.partition.people import partition_people
from analysis.questions.scope import Scope
from analysis.sharing.protection.ledger import Cell
from analysis.sharing.protection.sketch import sketch
from analysis.sharing.request import SECTIONS, ReportRequest
from analysis.sharing.sections.groups_section import alliance_part, clinics_part
from analysis.sharing.sections.outcome_figures import Figures, protect_outcomes
from analysis.sharing.sections.outcome_tables import Told
from analysis.sharing.sections.outcomes_section import outcomes_part
from analysis.sharing.sections.partition_section import partition_part
from analysis.sharing.sections.section import Asked, Part
from analysis.sharing.writing.document import Paragraph
from analysis.store.queries.outcome_cells import Selection
from analysis.store.queries.therapists import therapists_by_clinic
from analysis.store.queries.variables import two_valued
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import open_dataset

# Which breakdowns each section shows.
BREAKDOWNS = {
    "outcomes": ("period", "model", "severity"),
    "clinics": ("clinic",),
    "alliance": ("alliance",),
}
CLINICS_ALONE = (
    "Of the filters, only the choice of clinics holds for this section: it is about all treatment "
    "models, severities and periods."
)


class Sources:
    """Results of one dataset for the sections that were chosen."""

    def __init__(self, request: ReportRequest, info: DatasetInfo, asked: Asked):
        self.asked = asked
        self.sections = tuple(name for name in SECTIONS if name in request.sections)
        with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
            self.variables = {v.name: v for v in dataset.variables}
            therapists = therapists_by_clinic(cursor)
            self.two_valued = two_valued(cursor, "episode", dataset.variables)
        self.labels = {name: v.label or name for name, v in self.variables.items()}
        question = request.question or self._question(request.scope)
        self.question = replace(question, dataset=info.name, version=info.version)
        clinics = self.question.selection.clinics
        self.scope = replace(request.scope, version=info.version, clinics=clinics)
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
        part = partition_part(answer, partition_people(self.scope), label, self.asked)
        chosen = self.question.selection
        if not (chosen.models or chosen.severities or any(chosen.periods)):
            return part
        blocks = (Paragraph(CLINICS_ALONE), *part.section.blocks)
        return replace(part, section=replace(part.section, blocks=blocks))

    def _outcomes(self) -> tuple[Told, tuple[Cell, ...]]:
        by = tuple(b for name in self.sections for b in BREAKDOWNS.get(name, ()))
        treatments = open_treatments(self.question)
        figures = protect_outcomes(treatments.ask(self.question, by), by, self.asked)
        measures = [rule.measure for rule in figures.found.spec.rules]
        label = " and ".join(self.labels[name] for name in measures)
        instruments = frozenset(self.variables[name].instrument for name in measures)
        told = Told(figures, label, self.labels, instruments, self.two_valued)
        return told, self._cells(figures, treatments, by)

    def _question(self, scope: Scope) -> OutcomeQuestion:
        """What the outcomes are asked where nobody said."""
        measures = (scope.outcome,) if scope.outcome else nhs_pair(self.variables.values())
        return OutcomeQuestion(
            scope.dataset,
            measures=measures,
            window=scope.window,
            selection=Selection(clinics=scope.clinics),
        )

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
            Cell(
                f"{measures} · {count.replace('_', ' ')}",
                f"{dimension} {value}".strip(),
                sketch(of_each[sets.get((dimension, value, count), nobody)]),
            )
            for dimension, value, count in shown
        )
