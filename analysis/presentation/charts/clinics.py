"""Clinics and therapists side by side: the caterpillar of adjusted effects, the funnel of rates."""

from collections.abc import Mapping

import altair as alt

from analysis.presentation.charts.theme import (
    LIGHT,
    PERCENT_AXIS,
    TICKS,
    Layered,
    Look,
    axis_title,
    columns,
    finish,
)
from analysis.presentation.palette import READING_COLOURS
from analysis.presentation.words.outcome_words import behind, directed, rate_shown
from analysis.presentation.words.rounding import count, estimate, percent, percent_interval
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.units.adjusted import READING_WORDS, READINGS, Adjusted
from analysis.questions.units.adjusted_rates import AdjustedRates
from analysis.questions.units.funnel import KINDS, LEVELS, Funnel

SHAPES = {"better": "triangle-up", "average": "circle", "worse": "diamond"}
MOST_NAMED = 40  # units with their names beside them; more would not be readable
CURVE_POINTS = 60
MOST_LABELS = 12
OUTSIDE = "outside the 99.8 % limits"
OF_LIMITS = ("at", "end", "limit", "target")  # columns of a funnel that its points' rates give


def caterpillar(found: Adjusted, points: str, look: Look = LIGHT) -> Layered:
    """Each unit's effect with its interval around the average, the worst at the top.

    points: the unit of the x axis ('points of PHQ-9').
    """
    rows = [
        row
        | dict(
            shown=_with_interval(row),
            of=f"{count(row['treatments'])} of {count(row['patients'])} patients",
        )
        for row in found.tidy()
    ]
    title = f"{points[:1].upper()}{points[1:]} beside the average"
    return effects_caterpillar(rows, title, look)


def effects_caterpillar(rows: list[dict], title: str, look: Look = LIGHT) -> Layered:
    """The caterpillar of any effects. rows: dicts with name, effect, low, high, reading and shown
    (and of: how many treatments), in the order to draw. title: of the axis."""
    titled = axis_title(title, "← worse · better →")
    return _caterpillar(
        rows, alt.X("effect:Q", title=titled, axis=alt.Axis(tickCount=TICKS)), 0.0, look
    )


def rates_caterpillar(found: AdjustedRates, metric: str, look: Look = LIGHT) -> Layered:
    """Each unit's rate at equal case-mix with its interval around that of an average unit."""
    rows = [
        row
        | dict(
            effect=row["rate"],
            shown=f"{percent(row['rate'], row['low'], row['high'])} "
            f"({percent_interval(row['low'], row['high'])})",
            of=f"{count(row['count'])} of {count(row['n'])}",
        )
        for row in found.tidy()
    ]
    axis = alt.Axis(tickCount=TICKS, labelExpr=PERCENT_AXIS)
    x = alt.X(
        "effect:Q",
        title=axis_title(directed(metric), "at equal case-mix"),
        axis=axis,
        scale=alt.Scale(zero=False),
    )
    return _caterpillar(rows, x, found.average, look)


def caterpillar_text(found: Adjusted | AdjustedRates) -> str:
    """The caterpillar's text alternative."""
    told = "; ".join(
        f"{READING_WORDS[r]}: {sum(u.reading == r for u in found.units)}" for r in READINGS
    )
    return f"Caterpillar plot of {len(found.units)} {found.level}s with 95 % intervals; {told}."


def funnel_chart(
    found: Funnel,
    kind: str,
    metric: str,
    look: Look = LIGHT,
    told: Mapping[str, Proportion] | None = None,
    height: int = 340,
) -> Layered:
    """Each unit's rate over its number of treatments, with the limits of one of KINDS and, where
    that is another, those of chance alone as thin lines.

    told: a unit's label -> its rate as a report tells it. OF_LIMITS names what the rows carry of
    the limits. height: in pixels."""
    room = _room(found, kind)
    scale = alt.Scale(domain=room, nice=True)
    title, bare = "Treatments", alt.Axis(grid=False, tickCount=TICKS)
    axis = alt.Axis(labelExpr=PERCENT_AXIS, tickCount=TICKS)
    x = alt.X("n:Q", title=title, axis=bare)
    y = alt.Y("share:Q", title=directed(metric, "↑"), scale=scale, axis=axis)
    lines = [
        alt.Chart(alt.Data(values=_curve(found, of, level, room)))
        .mark_line(strokeDash=dash, strokeWidth=width, color=look.outline)
        .encode(
            x=alt.X("at:Q", title=title, axis=bare),
            y=alt.Y("limit:Q", scale=scale),
            detail=alt.Detail("end:N"),
        )
        for of, level, dash, width in _lines(kind)
    ]
    target = (
        alt.Chart(alt.Data(values=[{"target": found.target}]))
        .mark_rule(color=look.muted, strokeWidth=1.2)
        .encode(y=alt.Y("target:Q", scale=scale))
    )
    points = _points(_funnel_rows(found, kind, told), x, y, metric, look)
    return finish(
        alt.layer(*lines, target, points).properties(width="container", height=height), look
    )


def funnel_text(found: Funnel, kind: str) -> str:
    """The funnel's text alternative."""
    outside = [p.unit.label for p in found.outside(kind)]
    told = ", ".join(outside[:20]) if outside else "none"
    more = f", and {len(outside) - 20} more" if len(outside) > 20 else ""
    return (
        f"Funnel plot of {len(found.units)} units around {percent(found.target, decimals=1)}; "
        f"outside the 99.8 % limits ({KINDS[kind].lower()}): {told}{more}."
    )


