"""Practices, paths and units as tables."""

from dataclasses import asdict

from analysis.presentation.tables import cells
from analysis.presentation.tables.published_tables import doi
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.alliance.published import figures_for
from analysis.questions.alliance.building.result import Here, PracticePath, PracticesAnswer


def slopes(answer: PracticesAnswer, caption: str) -> Table:
    """One row a practice: within patients, another's rating, between patients and therapists."""
    rows = []
    for p in answer.practices:
        levels = dict(zip(p.level_names, p.levels, strict=True))
        patients, therapists = levels.get("between patients"), levels.get("between therapists")
        s, o = p.slope, p.other
        rows.append(
            {
                "Practice": Cell(p.measure.label),
                "Rated in": cells.share(p.filled, decimals=0),
                "Within patients": cells.number(s and s.estimate, decimals=2),
                "95 % interval": cells.interval(s and s.low, s and s.high, decimals=2),
                "Another's alliance": cells.number(o and o.estimate, decimals=2),
                "Between patients": cells.number(
                    patients and (patients.corrected or patients.naive), decimals=2
                ),
                "Between therapists": cells.number(therapists and therapists.corrected, decimals=2),
                "95 % interval, therapists": cells.interval(
                    therapists and therapists.low, therapists and therapists.high, decimals=2
                ),
                "Robustness value": cells.number(p.robustness, decimals=2),
            }
        )
    notes = [
        "Points of alliance a point of the practice. Between patients and therapists: with latent "
        "means; empty where the means' reliability is below .3."
    ]
    exact = [
        dict(
            practice=p.measure.key,
            filled=p.filled,
            within=p.slope and p.slope.estimate,
            low=p.slope and p.slope.low,
            high=p.slope and p.slope.high,
            other=p.other and p.other.estimate,
            robustness=p.robustness,
        )
        for p in answer.practices
    ]
    return laid_out(caption, rows, notes, exact)


def paths(answer: PracticesAnswer, found: tuple[PracticePath, ...], caption: str) -> Table:
    """One row a practice: both steps, their covariance, the indirect effect, the rest."""
    labels = {p.measure.key: p.measure.label for p in answer.practices}
    rows, exact = [], []
    for f in found:
        w = f.within
        rows.append(
            {
                "Practice": Cell(labels[f.practice]),
                "To the alliance (a)": cells.number(w and w.a.estimate, decimals=2),
                "To the outcome (b)": cells.number(w and w.b.estimate, decimals=2),
                "σab": cells.number(w and w.covariance.estimate, decimals=3),
                "Through the alliance": cells.number(w and w.indirect.estimate, decimals=2),
                "95 % interval": cells.interval(
                    w and w.indirect.low, w and w.indirect.high, decimals=2
                ),
                "Not through it": cells.number(w and w.direct.estimate, decimals=2),
                "Between patients": cells.number(f.between and f.between.indirect, decimals=2),
                "E-value": cells.number(f.e_value, decimals=1),
            }
        )
        exact.append(
            dict(
                practice=f.practice,
                a=w and w.a.estimate,
                b=w and w.b.estimate,
                sigma_ab=w and w.covariance.estimate,
                indirect=w and w.indirect.estimate,
                low=w and w.indirect.low,
                high=w and w.indirect.high,
                direct=w and w.direct.estimate,
                e_value=f.e_value,
            )
        )
    notes = [f"{labels[f.practice]}: {f.missing}" for f in found if f.missing]
    return laid_out(caption, rows, notes, exact)


def moderation(answer: PracticesAnswer, caption: str) -> Table:
    """One row a practice and group: its slope, and the test that all are alike."""
    rows = [
        {
            "Practice": Cell(p.measure.label),
            "Group": Cell(s.group),
            "Slope": cells.number(s.estimate, decimals=2),
            "95 % interval": cells.interval(s.low, s.high, decimals=2),
            "Patients": cells.count(s.patients),
            "All alike, p": cells.p_value(m.p),
        }
        for p in answer.practices
        for m in p.moderation
        for s in m.slopes
    ]
    exact = [
        dict(practice=p.measure.key, by=m.by, p=m.p) | asdict(s)
        for p in answer.practices
        for m in p.moderation
        for s in m.slopes
    ]
    return laid_out(caption, rows, exact=exact)


def here(units: tuple[tuple[str, Here], ...], caption: str) -> Table:
    """One row a practice with one therapist or clinic."""
    rows = [
        {
            "Practice": Cell(label),
            "Shrunken slope": cells.number(h.shrunken, decimals=2),
            "95 % interval": cells.interval(h.low, h.high, decimals=2),
            "Sure it is above 0": cells.share(h.positive, decimals=0),
            "By its own sessions": cells.number(h.raw, decimals=2),
            "Patients": cells.count(h.patients),
        }
        for label, h in units
    ]
    exact = [
        dict(practice=label, shrunken=h.shrunken, low=h.low, high=h.high, positive=h.positive,
             raw=h.raw, se=h.se, patients=h.patients)
        for label, h in units
    ]  # fmt: skip
    return laid_out(caption, rows, exact=exact)


def published(answer: PracticesAnswer, caption: str) -> Table:
    """The meta-analytic figure of each practice, or that there is none."""
    rows = []
    for p in answer.practices:
        found = figures_for(f"{p.measure.key} {p.measure.label}")
        for f in found:
            rows.append(
                {
                    "Practice": Cell(p.measure.label),
                    "What": Cell(f.what),
                    "Figure": Cell(f.figure),
                    "Source": Cell(f"{f.source} {doi(f.doi)}".strip()),
                }
            )
        if not found:
            empty = {"What": Cell("–"), "Figure": Cell("none known here"), "Source": Cell("")}
            rows.append({"Practice": Cell(p.measure.label)} | empty)
    return laid_out(caption, rows)
