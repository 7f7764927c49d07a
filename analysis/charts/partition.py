"""The partition as pictures: the bar of 100 %, each share with its interval, shares by level."""

import altair as alt

from analysis.charts.theme import (
    FACTOR_COLOURS,
    LEVEL_LABELS,
    LIGHT,
    Look,
    contrast,
    factor_label,
    finish,
)
from analysis.explain.result import Partition
from analysis.report.rounding import common_decimals, percent, percent_interval

# Shares with room for their number, and for their name as well, in a bar some 400 px wide: the
# narrowest screen that the pages are made for. The rows of `shares_chart` name every part.
ROOM_FOR_NUMBER = 0.075
ROOM_FOR_NAME = 0.28
PERCENT_AXIS = "format(datum.value * 100, '.0f') + '\u00a0%'"
BAR = (4.6, 7.4)
LANES = (3.7, 2.8, 1.9, 1.0)


def partition_bar(p: Partition, look: Look = LIGHT) -> alt.LayerChart:
    """100 % of the outcome's variance in one bar: adjusted for, factors, then the unexplained in
    outlined grey; below it, for each factor, where its end could lie."""
    segments = _segments(p, look)
    x = alt.X("start:Q", title=None, scale=alt.Scale(domain=[0, 1], nice=False),
              axis=alt.Axis(labelExpr=PERCENT_AXIS, values=[0, 0.25, 0.5, 0.75, 1],
                            grid=False))  # fmt: skip
    y = alt.Y("bottom:Q", axis=None, scale=alt.Scale(domain=[0, 9.4], nice=False))
    base = alt.Chart(alt.Data(values=segments))
    bars = base.mark_rect(strokeWidth=1.2).encode(
        x=x, x2="stop:Q", y=y, y2="top:Q",
        fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[alt.Tooltip("name:N", title="Part"), alt.Tooltip("shown:N", title="Share"),
                 alt.Tooltip("interval:N", title="95 % interval")],
    )  # fmt: skip
    numbers = base.mark_text(fontSize=13, fontWeight=600).encode(
        x="middle:Q", y="centre:Q", text="inside:N", color=alt.Color("ink:N", scale=None)
    )
    layers = [bars, numbers, *_whiskers(segments, look), *_brackets(p, segments, look)]
    return finish(alt.layer(*layers).properties(width="container", height=168), look)


def shares_chart(p: Partition, look: Look = LIGHT) -> alt.LayerChart:
    """Each part from zero with its 95 % interval and, for synthetic data, its known truth."""
    rows = _share_rows(p, look)
    order = [r["name"] for r in rows]
    top = max([0.05, *(r["high"] for r in rows), *(r["share"] for r in rows)])
    low = min(0.0, *(r["low"] for r in rows))
    x = alt.X("share:Q", title="Share of the outcome's variance",
              scale=alt.Scale(domain=[low, top * 1.16], nice=False),
              axis=alt.Axis(labelExpr=PERCENT_AXIS, tickCount=6))  # fmt: skip
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=190))
    base = alt.Chart(alt.Data(values=rows))
    bars = base.mark_bar(height=13, strokeWidth=1).encode(
        x=x, x2=alt.datum(0), y=y,
        fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[alt.Tooltip("name:N", title="Part"), alt.Tooltip("shown:N", title="Share"),
                 alt.Tooltip("interval:N", title="95 % interval")],
    )  # fmt: skip
    with_interval = base.transform_filter("datum.has_interval")
    rules = with_interval.mark_rule(strokeWidth=2, color=look.ink).encode(
        x="low:Q", x2="high:Q", y=y
    )
    text = base.mark_text(align="left", dx=8, fontSize=13).encode(x="high:Q", y=y, text="shown:N")
    layers = [bars, rules, text, *_truth_layer(p, y, look)]
    return finish(alt.layer(*layers).properties(width="container", height=alt.Step(27)), look)


def levels_chart(p: Partition, look: Look = LIGHT) -> alt.LayerChart:
    """For each level: what each factor explains there, then what stays unexplained there."""
    rows = _level_rows(p, look)
    present = {r["level"] for r in rows}
    order = [LEVEL_LABELS[level] for level in LEVEL_LABELS if LEVEL_LABELS[level] in present]
    base = alt.Chart(alt.Data(values=rows))
    y = alt.Y("level:N", sort=order, title=None)
    bars = base.mark_bar(height=20, strokeWidth=1).encode(
        x=alt.X("start:Q", title="Share of the outcome's variance",
                axis=alt.Axis(labelExpr=PERCENT_AXIS)),
        x2="stop:Q", y=y,
        fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[alt.Tooltip("level:N", title="Level"), alt.Tooltip("name:N", title="Part"),
                 alt.Tooltip("shown:N", title="Share")],
    )  # fmt: skip
    return finish(alt.layer(bars).properties(width="container", height=alt.Step(34)), look)


def partition_figure(p: Partition, look: Look, title: str) -> alt.VConcatChart:
    """Bar and shares in one picture of fixed width, for a file."""
    bar = alt.layer(*partition_bar(p, look).layer).properties(width=680, height=168, title=title)
    shares = alt.layer(*shares_chart(p, look).layer).properties(width=540, height=alt.Step(27))
    return finish(alt.vconcat(bar, shares, spacing=18), look)


