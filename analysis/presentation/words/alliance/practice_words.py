"""Building the alliance in words that claim no cause."""

import shlex

from analysis.presentation.words.rounding import counted, estimate, percent
from analysis.questions.alliance.building.result import (
    Here,
    Moderation,
    Practice,
    PracticePath,
    PracticesAnswer,
    PracticesQuestion,
)

READ_SLOPES = (
    "Points of alliance in a session with one point more of the practice than is usual for that "
    "patient; lines: 95 % interval. The second kind: with the alliance as another person rated it, "
    "which no single good mood on a form can bring about."
)
READ_PATHS = (
    "Points of the outcome at the next session that go with one point more of the practice, by way "
    "of the alliance of the same session: the mean path and what both steps have in common between "
    "patients (ab + σab); lines: 95 % interval."
)
HOW_PATHS = (
    "Two equations at once: alliance on practice, and the outcome a session later on alliance and "
    "practice, with intercepts and paths that vary between patients and their covariance (Bauer, "
    "Preacher & Gil 2006); interval by Monte Carlo. Practice and alliance are deviations from the "
    "patient's own means. Practices go together: what one goes with is not free of the others. An "
    "association, whatever its size."
)
READ_HERE = (
    "Points of alliance for one point more of each practice with these patients: each slope is "
    "drawn towards that of all, the more the less its own sessions say; lines: 95 % interval. It "
    "says where a conversation may start, and ranks nobody."
)


def lead(answer: PracticesAnswer) -> str:
    """Which practices go with a better alliance in the same patient."""
    told = [p for p in answer.practices if p.slope and p.slope.low > 0]
    if not any(p.slope for p in answer.practices):
        return "No practice varies enough within patients to say what goes with the alliance."
    if not told:
        return (
            "In the same patient, no practice goes with a better alliance of that session beyond "
            "chance."
        )
    told.sort(key=lambda p: -p.slope.estimate if p.slope else 0.0)
    named = [
        f"{p.measure.label.lower()} ({estimate(p.slope.estimate, decimals=2)})"
        for p in told
        if p.slope
    ]
    listed = ", ".join(named[:-1]) + (" and " if len(named) > 1 else "") + named[-1]
    return (
        f"In the same patient, sessions with more of these go with a better alliance (points a "
        f"point): {listed}."
    )


def header_line(answer: PracticesAnswer) -> str:
    """'3,000 treatments · 5 practices · PHQ-9 · Alliance: bond, goal and task'."""
    treatments = counted(answer.treatments, "treatment")
    practices = counted(len(answer.practices), "practice")
    return f"{treatments} · {practices} · {answer.outcome.label} · {answer.measure.label}"


def hidden_cause(answer: PracticesAnswer) -> str:
    """What an unmeasured common cause would have to be like, in one line."""
    values = [p.robustness for p in answer.practices if p.robustness is not None]
    if not values:
        return ""
    low, high = min(values), max(values)
    span = percent(low, decimals=0)
    if round(100 * low) != round(100 * high):
        span = f"{percent(low, decimals=0)} to {percent(high, decimals=0)}"
    return (
        "To bring one of these to nothing, something unmeasured must explain at least "
        f"{span} of what is left of both the practice and the alliance (robustness value)."
    )


def raters(answer: PracticesAnswer) -> str:
    """What is left with another rater's alliance."""
    both = [p for p in answer.practices if p.slope and p.other and p.slope.low > 0]
    if not both:
        return ""
    kept = sum(p.other is not None and p.other.low > 0 for p in both)
    return (
        f"With the alliance as the {both[0].other_rater} rated it, {kept} of {len(both)} still go "
        "with a better one."
    )


def paths(answer: PracticesAnswer, found: tuple[PracticePath, ...]) -> str:
    """Which practices go with the outcome through the alliance."""
    labels = {p.measure.key: p.measure.label.lower() for p in answer.practices}
    told = []
    for f in found:
        i = f.within.indirect if f.within else None
        if i is not None and i.low is not None and i.high is not None and not i.low <= 0 <= i.high:
            told.append(f"{labels[f.practice]} ({estimate(i.estimate, decimals=2)})")
    if found and not any(f.within for f in found):
        return f"The way through the alliance cannot be told. {found[0].missing}"
    if not told:
        return (
            "By way of the alliance no practice goes with the outcome "
            f"{_later(answer.question.lead)} beyond chance."
        )
    listed = ", ".join(told[:-1]) + (" and " if len(told) > 1 else "") + told[-1]
    return (
        f"By way of the alliance, a point more goes with points of {answer.outcome.label} "
        f"{_later(answer.question.lead)}: {listed}."
    )


def e_values(found: tuple[PracticePath, ...]) -> str:
    """The E-values in one line."""
    values = [f.e_value for f in found if f.e_value is not None]
    if not values:
        return ""
    span = estimate(min(values), decimals=1)
    if estimate(max(values), decimals=1) != span:
        span += f" to {estimate(max(values), decimals=1)}"
    return (
        "An unmeasured common cause could bring these to nothing if it went with both ends by a "
        f"risk ratio of {span} (E-value)."
    )


def _later(lead: int) -> str:
    return {0: "of the same session", 1: "at the next session"}.get(lead, f"{lead} sessions later")


def moderation(p: Practice, found: Moderation) -> str:
    """Whether the slope differs between groups."""
    by = {"severity": "severity", "treatment_model": "treatment model"}.get(found.by, found.by)
    verdict = "differs by" if found.p < 0.05 else "cannot be told to differ by"
    return f"{p.measure.label}: {verdict} {by}."


def here(units: tuple[tuple[str, Here], ...], name: str) -> str:
    """Which practice goes with a better alliance with one therapist or clinic."""
    sure = [(label, h) for label, h in units if h.positive >= 0.95]
    if not sure:
        return f"{name}: for no practice one can be 95 % sure that it goes with a better alliance."
    sure.sort(key=lambda pair: -pair[1].shrunken)
    best, found = sure[0]
    # Rounding makes nobody certain.
    sure_of = "over 99 %" if found.positive > 0.99 else percent(found.positive, decimals=0)
    return (
        f"{name}: most with {best.lower()} ({estimate(found.shrunken, decimals=2)} points a point; "
        f"{sure_of} sure that it is above 0)."
    )


def command(question: PracticesQuestion) -> str:
    """The command that prints the same answer."""
    parts = [
        "python dashboard.py practices",
        shlex.quote(question.dataset),
        *([f"--outcome {shlex.quote(question.outcome)}"] if question.outcome else []),
        *([f"--alliance {shlex.quote(question.alliance)}"] if question.alliance else []),
        *([f"--version {question.version}"] if question.version else []),
    ]
    return " ".join(parts)
