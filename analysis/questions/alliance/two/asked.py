"""Whose two ratings are compared: the patient's that was asked for, and the therapist's."""

from analysis.measures.variables import Variable
from analysis.questions.alliance.components.result import AllianceQuestion
from analysis.questions.alliance.measures import Measure, alliance_measures, measure_of
from analysis.questions.alliance.two.raters import Ranges, RatersQuestion


def raters_question(
    variables: tuple[Variable, ...], asked: AllianceQuestion
) -> RatersQuestion | None:
    """The question about both who rate the alliance; None where one of them did not."""
    offered = alliance_measures(variables)
    theirs = [m for m in offered if m.rater == "therapist"]
    own = [m for m in offered if m.rater == "patient"]
    if not theirs or not own:
        return None
    picked = next((m for m in own if m.key == asked.alliance), own[0])
    outcome = measure_of(variables, asked.outcome)
    return RatersQuestion(
        asked.dataset,
        picked.key,
        theirs[0].key,
        asked.outcome,
        outcome.higher_is != "better",
        asked.version,
        asked.store,
        _ranges(picked, theirs[0]),
    )


def _ranges(patient: Measure, therapist: Measure) -> Ranges | None:
    """Both scales' ends, None where the dictionary does not say them."""
    own, theirs = patient.span, therapist.span
    return (own, theirs) if own and theirs else None
