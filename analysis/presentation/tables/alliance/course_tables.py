"""Course, ruptures and response as tables."""

from dataclasses import asdict

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.questions.alliance.course.gains import GainsAnswer
from analysis.questions.alliance.course.result import CourseAnswer, OverTime, Response, Ruptures


def rules(found: Ruptures, caption: str) -> Table:
    """One row a rule: false alarms and finds by length of course, and what it flags here."""
    lengths = list(dict.fromkeys(r.sessions for r in found.rules))
    by = {(r.rule, r.sessions): r for r in found.rules}
    rows = [
        {"Rule": Cell(rule)}
        | {
            f"False alarms, {t} sessions": cells.share(by[rule, t].false_alarms, decimals=1)
            for t in lengths
        }
        | {f"Dips found, {t}": cells.share(by[rule, t].found, decimals=0) for t in lengths}
        | {"Courses flagged here": cells.share(found.flags.get(rule), decimals=1)}
        for rule in dict.fromkeys(r.rule for r in found.rules)
    ]
    exact = [asdict(r) | dict(flagged_here=found.flags.get(r.rule)) for r in found.rules]
    return laid_out(caption, rows, exact=exact)


def followed(found: Ruptures, caption: str) -> Table:
    """One row a group: treatments, change, unplanned endings."""
    rows = [
        {
            "Treatments with": Cell(f.group),
            "Number": cells.count(f.treatments),
            "Change beyond expected": cells.number(f.change, decimals=2),
            "95 % interval": cells.interval(f.low, f.high, decimals=2),
            "Ended unplanned": cells.share(f.unplanned, decimals=0),
        }
        for f in found.followed
    ]
    notes = ["Change: the last score less what the first one predicts; above 0 is better."]
    return laid_out(caption, rows, notes, [asdict(f) for f in found.followed])


def phases(answer: CourseAnswer, caption: str) -> Table:
    """Early, middle, late: mean alliance and its correlation with the end."""
    rows = [
        {
            "Phase": Cell(p.name.capitalize()),
            "Sessions": Cell(f"{p.sessions[0]} to {p.sessions[1]}"),
            "Mean alliance": cells.number(p.mean, decimals=2),
            "r with the change until the end": cells.number(p.r, decimals=2),
            "95 % interval": cells.interval(p.low, p.high, decimals=2),
            "Treatments": cells.count(p.treatments),
        }
        for p in answer.phases
    ]
    return laid_out(caption, rows, exact=[asdict(p) for p in answer.phases])


def effect(found: OverTime, caption: str) -> Table:
    """One row a session."""
    rows = [
        {
            "Session": cells.count(p.session),
            "Points a point of alliance": cells.number(p.estimate, decimals=2),
            "95 % interval": cells.interval(p.low, p.high, decimals=2),
        }
        for p in found.points
    ]
    notes = [f"Test that it stays the same: p {cells.p_value(found.p).text}; {found.rows:,} rows."]
    return laid_out(caption, rows, notes, [asdict(p) for p in found.points])


def response(found: Response, caption: str) -> Table:
    """One row a length of treatment."""
    rows = [
        {
            "Sessions": cells.count(a.sessions),
            "Treatments of so many": cells.count(a.treatments),
            "Improved at their end": cells.share(a.improved, decimals=0),
            "By then, had all stayed": cells.share(a.by_then, decimals=0),
        }
        for a in found.attended
    ]
    notes = [f"Reliable change: {found.criterion:.3g} points ({found.origin})."]
    return laid_out(caption, rows, notes, [asdict(a) for a in found.attended])


def around(found: GainsAnswer, caption: str) -> Table:
    """The alliance by sessions from a gain."""
    rows = [
        {
            "Sessions from the gain": Cell(
                "last before" if a.offset == 0 else f"{a.offset:+d}".replace("-", "−")
            ),
            "Alliance less the own mean": cells.number(a.mean, decimals=2),
            "Gains": cells.count(a.n),
        }
        for a in found.around
    ]
    return laid_out(caption, rows, exact=[asdict(a) for a in found.around])
