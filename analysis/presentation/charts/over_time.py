"""A rate over time, within its control limits or on the whole scale."""

from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt

from analysis.presentation.charts.theme import LIGHT, PERCENT_AXIS, TICKS, Layered, Look, finish
from analysis.presentation.palette import OWN, SIGNAL
from analysis.presentation.words.outcome_words import METRIC_LABELS, behind, directed, rate_shown
from analysis.presentation.words.rounding import percent, percent_interval
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.outcomes.trend import Trend


def trend_chart(
    found: Trend, look: Look = LIGHT, places: tuple[str, ...] = (), target: int | None = None
) -> Layered:
    """The rate of each period with its control limits; a large diamond where there is a signal.

    places: every period in order, those without a rate among them: they keep their place, and the
    line breaks there. target: in per cent, a dotted line."""
    places = places or tuple(point.period for point in found.points)
    at = {name: i for i, name in enumerate(places)}
    # Periods in a row without a gap share a line.
    stretch = {p.period: at[p.period] - i for i, p in enumerate(found.points)}
    rows = [
        {name: p[name] for name in ("period", "share", "lower", "upper", "signal")}
        | dict(
            centre=found.centre,
            **({} if target is None else {"target": target / 100}),
            stretch=stretch[p["period"]],
            shown=percent(p["share"], p["low"], p["high"], point.rate.decimals),
            of=behind(point.rate),
            limits=percent_interval(p["lower"], p["upper"], 0),
            told={"outside": "beyond the limits", "run": "eighth or later on one side"}.get(
                p["signal"], "no"
            ),
        )
        for point, p in zip(found.points, found.tidy(), strict=True)
    ]
    base = alt.Chart()
    x = _periods(places)
    scale = alt.Scale(domain=_around(rows), nice=True)
    y = alt.Y(
        "share:Q",
        title=directed(METRIC_LABELS[found.metric], "↑"),
        scale=scale,
        axis=alt.Axis(labelExpr=PERCENT_AXIS, tickCount=TICKS),
    )
    limit: dict[str, Any] = dict(
        strokeDash=[5, 4], strokeWidth=1.4, color=look.outline, interpolate="step"
    )
    layers = [
        base.mark_line(**limit).encode(x=x, y=alt.Y("lower:Q", scale=scale)),
        base.mark_line(**limit).encode(x=x, y=alt.Y("upper:Q", scale=scale)),
        base.mark_line(strokeWidth=1.2, color=look.muted).encode(
            x=x, y=alt.Y("centre:Q", scale=scale)
        ),
        base.mark_line(strokeWidth=1.8, color=OWN).encode(x=x, y=y, detail=alt.Detail("stretch:N")),
        base.mark_point(size=44, filled=True, color=OWN, opacity=1).encode(
            x=x, y=y, tooltip=_trend_tips()
        ),
    ]
    if any(row["signal"] for row in rows):  # a layer without a mark is an image without a name
        layers.append(
            base.transform_filter("datum.signal != ''")
            .mark_point(size=170, shape="diamond", strokeWidth=2.4, color=SIGNAL, opacity=1)
            .encode(x=x, y=y, tooltip=_trend_tips())
        )
    if target is not None:
        dotted = base.mark_line(strokeDash=[1.5, 3.5], strokeWidth=2, color=SIGNAL)
        layers.insert(0, dotted.encode(x=x, y=alt.Y("target:Q", scale=scale)))
    layered = alt.layer(*layers, data=alt.Data(values=rows))
    height = 255  # beside which the longest rate's name has room
    return finish(layered.properties(width="container", height=height), look)


def share_chart(
    rates: Mapping[str, Proportion | None],
    title: str,
    look: Look = LIGHT,
    target: float | None = None,
) -> Layered:
    """A small picture of a share on the scale of 0 to 100 %, with its 95 % intervals.

    rates: every period in order -> its rate, None where there is none: it keeps its place, and the
    line breaks there. target: in per cent, a dotted line."""
    rows = _stretches(rates)
    base = alt.Chart()
    x = _periods(rates)
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(labelExpr=PERCENT_AXIS, tickCount=2)
    y = alt.Y("share:Q", title=title, scale=scale, axis=axis)
    tips = [alt.Tooltip("period:O", title="Period"), alt.Tooltip("shown:N", title="Rate")]
    layers = [
        base.mark_rule(strokeWidth=1.4, color=look.outline).encode(
            x=x, y=alt.Y("low:Q", title=title, scale=scale, axis=axis), y2=alt.Y2("high:Q")
        ),
        base.mark_line(strokeWidth=1.8, color=OWN).encode(x=x, y=y, detail=alt.Detail("stretch:N")),
        base.mark_point(size=44, filled=True, color=OWN, opacity=1).encode(x=x, y=y, tooltip=tips),
    ]
    if target is not None:
        rows = [row | {"target": target / 100} for row in rows]
        dotted = base.mark_line(strokeDash=[1.5, 3.5], strokeWidth=2, color=SIGNAL)
        layers.insert(0, dotted.encode(x=x, y=alt.Y("target:Q", title=title, scale=scale)))
    layered = alt.layer(*layers, data=alt.Data(values=rows))
    return finish(layered.properties(width="container", height=130), look)


def _periods(every: Iterable[str]) -> alt.X:
    """The axis of all periods in their order, those without a rate among them."""
    return alt.X(
        "period:O",
        title=None,
        scale=alt.Scale(domain=list(every)),
        axis=alt.Axis(labelAngle=0, labelOverlap=True, grid=False),
    )


def _stretches(rates: Mapping[str, Proportion | None]) -> list[dict]:
    """A row a rate; those without a gap between them share a stretch of the line."""
    rows, stretch = [], 0
    for period, rate in rates.items():
        if rate is None or rate.share is None:
            stretch += 1
            continue
        told = dict(share=rate.share, low=rate.low, high=rate.high, shown=rate_shown(rate))
        rows.append(dict(period=period, stretch=stretch) | told)
    return rows


def _trend_tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("period:O", title="Period"),
        alt.Tooltip("shown:N", title="Rate"),
        alt.Tooltip("of:N", title="Treatments"),
        alt.Tooltip("limits:N", title="Limits"),
        alt.Tooltip("told:N", title="Signal"),
    ]


def _around(rows: list[dict]) -> list[float]:
    every = [r[k] for r in rows for k in ("share", "lower", "upper", "target") if k in r]
    room = 0.08 * (max(every) - min(every) or 0.1)
    return [max(0.0, min(every) - room), min(1.0, max(every) + room)]
