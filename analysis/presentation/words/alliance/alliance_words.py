"""What the alliance is made of, in words."""

import shlex

from analysis.models.latent_means import LevelEffect
from analysis.presentation.words.rounding import count, counted, estimate, percent
from analysis.questions.alliance.components.result import (
    AllianceAnswer,
    AllianceQuestion,
    Contrast,
    Levels,
    NextLag,
)

WITHIN, BETWEEN = "within patients", "between patients"
READ_LEVELS = (
    "What one point more of alliance goes with, in points of the outcome; lines: 95 % interval by "
    "drawing therapists (or clinics) again. As observed: with the means that were measured. With "
    "latent means: what lies behind means of few sessions and few patients. Within patients that "
    "is the panel model's lag, the scores so far held, as on Which comes first: about each "
    "patient's own mean, as many papers have it, the slope is off with few sessions."
)
HOW_LEVELS = (
    "A mean of few sessions, or of few patients, is a true value plus chance, so its slope is "
    "pulled to that of the level inside. Taking off what chance adds gives the slope of what lies "
    "behind (Lüdtke and others 2008); nothing is corrected where the means' reliability is below "
    ".3. The contextual effect is a level's slope less that of the level inside: what a "
    "therapist's whole caseload adds to a patient's own alliance. Next session: this session's "
    "rating and the next session's score, what all have in common at a session taken off; within "
    "patients with latent means: the lag of the RI-CLPM or LCM-SR. End of "
    "treatment: early ratings and the last score, the first score's part taken off both. "
    "Associations, none of them a proof of cause."
)
READ_PARTS = (
    "Points of the outcome for one standard deviation more of each component. Apart: alone in the "
    "model. Together: beside the others. Within patients: this session's rating, the next "
    "session's score, beside this session's, all about each patient's own mean, which pulls them "
    "to 0 where sessions are few. Between patients: the early mean and the last score, "
    "beside the first."
)


def lead(answer: AllianceAnswer, outcome: str) -> str:
    """The answer in one sentence: early alliance and the end, within and between."""
    if answer.early is None:
        return (
            f"Too few of {count(answer.treatments)} treatments have an early alliance and a last "
            f"score: what the alliance goes with in {outcome} cannot be told."
        )
    e = answer.early
    size = f"r {_r(e.r)}, {_r(e.low)} to {_r(e.high)}"
    if e.low > 0:
        said = f"A better alliance early goes with a better end in {outcome} ({size})"
    elif e.high < 0:
        said = f"A better alliance early goes with a worse end in {outcome} ({size})"
    else:
        said = f"Whether the early alliance goes with the end in {outcome} cannot be told ({size})"
    lag = answer.lag
    if lag is None:
        return f"{said}."
    per = "for each point of alliance"
    if lag.low > 0 or lag.high < 0:
        size = f"a score {estimate(abs(lag.estimate), decimals=2)} points {_moved(answer, lag)}"
        return f"{said}; in the same patient a session with more of it is followed by {size} {per}."
    size = f"{estimate(lag.estimate, decimals=2)} points {per}"
    return f"{said}; in the same patient no effect on the next session can be told ({size})."


def _moved(answer: AllianceAnswer, lag: NextLag) -> str:
    """'better' or 'worse'; 'higher' or 'lower' where nobody says what a higher score means."""
    names = {"better": ("better", "worse"), "worse": ("worse", "better")}
    up, down = names.get(answer.outcome.higher_is, ("higher", "lower"))
    return up if lag.estimate > 0 else down


def beside(lag: NextLag) -> str:
    """`within` in a line."""
    return (
        f"Within patients the {lag.model.upper()} on sessions {lag.sessions[0]} to "
        f"{lag.sessions[-1]} has {estimate(lag.estimate, decimals=2)}; about each patient's own "
        f"mean, as many papers have it, the slope there is {estimate(lag.centred, decimals=2)}, "
        f"expected to be {estimate(abs(lag.bias), decimals=2)} off."
    )


def within(lag: NextLag) -> str:
    """The panel model's lag, and the centred slope beside it with what it is expected to miss."""
    low, high = estimate(lag.low, decimals=2), estimate(lag.high, decimals=2)
    said = (
        f"Within patients the {lag.model.upper()} on sessions {lag.sessions[0]} to "
        f"{lag.sessions[-1]} has {estimate(lag.estimate, decimals=2)} points ({low} to {high})"
    )
    if lag.standardised is not None:
        said += f", {estimate(lag.standardised, decimals=2)} in standard deviations"
    return (
        f"{said}, the scores so far held. About each patient's own mean the slope on these "
        f"sessions is {estimate(lag.centred, decimals=2)}; were the model true it would come to "
        f"{estimate(lag.expected, decimals=2)}, {estimate(abs(lag.bias), decimals=2)} off: a mean "
        "of few sessions holds the scores that are to be explained, and what the score at the "
        "rating's own session hands on is mixed in."
    )


def header_line(answer: AllianceAnswer) -> str:
    """'3,000 treatments · 150 therapists · 20 clinics · PHQ-9 · Alliance: bond, goal and task'."""
    parts = [counted(answer.treatments, "treatment")]
    parts += [counted(answer.therapists, "therapist")] if answer.therapists else []
    parts += [counted(answer.clinics, "clinic")] if answer.clinics > 1 else []
    return " · ".join([*parts, answer.outcome.label, answer.measure.label])


