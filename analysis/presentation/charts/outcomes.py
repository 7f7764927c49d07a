"""Outcome rates as pictures: with intervals, stacked, over time, and who is missing."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, Look, contrast, finish
from analysis.presentation.words.outcome_words import (
    CATEGORY_LABELS,
    METRIC_LABELS,
    rate_shown,
    value_label,
)
from analysis.presentation.words.rounding import count, percent, percent_interval
from analysis.questions.outcomes.benchmark import Comparison, Published
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.rates import CATEGORIES, Cell, Difference
from analysis.questions.outcomes.trend import Trend

PERCENT_AXIS = "format(datum.value * 100, '.0f') + '\u00a0%'"
OWN, SIGNAL = "#0072B2", "#D55E00"
CATEGORY_COLOURS = {
    "reliably_recovered": "#0072B2",
    "improved_only": "#009E73",
    "unchanged": "",  # outlined grey, as everywhere for what did not move
    "deteriorated": "#D55E00",
}
ROOM_FOR_NUMBER = 0.07
ENDINGS = {
    "planned": "Planned",
    "unplanned": "Unplanned",
    "ongoing": "Ongoing",
    "ending_unknown": "Not recorded",
}
ENDING_COLOURS = {
    "planned": "#0072B2",
    "unplanned": "#D55E00",
    "ongoing": "#009E73",
    "ending_unknown": "",
}
SMALL = 0.1  # a standardised difference below it is usually called negligible (Austin 2009)


def rates_chart(
    rows: tuple[tuple[str, Rate], ...],
    look: Look = LIGHT,
    beside: dict[str, Rate] | None = None,
    beside_label: str = "",
) -> alt.LayerChart:
    """One line a rate: point, 95 % interval and its numbers; a diamond where a published rate
    lies. rows: (label, Rate); beside: label -> published Rate."""
    data = [
        dict(
            label=label,
            share=r.share,
            low=r.low,
            high=r.high,
            shown=rate_shown(r),
            of=f"{count(r.count)} of {count(r.n)}",
        )
        for label, r in rows
        if r.share is not None
    ]
    order = [label for label, _ in rows]
    top = max([0.1, *(d["high"] for d in data), *(r.share for r in (beside or {}).values())])
    x = alt.X(
        "share:Q",
        title="Share of treatments",
        scale=alt.Scale(domain=[0, min(1.0, top * 1.05)], nice=True),
        axis=alt.Axis(labelExpr=PERCENT_AXIS, tickCount=5),
    )
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=190, grid=True))
    tips = [
        alt.Tooltip("label:N", title="Rate"),
        alt.Tooltip("shown:N", title="Share"),
        alt.Tooltip("of:N", title="Treatments"),
    ]
    base = alt.Chart(alt.Data(values=data))
    layers = [
        base.mark_rule(strokeWidth=2, color=OWN).encode(x="low:Q", x2="high:Q", y=y),
        base.mark_point(size=70, filled=True, color=OWN, opacity=1).encode(x=x, y=y, tooltip=tips),
    ]
    if beside:
        theirs = [
            dict(label=label, share=r.share, who=beside_label, shown=percent(r.share, decimals=1))
            for label, r in beside.items()
        ]
        layers.append(
            alt.Chart(alt.Data(values=theirs))
            .mark_point(shape="diamond", size=90, strokeWidth=1.8, color=look.ink, opacity=1)
            .encode(
                x=x,
                y=y,
                tooltip=[
                    alt.Tooltip("who:N", title="Published"),
                    alt.Tooltip("shown:N", title="Share"),
                ],
            )
        )
    return finish(alt.layer(*layers).properties(width="container", height=alt.Step(30)), look)


def rates_text(rows: tuple[tuple[str, Rate], ...]) -> str:
    """The text alternative of a chart of rates."""
    told = "; ".join(f"{label} {rate_shown(r)}" for label, r in rows)
    return f"Dot plot of rates with 95 % intervals: {told}."


def comparison_rows(rows: tuple[Comparison, ...], national: Published) -> dict:
    """The arguments `beside` and `beside_label` of `rates_chart`."""
    beside = {METRIC_LABELS[c.own.metric]: c.published for c in rows}
    return dict(beside=beside, beside_label=national.label)


def stacked_chart(cells: tuple[Cell, ...], title: str, look: Look = LIGHT) -> alt.LayerChart:
    """One bar of 100 % a cell: what became of its measured treatments, the best first."""
    rows = [
        row
        for cell in cells
        if cell.counts["measured"]
        for row in _segments(cell, CATEGORIES, CATEGORY_LABELS, CATEGORY_COLOURS, "measured", look)
    ]
    return _stacked(rows, CATEGORY_LABELS, CATEGORY_COLOURS, title, look)


def endings_chart(cells: tuple[Cell, ...], title: str, look: Look = LIGHT) -> alt.LayerChart:
    """One bar of 100 % a cell: how its treatments ended."""
    present = tuple(e for e in ENDINGS if any(c.counts[e] for c in cells))
    rows = [
        row
        for cell in cells
        if cell.counts["episodes"]
        for row in _segments(cell, present, ENDINGS, ENDING_COLOURS, "episodes", look)
    ]
    return _stacked(rows, {e: ENDINGS[e] for e in present}, ENDING_COLOURS, title, look)


def stacked_text(cells: tuple[Cell, ...], what: str) -> str:
    """The text alternative of a stacked chart."""
    shown = [c for c in cells if c.counts["measured"]]
    best = [
        f"{value_label(c.value)} {percent(c.counts['reliably_recovered'] / c.counts['measured'])}"
        for c in shown[:12]
    ]
    more = f", and {len(shown) - 12} more" if len(shown) > 12 else ""
    return f"Stacked bars by {what.lower()}; reliably recovered: {', '.join(best)}{more}."


def trend_chart(found: Trend, look: Look = LIGHT, places: tuple[str, ...] = ()) -> alt.LayerChart:
    """The rate of each period with its control limits; a large diamond where there is a signal.

    places: every period in order, those without a rate among them: they keep their place, and the
    line breaks there."""
    places = places or tuple(point.period for point in found.points)
    at = {name: i for i, name in enumerate(places)}
    # Periods in a row without a gap share a line.
    stretch = {p.period: at[p.period] - i for i, p in enumerate(found.points)}
    rows = [
        p
        | dict(
            centre=found.centre,
            stretch=stretch[p["period"]],
            shown=percent(p["share"], p["low"], p["high"], point.rate.decimals),
            of=f"{count(p['count'])} of {count(p['n'])}",
            limits=percent_interval(p["lower"], p["upper"], 0),
            told={"outside": "beyond the limits", "run": "eighth or later on one side"}.get(
                p["signal"], "no"
            ),
        )
        for point, p in zip(found.points, found.tidy(), strict=True)
    ]
    base = alt.Chart()
    x = alt.X(
        "period:O",
        title=None,
        scale=alt.Scale(domain=list(places)),
        axis=alt.Axis(labelAngle=0, labelOverlap=True, grid=False),
    )
    scale = alt.Scale(domain=_around(rows), nice=True)
    y = alt.Y(
        "share:Q",
        title=METRIC_LABELS[found.metric],
        scale=scale,
        axis=alt.Axis(labelExpr=PERCENT_AXIS, tickCount=5),
    )
    limit = dict(strokeDash=[5, 4], strokeWidth=1.4, color=look.outline, interpolate="step")
    layers = [
        base.mark_line(**limit).encode(x=x, y=alt.Y("lower:Q", scale=scale)),
        base.mark_line(**limit).encode(x=x, y=alt.Y("upper:Q", scale=scale)),
        base.mark_line(strokeWidth=1.2, color=look.muted).encode(
            x=x, y=alt.Y("centre:Q", scale=scale)
        ),
        base.mark_line(strokeWidth=1.8, color=OWN).encode(x=x, y=y, detail="stretch:N"),
        base.mark_point(size=44, filled=True, color=OWN, opacity=1).encode(
            x=x, y=y, tooltip=_trend_tips()
        ),
        base.transform_filter("datum.signal != ''")
        .mark_point(size=170, shape="diamond", strokeWidth=2.4, color=SIGNAL, opacity=1)
        .encode(x=x, y=y, tooltip=_trend_tips()),
    ]
    layered = alt.layer(*layers, data=alt.Data(values=rows))
    return finish(layered.properties(width="container", height=230), look)


def differences_chart(
    found: tuple[Difference, ...], labels: dict[str, str], look: Look = LIGHT
) -> alt.LayerChart:
    """How treatments without both scores differ, in standard deviations, the band being what is
    usually negligible. labels: variable -> label."""
    rows = [
        dict(
            label=difference_label(d, labels),
            difference=d.difference,
            side="more" if d.difference > 0 else "less",
            shown=f"{d.difference:+.2f}",
        )
        for d in found
        if d.difference is not None
    ]
    x = alt.X(
        "difference:Q",
        title="Standardised difference (without minus with)",
        axis=alt.Axis(tickCount=6, format="+.1f"),
    )
    y = alt.Y(
        "label:N",
        sort=[r["label"] for r in rows],
        title=None,
        axis=alt.Axis(labelLimit=230, grid=True),
    )
    band = alt.Chart(alt.Data(values=[dict(low=-SMALL, high=SMALL)]))
    points = alt.Chart(alt.Data(values=rows)).mark_point(size=60, filled=True, opacity=1)
    layers = [
        band.mark_rect(color=look.unexplained).encode(x="low:Q", x2="high:Q"),
        points.encode(
            x=x,
            y=y,
            color=alt.condition(
                f"abs(datum.difference) > {SMALL}", alt.value(SIGNAL), alt.value(look.outline)
            ),
            shape=alt.condition(
                f"abs(datum.difference) > {SMALL}", alt.value("diamond"), alt.value("circle")
            ),
            tooltip=[
                alt.Tooltip("label:N", title="What"),
                alt.Tooltip("shown:N", title="Difference"),
            ],
        ),
    ]
    return finish(alt.layer(*layers).properties(width="container", height=alt.Step(20)), look)


def difference_label(d: Difference, labels: dict[str, str]) -> str:
    """'Gender: female', 'Age', 'First score'."""
    name = labels.get(d.variable, d.variable.capitalize())
    return f"{name}: {d.level}" if d.level else name


def _segments(cell: Cell, names, labels, colours, of: str, look: Look) -> list[dict]:
    rows, at = [], 0.0
    for name in names:
        share = cell.counts[name] / cell.counts[of]
        fill = colours[name] or look.unexplained
        rows.append(
            dict(
                group=value_label(cell.value) if cell.by != "all" else "All",
                name=labels[name],
                start=at,
                stop=at + share,
                middle=at + share / 2,
                fill=fill,
                stroke=colours[name] or look.outline,
                ink=_ink(fill),
                inside=percent(share) if share >= ROOM_FOR_NUMBER else "",
                shown=percent(share),
                of=f"{count(cell.counts[name])} of {count(cell.counts[of])}",
            )
        )
        at += share
    return rows


def _stacked(rows: list[dict], labels: dict[str, str], colours, title: str, look: Look):
    groups = list(dict.fromkeys(r["group"] for r in rows))
    base = alt.Chart()
    x = alt.X(
        "start:Q",
        title=title,
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(labelExpr=PERCENT_AXIS, values=[0, 0.25, 0.5, 0.75, 1]),
    )
    y = alt.Y("group:N", sort=groups, title=None, axis=alt.Axis(labelLimit=190))
    scale = alt.Scale(
        domain=list(labels.values()), range=[colours[name] or look.unexplained for name in labels]
    )
    legend = alt.Legend(
        title=None,
        orient="top",
        symbolType="square",
        columns=2,
        symbolStrokeColor=look.outline,
        symbolStrokeWidth=1,
    )
    bars = base.mark_bar(height=20, strokeWidth=1).encode(
        x=x,
        x2="stop:Q",
        y=y,
        fill=alt.Fill("name:N", scale=scale, legend=legend, sort=None),
        stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[
            alt.Tooltip("group:N", title="Group"),
            alt.Tooltip("name:N", title="Outcome"),
            alt.Tooltip("shown:N", title="Share"),
            alt.Tooltip("of:N", title="Treatments"),
        ],
    )
    numbers = base.mark_text(fontSize=12, fontWeight=600).encode(
        x="middle:Q", y=y, text="inside:N", color=alt.Color("ink:N", scale=None)
    )
    layered = alt.layer(bars, numbers, data=alt.Data(values=rows))
    return finish(layered.properties(width="container", height=alt.Step(28)), look)


def _trend_tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("period:O", title="Period"),
        alt.Tooltip("shown:N", title="Rate"),
        alt.Tooltip("of:N", title="Treatments"),
        alt.Tooltip("limits:N", title="Limits"),
        alt.Tooltip("told:N", title="Signal"),
    ]


def _around(rows: list[dict]) -> list[float]:
    every = [r[k] for r in rows for k in ("share", "lower", "upper")]
    room = 0.08 * (max(every) - min(every) or 0.1)
    return [max(0.0, min(every) - room), min(1.0, max(every) + room)]


def _ink(fill: str) -> str:
    return max("#ffffff", "#000000", key=lambda ink: contrast(ink, fill))
