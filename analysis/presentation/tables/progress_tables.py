"""Open treatments and the signals' figures as tables."""

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.progress_words import SIGNAL_LABELS, STATUS, at
from analysis.questions.progress.accuracy import Accuracy, Group
from analysis.questions.progress.answer import Elsewhere, Progress
from analysis.questions.progress.judging import Course, OpenTreatment

MOST_SHOWN = 15  # rows on a page; the file has all
ALLIANCE = {True: "fell", False: "as usual", None: None}
BY_LABELS = {"clinic": "Clinic", "period": "Year"}


def open_treatments(
    found: Progress, treatments: tuple[OpenTreatment, ...], most: int = MOST_SHOWN
) -> Table:
    """One row a treatment, those most worth a talk first; at most so many."""
    used = [s for s in SIGNAL_LABELS if any(s in dict(t.chances) for t in treatments)]
    rows = [_treatment(t, used) for t in treatments[:most]]
    notes = [
        "Chances, from 1 to 99 %: how often finished treatments that looked like this ended so."
    ]
    if len(treatments) > most:
        notes.append(f"The first {most} of {len(treatments)}; the file has all.")
    exact = [
        dict(
            treatment=t.episode,
            clinic=t.clinic,
            scores=t.scores,
            elapsed=t.elapsed,
            first=t.intake,
            last=t.last,
            improvement=t.change,
            **{s: dict(t.chances).get(s) for s in SIGNAL_LABELS},
            flags=" ".join(t.flags),
            alliance_fell=t.alliance_fell,
            verdict=t.verdict,
        )
        for t in treatments
    ]
    return laid_out(f"Open treatments, {found.label}", rows, notes, exact)


def signals(found: Progress) -> Table:
    """The signals at the headline landmark, treatments left out in fifths."""
    every = [a for a in found.accuracy if a.landmark == found.landmark]
    notes = ("AUC: of two treatments, how often the one it came to had the higher chance.",)
    caption = f"Signals at {at(found.axis, found.landmark)}, on treatments left out"
    return laid_out(caption, map(_signal, every), notes, map(_figures, found.accuracy))


def elsewhere(left_out: tuple[Elsewhere, ...]) -> Table:
    """The same where each clinic, then each year, was left out whole."""
    rows = [
        {"Left out in turn": cells.text(f"each {BY_LABELS[e.by].lower()}")} | _signal(e.accuracy)
        for e in left_out
    ]
    exact = [dict(left_out=e.by) | _figures(e.accuracy) for e in left_out]
    return laid_out("Signals in clinics and years that took no part", rows, (), exact)


def by_group(found: Progress, figures: Accuracy, by: str = "") -> Table:
    """One signal by clinic, year, or a trait, '' for all: everywhere, now, for everybody?"""
    rows = [_group(g) for g in figures.groups if by in ("", g.by)]
    exact = [{n: getattr(g, n) for n in Group.__slots__} for g in figures.groups]
    caption = f"{SIGNAL_LABELS[figures.signal]} at {at(found.axis, figures.landmark)}, by group"
    return laid_out(caption, rows, (), exact)


def coverage(found: Progress) -> Table:
    """How often the bands from the first score alone held, by time."""
    rows = [
        {
            f"{found.axis.capitalize()}s after the first": cells.count(c.elapsed),
            "Scores": cells.count(c.n),
            "In the 50 % band": cells.share(c.half, decimals=0),
            "In the 80 % band": cells.share(c.eighty, decimals=0),
        }
        for c in found.coverage
    ]
    exact = [dict(elapsed=c.elapsed, n=c.n, half=c.half, eighty=c.eighty) for c in found.coverage]
    return laid_out("How often the bands held, on treatments left out", rows, (), exact)


def course_rows(course: Course) -> list[dict]:
    """One row a point of a course, own scores and what is expected, for a file."""
    own = [dict(elapsed=e, score=s, alliance=a) for e, s, a in course.scores]
    names = ("middle", "low_half", "high_half", "low_eighty", "high_eighty")
    ahead = [dict(elapsed=p.elapsed, **{n: getattr(p, n) for n in names}) for p in course.ahead]
    columns = ("elapsed", "score", "alliance", *names)
    return [{c: row.get(c) for c in columns} for row in [*own, *ahead]]


def _treatment(t: OpenTreatment, used: list[str]) -> dict[str, Cell]:
    told = dict(t.chances)
    return {
        "Treatment": cells.text(t.episode),
        "Verdict": cells.text(t.verdict),
        "Scores": cells.count(t.scores),
        "First": cells.number(t.intake, decimals=1),
        "Last": cells.number(t.last, decimals=1),
        "Better by": cells.number(t.change, decimals=1),
        **{SIGNAL_LABELS[s]: _chance(told.get(s)) for s in used},
        "Alliance": cells.text(ALLIANCE[t.alliance_fell]),
    }


def _chance(value: float | None) -> Cell:
    """Between 1 and 99 %: no forecast is surer."""
    return cells.share(None if value is None else min(max(value, 0.01), 0.99), decimals=0)


def _signal(a: Accuracy) -> dict[str, Cell]:
    flagging, line = a.flagging, a.calibration
    return {
        "Signal": cells.text(SIGNAL_LABELS[a.signal]),
        "Treatments": cells.count(a.n),
        "It came to": cells.count(a.events),
        "AUC": cells.number(a.auc, decimals=3),
        "Early change alone": cells.number(a.auc_early, decimals=3),
        "Slope": cells.number(line.slope if line else None, decimals=2),
        "Found": cells.share(flagging.sensitivity if flagging else None, decimals=0),
        "Flags right": cells.share(flagging.ppv if flagging else None, decimals=0),
        "Here": cells.text(STATUS[a.status]),
    }


def _group(g: Group) -> dict[str, Cell]:
    return {
        "Group": cells.text(g.value),
        "Treatments": cells.count(g.n),
        "Expected": cells.share(g.expected, decimals=0),
        "Came": cells.share(g.events / g.n, decimals=0),
        "AUC": cells.number(g.auc, decimals=2),
        "Flagged": cells.share(g.flagged, decimals=0),
        "Found": cells.share(g.sensitivity, decimals=0),
        "Flags right": cells.share(g.ppv, decimals=0),
    }


def _figures(a: Accuracy) -> dict:
    line, flagging = a.calibration, a.flagging
    return dict(
        signal=a.signal,
        landmark=a.landmark,
        status=a.status,
        n=a.n,
        events=a.events,
        auc=a.auc,
        auc_early_change=a.auc_early,
        slope=line.slope if line else None,
        in_the_large=line.in_the_large if line else None,
        sensitivity=flagging.sensitivity if flagging else None,
        specificity=flagging.specificity if flagging else None,
        ppv=flagging.ppv if flagging else None,
    )
