"""What is kept between runs: the only st.cache_* of the pages.

A dataset version never changes and a Scope is frozen, so the two are the whole key and nothing
here ever goes stale. The functions read the data themselves: no table is ever part of a key. Whose
store it is belongs to the key as well: what one user may see is not shown to another.
"""

from dataclasses import replace

import streamlit as st

from analysis.base.background import work
from analysis.questions import datasets as data
from analysis.questions.alliance.building.result import PracticesQuestion
from analysis.questions.alliance.components.result import AllianceQuestion
from analysis.questions.alliance.course.gains import GainsQuestion
from analysis.questions.alliance.course.result import CourseQuestion
from analysis.questions.alliance.sequence import SequenceQuestion
from analysis.questions.alliance.two.raters import RatersQuestion
from analysis.questions.datasets import About, Store
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.outcomes.question import EVERYTHING, OutcomeQuestion
from analysis.questions.outcomes.rates import OpenTreatments, Outcomes, open_treatments
from analysis.questions.progress.question import ProgressQuestion
from analysis.questions.scope import Scope
from pages._app.frame import door
from pages._app.frame.viewer import viewer

ALWAYS_BY = ("period", "model", "severity")


def datasets() -> tuple:
    """The catalogue as it is now; it keeps what it read of a file itself."""
    return data.datasets(door.store())


def versions(name: str) -> tuple:
    """Every version of one dataset, as they are now."""
    return data.versions(name, door.store())


def about(name: str, version: str) -> About:
    """The dictionary of one version."""
    return _about(name, version, door.store())


@st.cache_resource(max_entries=64, show_spinner=False)
def _about(name: str, version: str, store: Store) -> About:
    return data.about(name, version, store)


def dataset_overview(name: str, version: str, outcome: str) -> data.Overview:
    """Counts and completeness of one version."""
    return _overview(name, version, outcome, door.store())


@st.cache_resource(max_entries=64, show_spinner=False)
def _overview(name: str, version: str, outcome: str, store: Store) -> data.Overview:
    return data.overview(name, version, outcome, store)


def variable_summaries(name: str, version: str) -> tuple:
    """Every variable of one version with what its column holds."""
    return _summaries(name, version, door.store())


@st.cache_resource(max_entries=64, show_spinner=False)
def _summaries(name: str, version: str, store: Store) -> tuple:
    return data.summaries(name, version, store)


def partition_seconds(scope: Scope) -> float:
    """How long the partition of a Scope will take, about."""
    from analysis.questions.partition import cost

    counts = next((i.counts for i in versions(scope.dataset) if i.version == scope.version), {})
    return cost.seconds(scope, counts)


