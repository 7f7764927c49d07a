"""Open treatments in words: without false hope, and without alarm that the figures don't bear."""

from analysis.base.joining import capital
from analysis.presentation.words.rounding import count, counted, estimate, percent
from analysis.questions.progress.accuracy import NO_BETTER, OFFERED, Accuracy
from analysis.questions.progress.answer import Progress
from analysis.questions.progress.judging import ON_TRACK, TALK, UNTOLD, OpenTreatment

SIGNAL_LABELS = {
    "no_improvement": "No reliable improvement",
    "deterioration": "Reliable deterioration",
    "dropout": "Ending unplanned",
}
ENDED = {
    "no_improvement": "ended without reliable improvement",
    "deterioration": "ended reliably worse",
    "dropout": "ended unplanned",
}
STATUS = {
    OFFERED: "offered",
    NO_BETTER: "not offered: no better than early change alone",
    "too few": "not offered: too few treatments or events",
}
# What acting on a signal has done elsewhere: read in the source, as literature.md asks.
EVIDENCE = (
    "Telling therapists who is not on track helps a little: feedback d = 0.14 [0.08, 0.21], for "
    "those not on track 0.29 [0.11, 0.46] (Rognstad et al. 2023, doi:10.1007/s10488-022-01236-9)."
)
FELL = (
    "The last alliance rating lies below what those before it let expect; so do 5 in 100 courses "
    "in which nothing happened."
)
LATE = (
    "Some respond late (Saunders et al. 2019): a signal at an early session is a reason to talk, "
    "not a forecast of failure."
)


def answer(found: Progress) -> str:
    """The page's sentence."""
    n = len(found.open)
    if not n:
        return (
            "No treatment is open: none has the ending 'ongoing'. How good signals would be here "
            "is shown below."
        )
    of = {v: sum(t.verdict == v for t in found.open) for v in (TALK, ON_TRACK, UNTOLD)}
    return (
        f"Of {counted(n, 'open treatment')} {count(of[TALK])} {'is' if of[TALK] == 1 else 'are'} "
        f"worth a talk, {count(of[ON_TRACK])} {'is' if of[ON_TRACK] == 1 else 'are'} on track, "
        f"and of {count(of[UNTOLD])} it can't be told yet."
    )


def header_line(found: Progress) -> str:
    """What was asked, and on how much it rests."""
    return " · ".join(
        (
            found.label,
            f"learnt from {counted(found.learnt, 'finished treatment')}",
            f"reliable change {found.reliable_change:g} points",
            f"signals judged at {at(found.axis, found.landmark)}",
        )
    )


def cautions(found: Progress) -> tuple[str, ...]:
    """What to bear in mind, the most important first."""
    said = []
    judged = found.of("no_improvement")
    if judged.status != OFFERED:
        said.append(
            f"'{SIGNAL_LABELS['no_improvement']}' is {STATUS[judged.status]}, at "
            f"{at(found.axis, found.landmark)}."
        )
    elif judged.late is not None:
        said.append(
            f"Of those flagged at {at(found.axis, found.landmark)}, "
            f"{percent(judged.late)} improved reliably in the end. {LATE}"
        )
    return (*said, *found.messages)


def at(axis: str, landmark: int) -> str:
    """'session 4' or 'week 4'."""
    return f"{axis} {landmark}"


def why(treatment: OpenTreatment, found: Progress) -> str:
    """Why one treatment stands where it stands, in one or two sentences."""
    moved = _moved(treatment, found)
    if treatment.alliance_fell:
        moved += f" {FELL}"
    if treatment.landmark is None or not treatment.chances:
        return f"{moved} {_untold(treatment, found)}"
    told = dict(treatment.chances)
    if treatment.flags:
        signal = treatment.flags[0]
        figures = found.of(signal, treatment.landmark)
        return (
            f"{moved} Of finished treatments that looked like this, {_in_hundred(told[signal])} "
            f"{ENDED[signal]}; of all at {at(found.axis, treatment.landmark)}, "
            f"{_in_hundred(figures.events / figures.n)} did."
        )
    if treatment.base is None:
        return f"{moved} No signal that is offered here is raised; more can't be told."
    below = dict(treatment.chances)["no_improvement"] < treatment.base
    side = "fewer than" if below else "no fewer than"
    return (
        f"{moved} Of finished treatments that looked like this, "
        f"{_in_hundred(told['no_improvement'])} {ENDED['no_improvement']}: {side} of all at "
        f"{at(found.axis, treatment.landmark)} ({_in_hundred(treatment.base)})."
    )


