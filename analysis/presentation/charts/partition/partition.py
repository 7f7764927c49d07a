"""The partition as pictures: the bar of 100 % and each share with its interval."""

from typing import Any

import altair as alt

from analysis.presentation.charts.partition.partition_parts import (
    AXIS_ROOM,
    NAME_OFF,
    OVER_BAR,
    segments_of,
    share_rows,
)
from analysis.presentation.charts.theme import LIGHT, PERCENT_AXIS, TICKS, Layered, Look, finish
from analysis.presentation.words.labels import factor_label
from analysis.presentation.words.partition import partition_phrases
from analysis.presentation.words.rounding import percent
from analysis.questions.partition.result import Partition

# Share of the bar's width for a letter over a bracket; what has no room there has its number in the
# bar or below it.
ROOM_FOR_LETTER = 0.02  # 7 of a phone's 340 px
BRACKETS = (("adjusted", "Before"), ("factor", "Factors"), ("unexplained", "Left unexplained"))


def partition_bar(p: Partition, look: Look = LIGHT) -> Layered:
    """100 % of the outcome's variance in one bar: adjusted for, factors, then the unexplained in
    outlined grey; below it, for each factor, where its end could lie."""
    segments = segments_of(p, look)
    top = segments[0]["top"] + OVER_BAR
    x = alt.X(
        "start:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(labelExpr=PERCENT_AXIS, values=[0, 0.25, 0.5, 0.75, 1], grid=False),
    )
    y = alt.Y("bottom:Q", axis=None, scale=alt.Scale(domain=[0, top], nice=False))
    base = alt.Chart()  # the layers share one table, given below: copies of it cost time
    bars = base.mark_rect(strokeWidth=1.2).encode(
        x=x,
        x2=alt.X2("stop:Q"),
        y=y,
        y2=alt.Y2("top:Q"),
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[
            alt.Tooltip("name:N", title="Part"),
            alt.Tooltip("shown:N", title="Share"),
            alt.Tooltip("interval:N", title="95 % interval"),
        ],
    )
    numbers = base.mark_text(fontSize=13, fontWeight=600).encode(
        x=alt.X("middle:Q"),
        y=alt.Y("centre:Q"),
        text=alt.Text("inside:N"),
        color=alt.Color("ink:N", scale=None),
    )
    layers = [bars, numbers, *_whiskers(look), *_brackets(segments, look)]
    chart = alt.layer(*layers, data=alt.Data(values=segments))
    return finish(chart.properties(width="container", height=top + AXIS_ROOM), look)


def shares_chart(p: Partition, look: Look = LIGHT) -> Layered:
    """Each part from zero with its 95 % interval and, for synthetic data, its known truth."""
    rows = share_rows(p, look)
    order = [r["name"] for r in rows]
    top = max([0.05, *(r["high"] for r in rows), *(r["share"] for r in rows)])
    low = min(0.0, *(r["low"] for r in rows))
    x = alt.X(
        "share:Q",
        title=f"Share of {partition_phrases.whole(p)}",
        scale=alt.Scale(domain=[low, top * 1.22], nice=False),
        axis=alt.Axis(labelExpr=PERCENT_AXIS, tickCount=TICKS, labelOverlap=True),
    )
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=190))
    base = alt.Chart()
    bars = base.mark_bar(height=13, strokeWidth=1).encode(
        x=x,
        x2=alt.datum(0),
        y=y,
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[
            alt.Tooltip("name:N", title="Part"),
            alt.Tooltip("shown:N", title="Share"),
            alt.Tooltip("interval:N", title="95 % interval"),
        ],
    )
    with_interval = base.transform_filter("datum.has_interval")
    rules = with_interval.mark_rule(strokeWidth=2, color=look.ink).encode(
        x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y
    )
    text = base.mark_text(align="left", dx=8, fontSize=13).encode(
        x=alt.X("high:Q"), y=y, text=alt.Text("shown:N")
    )
    layers = [bars, rules, text, *_truth_layer(p, y, look)]
    chart = alt.layer(*layers, data=alt.Data(values=rows))
    return finish(chart.properties(width="container", height=alt.Step(27)), look)


def partition_figure(p: Partition, look: Look, title: str) -> alt.VConcatChart:
    """Bar and shares in one picture of fixed width, for a file."""
    bar, shares = partition_bar(p, look), shares_chart(p, look)
    # Made anew from their layers: a part of a larger chart may have no configuration of its own.
    upper = alt.layer(*bar.layer, data=bar.data, width=680, height=bar.height, title=title)
    lower = alt.layer(*shares.layer, data=shares.data, width=540, height=shares.height)
    return finish(alt.vconcat(upper, lower, spacing=18), look)


