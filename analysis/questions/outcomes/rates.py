"""What became of a dataset's treatments: rates with intervals, by period, clinic, model, severity.

Definitions: NHS Talking Therapies (official metadata) where two measures are judged together,
else one instrument's reliable change and cut-off, or Jacobson & Truax with the user's numbers
(analysis/measures/change.py).
"""

import contextlib
import threading
import time
from dataclasses import dataclass

from analysis.base.phrase import Phrase
from analysis.measures.change import ChangeRule
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.question import OutcomeQuestion, treatment_spec
from analysis.store.queries.treatments.completeness import Difference, completeness
from analysis.store.queries.treatments.outcome_cells import (
    Cell,
    cell_patients,
    outcome_cells,
    patient_sets,
    values_of,
)
from analysis.store.queries.treatments.treatment_sets import TreatmentSets, treatment_sets
from analysis.store.queries.treatments.treatments import (
    THIRDS,
    TreatmentSpec,
    build_treatments,
    has_treatments,
    severity_names,
)
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset

# Metric -> (count, its denominator among measured treatments, among finished ones).
METRICS = {
    "reliable_improvement": ("improved", "measured", "finished"),
    "recovery": ("recovered", "at_caseness", "possible_cases"),
    "reliable_recovery": ("reliably_recovered", "at_caseness", "possible_cases"),
    "deterioration": ("deteriorated", "measured", "finished"),
    "no_reliable_change": ("unchanged", "measured", "finished"),
}
# What excludes each other and adds up to the measured treatments, the best first.
CATEGORIES = ("reliably_recovered", "improved_only", "unchanged", "deteriorated")
NO_WAIT = "No variable says how long patients waited"
NEEDS_CUT_OFF = ("recovery", "reliable_recovery")
BY = ("period", "clinic", "model", "severity", "alliance", "ending")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The answer to an OutcomeQuestion.

    spec: how the variables were read. cells: the Cell 'all' first, then one for each value of
    each dimension in BY. differences: how ended treatments without both scores differ.
    metrics: those that the rules define, in the order of METRICS. messages: what to know.
    """

    dataset: str
    version: str
    synthetic: bool
    question: OutcomeQuestion
    spec: TreatmentSpec
    cells: tuple[Cell, ...]
    differences: tuple[Difference, ...]
    metrics: tuple[str, ...]
    messages: tuple[str, ...]
    seconds: float

    @property
    def all(self) -> Cell:
        """The cell of every treatment in the selection."""
        return self.cells[0]

    def of(self, by: str) -> tuple[Cell, ...]:
        """The cells of one dimension, sorted by value, what is not recorded last."""
        return tuple(c for c in self.cells if c.by == by)

    def rates(self, cell: Cell) -> tuple[Rate, ...]:
        """The rates of one cell, one for each of `metrics`."""
        return tuple(rate(cell, metric, self.question.denominator) for metric in self.metrics)

    def tidy(self) -> list[dict]:
        """One row a cell and metric: by, value, metric, count, n, patients, of_patients, share,
        low, high."""
        return [
            dict(
                by=cell.by,
                value=cell.value,
                metric=r.metric,
                count=r.count,
                n=r.n,
                patients=r.patients,
                of_patients=r.of_patients,
                share=r.share,
                low=r.low,
                high=r.high,
            )
            for cell in self.cells
            for r in self.rates(cell)
        ]


class OpenTreatments:
    """A dataset's treatments, read once and asked often: a change of filter costs one
    aggregation. Made by `open_treatments`; threads may share it, and where the dataset was
    deleted and made again in the meantime, they are read again."""

    def __init__(self, question: OutcomeQuestion):
        self._question, self._lock = question, threading.Lock()
        self._cursor = None
        with self.cursor():
            pass

    def _open(self) -> None:
        question = self._question
        self.info = catalogue.find(question.dataset, question.version, question.store)
        with open_dataset(self.info) as dataset:
            self._cursor = dataset.cursor()
            self.variables = dataset.variables
            self.spec = treatment_spec(dataset, self._cursor, question)
            build_treatments(self._cursor, self.spec, dataset.variables)

    def ask(
        self, question: OutcomeQuestion, by: tuple[str, ...] = BY, differences: bool = True
    ) -> Outcomes:
        """The Outcomes of the question's selection and denominator, by these dimensions alone,
        with or without how those without scores differ: each costs a little on large data."""
        began, chosen = time.perf_counter(), question.selection
        with self.cursor() as cursor:
            cells = outcome_cells(cursor, chosen, by, len(self.spec.rules))
            found = completeness(cursor, chosen, self.variables) if differences else ()
        metrics = defined_metrics(self.spec.rules)
        return Outcomes(
            self.info.name,
            self.info.version,
            self.info.synthetic,
            question,
            self.spec,
            _by_severity(cells, self.spec),
            tuple(found),
            metrics,
            _messages(cells[0], self.spec),
            time.perf_counter() - began,
        )

    def patients(self, question: OutcomeQuestion, by: str, value: str, count: str) -> tuple:
        """The distinct patients behind one count of one cell, sorted."""
        with self.cursor() as cursor:
            return cell_patients(cursor, question.selection, by, value, count)

    def patient_sets(self, question: OutcomeQuestion, by: tuple[str, ...], counts: tuple) -> tuple:
        """The patients behind many counts at once: see `outcome_cells.patient_sets`."""
        with self.cursor() as cursor:
            return patient_sets(cursor, question.selection, by, counts)

    def sets(self, question: OutcomeQuestion, by: tuple[str, ...]) -> TreatmentSets:
        """Whom every count of the selection is about: see `TreatmentSets`."""
        with self.cursor() as cursor:
            return treatment_sets(cursor, question.selection, by)

    def values(self, dimension: str) -> tuple[str, ...]:
        """Every recorded value of a dimension in the whole dataset, sorted."""
        with self.cursor() as cursor:
            return values_of(cursor, dimension)

    @contextlib.contextmanager
    def cursor(self):
        """The cursor that has the table 'treatments', for one thread at a time."""
        with self._lock:
            if self._cursor is None or not has_treatments(self._cursor):
                self._open()
            yield self._cursor

    def severities(self) -> tuple[str, ...]:
        """The names of the severity bands that occur, the lowest scores first."""
        present = self.values("severity")
        return tuple(name for name in severity_names(self.spec) if name in present)


def open_treatments(question: OutcomeQuestion) -> OpenTreatments:
    """The treatments of the question's dataset; its selection and denominator play no part."""
    return OpenTreatments(question)


