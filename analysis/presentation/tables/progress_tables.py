"""Open treatments and the signals' figures as tables."""

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.progress_words import SIGNAL_LABELS, STATUS, at
from analysis.questions.progress.accuracy import Accuracy, Group
from analysis.questions.progress.answer import Progress
from analysis.questions.progress.judging import Course, OpenTreatment

MOST_SHOWN = 15  # rows on a page; the file has all
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
            verdict=t.verdict,
        )
        for t in treatments
    ]
    return laid_out(f"Open treatments, {found.label}", rows, notes, exact)


def signals(found: Progress) -> Table:
    """The signals at the headline landmark: inside the dataset, and on what was left out whole."""
    rows = [
        _signal(a, "treatments in fifths") for a in found.accuracy if a.landmark == found.landmark
    ]
    rows += [_signal(a, f"{BY_LABELS[by].lower()}s one by one") for by, a in found.external]
    when = at(found.axis, found.landmark)
    notes = ("AUC: of two treatments, how often the one it came to had the higher chance.",)
    return laid_out(f"Signals at {when}, on treatments left out", rows, notes, _tidy(found))


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
    }


def _chance(value: float | None) -> Cell:
    """Between 1 and 99 %: no forecast is surer."""
    return cells.share(None if value is None else min(max(value, 0.01), 0.99), decimals=0)


def _signal(a: Accuracy, left_out: str) -> dict[str, Cell]:
    flagging, line = a.flagging, a.calibration
    return {
        "Signal": cells.text(SIGNAL_LABELS[a.signal]),
        "Left out": cells.text(left_out),
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


def _tidy(found: Progress) -> list[dict]:
    every = [("fifths", a) for a in found.accuracy] + list(found.external)
    return [
        dict(
            left_out=by,
            signal=a.signal,
            landmark=a.landmark,
            status=a.status,
            n=a.n,
            events=a.events,
            auc=a.auc,
            auc_early_change=a.auc_early,
            slope=a.calibration.slope if a.calibration else None,
            in_the_large=a.calibration.in_the_large if a.calibration else None,
            sensitivity=a.flagging.sensitivity if a.flagging else None,
            specificity=a.flagging.specificity if a.flagging else None,
            ppv=a.flagging.ppv if a.flagging else None,
        )
        for by, a in every
    ]
