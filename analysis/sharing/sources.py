"""What the parts of a report are made from: each result computed once, when it is first needed."""

from collections import Counter
from contextlib import closing
from dataclasses import replace

import numpy as np

from analysis.questions.outcomes.patient_groups import patient_groups
from analysis.questions.outcomes.question import OutcomeQuestion, nhs_pair
from analysis.questions.outcomes.rates import OpenTreatments, open_treatments
from analysis.questions.partition.answer import partition
from analysis.questions.partition.people import partition_people
from analysis.questions.scope import Scope
from analysis.sharing.ledger import ledger
from analysis.sharing.ledger.ledger import Cell
from analysis.sharing.periods_asked import told_in_blocks
from analysis.sharing.protection.therapists import tells_of_therapists
from analysis.sharing.request import SECTIONS, ReportRequest
from analysis.sharing.sections.board.access_section import access_part
from analysis.sharing.sections.board.change_section import change_part
from analysis.sharing.sections.board.equity_section import equity_part
from analysis.sharing.sections.groups_section import alliance_part, clinics_part
from analysis.sharing.sections.models.about import About
from analysis.sharing.sections.models.alliance_sections import (
    SECTIONS_OF_THE_ALLIANCE,
    alliance_model_part,
)
from analysis.sharing.sections.models.lab_section import lab_part
from analysis.sharing.sections.models.signals_section import signals_part
from analysis.sharing.sections.outcome_tables import Told, printed_of
from analysis.sharing.sections.outcomes_section import nothing_part, outcomes_part
from analysis.sharing.sections.partition_section import partition_part
from analysis.sharing.sections.periods import reach
from analysis.sharing.sections.section import Asked, Part
from analysis.sharing.sections.summary_section import summary_part
from analysis.sharing.sections.telling.beside.apart import without_lone_means
from analysis.sharing.sections.telling.beside.before import Before, exact_before
from analysis.sharing.sections.telling.beside.before import told_before as told_of_before
from analysis.sharing.sections.telling.beside.case_mix import case_mix_of
from analysis.sharing.sections.telling.beside.summed import beside_sums, summed_before
from analysis.sharing.sections.telling.earlier_sums import with_sums
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.sections.telling.hiding.cells import protect_outcomes
from analysis.sharing.sections.telling.hiding.linked import open_together
from analysis.sharing.sections.telling.kinds import told_kinds
from analysis.sharing.sections.telling.named_sets import named_sets
from analysis.sharing.sections.telling.selected import check_groups, check_selected
from analysis.sharing.sections.telling.sets import Noted
from analysis.sharing.sections.telling.told_before import (
    DIMENSIONS,
    as_body,
    earlier_of,
    of_everything,
    spec_of,
)
from analysis.sharing.writing.document import Paragraph
from analysis.store.queries.patients import every_patient
from analysis.store.queries.treatments.outcome_cells import COUNTS, Selection
from analysis.store.queries.treatments.treatment_sets import TreatmentSets
from analysis.store.queries.treatments.treatments import OF
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import open_dataset

# Which breakdowns each section shows.
BREAKDOWNS = {
    "summary": ("period",),
    "outcomes": ("period", "model", "severity"),
    "access": ("period",),
    "clinics": ("clinic",),
    "equity": ("equity",),  # stands for each variable that says who the patients are
    "alliance": ("alliance",),
}
OF_OUTCOMES = {
    "summary": summary_part,
    "outcomes": outcomes_part,
    "change": change_part,
    "access": access_part,
    "clinics": clinics_part,
    "equity": equity_part,
    "alliance": alliance_part,
}
CLINICS_ALONE = (
    "Of the filters, only the choice of clinics holds for this section: it is about all treatment "
    "models, severities and periods."
)
ALL_ALONE = "The filters do not hold for this section: it is about all treatments."


