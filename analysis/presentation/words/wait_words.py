"""Waits within a standard in words, for the page and for reports."""

from analysis.base.phrase import Phrase
from analysis.measures.waiting import TIMED, Within, standard
from analysis.presentation.words.outcome_words import rate_shown
from analysis.presentation.words.rounding import NBSP
from analysis.questions.outcomes.rates import Outcomes
from analysis.questions.outcomes.waits import standards, within
from analysis.store.queries.treatments.treatments import TreatmentSpec

NO_UNIT = (
    "Whether '{label}' counts weeks or days is not known, so no standard is set beside it. The "
    "variable's name or label can say so."
)
NONE_KNOWN = "Of no finished treatment is it known how long the patient waited."
FROM_REFERRAL = (
    "Of finished treatments whose wait is known: from referral to the first session, as "
    "{standard} counts it."
)
FROM_ELSEWHERE = (
    "Of finished treatments whose wait is known: '{label}', which need not begin with the referral "
    "as the standard of {standard} does. So no published figures are set beside it."
)
DOTTED = "Dotted: the standard."
BEGAN = "{rate} began within {weeks} weeks."


def counted(spec: TreatmentSpec, label: str) -> str:
    """Of whom the shares are, and from when on. label: of the wait's variable."""
    pattern = FROM_REFERRAL if spec.referred else FROM_ELSEWHERE
    return Phrase(pattern, label=label, standard=standard().label)


def why_none(found: Outcomes, label: str) -> str:
    """Why nothing can be told of waits that a variable says; '' where something can."""
    if not standards(found.spec):
        return Phrase(NO_UNIT, label=label)
    return "" if found.all.counts[TIMED] else NONE_KNOWN


def named(one: Within) -> str:
    """Worked: 6 -> 'Within 6 weeks'."""
    return Phrase("Within {weeks} weeks", weeks=one.weeks)


def source() -> str:
    """Whose the standard is."""
    own = standard()
    return Phrase("Standard: {label}. Source: {source}.", label=own.label, source=own.source)


def answer(found: Outcomes) -> str:
    """The exact shares in one sentence."""
    said = [
        f"{rate_shown(within(found.all, one))} began within {one.weeks} weeks (standard: "
        f"{one.percent:g}{NBSP}%)"
        for one in standards(found.spec)
    ]
    return f"{', '.join(said)}."