def _segments(p: Partition, look: Look) -> list[dict]:
    """One row a part of the bar in its order, with where it starts and stops on 0..1."""
    rows, at, lane = [], 0.0, 0
    for part in _share_rows(p, look):
        width = max(part["share"], 0.0)  # the correction for chance may go a little below 0
        row = part | dict(start=at, stop=at + width, middle=at + width / 2,
                          bottom=BAR[0], top=BAR[1], centre=sum(BAR) / 2)  # fmt: skip
        row["inside"] = _inside(part["name"], part["number"], width)
        if part["kind"] == "factor":
            row |= dict(lane=LANES[lane % len(LANES)], end_low=at + max(part["low"], 0.0),
                        end_high=min(1.0, at + max(part["high"], 0.0)))  # fmt: skip
            lane += 1
        rows.append(row)
        at += width
    return rows


def _share_rows(p: Partition, look: Look) -> list[dict]:
    parts = []
    if p.adjusted_for:
        parts.append(("adjusted", "adjusted", factor_label("adjusted"), p.adjusted_for))
    parts += [("factor", b.factor, factor_label(b.factor), b) for b in p.blocks]
    parts += [
        ("unexplained", u.level, f"Unexplained: {LEVEL_LABELS.get(u.level, u.level).lower()}", u)
        for u in p.unexplained
    ]
    places = common_decimals([part for *_, part in parts])
    return [_share_row(kind, key, name, part, places, look) for kind, key, name, part in parts]


def _share_row(kind: str, key: str, name: str, part, places: int, look: Look) -> dict:
    known = part.low is not None and part.high is not None
    fill = look.unexplained if kind == "unexplained" else FACTOR_COLOURS.get(key, look.muted)
    return dict(
        kind=kind, key=key, name=name, share=part.share,
        low=part.low if known else part.share, high=part.high if known else part.share,
        has_interval=known,
        shown=percent(part.share, decimals=places), number=percent(part.share, part.low, part.high),
        interval=percent_interval(part.low, part.high, places),
        fill=fill, stroke=look.outline if kind == "unexplained" else fill,
        ink=look.ink if kind == "unexplained" else _ink_on(fill),
    )  # fmt: skip


def _ink_on(fill: str) -> str:
    """Black or white, whichever is read more easily on the colour."""
    return max(("#111417", "#ffffff"), key=lambda ink: contrast(ink, fill))


def _inside(name: str, number: str, width: float) -> str:
    if width >= ROOM_FOR_NAME:
        return f"{name.split(': ')[-1].capitalize()} {number}"
    return number if width >= ROOM_FOR_NUMBER else ""


def _whiskers(segments: list[dict], look: Look) -> list[alt.Chart]:
    rows = [s for s in segments if "lane" in s and s["has_interval"]]
    if not rows:
        return []
    base = alt.Chart(alt.Data(values=rows))
    colour = alt.Color("fill:N", scale=None)
    return [
        base.mark_rule(strokeWidth=1, opacity=0.7).encode(
            x="stop:Q", y="lane:Q", y2="bottom:Q", color=colour
        ),
        base.mark_rule(strokeWidth=2.5, strokeCap="round").encode(
            x="end_low:Q", x2="end_high:Q", y="lane:Q", color=colour
        ),
        base.mark_point(shape="circle", size=34, filled=True, opacity=1).encode(
            x="stop:Q", y="lane:Q", color=colour
        ),
    ]


def _brackets(p: Partition, segments: list[dict], look: Look) -> list[alt.Chart]:
    """Over the bar: what the factors explain together, and what nobody can explain."""
    rows = []
    for kind, name in (("factor", "Factors"), ("unexplained", "Not explained")):
        own = [s for s in segments if s["kind"] == kind]
        if own:
            total = sum(s["share"] for s in own)
            rows.append(dict(start=own[0]["start"] + 0.002, stop=own[-1]["stop"] - 0.002,
                             at=7.9, label=f"{name} {percent(total)}"))  # fmt: skip
    base = alt.Chart(alt.Data(values=rows))
    return [
        base.mark_rule(strokeWidth=1.2, color=look.muted).encode(
            x="start:Q", x2="stop:Q", y="at:Q"
        ),
        base.mark_text(align="left", baseline="bottom", dy=-4, fontSize=13, color=look.ink).encode(
            x="start:Q", y="at:Q", text="label:N"
        ),
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
    return [marks.encode(x="truth:Q", y=y, tooltip=[tip])] if rows else []


def _level_rows(p: Partition, look: Look) -> list[dict]:
    rows = []
    for level, label in LEVEL_LABELS.items():
        at = 0.0
        parts = [(s.factor, factor_label(s.factor), s.share, FACTOR_COLOURS.get(s.factor))
                 for s in p.levels if s.level == level]  # fmt: skip
        parts += [("", "Unexplained", u.share, None) for u in p.unexplained if u.level == level]
        for _, name, share, colour in parts:
            width = max(share, 0.0)
            rows.append(dict(level=label, name=name, start=at, stop=at + width,
                             shown=percent(share, decimals=1),
                             fill=colour or look.unexplained,
                             stroke=colour or look.outline))  # fmt: skip
            at += width
    return rows