def _whiskers(look: Look) -> list[alt.Chart]:
    """A leader from each part down to its lane, its interval, and its name."""
    base = alt.Chart().transform_filter("isValid(datum.lane)")
    colour = alt.Color("stroke:N", scale=None)
    of_factors = base.transform_filter("datum.kind == 'factor'")
    return [
        base.mark_rule(strokeWidth=1).encode(
            x=alt.X("leader:Q"), y=alt.Y("lane:Q"), y2=alt.Y2("bottom:Q"), color=colour
        ),
        of_factors.mark_rule(strokeWidth=3, strokeCap="round").encode(
            x=alt.X("end_low:Q"), x2=alt.X2("end_high:Q"), y=alt.Y("lane:Q"), color=colour
        ),
        of_factors.mark_point(shape="circle", size=40, filled=True, opacity=1).encode(
            x=alt.X("leader:Q"), y=alt.Y("lane:Q"), color=colour
        ),
        base.transform_filter("!datum.named_left")
        .mark_text(align="left", dx=NAME_OFF, fontSize=12, color=look.ink)
        .encode(x=alt.X("end_high:Q"), y=alt.Y("lane:Q"), text=alt.Text("label:N")),
        *_halo(base, look),
        base.transform_filter("datum.named_left")
        .mark_text(align="right", dx=-NAME_OFF, fontSize=12, color=look.ink)
        .encode(x=alt.X("end_low:Q"), y=alt.Y("lane:Q"), text=alt.Text("label:N")),
    ]


def _halo(base: alt.Chart, look: Look) -> list[alt.Chart]:
    """Below the names that stand left of their interval: they cross the leaders of other parts."""
    return [
        base.transform_filter("datum.named_left")
        .mark_text(align="right", dx=-NAME_OFF, fontSize=12, stroke=look.halo, strokeWidth=4)
        .encode(x=alt.X("end_low:Q"), y=alt.Y("lane:Q"), text=alt.Text("label:N"))
    ]


def _brackets(segments: list[dict], look: Look) -> list[alt.Chart]:
    """Over the bar: what is adjusted for, what the factors explain together, and the rest."""
    rows, named_to = [], 0.0
    for kind, name in BRACKETS:
        own = [s for s in segments if s["kind"] == kind]
        if not own:
            continue
        start, stop = own[0]["start"], own[-1]["stop"]
        label = f"{name} {percent(sum(s['share'] for s in own))}"
        if kind == "adjusted":
            fits = stop - start >= ROOM_FOR_LETTER * len(own[0]["name"])
            label = own[0]["name"] if fits else name
        long = ROOM_FOR_LETTER * len(label)
        at_end = kind == "unexplained" and stop - start < long
        if kind != "unexplained" and stop - start < long or at_end and stop - long < named_to:
            continue
        named_to = start + long
        rows.append(
            dict(
                start=start + 0.002,
                stop=stop - 0.002,
                at=own[0]["top"] + 8,
                label=label,
                at_end=at_end,
            )
        )
    base = alt.Chart(alt.Data(values=rows))
    text: dict[str, Any] = dict(baseline="bottom", dy=-4, fontSize=13, color=look.ink)
    return [
        base.mark_rule(strokeWidth=1.2, color=look.muted).encode(
            x=alt.X("start:Q"), x2=alt.X2("stop:Q"), y=alt.Y("at:Q")
        ),
        base.transform_filter("!datum.at_end")
        .mark_text(align="left", **text)
        .encode(x=alt.X("start:Q"), y=alt.Y("at:Q"), text=alt.Text("label:N")),
        base.transform_filter("datum.at_end")
        .mark_text(align="right", **text)
        .encode(x=alt.X("stop:Q"), y=alt.Y("at:Q"), text=alt.Text("label:N")),
    ]


def _truth_layer(p: Partition, y: alt.Y, look: Look) -> list[alt.Chart]:
    if not p.truth:
        return []
    rows = [
        dict(name=factor_label(factor), truth=share, shown=percent(share, decimals=1))
        for factor, share in p.truth.items()
        if factor in {b.factor for b in p.blocks}
    ]
    marks = alt.Chart(alt.Data(values=rows)).mark_point(
        shape="diamond", size=90, filled=False, strokeWidth=2, color=look.ink, opacity=1
    )
    tip = alt.Tooltip("shown:N", title="True share (known, as the data are synthetic)")
    return [marks.encode(x=alt.X("truth:Q"), y=y, tooltip=[tip])] if rows else []
