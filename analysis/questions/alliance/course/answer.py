"""From the first contact: phases, ruptures and repairs, response over the course."""

import time
from collections.abc import Callable

from analysis.base.errors import ModelError, RequestError
from analysis.measures.change import rule_for
from analysis.questions.alliance.components.answer import chosen
from analysis.questions.alliance.components.described import course
from analysis.questions.alliance.course.phases import over_time, phases
from analysis.questions.alliance.course.response import response
from analysis.questions.alliance.course.result import CourseAnswer, CourseQuestion, Ruptures
from analysis.questions.alliance.course.ruptures import ruptures
from analysis.questions.alliance.treatments import Treatments, read_treatments
from analysis.questions.datasets import about


def from_the_first(
    question: CourseQuestion, progress: Callable[[float, str], None] | None = None
) -> CourseAnswer:
    """The answer to `question`. RequestError where the dataset has no alliance or no outcome."""
    began = time.perf_counter()
    tell = progress or (lambda share, sentence: None)
    if not 0 < question.rate <= 0.5:
        raise RequestError(
            "The false-alarm rate is no share of courses",
            allowed="above 0 and up to .5, say .05 for one course in twenty",
        )
    tell(0.0, "Reading the sessions")
    known = about(question.dataset, question.version, question.store)
    measure, outcome = chosen(known, question.alliance, question.outcome, question.dataset)
    names = tuple(dict.fromkeys((outcome.key, measure.key)))
    rows = read_treatments(question.dataset, names, question.version, question.store)
    tell(0.2, "Looking for ruptures")
    broken, why = _ruptures(rows, measure, outcome, question)
    tell(0.8, "Phases and response")
    rule = rule_for(next(v for v in known.variables if v.name == outcome.key))
    found_phases, effect = phases(rows, measure, outcome), over_time(rows, measure, outcome)
    messages = [*rows.notes, *why]
    if effect is None:
        messages.append("Too few treatments have three sessions: no effect over the course.")
    return CourseAnswer(
        question=question,
        version=rows.version,
        measure=measure,
        outcome=outcome,
        treatments=len(rows.values),
        course=course(rows, (measure,)),
        phases=found_phases,
        over_time=effect,
        ruptures=broken,
        response=response(rows.of(outcome.key), rule),
        messages=tuple(messages),
        seconds=time.perf_counter() - began,
    )


def _ruptures(
    rows: Treatments, measure, outcome, question: CourseQuestion
) -> tuple[Ruptures | None, list[str]]:
    try:
        found = ruptures(rows, measure, outcome, question.rate, question.seed)
    except ModelError as error:
        return None, [f"Ruptures cannot be told: {error}"]
    said = []
    if found.nominal != found.rate:
        said.append(
            "Ratings crowd at an end of the scale: the limit of a rupture allows for it, and fewer "
            "real ones can be seen."
        )
    if not found.converged:
        said.append("The search for the variances did not settle: read ruptures with care.")
    return found, said
