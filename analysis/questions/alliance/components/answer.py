"""The alliance in a dataset: what it is made of, and what it goes with at each level."""

import time
from collections.abc import Callable

import numpy as np

from analysis.base.errors import RequestError
from analysis.models.panels.status import HELD
from analysis.questions.alliance.components import described, effects, levels
from analysis.questions.alliance.components.next_lag import next_lag, with_lag
from analysis.questions.alliance.components.result import AllianceAnswer, AllianceQuestion
from analysis.questions.alliance.measures import (
    Measure,
    alliance_measures,
    components,
    measure_of,
    outcomes,
)
from analysis.questions.alliance.sequence import SequenceQuestion
from analysis.questions.alliance.treatments import Treatments, check_rated, read_treatments
from analysis.questions.datasets import About, about

# Before the reason why there is no panel model.
NO_LAG = (
    "Within patients there is only the slope about each one's own mean, which is biased with few "
    "sessions; the panel model cannot tell:"
)
OF_LAG = "Within patients, next session:"  # before what the panel model's status says
WINDOW = (3, 5)  # early sessions, in which most of the literature rates the alliance


def alliance(
    question: AllianceQuestion, progress: Callable[[float, str], None] | None = None
) -> AllianceAnswer:
    """The answer to `question`. RequestError where the dataset has no alliance or no outcome."""
    began = time.perf_counter()
    tell = progress or (lambda share, sentence: None)
    tell(0.0, "Reading the sessions")
    known = about(question.dataset, question.version, question.store)
    measure, outcome = chosen(known, question.alliance, question.outcome, question.dataset)
    parts = components(known.variables, measure.rater)
    asked = dict.fromkeys((outcome.key, measure.key, *(p.key for p in parts)))
    rows = read_treatments(question.dataset, tuple(asked), question.version, question.store)
    check_rated(rows, measure)
    check_rated(rows, outcome)
    window = early_window(rows)
    measures = tuple({m.key: m for m in (measure, *parts)}.values())
    tell(0.2, "Describing the ratings")
    found_parts = [
        effects.within_effects(rows, outcome.key, parts),
        effects.between_effects(rows, outcome.key, parts, window),
    ] if len(parts) > 1 else []  # fmt: skip
    tell(0.4, "Effects at each level")
    drawn = (question.resamples, question.seed)
    following = levels.next_session(rows, outcome.key, measure.key, *drawn)
    ending = levels.end_of_treatment(rows, outcome.key, measure.key, window, *drawn)
    tell(0.8, "Fitting the panel models")
    lag, why = None, ""
    if following:
        lag, why = next_lag(_sequence(question, outcome, measure))
        following = with_lag(following, lag)
    at_levels = [following, ending]
    said = tuple(d for m in measures if (d := described.described(rows, m)))
    return AllianceAnswer(
        question=question,
        version=rows.version,
        measure=measure,
        components=parts,
        outcome=outcome,
        treatments=len(rows.values),
        therapists=len(np.unique(rows.therapist[rows.therapist >= 0])),
        clinics=len(np.unique(rows.clinic[rows.clinic >= 0])),
        course=described.course(rows, measures),
        described=said,
        items=described.with_items(rows, parts),
        correlations=described.correlations(rows, parts),
        effects=tuple(e for found, _, _ in found_parts for e in found),
        contrasts=tuple(c for _, found, _ in found_parts for c in found),
        explained=tuple(e for _, _, e in found_parts if e),
        levels=tuple(level for level in at_levels if level),
        lag=lag,
        needed=levels.needed(rows, measure.key),
        early=levels.early_correlation(rows, outcome.key, measure.key, window, outcome.higher_is),
        messages=(
            *rows.notes,
            *_messages(rows, measure, parts, at_levels, said),
            *([f"{NO_LAG} {why}."] if why else []),
            # The model's figures within its bounds are for those who read the model itself.
            *(f"{OF_LAG} {m}" for m in (lag.messages if lag else ()) if not m.startswith(HELD)),
        ),
        seconds=time.perf_counter() - began,
    )


def _sequence(question: AllianceQuestion, outcome: Measure, measure: Measure) -> SequenceQuestion:
    """What *Which comes first* is asked with the same measures, sessions as it takes them."""
    return SequenceQuestion(
        question.dataset, outcome.key, measure.key, version=question.version, store=question.store
    )


def chosen(known: About, alliance: str, outcome: str, dataset: str) -> tuple[Measure, Measure]:
    """The alliance and the outcome asked for, or the dataset's first of each."""
    offered = alliance_measures(known.variables)
    if not alliance and not offered:
        raise RequestError(
            "This dataset has no alliance: no number rated in sessions has the factor 'alliance'",
            where=f"'{dataset}'",
            allowed="bond, goal and task, or a total, rated in sessions",
            next_step="import it again and name the alliance's variables in the mapping",
        )
    if not outcome and not outcomes(known.variables):
        raise RequestError(
            "This dataset has no outcome: no number rated in sessions has the factor 'outcome'",
            where=f"'{dataset}'",
            next_step="import it again and name one",
        )
    picked = measure_of(known.variables, alliance) if alliance else offered[0]
    return picked, measure_of(known.variables, outcome or known.main_outcome)


def early_window(rows: Treatments) -> tuple[int, int]:
    """Sessions 3 to 5; 1 to 2 of courses that are shorter than 4."""
    return WINDOW if rows.values.shape[1] >= WINDOW[0] + 1 else (1, min(2, rows.values.shape[1]))


def _messages(rows, measure: Measure, parts, at_levels, said) -> list[str]:
    found = []
    ratings = rows.of(measure.key)
    filled = np.isfinite(ratings).sum() / max(np.isfinite(rows.values).any(axis=2).sum(), 1)
    if filled < 0.6:
        found.append(f"{100 * filled:.0f} % of the sessions have a rating of the alliance.")
    if len(parts) < 2:
        found.append("There are no components (bond, goal, task) to set side by side.")
    if measure.high is None:
        found.append(
            "Nobody says which range the alliance's scores have: no ceiling, and raters may be on "
            "different ranges."
        )
    if not said:
        found.append("Nobody was rated twice: ratings cannot be told from what lies behind them.")
    if not any(at_levels):
        found.append("Too few treatments have two sessions: no effect at any level can be told.")
    elif len(np.unique(rows.therapist[rows.therapist >= 0])) < 2:
        found.append("There are not two therapists: no level of therapists.")
    elif without := int((rows.therapist < 0).sum()):
        found.append(f"{without} treatments name no therapist: they count within patients alone.")
    return found
