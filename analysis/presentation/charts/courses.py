"""A course with where it is expected to go, and how good the signals are, as pictures."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, PERCENT_AXIS, TICKS, Layered, Look, finish
from analysis.presentation.palette import OWN, SIGNAL, SLATE
from analysis.presentation.words.progress_words import SIGNAL_LABELS
from analysis.presentation.words.rounding import percent
from analysis.questions.progress.accuracy import Accuracy
from analysis.questions.progress.answer import Progress
from analysis.questions.progress.expected import Point
from analysis.questions.progress.judging import Course

BETTER = {1: "↓ better", -1: "↑ better"}


def fan_chart(course: Course, found: Progress, look: Look = LIGHT) -> alt.TopLevelMixin:
    """Own scores as a line, 50 and 80 % bands ahead, the course expected from the first score
    dashed; the alliance below on the same axis where it was rated."""
    first = 1 if found.axis == "session" else 0
    scores = [dict(at=e + first, score=s) for e, s, _ in course.scores if s is not None]
    title = f"{found.axis.capitalize()}" + ("s since the first" if not first else "")
    last = max([p.elapsed for p in course.ahead] + [s["at"] - first for s in scores]) + first
    x = alt.X(
        "at:Q",
        title=title,
        scale=alt.Scale(domain=[first, last], nice=False),
        axis=alt.Axis(tickCount=TICKS, format="d", grid=False),
    )
    scored = f"{found.label} ({BETTER[found.sign]})"
    y = alt.Y("score:Q", title=scored, axis=alt.Axis(tickCount=TICKS), scale=alt.Scale(zero=False))
    ahead = [_row(p, first) for p in course.ahead]
    if scores and ahead:  # the bands open from the last score
        at, score = scores[-1]["at"], scores[-1]["score"]
        ends = ("low_half", "high_half", "low_eighty", "high_eighty")
        ahead = [dict(at=at, score=score, **dict.fromkeys(ends, score)), *ahead]
    base = alt.Chart(alt.Data(values=ahead)).encode(x=x)
    layers = [
        base.mark_area(color=OWN, opacity=0.14).encode(
            y=alt.Y("low_eighty:Q", title=scored), y2=alt.Y2("high_eighty:Q")
        ),
        base.mark_area(color=OWN, opacity=0.22).encode(
            y=alt.Y("low_half:Q"), y2=alt.Y2("high_half:Q")
        ),
        base.mark_line(color=OWN, strokeWidth=1.5, strokeDash=[2, 3]).encode(y=y),
        alt.Chart(alt.Data(values=[_row(p, first) for p in course.from_start]))
        .mark_line(color=look.muted, strokeDash=[6, 4], strokeWidth=1.4)
        .encode(x=x, y=y),
        alt.Chart(alt.Data(values=scores))
        .mark_line(color=look.ink, strokeWidth=2, point=alt.OverlayMarkDef(size=55, color=look.ink))
        .encode(x=x, y=y, tooltip=[alt.Tooltip("at:Q", title=title), "score:Q"]),
    ]
    scores_chart = alt.layer(*layers).properties(width="container", height=260)
    return finish(scores_chart, look)


def alliance_strip(course: Course, found: Progress, look: Look = LIGHT) -> Layered | None:
    """The alliance at each session, on the same axis; None where it was not rated."""
    first = 1 if found.axis == "session" else 0
    rated = [dict(at=e + first, rating=a) for e, _, a in course.scores if a is not None]
    if not rated:
        return None
    last = max([p.elapsed for p in course.ahead] + [e for e, _, _ in course.scores]) + first
    x = alt.X(
        "at:Q",
        title=None,
        scale=alt.Scale(domain=[first, last], nice=False),
        axis=alt.Axis(tickCount=TICKS, format="d", grid=False),
    )
    y = alt.Y("rating:Q", title=["Alliance", "(↑ better)"], axis=alt.Axis(tickCount=TICKS))
    base = alt.Chart(alt.Data(values=rated)).encode(x=x, y=y.scale(zero=False))
    line = base.mark_line(color=OWN, strokeWidth=2, point=alt.OverlayMarkDef(size=45, color=OWN))
    return finish(alt.layer(line).properties(width="container", height=110), look)


def fan_text(course: Course, found: Progress) -> str:
    """The text alternative."""
    own = ", ".join(f"{s:g}" for _, s, _ in course.scores if s is not None)
    if not course.ahead:
        return f"Line of {found.label}: {own}."
    end = course.ahead[-1]
    return (
        f"Line of {found.label} so far: {own}. Expected {end.elapsed:g} {found.axis}s after the "
        f"first: {end.middle:.1f}, 80 % band {end.low_eighty:.1f} to {end.high_eighty:.1f}."
    )


def auc_chart(found: Progress, signal: str, look: Look = LIGHT) -> Layered:
    """How well a signal ranks, by when it is judged, beside early change alone."""
    rows = []
    for a in found.accuracy:
        if a.signal == signal and a.auc is not None and a.auc_early is not None:
            rows.append(dict(at=a.landmark, auc=a.auc, by="Signal"))
            rows.append(dict(at=a.landmark, auc=a.auc_early, by="Early change alone"))
    x = alt.X("at:Q", title=f"Judged at {found.axis}", axis=alt.Axis(tickCount=TICKS, format="d"))
    scale = alt.Scale(domain=[0.4, 1])
    y = alt.Y("auc:Q", title="AUC (↑ better)", scale=scale, axis=alt.Axis(tickCount=TICKS))
    names, colours = ["Signal", "Early change alone"], [OWN, SLATE]
    colour = alt.Color("by:N", title=None, scale=alt.Scale(domain=names, range=colours))
    colour = colour.legend(orient="top")
    base = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y, color=colour)
    line = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=50))
    chance = alt.Chart(alt.Data(values=[dict(auc=0.5)])).mark_rule(
        color=look.muted, strokeDash=[4, 4]
    )
    chance = chance.encode(y=alt.Y("auc:Q", scale=scale))
    return finish(alt.layer(chance, line).properties(width="container", height=230), look)


def calibration_chart(figures: Accuracy, look: Look = LIGHT) -> Layered:
    """Chances said against shares that came, in tenths; on the line they are equal."""
    rows = [dict(said=s, came=c, n=n) for s, c, n in figures.curve]
    top = max([0.1, *(max(r["said"], r["came"]) for r in rows)])
    scale = alt.Scale(domain=[0, min(1.0, top * 1.05)], nice=True)
    axis = alt.Axis(labelExpr=PERCENT_AXIS, tickCount=TICKS)
    x = alt.X("said:Q", title="Chance said", scale=scale, axis=axis)
    y = alt.Y("came:Q", title="Share it came to", scale=scale, axis=axis)
    ends = [dict(said=0, came=0), dict(said=top, came=top)]
    line = alt.Chart(alt.Data(values=ends)).mark_line(color=look.muted, strokeDash=[4, 4])
    dots = alt.Chart(alt.Data(values=rows)).mark_point(filled=True, size=70, color=OWN, opacity=1)
    dots = dots.encode(x=x, y=y, tooltip=["said:Q", "came:Q", "n:Q"])
    return finish(
        alt.layer(line.encode(x=x, y=y), dots).properties(width="container", height=260), look
    )


def calibration_text(figures: Accuracy) -> str:
    told = "; ".join(f"said {percent(s)}, came {percent(c)}" for s, c, _ in figures.curve)
    return f"Dots in tenths of {SIGNAL_LABELS[figures.signal].lower()}: {told}."


def benefit_chart(figures: Accuracy, look: Look = LIGHT) -> Layered:
    """Net benefit of acting on the signal, on early change alone, on everybody, on nobody."""
    names = ("The signal", "Early change alone", "Everybody")
    rows = [
        dict(threshold=t, benefit=value, by=name)
        for t, *values in figures.benefit
        for name, value in zip(names, values, strict=True)
    ]
    low = min(-0.02, *(max(r["benefit"], -0.1) for r in rows))
    axis = alt.Axis(labelExpr=PERCENT_AXIS, tickCount=TICKS)
    x = alt.X("threshold:Q", title="Act from this chance on", axis=axis)
    y = alt.Y("benefit:Q", title="Net benefit (↑ better)", axis=alt.Axis(tickCount=TICKS))
    y = y.scale(domain=[low, max(0.05, *(r["benefit"] for r in rows))], clamp=True)
    colour = alt.Color(
        "by:N", title=None, scale=alt.Scale(domain=list(names), range=[OWN, SLATE, SIGNAL])
    ).legend(orient="top")
    lines = alt.Chart(alt.Data(values=rows)).mark_line(strokeWidth=2, clip=True)
    lines = lines.encode(x=x, y=y, color=colour)
    nobody = alt.Chart(alt.Data(values=[dict(benefit=0)])).mark_rule(color=look.muted)
    return finish(
        alt.layer(nobody.encode(y=y), lines).properties(width="container", height=230), look
    )


def _row(p: Point, first: int) -> dict:
    return dict(
        at=p.elapsed + first,
        score=p.middle,
        low_half=p.low_half,
        high_half=p.high_half,
        low_eighty=p.low_eighty,
        high_eighty=p.high_eighty,
    )


def own_scores_chart(course: Course, found: Progress, look: Look = LIGHT) -> Layered:
    """Own scores alone: for the patient's eyes, so without a forecast."""
    first = 1 if found.axis == "session" else 0
    rows = [dict(at=e + first, score=s) for e, s, _ in course.scores if s is not None]
    x = alt.X("at:Q", title=found.axis.capitalize(), axis=alt.Axis(tickCount=TICKS, format="d"))
    y = alt.Y("score:Q", title=f"{found.label} ({BETTER[found.sign]})").scale(zero=False)
    y = y.axis(tickCount=TICKS)
    point = alt.OverlayMarkDef(size=60, color=OWN)
    line = alt.Chart(alt.Data(values=rows)).mark_line(color=OWN, strokeWidth=2, point=point)
    chart = alt.layer(line.encode(x=x, y=y)).properties(width="container", height=240)
    return finish(chart, look)