class Sources:
    """Results of one dataset for the sections that were chosen."""

    def __init__(self, request: ReportRequest, info: DatasetInfo, asked: Asked):
        self.asked, self.info = asked, info
        self.told: tuple[str, str] | None = None
        self.targets, self.study = request.targets, request.study
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.grains = dict(request.grains) if request.profile == "share" else {}
        self.sections = tuple(name for name in SECTIONS if name in request.sections)
        with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
            self.variables = {v.name: v for v in dataset.variables}
            groups = patient_groups(dataset.variables, cursor)
        self.groups = tuple(group.dimension for group in groups)
        self.labels = {name: v.label or name for name, v in self.variables.items()}
        question = request.question or self._question(request.scope)
        self.question = replace(question, dataset=info.name, version=info.version)
        clinics = self.question.selection.clinics
        self.scope = replace(request.scope, version=info.version, clinics=clinics)

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
        if name in SECTIONS_OF_THE_ALLIANCE or name in ("signals", "lab"):
            return self._model(name)
        first = self._told is None
        if self._told is None:
            self._told = self._outcomes()
            kinds = told_kinds(self._told[0].figures, self._breakdowns)
            self.kinds = Counter()
            for (by, how), n in kinds.items():
                self.kinds[_breakdown(by), how] += n
        told, cells = self._told
        # Of how treatments end and who has scores there is something to say without a score.
        some = told.anything and (told.found.all.counts["measured"] or name == "access")
        made = OF_OUTCOMES[name](told) if some else nothing_part(name, told, first)
        # The cells of all breakdowns go to the ledger once, with the first section.
        self._told = (told, ())
        sets = {**made.sets, **named_sets(told.figures, self._breakdowns)}
        return replace(made, cells=(*made.cells, *cells), sets=sets)

    @property
    def _breakdowns(self) -> tuple[str, ...]:
        """The dimensions of all sections together, each once, that these periods may tell. One
        period alone is everybody: told again in a table of one row, it would be told twice."""
        named = dict.fromkeys(b for name in self.sections for b in BREAKDOWNS.get(name, ()))
        every = [d for b in named for d in (self.groups if b == "equity" else (b,))]
        ends = self.question.selection.periods
        length = len("2024") if self.question.period == "year" else len("2024 Q1")
        if self.asked.shares and ends[0] and ends[0][:length] == ends[1][:length]:
            every = [d for d in every if d != "period"]
        return tuple(d for d in every if told_in_blocks(*ends, self.grains.get(_breakdown(d), 1)))

    @property
    def names(self) -> tuple[str, ...]:
        """What variables, clinics and groups are called: digits in them are no figures."""
        groups = self._told[0].found.cells if self._told else ()
        return (*self.labels.values(), *self.labels, *(cell.value for cell in groups))

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

    def _model(self, name: str) -> Part:
        """A model of all patients: the filters that were chosen do not hold for it."""
        with open_dataset(self.info) as dataset, closing(dataset.cursor()) as cursor:
            patients, main = every_patient(cursor), dataset.meta.get("main_outcome", "")
        about = About(
            self.info.name, self.info.version, self.scope.store, tuple(self.variables.values()),
            self.scope.outcome or str(main), patients,
        )  # fmt: skip
        if name == "signals":
            part = signals_part(SECTIONS[name], about, self.asked)
        elif name == "lab":
            noted = self.asked.key and ledger.formulas_told(self.info.path.parent)
            before = [formula for told in noted or () for formula in told]
            part = lab_part(SECTIONS[name], self.study, about, self.asked, self.near, before)
        else:
            part = alliance_model_part(name, SECTIONS[name], about, self.asked)
        if self.question.selection == Selection():
            return part
        blocks = (Paragraph(ALL_ALONE), *part.section.blocks)
        fixed = (*part.section.fixed, ALL_ALONE)
        return replace(part, section=replace(part.section, blocks=blocks, fixed=fixed))

    def _outcomes(self) -> tuple[Told, tuple[Cell, ...]]:
        by, shares = self._breakdowns, self.asked.shares
        treatments = open_treatments(self.question)
        check_selected(treatments, self.question.selection)
        found = treatments.ask(self.question, by, differences=not shares)
        if not shares:
            figures = protect_outcomes(found, by, self.asked)
            before = exact_before(treatments, self.question, by, self.asked)
            return self._in(figures, treatments, before), ()
        check_groups(found, by)
        every, here = self._everything()
        figures = protect_outcomes(found, by, self.asked, every.where(here))
        if self.asked.key is None:
            return self._in(open_together(figures, by, every, here), treatments), ()
        noted = Noted(self.asked, every, here, self.near)
        spec = spec_of(self.question, [rule.measure for rule in found.spec.rules])
        told = ledger.told_before(self.info.path.parent, spec)
        earlier = earlier_of(told, every, self.info.version, noted)
        noted.beside([one.here for one in earlier])
        before = [*earlier, *summed_before(self.info, self.asked, every, found.spec)]
        figures = with_sums(figures, by, every, here, before)
        figures = without_lone_means(figures, by, every, here, before)
        figures = noted.far(beside_sums(figures, by, every, here, before), by)
        if any(_by_a_therapist(here, other.here, every) for other in earlier):
            figures = figures.without(("all", "", name) for name in COUNTS)
        figures = noted.far(open_together(figures, by, every, here, before), by)
        printed = printed_of(figures, by)
        self.told = spec, as_body(figures, printed, noted)
        told_of = told_of_before(treatments, self.question, by, self.asked, every, earlier)
        return self._in(figures, treatments, told_of), noted.cells(figures, printed)

    def _everything(self) -> tuple[TreatmentSets, np.ndarray]:
        """Whom all treatments of the dataset are about, and which the report is about."""
        asked = of_everything(self.question)
        every = open_treatments(asked).sets(asked, (*DIMENSIONS, *self.groups))
        return every, every.selected(self.question.selection)

    def _in(
        self, figures: Figures, treatments: OpenTreatments, before: Before | None = None
    ) -> Told:
        """The Figures with the words that the sections say them in."""
        measures = [rule.measure for rule in figures.found.spec.rules]
        label = " and ".join(self.labels[name] for name in measures)
        instruments = frozenset(self.variables[name].instrument for name in measures)
        breakdowns = tuple(by for by in self._breakdowns if by not in ("period", "alliance"))
        levels = ("clinic",) if self.asked.shares else ("clinic", "therapist")
        case_mix = ()
        if "clinics" in self.sections and (figures.found.of("clinic") or not self.asked.shares):
            case_mix = tuple(
                case_mix_of(treatments, self.question, level, figures, self.near)
                for level in levels
            )
        return Told(
            figures, label, self.labels, instruments, self.targets, breakdowns, before, case_mix,
            reach(treatments, self.question),
        )  # fmt: skip

    def near(self, cells: tuple[Cell, ...]) -> tuple[int, ...]:
        """Positions of the cells that lie too near what was shared before."""
        return ledger.near(self.info.path.parent, cells, self.info.version)

    def _question(self, scope: Scope) -> OutcomeQuestion:
        """What the outcomes are asked where nobody said."""
        measures = (scope.outcome,) if scope.outcome else nhs_pair(self.variables.values())
        return OutcomeQuestion(
            scope.dataset,
            measures=measures,
            window=scope.window or (3, 5),
            selection=Selection(clinics=scope.clinics),
            store=scope.store,
        )


def _breakdown(dimension: str) -> str:
    """What a plan calls a dimension: all groups of patients together are one breakdown."""
    return "equity" if dimension.startswith(OF) else dimension


def _by_a_therapist(here: np.ndarray, other: np.ndarray, every: TreatmentSets) -> bool:
    """Whether what one of two selections has beyond the other tells of a therapist: who has both
    reports can subtract."""
    apart = here ^ other
    nested = not (here & ~other).any() or not (other & ~here).any()
    return bool(nested and tells_of_therapists(every.caseloads(apart)))