def signal_sentence(figures: Accuracy, axis: str) -> str:
    """How good one signal is here."""
    label = SIGNAL_LABELS[figures.signal]
    if figures.auc is None or figures.flagging is None or figures.auc_early is None:
        return (
            f"{label}: too few to judge ({counted(figures.n, 'finished treatment')}, "
            f"{count(figures.events)} of them {ENDED[figures.signal].removeprefix('ended ')})."
        )
    flagging, verb = figures.flagging, ENDED[figures.signal]
    better = "better" if figures.status == OFFERED else "no better"
    return (
        f"{label}, judged at {at(axis, figures.landmark)}: of two treatments, one of which {verb}, "
        f"that one had the higher chance {percent(figures.auc)} of the time ({better} than early "
        f"change alone, {percent(figures.auc_early)}). Of the {percent(flagging.share)} flagged, "
        f"{percent(flagging.ppv)} {verb}: {percent(flagging.sensitivity)} of all that did."
    )


def calibration_sentence(figures: Accuracy) -> str:
    """Whether the chances mean what they say."""
    line = figures.calibration
    if line is None:
        return "Whether the chances come true can't be told from so few."
    if 0.9 <= line.slope <= 1.1:
        held = "Chances came true as often as they said"
    elif line.slope < 0.9:
        held = "High chances came true less often than they said, low ones more often"
    else:
        held = "High chances came true more often than they said, low ones less often"
    return f"{held} (calibration slope {estimate(line.slope, decimals=2)}; 1 is right)."


def coverage_sentence(found: Progress) -> str:
    """How often the bands held."""
    if not found.coverage:
        return "How often the bands hold can't be told: no later scores."
    n = sum(c.n for c in found.coverage)
    held = sum(c.eighty * c.n for c in found.coverage) / n
    return (
        f"On treatments left out, the 80 % band from the first score held {percent(held)} of "
        f"{count(n)} later scores."
    )


def patient_sentence(treatment: OpenTreatment, found: Progress) -> str:
    """For the patient: plain, without a forecast of the end."""
    n, points = treatment.scores, abs(treatment.change)
    began = f"You have filled in the questionnaire {counted(n, 'time')}."
    if n < 2:
        return f"{began} From the second time on, a change can be seen."
    if points < 1:
        return f"{began} Your score is about where it was at the start."
    way = "better" if treatment.change > 0 else "worse"
    sure = (
        "more than day-to-day ups and downs would explain"
        if points >= found.reliable_change
        else "which can still be day-to-day ups and downs"
    )
    return f"{began} Your score is {_points(points)} {way} than at the start, {sure}."


def _moved(treatment: OpenTreatment, found: Progress) -> str:
    if treatment.scores < 2:
        return f"One {found.label} score so far."
    change = treatment.change
    so_far = f"Over {counted(treatment.scores, 'score')} {found.label} "
    if abs(change) < 0.05:
        return so_far + "is where it was at first."
    return so_far + f"is {_points(abs(change))} {'better' if change > 0 else 'worse'}."


def _points(value: float) -> str:
    shown = f"{value:.1f}".removesuffix(".0")
    return f"{shown} point{'' if shown == '1' else 's'}"


def _untold(treatment: OpenTreatment, found: Progress) -> str:
    if treatment.landmark is None:
        return f"Signals begin at {at(found.axis, _first(found))}: nothing can be told yet."
    return capital("no signal is offered here that this treatment can be judged by.")


def _first(found: Progress) -> int:
    there = [a.landmark for a in found.accuracy if a.auc is not None]
    return min(there, default=found.landmark)


def _in_hundred(share: float) -> str:
    """'38 in 100'; never 0 or 100, which no forecast is sure of."""
    return f"{min(max(round(100 * share), 1), 99)} in 100"