def outcomes(question: OutcomeQuestion) -> Outcomes:
    """The Outcomes of one question. RequestError or StoreError where it cannot be answered."""
    return open_treatments(question).ask(question)


def rate(cell: Cell, metric: str, denominator: str = "measured") -> Rate:
    """One rate of one cell. denominator: 'measured' or 'finished'."""
    count, measured, finished = METRICS[metric]
    of = finished if denominator == "finished" else measured
    return Rate(
        metric, cell.counts[count], cell.counts[of], cell.patients[count], cell.patients[of]
    )


def defined_metrics(rules: tuple[ChangeRule, ...]) -> tuple[str, ...]:
    """The metrics that every rule has the numbers for."""
    change = all(r.reliable_change is not None for r in rules)
    cut = all(r.caseness is not None for r in rules)
    return tuple(
        m for m in METRICS if (change or m == "recovery") and (cut or m not in NEEDS_CUT_OFF)
    )


def outer_thirds(cells) -> tuple[Cell | None, Cell | None]:
    """The cells of the lower and of the upper third, None for one that has no treatments."""
    thirds = {cell.value: cell for cell in cells}
    return thirds.get(THIRDS[0]), thirds.get(THIRDS[-1])


def _by_severity(cells: list[Cell], spec: TreatmentSpec) -> tuple[Cell, ...]:
    """The cells with the bands of severity from the lowest scores to the highest."""
    at = {name: i for i, name in enumerate(severity_names(spec))}
    bands = iter(
        sorted((c for c in cells if c.by == "severity"), key=lambda c: at.get(c.value, len(at)))
    )
    return tuple(next(bands) if c.by == "severity" else c for c in cells)


def _messages(everyone: Cell, spec: TreatmentSpec) -> tuple[str, ...]:
    said, n = [], everyone.counts
    if not n["episodes"]:
        said.append("No treatment is in this selection")
    elif not n["finished"]:
        said.append("No treatment in this selection is finished with sessions enough")
    elif not n["measured"]:
        said.append("No finished treatment has both a first and a last score")
    if n["ending_unknown"] and n["ending_unknown"] == n["episodes"]:
        said.append("Endings are not recorded: every treatment counts as ended")
    for rule in spec.rules:
        if rule.reliable_change is None:
            said.append(Phrase("No reliable change is known for '{measure}'", measure=rule.measure))
        if rule.caseness is None:
            unknown = "No cut-off is known for '{measure}': recovery is not defined"
            said.append(Phrase(unknown, measure=rule.measure))
    if not spec.wait:
        said.append(NO_WAIT)
    return tuple(said)