def _caterpillar(rows: list[dict], x: alt.X, centre: float, look: Look) -> Layered:
    """rows: dicts with name, effect, low, high, reading, shown and of, in the order to draw."""
    rows = [row | dict(told=READING_WORDS[row["reading"]]) for row in rows]
    named = len(rows) <= MOST_NAMED
    present = [r for r in READINGS if r in {row["reading"] for row in rows}]
    shapes = alt.Scale(
        domain=[READING_WORDS[r] for r in present], range=[SHAPES[r] for r in present]
    )
    colours = [READING_COLOURS[r] or look.outline for r in present]
    legend = alt.Legend(
        title=None, orient="top", columns=columns(READING_WORDS[r] for r in present)
    )
    base = alt.Chart()
    y = alt.Y(
        "name:N",
        sort=[r["name"] for r in rows],
        title=None,
        axis=alt.Axis(labelLimit=190, grid=named, labels=named),
    )
    colour = alt.Color(
        "told:N", scale=alt.Scale(domain=shapes.domain, range=colours), legend=legend
    )
    titles = dict(name="Who", shown="At equal case-mix", of="Treatments", told="Reading")
    if not all("of" in row for row in rows):
        del titles["of"]
    tips = [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]
    line = alt.Chart(alt.Data(values=[{"centre": centre}]))
    layers = [
        line.mark_rule(color=look.ink, strokeDash=[4, 3]).encode(x=alt.X("centre:Q")),
        base.mark_rule(strokeWidth=1.8 if named else 1).encode(
            x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y, color=colour
        ),
        base.mark_point(size=60 if named else 26, filled=True, opacity=1).encode(
            x=x,
            y=y,
            color=colour,
            tooltip=tips,
            shape=alt.Shape("told:N", scale=shapes, legend=legend),
        ),
    ]
    height = alt.Step(20) if named else alt.Step(max(2, min(8, 620 // len(rows))))
    layered = alt.layer(*layers, data=alt.Data(values=rows))
    return finish(layered.properties(width="container", height=height), look)


def _with_interval(row: dict) -> str:
    effect, low, high = (estimate(row[k], row["se"]) for k in ("effect", "low", "high"))
    return f"{effect} ({low} to {high})"


def _funnel_rows(found: Funnel, kind: str, told: Mapping[str, Proportion] | None) -> list[dict]:
    """A row a unit; its label where it lies outside, unless many do."""
    many = len(found.outside(kind)) > MOST_LABELS
    rows = []
    for p in found.units:
        rate = told[p.unit.label] if told else None
        outside = p.outside[kind]
        rows.append(
            dict(
                name=p.unit.label,
                n=p.unit.n,
                share=p.share,
                shown=rate_shown(rate) if rate else percent(p.share),
                of=behind(rate) if rate else f"{count(p.unit.count)} of {count(p.unit.n)}",
                signal="outside" if outside else "",
                told=OUTSIDE if outside else "inside",
                label=p.unit.label if outside and not many else "",
            )
        )
    return rows


def _points(rows: list[dict], x: alt.X, y: alt.Y, metric: str, look: Look) -> Layered:
    """The units: diamonds with their names for those outside. One layer, so that the rows, of
    hundreds of units, are in the chart once."""
    outside = alt.datum.signal != ""
    worse, better = READING_COLOURS["worse"], READING_COLOURS["better"]
    titles = dict(name="Who", shown=metric, of="Treatments", told="Limits")
    base = alt.Chart()
    layers = [
        base.mark_point(filled=True, opacity=1).encode(
            x=x,
            y=y,
            tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()],
            color=alt.condition(outside, alt.value(worse), alt.value(better)),
            shape=alt.condition(outside, alt.value("diamond"), alt.value("circle")),
            size=alt.condition(outside, alt.value(110), alt.value(42)),
        )
    ]
    if any(row["label"] for row in rows):  # a layer without a mark is an image without a name
        text = alt.Text("label:N")
        named = base.transform_filter(alt.datum.label != "").encode(x=x, y=y, text=text)
        layers += [
            named.mark_text(align="left", dx=8, fontSize=12, stroke=look.halo, strokeWidth=4),
            named.mark_text(align="left", dx=8, fontSize=12),
        ]
    return alt.layer(*layers, data=alt.Data(values=rows))


def _lines(kind: str) -> list[tuple[str, float, list[int], float]]:
    """(one of KINDS, level, dash, width) of each pair of limits: both levels of the kind, and
    those of chance alone."""
    chance = ("plain", LEVELS[1], [2, 3], 1.0)
    if kind == "plain":
        return [chance]
    return [(kind, LEVELS[0], [6, 4], 1.5), (kind, LEVELS[1], [1, 0], 1.5), chance]


def _curve(found: Funnel, kind: str, level: float, room: list[float]) -> list[dict]:
    """Points of two limits over the range of treatments, denser where they bend, as far as there
    is room."""
    low, high = (f(p.unit.n for p in found.units) for f in (min, max))
    low = max(1.0, 0.8 * low)
    ratio = (1.05 * high / low) ** (1 / (CURVE_POINTS - 1))
    rows = [
        dict(end=end, at=n, limit=limit)
        for n in (low * ratio**i for i in range(CURVE_POINTS))
        for end, limit in enumerate(found.limits(n, kind, level))
    ]
    return [row for row in rows if room[0] <= row["limit"] <= room[1]]


def _room(found: Funnel, kind: str) -> list[float]:
    """Room for every point, and for the limits at the median number of treatments."""
    n = sorted(p.unit.n for p in found.units)[len(found.units) // 2]
    limits = [abs(end - found.target) for end in found.limits(n, kind)]
    reach = 1.1 * max(0.05, *limits, *(abs(p.share - found.target) for p in found.units))
    return [max(0.0, found.target - reach), min(1.0, found.target + reach)]
