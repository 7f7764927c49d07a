"""Course, ruptures and response in words."""

from analysis.presentation.words.rounding import count, counted, estimate, percent
from analysis.questions.alliance.course.result import CourseAnswer, OverTime, Response, Ruptures

READ_RULES = (
    "In courses without any rupture, simulated from what these patients' courses are like: the "
    "share that each rule flags all the same, and how many real dips (2.5 within-patient standard "
    "deviations deep) it finds. A lower false-alarm rate costs found dips."
)
HOW_RUPTURES = (
    "Each patient's level and trend, swings that last for a while, and a rating's own noise are "
    "estimated once on all patients (maximum likelihood). Each rating from the third on is set "
    "against what that patient's ratings before it let expect (the innovation of a Kalman filter). "
    "The limit is such that the chosen share of courses without a rupture crosses it. Repaired: "
    "half of the fall made good within three sessions. Where ratings crowd at the scale's end, the "
    "limit is the one that flags the chosen share of courses drawn as the scale would show them."
)
READ_EFFECT = (
    "What one point more of alliance than that patient's ratings so far let expect goes with in "
    "the next score, beyond what the scores so far let expect; band: 95 % interval. So neither "
    "patients' levels nor their trends are in it. From the second session on."
)
READ_RESPONSE = (
    "Two pictures that disagree for a reason. By sessions attended: who is done early leaves "
    "early, so the share improved does not rise with more sessions (the good-enough level). By "
    "then, had all stayed: the share that has changed reliably by each session, those who left "
    "counted until they left (Kaplan-Meier)."
)


def lead(answer: CourseAnswer) -> str:
    """Ruptures first: how many beyond what chance gives."""
    r = answer.ruptures
    if r is None:
        return "There are too few courses with three ratings to tell a rupture from chance."
    share = percent(r.rate, decimals=0)
    said = (
        f"At a false-alarm rate of {share} of the courses, {count(r.with_rupture)} of "
        f"{count(r.courses)} show a rupture; about {count(round(r.expected))} would without there "
        "being any"
    )
    if r.with_rupture <= r.expected + 2 * (r.expected * (1 - r.rate)) ** 0.5:
        return f"{said}: no more than chance gives."
    return f"{said}."


def header_line(answer: CourseAnswer) -> str:
    """'3,000 treatments · PHQ-9 · Alliance: bond, goal and task'."""
    treatments = counted(answer.treatments, "treatment")
    return f"{treatments} · {answer.outcome.label} · {answer.measure.label}"


def repairs(r: Ruptures, outcome: str) -> str:
    """How many were repaired, and what followed."""
    if not r.ruptures:
        return "No rupture was found at this rate."
    said = f"{count(r.repaired)} of {count(r.known)} ruptures were repaired within three sessions"
    told = {f.group: f for f in r.followed if f.change is not None}
    none, open_ = told.get("no rupture"), told.get("not repaired")
    if none is None or open_ is None or None in (open_.low, open_.high, none.change, open_.change):
        return f"{said}; too few were not to say what followed."
    gap = (open_.change or 0) - (none.change or 0)
    worse = "more" if gap > 0 else "less"
    return (
        f"{said}. Treatments with an open one changed {estimate(abs(gap), decimals=1)} points of "
        f"{outcome} {worse} than those without a rupture."
    )


def effect(found: OverTime) -> str:
    """Whether the effect changes over the course."""
    if found.p < 0.05 and found.points:
        most = max(found.points, key=lambda p: abs(p.estimate))
        least = min(found.points, key=lambda p: abs(p.estimate))
        return (
            f"The effect changes over the course: strongest at session {most.session} "
            f"({estimate(most.estimate, decimals=2)}), weakest at session {least.session} "
            f"({estimate(least.estimate, decimals=2)})."
        )
    return "That the effect changes over the course cannot be told."


def response(found: Response, outcome: str) -> str:
    """Early response, and sessions until reliable change."""
    half = (
        f"Half have changed reliably by session {found.median}."
        if found.median
        else "Fewer than half would change reliably in the sessions there are."
    )
    if found.improved_of_responders is None or found.improved_of_others is None:
        return half
    return (
        f"{count(found.responders)} of {count(found.treatments)} had changed by "
        f"{found.criterion:g} points of {outcome} until session {found.early_sessions}: "
        f"{percent(found.improved_of_responders, decimals=0)} of them are improved at the end, "
        f"{percent(found.improved_of_others, decimals=0)} of the others. {half} Not on track early "
        "is not failing."
    )