@st.cache_resource(max_entries=128, show_spinner=False)
def partition_job(version: str, scope: Scope) -> work.Job:
    """The partition of a Scope, being worked on or done: shared by all who ask the same."""
    from analysis.questions.partition.answer import partition
    from analysis.questions.partition.kept import kept

    known = kept(scope)
    if known is not None:  # of the demo, since it was made
        return work.known(known)
    return work.submit(partition, scope, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def missing_job(version: str, scope: Scope) -> work.Job:
    """What the shares of a Scope would be had nobody been lost, being worked on or done."""
    from analysis.questions.partition.missing.answer import missing

    return work.submit(missing, scope, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def witness_job(version: str, scope: Scope) -> work.Job:
    """The full model of a Scope fitted by statsmodels, being worked on or done."""
    from analysis.questions.lab.witness import witness_partition

    return work.submit(witness_partition, scope, progress=False, owner=viewer())


@st.cache_resource(max_entries=4, show_spinner=False)
def treatments(version: str, question: OutcomeQuestion) -> OpenTreatments:
    """The treatments of one version, read once; what they are filtered by is no part of it."""
    return open_treatments(question)


@st.cache_resource(max_entries=64, show_spinner=False)
def outcomes(version: str, question: OutcomeQuestion) -> Outcomes:
    """The rates of one selection of treatments, by what the page always shows."""
    return treatments(version, _unfiltered(question)).ask(question, ALWAYS_BY)


@st.cache_resource(max_entries=64, show_spinner=False)
def groups(version: str, question: OutcomeQuestion, by: str) -> Outcomes:
    """The rates of one selection by one more dimension."""
    return treatments(version, _unfiltered(question)).ask(question, (by,), differences=False)


@st.cache_resource(max_entries=32, show_spinner=False)
def adjusted_job(
    version, question: OutcomeQuestion, level, case_mix, least_patients, therapist_names
) -> work.Job:
    """Clinics or therapists at equal case-mix, being worked on or done."""
    from analysis.questions.units.adjusted import adjusted_scores

    asked = (question, level, case_mix, least_patients, therapist_names)
    return work.submit(adjusted_scores, *asked, progress=False, small=True, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def adjusted_rates_job(
    version, question: OutcomeQuestion, level, metric, case_mix, least_patients, therapist_names
) -> work.Job:
    """Rates of clinics or therapists at equal case-mix, being worked on or done."""
    from analysis.questions.units.adjusted_rates import adjusted_rates

    asked = (question, level, metric, case_mix, least_patients, therapist_names)
    return work.submit(adjusted_rates, *asked, progress=False, small=True, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def alliance_job(question: AllianceQuestion) -> work.Job:
    """What the alliance is made of and goes with, being worked on or done."""
    from analysis.questions.alliance.components.answer import alliance

    return work.submit(alliance, question, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def course_job(question: CourseQuestion) -> work.Job:
    """Ruptures, phases and response, being worked on or done."""
    from analysis.questions.alliance.course.answer import from_the_first

    return work.submit(from_the_first, question, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def gains_job(question: GainsQuestion) -> work.Job:
    """Sudden gains and the alliance around them, being looked for or found."""
    from analysis.questions.alliance.course.gains import ask_gains

    return work.submit(ask_gains, question, progress=False, small=True, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def practices_job(question: PracticesQuestion) -> work.Job:
    """Practices and the alliance, being worked on or done."""
    from analysis.questions.alliance.building.practices import ask_practices

    return work.submit(ask_practices, question, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def paths_job(question: PracticesQuestion) -> work.Job:
    """From practices through the alliance to the outcome, being worked on or done."""
    from analysis.questions.alliance.building.practices import ask_paths

    return work.submit(ask_paths, question, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def raters_job(question: RatersQuestion) -> work.Job:
    """Both ratings of the alliance, being compared or done."""
    from analysis.questions.alliance.two.raters import ask_raters

    return work.submit(ask_raters, question, progress=False, small=True, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def sequence_job(question: SequenceQuestion) -> work.Job:
    """Which comes first, being worked on or done."""
    from analysis.questions.alliance.sequence import sequence

    return work.submit(sequence, question, owner=viewer())


@st.cache_resource(max_entries=8, show_spinner=False)
def progress_job(version: str, question: ProgressQuestion) -> work.Job:
    """Open treatments beside the finished ones, being worked on or done."""
    from analysis.questions.progress.answer import progress

    return work.submit(progress, question, owner=viewer())


@st.cache_resource(max_entries=8, show_spinner=False)
def elsewhere_job(version: str, question: ProgressQuestion) -> work.Job:
    """The signals with clinics and years left out, being worked on or done."""
    from analysis.questions.progress.answer import elsewhere

    return work.submit(elsewhere, question, owner=viewer())


@st.cache_resource(max_entries=16, show_spinner=False)
def report_job(version: str, request, shared: tuple[int, int] | None) -> work.Job:
    """A report as it would be shared, being made or done; nothing is handed out. shared: what had
    been shared before, as it is judged beside that."""
    from analysis.sharing.build import build

    return work.submit(build, request, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def series_job(what: str, version: str, request, *options) -> work.Job:
    """A year of a series in play: what it could show ('rehearse'), in which grain ('propose')."""
    from analysis.sharing.series import grain, rehearsal

    function = {"rehearse": rehearsal.rehearse, "propose": grain.propose}[what]
    return work.submit(function, request, *options, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def fit_job(question: ModelQuestion) -> work.Job:
    """A model, linear or logistic, being fitted or done."""
    from analysis.questions.lab import answer

    return work.submit(answer.fit, question, progress=False, small=True, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def examine_job(question: ModelQuestion) -> work.Job:
    """Diagnostics and R2 in full of a model, being worked on or done."""
    from analysis.questions.lab.examine import examine

    return work.submit(examine, question, progress=False, owner=viewer())


@st.cache_resource(max_entries=64, show_spinner=False)
def inference_job(what: str, question: ModelQuestion, *options) -> work.Job:
    """One of `analysis.questions.lab.inference` about a model, being worked on or done."""
    from analysis.questions.lab import inference

    return work.submit(inference.ask, what, question, *options, progress=False, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def side_by_side_job(questions: tuple[ModelQuestion, ...]) -> work.Job:
    """Up to six models over the same rows, being fitted or done."""
    from analysis.questions.lab.studies.side_by_side import side_by_side

    return work.submit(side_by_side, questions, progress=False, small=True, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def specifications_job(question) -> work.Job:
    """Many specifications, being fitted or done."""
    from analysis.questions.lab.many.specifications import specifications

    return work.submit(specifications, question, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def power_job(question) -> work.Job:
    """Planned studies, being drawn and fitted or done."""
    from analysis.questions.lab.many.power import power

    return work.submit(power, question, owner=viewer())


@st.cache_resource(max_entries=32, show_spinner=False)
def model_witness_job(question: ModelQuestion) -> work.Job:
    """The same model fitted by statsmodels, being worked on or done."""
    from analysis.questions.lab.witness import witness_model

    return work.submit(witness_model, question, progress=False, owner=viewer())


def _unfiltered(question: OutcomeQuestion) -> OutcomeQuestion:
    return replace(question, selection=EVERYTHING, denominator="measured")