def reliability(answer: AllianceAnswer) -> str:
    """How far a rating can be trusted, between patients and as a change."""
    found = next((d for d in answer.described if d.measure == answer.measure.key), None)
    if found is None:
        return "Nobody was rated twice: how reliable a rating is cannot be told."
    r = {k: _r(v) for k, v in found.reliability.items()}
    said = f"One session's rating tells patients apart with reliability {r[1]}, two {r[2]}, four "
    said += f"{r[4]}"
    if answer.items and answer.items.change is not None:
        said += f"; a change between two sessions has {_r(answer.items.change)}"
    if found.ceiling is not None and found.ceiling >= 0.1:
        said += f"; {percent(found.ceiling, decimals=0)} of the ratings are at the scale's end"
    return f"{said}."


def components(answer: AllianceAnswer) -> str:
    """Whether the components can be told apart, and how much they share."""
    said = [_contrast(answer, level) for level in (WITHIN, BETWEEN)]
    said += [
        f"{e.level.capitalize()} {percent(e.shared / e.r2, decimals=0)} of what they explain is "
        "shared."
        for e in answer.explained
        if e.r2 > 0.002 and 0 <= e.shared <= e.r2
    ]
    return " ".join(s for s in said if s)


def _contrast(answer: AllianceAnswer, level: str) -> str:
    found = [c for c in answer.contrasts if c.level == level]
    if not found:
        return ""
    clear = [c for c in found if c.low > 0 or c.high < 0]
    if not clear:
        return f"{level.capitalize()} no component goes with more than another beyond chance."
    widest = max(clear, key=lambda c: abs(c.difference))
    more, less = _stronger(answer, widest)
    size = abs(widest.difference)
    low, high = sorted((abs(widest.low), abs(widest.high)))
    return (
        f"{level.capitalize()} {more} goes with {estimate(size, decimals=2)} points more than "
        f"{less} ({estimate(low, decimals=2)} to {estimate(high, decimals=2)})."
    )


def _stronger(answer: AllianceAnswer, c: Contrast) -> tuple[str, str]:
    better = -1 if answer.outcome.higher_is != "better" else 1
    names = [short(answer, key) for key in (c.first, c.second)]
    return (names[0], names[1]) if c.difference * better > 0 else (names[1], names[0])


def short(answer: AllianceAnswer, key: str) -> str:
    """'bond' where the dictionary says which component it is, else the label."""
    label = next((m.label for m in (answer.measure, *answer.components) if m.key == key), key)
    tail = label.split(":")[-1].split("(")[0].strip()
    return tail or label


def levels(answer: AllianceAnswer, found: Levels) -> str:
    """Which level the alliance's effect sits at."""
    told = [name for name, e in zip(found.names, found.effects, strict=True) if _told(e)]
    if not told:
        return f"At no level can an effect on {_of(found)} be told from chance."
    listed = ", ".join(told[:-1]) + (" and " if len(told) > 1 else "") + told[-1]
    contextual = [
        f"{name} {estimate(e.contextual, decimals=2)}"
        for name, e in zip(found.names, found.effects, strict=True)
        if e.contextual is not None
        and e.contextual_low is not None
        and e.contextual_high is not None
        and (e.contextual_low > 0 or e.contextual_high < 0)
    ]
    said = f"The alliance goes with {_of(found)} {listed}."
    if contextual:
        said += f" Beyond the level inside (contextual effect): {', '.join(contextual)}."
    return said


def _told(e: LevelEffect) -> bool:
    """Whether the interval leaves 0 out: with latent means where there is one, else as observed."""
    low, high = (e.naive_low, e.naive_high) if e.corrected is None else (e.low, e.high)
    return low is not None and high is not None and (low > 0 or high < 0)


def _of(found: Levels) -> str:
    return "the next session's score" if found.target == "next session" else "the last score"


def needed(answer: AllianceAnswer) -> str:
    """What it would take to know therapists' mean alliance."""
    n = answer.needed
    if n is None:
        return "There are too few therapists, or none is named."
    each = f"{n.patients:.0f} patients of {n.sessions:.0f} sessions"
    if n.reliability is None:
        return f"With {each} a therapist, therapists cannot be told to differ in mean alliance."
    said = f"With {each} a therapist, mean alliance is known with reliability {_r(n.reliability)}"
    wanted = [f"{count(p)} for {_r(r)}" for p, r in ((n.for_70, 0.7), (n.for_80, 0.8)) if p]
    return f"{said}; it takes {' and '.join(wanted)}." if wanted else f"{said}."


def _r(value: float) -> str:
    """A correlation as journals print it: .38."""
    return estimate(value, decimals=2).replace("0.", ".", 1)


def command(question: AllianceQuestion, name: str = "alliance") -> str:
    """The command that prints the same answer."""
    parts = [
        f"python dashboard.py {name}",
        shlex.quote(question.dataset),
        *([f"--outcome {shlex.quote(question.outcome)}"] if question.outcome else []),
        *([f"--alliance {shlex.quote(question.alliance)}"] if question.alliance else []),
        *([f"--version {question.version}"] if question.version else []),
    ]
    return " ".join(parts)
