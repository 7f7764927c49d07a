"""From when to when a dataset has finished treatments, so that an empty report can say so."""

from dataclasses import replace

from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import OpenTreatments
from analysis.store.queries.treatments.outcome_cells import Selection


def reach(treatments: OpenTreatments, question: OutcomeQuestion) -> tuple[str, str] | None:
    """The first and the last period of the whole dataset with finished treatments, whatever the
    question selects; None where no finished treatment has a date. A period with few of them has a
    row in every report, so its name tells nothing."""
    asked = replace(question, selection=Selection())
    periods = treatments.ask(asked, ("period",), False).of("period")
    known = [cell.value for cell in periods if cell.value and cell.counts["finished"]]
    return (min(known), max(known)) if known else None
