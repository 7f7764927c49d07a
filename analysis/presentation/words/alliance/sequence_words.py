"""Which comes first, in words."""

import shlex

from analysis.models.panels.status import HELD
from analysis.presentation.words.rounding import count, percent
from analysis.questions.alliance.sequence import SequenceAnswer, SequenceQuestion

MODELS = {
    "auto": "The one the data want",
    "ri-clpm": "RI-CLPM: patients differ in level",
    "lcm-sr": "LCM-SR: in level and trend",
}
READ = (
    "What goes with one standard deviation more than a patient's usual, a session later, in the "
    "target's standard deviations within patients; lines: 95 % interval. The two ways across are "
    "the question; the other two say how much of itself each carries over."
)
LATER = (
    "How far the target lies from a patient's usual so many sessions after one standard deviation "
    "more of the other, and nothing else new (the table has points). In the long run: where it "
    "settles when the point comes anew at each session."
)
CENTRED = (
    "Each measure on both a session before, all as deviations from the patient's own mean. With "
    "few sessions that mean holds the very scores that are to be explained, so the lags come out "
    "wrong by an amount that is known: what the centred model would find, on ever more patients "
    "like these, if the panel model is right."
)


def header_line(answer: SequenceAnswer, symptoms: str, alliance: str) -> str:
    """'1,234 patients · sessions 1 to 8 · PHQ-9 and Alliance · RI-CLPM'."""
    fit = answer.fit
    return (
        f"{count(fit.patients)} patients · sessions {fit.sessions[0]} to {fit.sessions[-1]} · "
        f"{symptoms} and {alliance} · {fit.model.upper()}"
    )


def chances(answer: SequenceAnswer) -> str:
    """How far a study of this size can tell the four worlds apart."""
    verdict = answer.verdict
    if not verdict.worlds:
        return ""
    said = (
        f"With so many patients and sessions each of the four possibilities is told rightly "
        f"{percent(verdict.told, decimals=0)} of the time."
    )
    if verdict.told < 0.8 and verdict.patients_needed:
        said += f" For four times in five about {count(verdict.patients_needed)} are needed."
    return said


def chances_note(answer: SequenceAnswer) -> str:
    """What the four possibilities stand for."""
    return (
        "Simulated from the fit: in each row the ways that are there have the size found here, or "
        f"±{answer.verdict.smallest:g} standard deviations where none was found; everything else "
        "is as fitted. A verdict needs p below .01 to say a way is there, and a 95 % interval "
        f"inside ±{answer.verdict.smallest:g} to say that it is not."
    )


def beside(answer: SequenceAnswer) -> str:
    """The largest bias across that the usual model is to be expected to have."""
    across = [c for c in answer.centred if c.origin != c.target]
    if not across:
        return "The centred model cannot be had on these data."
    worst = max(across, key=lambda c: abs(c.bias))
    shown = f"{worst.bias:+.3f}".replace("-", "−")
    return (
        f"What many papers report: at {len(answer.fit.sessions)} sessions its lag from "
        f"{worst.origin} to {worst.target} is expected to be off by {shown} points."
    )


def command(question: SequenceQuestion) -> str:
    """The command that prints the same answer."""
    parts = [
        "python dashboard.py sequence",
        shlex.quote(question.source),
        f"--symptoms {shlex.quote(question.symptoms)}",
        f"--alliance {shlex.quote(question.alliance)}",
        *([f"--model {question.model}"] if question.model != "auto" else []),
        *(["--sessions {}:{}".format(*question.sessions)] if question.sessions else []),
        *([f"--version {question.version}"] if question.version else []),
    ]
    return " ".join(parts)


def ordered(messages: tuple[str, ...]) -> list[str]:
    """What a reader needs first; the figures of the model within its bounds last."""
    return sorted(messages, key=lambda message: message.startswith(HELD))


def direction(label: str, higher_is: str) -> tuple[str, ...]:
    """What to mind where the outcome is no symptom."""
    if higher_is != "better":
        return ()
    return (
        f"In {label} a higher score is better: read 'symptoms' as {label}, more of it as better.",
    )
