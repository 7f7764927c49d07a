"""What an outcome report asks of a dataset, and how its variables answer it."""

from dataclasses import dataclass, replace

from analysis.base.errors import RequestError, did_you_mean
from analysis.measures.change import ChangeRule, reliable_change_criterion, rule_for
from analysis.measures.instruments import find_instrument
from analysis.measures.variables import Variable
from analysis.measures.waiting import from_referral, is_wait, per_week
from analysis.questions.outcomes.patient_groups import patient_groups
from analysis.store.place import Store
from analysis.store.queries.overview import main_outcome, outcome_variables
from analysis.store.queries.treatments.outcome_cells import EVERYTHING, Selection
from analysis.store.queries.treatments.treatments import TreatmentSpec, intake_sd

DEFINITIONS = {"published": "The instrument's own", "own": "Jacobson–Truax with your numbers"}
DENOMINATORS = {
    "measured": "Treatments with first and last score",
    "finished": "All finished treatments, as NHS England",
}


@dataclass(frozen=True, slots=True)
class OutcomeQuestion:
    """What is asked; hashable.

    measures: session-level outcomes, () for the main one; two or more are judged together.
    definition: one of DEFINITIONS. The user's numbers, for 'own' and one measure: reliable_change
    in points, else from reliability and sd (None: of this dataset's intake scores); cut_off.
    population: which published cut-off, '' for the first. model: an episode-level category, None
    for the dataset's treatment model, '' for none. denominator: one of DENOMINATORS.
    points: session numbers of first and last score, None for the first and last that there are.
    selection: which treatments. store: where the dataset lies, None for this process's own.
    """

    dataset: str
    version: str = ""
    measures: tuple[str, ...] = ()
    definition: str = "published"
    reliable_change: float | None = None
    reliability: float | None = None
    sd: float | None = None
    cut_off: float | None = None
    population: str = ""
    model: str | None = None
    period: str = "quarter"
    window: tuple[int, int] = (3, 5)
    denominator: str = "measured"
    least_sessions: int = 2
    points: tuple[int, int] | None = None
    selection: Selection = EVERYTHING
    store: Store | None = None


def treatment_spec(dataset, cursor, question: OutcomeQuestion) -> TreatmentSpec:
    """How the treatments of an open dataset are read for `question`; RequestError where not."""
    _check(question)
    measures = _measures(dataset, question)
    rules = tuple(_rule(v, question, cursor) for v in measures)
    instrument = find_instrument(measures[0].instrument)
    model = question.model
    if model is None:
        model = next((v.name for v in model_variables(dataset.variables)), "")
    return TreatmentSpec(
        rules=rules,
        model=model,
        alliance=tuple(v.name for v in alliance_variables(dataset.variables)),
        **_wait(dataset.variables),
        bands=instrument.severity if instrument else (),
        window=question.window,
        period=question.period,
        least_sessions=question.least_sessions,
        points=question.points,
        groups=patient_groups(dataset.variables, cursor),
    )


def model_variables(variables) -> tuple[Variable, ...]:
    """The categories of an episode, those that name the treatment model first."""
    categories = [v for v in variables if v.unit == "episode" and v.kind == "category"]
    named = [v for v in categories if v.component == "treatment model"]
    technique = [v for v in categories if v.factor == "technique" and v not in named]
    return (*named, *technique)


def alliance_variables(variables) -> tuple[Variable, ...]:
    """The alliance ratings that can be averaged: one rater, one scale; the patient's if any."""
    found = [
        v
        for v in variables
        if v.factor == "alliance" and v.unit == "session" and v.kind == "number"
    ]
    first = next((v for v in found if v.rater == "patient"), found[0] if found else None)
    if first is None:
        return ()
    scale = lambda v: (v.rater, v.instrument, v.minimum, v.maximum)  # noqa: E731
    return tuple(v for v in found if scale(v) == scale(first))


def nhs_pair(variables) -> tuple[str, ...]:
    """The names of PHQ-9 and GAD-7 where the dataset has both, for the rule of NHS Talking
    Therapies; else ()."""
    found = {}
    for variable in outcome_variables(variables):
        instrument = find_instrument(variable.instrument)
        if instrument and not variable.component.startswith("item"):
            found.setdefault(instrument.id, variable.name)
    return (found["phq9"], found["gad7"]) if {"phq9", "gad7"} <= set(found) else ()


def _measures(dataset, question: OutcomeQuestion) -> tuple[Variable, ...]:
    names = question.measures or tuple(n for n in [main_outcome(dataset)] if n)
    if not names:
        raise RequestError(
            "This dataset has no outcome",
            where=f"dataset {dataset.info.name}",
            allowed="a number rated in sessions that has the factor 'outcome'",
            next_step="import the data again and name one",
        )
    known = {v.name: v for v in dataset.variables if v.unit == "session" and v.kind == "number"}
    for name in names:
        if name not in known:
            raise RequestError(
                f"'{name}' is no number of this dataset's sessions",
                where="option measure",
                allowed=", ".join(v.name for v in outcome_variables(dataset.variables)),
                next_step=did_you_mean(name, list(known)) or "choose one of these",
            )
    return tuple(known[name] for name in dict.fromkeys(names))


def _rule(variable: Variable, question: OutcomeQuestion, cursor) -> ChangeRule:
    rule = rule_for(variable, question.population)
    own = (question.reliable_change, question.reliability, question.cut_off)
    if question.definition == "published" or own == (None, None, None):
        return rule
    change = question.reliable_change
    if change is None and question.reliability is not None:
        sd = question.sd if question.sd is not None else intake_sd(cursor, variable.name)
        change = reliable_change_criterion(sd or 0.0, question.reliability)
    at = rule.at if question.cut_off is None else _side(rule)
    return replace(
        rule,
        reliable_change=change if change is not None else rule.reliable_change,
        caseness=question.cut_off if question.cut_off is not None else rule.caseness,
        at=at,
        origin="Jacobson–Truax with the user's numbers",
    )


def _side(rule: ChangeRule) -> str:
    return "below" if rule.higher_is == "better" else "or above"


def _wait(variables) -> dict:
    """What the spec says of waits: of a variable in known units, and from the referral, if any."""
    known = [v for v in variables if is_wait(v)]
    best = sorted(known, key=lambda v: (not per_week(v), not from_referral(v)))
    if not best:
        return {}
    return dict(wait=best[0].name, per_week=per_week(best[0]), referred=from_referral(best[0]))


def _check(question: OutcomeQuestion) -> None:
    for option, value, allowed in (
        ("definition", question.definition, tuple(DEFINITIONS)),
        ("denominator", question.denominator, tuple(DENOMINATORS)),
    ):
        if value not in allowed:
            raise RequestError(
                f"There is no {option} '{value}'",
                where=f"option {option}",
                allowed=", ".join(allowed),
                next_step=did_you_mean(value, allowed),
            )
    if question.reliable_change is not None and not question.reliable_change > 0:
        raise RequestError(
            "A reliable change must be above 0 points",
            where="option reliable change",
            next_step="take it from the instrument's manual",
        )
    if question.definition == "own" and len(question.measures) > 1:
        raise RequestError(
            "Your own numbers can judge one measure at a time",
            where="option measure",
            next_step="choose one measure, or the instruments' own definition",
        )
