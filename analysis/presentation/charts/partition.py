"""The partition as pictures: the bar of 100 %, each share with its interval, shares by level."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, Layered, Look, finish
from analysis.presentation.palette import FACTOR_COLOURS, ink_on
from analysis.presentation.words import partition_words
from analysis.presentation.words.labels import LEVEL_LABELS, factor_label
from analysis.presentation.words.rounding import common_decimals, percent, percent_interval
from analysis.questions.partition.result import Partition

# Shares with room for their number, and for their name as well, in a bar some 400 px wide: the
# narrowest screen that the pages are made for. What has no room is named in a lane below.
ROOM_FOR_NUMBER = 0.075
ROOM_FOR_NAME = 0.21
# And for what stands over a bracket; a narrower one has its number in the bar or below it.
ROOM_FOR_BRACKET = {"adjusted": 0.08, "factor": 0.16, "unexplained": 0.26}
# A name right of this would be cut off there, and stands left of its interval.
TOO_FAR_RIGHT = "datum.end_high > (datum.kind == 'factor' ? 0.66 : 0.85)"
PERCENT_AXIS = "format(datum.value * 100, '.0f') + '\u00a0%'"
# Pixels above the lanes' floor; the bar's drawing has no other vertical unit.
LANE, BAR_HEIGHT, OVER_BAR, AXIS_ROOM = 16, 42, 34, 30

BRACKETS = (("adjusted", "Before"), ("factor", "Factors"), ("unexplained", "Left unexplained"))


def partition_bar(p: Partition, look: Look = LIGHT) -> Layered:
    """100 % of the outcome's variance in one bar: adjusted for, factors, then the unexplained in
    outlined grey; below it, for each factor, where its end could lie."""
    segments = _segments(p, look)
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
        x2="stop:Q",
        y=y,
        y2="top:Q",
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[
            alt.Tooltip("name:N", title="Part"),
            alt.Tooltip("shown:N", title="Share"),
            alt.Tooltip("interval:N", title="95 % interval"),
        ],
    )
    numbers = base.mark_text(fontSize=13, fontWeight=600).encode(
        x="middle:Q", y="centre:Q", text="inside:N", color=alt.Color("ink:N", scale=None)
    )
    layers = [bars, numbers, *_whiskers(look), *_brackets(segments, look)]
    chart = alt.layer(*layers, data=alt.Data(values=segments))
    return finish(chart.properties(width="container", height=top + AXIS_ROOM), look)


def shares_chart(p: Partition, look: Look = LIGHT) -> Layered:
    """Each part from zero with its 95 % interval and, for synthetic data, its known truth."""
    rows = _share_rows(p, look)
    order = [r["name"] for r in rows]
    top = max([0.05, *(r["high"] for r in rows), *(r["share"] for r in rows)])
    low = min(0.0, *(r["low"] for r in rows))
    x = alt.X(
        "share:Q",
        title=f"Share of {partition_words.whole(p)}",
        scale=alt.Scale(domain=[low, top * 1.22], nice=False),
        axis=alt.Axis(labelExpr=PERCENT_AXIS, tickCount=6, labelOverlap=True),
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
        x="low:Q", x2="high:Q", y=y
    )
    text = base.mark_text(align="left", dx=8, fontSize=13).encode(x="high:Q", y=y, text="shown:N")
    layers = [bars, rules, text, *_truth_layer(p, y, look)]
    chart = alt.layer(*layers, data=alt.Data(values=rows))
    return finish(chart.properties(width="container", height=alt.Step(27)), look)


def levels_chart(p: Partition, look: Look = LIGHT) -> Layered:
    """One bar a level, 100 % being that level's own variance: what each factor explains of it,
    then the rest in outlined grey."""
    rows = _level_rows(p, look)
    order = [label for label in LEVEL_LABELS.values() if label in {r["level"] for r in rows}]
    base = alt.Chart(alt.Data(values=rows))
    x = alt.X(
        "start:Q",
        title="Share of the level's own variance",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(labelExpr=PERCENT_AXIS, values=[0, 0.25, 0.5, 0.75, 1]),
    )
    y = alt.Y("level:N", sort=order, title=None)
    bars = base.mark_bar(height=24, strokeWidth=1).encode(
        x=x,
        x2="stop:Q",
        y=y,
        fill=alt.Fill("fill:N", scale=None),
        stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[
            alt.Tooltip("level:N", title="Level"),
            alt.Tooltip("name:N", title="Part"),
            alt.Tooltip("shown:N", title="Share"),
        ],
    )
    numbers = base.mark_text(fontSize=12, fontWeight=600).encode(
        x="middle:Q", y=y, text="inside:N", color=alt.Color("ink:N", scale=None)
    )
    return finish(alt.layer(bars, numbers).properties(width="container", height=alt.Step(38)), look)


def time_order_chart(p: Partition, look: Look = LIGHT) -> Layered:
    """When is what: the early sessions, the landmark where they end, and the outcome after it."""
    if p.landmark is None:
        raise AssertionError("a partition without a landmark has no order in time to draw")
    first, last = p.landmark.window
    end = last + 5
    rows = [
        dict(lane="Scores adjusted for", start=0.6, stop=last + 0.4, fill=look.muted),
        dict(lane="Alliance and others, early", start=first - 0.4, stop=last + 0.4,
             fill=FACTOR_COLOURS["alliance"]),
        dict(lane="Outcome", start=last + 0.6, stop=end + 0.4, fill=look.ink),
    ]  # fmt: skip
    if not p.landmark.adjusted_for:
        rows = rows[1:]
    if "at intake" in "".join(p.landmark.adjusted_for):
        rows[0] |= dict(stop=1.4)
    base = alt.Chart(alt.Data(values=rows))
    bars = base.mark_bar(height=14, cornerRadius=3).encode(
        x=alt.X("start:Q", title="Session", scale=alt.Scale(domain=[0.5, end + 0.5], nice=False),
                axis=alt.Axis(values=list(range(1, end + 1)), grid=False)),
        x2="stop:Q", y=alt.Y("lane:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
        color=alt.Color("fill:N", scale=None),
    )  # fmt: skip
    mark = alt.Chart(alt.Data(values=[dict(at=last + 0.5, label="landmark")]))
    line = mark.mark_rule(strokeDash=[4, 3], color=look.ink).encode(x="at:Q")
    text = mark.mark_text(align="left", dx=4, y=6, fontSize=12, color=look.ink).encode(
        x="at:Q", text="label:N"
    )
    chart = alt.layer(bars, line, text)
    return finish(chart.properties(width="container", height=alt.Step(26)), look)


def partition_figure(p: Partition, look: Look, title: str) -> alt.VConcatChart:
    """Bar and shares in one picture of fixed width, for a file."""
    bar, shares = partition_bar(p, look), shares_chart(p, look)
    # Made anew from their layers: a part of a larger chart may have no configuration of its own.
    upper = alt.layer(*bar.layer, data=bar.data, width=680, height=bar.height, title=title)
    lower = alt.layer(*shares.layer, data=shares.data, width=540, height=shares.height)
    return finish(alt.vconcat(upper, lower, spacing=18), look)


def _segments(p: Partition, look: Look) -> list[dict]:
    """One row a part of the bar in its order, with where it starts and stops on 0..1.

    What is named below the bar has a lane, the leftmost part the lowest: so no leader crosses
    another part's name.
    """
    rows, at = [], 0.0
    parts = _share_rows(p, look)
    # The correction for chance may take a share below 0: it has no width, and the others are drawn
    # narrower by what it would have given back, so that the bar is 100 % wide.
    whole = sum(max(part["share"], 0.0) for part in parts) or 1.0
    for part in parts:
        width = max(part["share"], 0.0) / whole
        rows.append(part | dict(start=at, stop=at + width, middle=at + width / 2))
        at += width
    lanes = [r for r in rows if r["kind"] != "adjusted" and not _named_inside(r)]
    floor = LANE * len(lanes) + 6
    for row in rows:
        row |= dict(
            bottom=floor, top=floor + BAR_HEIGHT, centre=floor + BAR_HEIGHT / 2, inside=_inside(row)
        )
    for number, row in enumerate(lanes):
        row |= _lane(row, LANE * (number + 0.5), whole)
    return rows


def _lane(row: dict, height: float, whole: float) -> dict:
    """The line below the bar that names a part, for a factor with where its end could lie."""
    factor = row["kind"] == "factor"
    low, high = (
        (row["start"] + max(row[end], 0.0) / whole for end in ("low", "high"))
        if factor
        else (row["middle"], row["middle"])
    )
    return dict(
        lane=height,
        leader=row["stop"] if factor else row["middle"],
        end_low=low,
        end_high=min(1.0, high),
        label=f"{row['name'].split(': ')[-1].capitalize()} {row['number']}",
    )


def _named_inside(row: dict) -> bool:
    return row["kind"] == "unexplained" and row["stop"] - row["start"] >= ROOM_FOR_NAME


def _share_rows(p: Partition, look: Look) -> list[dict]:
    parts = []
    if p.adjusted_for:
        phrase = partition_words.adjusted_phrase(p)
        parts.append(("adjusted", "adjusted", phrase[:1].upper() + phrase[1:], p.adjusted_for))
    told = [b for b in p.blocks if b.share is not None]
    parts += [("factor", b.factor, factor_label(b.factor), b) for b in told]
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
        kind=kind,
        key=key,
        name=name,
        share=part.share,
        low=part.low if known else part.share,
        high=part.high if known else part.share,
        has_interval=known,
        shown=percent(part.share, decimals=places),
        number=percent(part.share, part.low, part.high),
        interval=percent_interval(part.low, part.high, places),
        fill=fill,
        stroke=look.outline if kind == "unexplained" else fill,
        ink=look.ink if kind == "unexplained" else ink_on(fill),
    )


def _inside(row: dict) -> str:
    if _named_inside(row):
        return f"{row['name'].split(': ')[-1].capitalize()} {row['number']}"
    return row["number"] if row["stop"] - row["start"] >= ROOM_FOR_NUMBER else ""


def _whiskers(look: Look) -> list[alt.Chart]:
    """A leader from each part down to its lane, its interval, and its name."""
    base = alt.Chart().transform_filter("isValid(datum.lane)")
    colour = alt.Color("stroke:N", scale=None)
    of_factors = base.transform_filter("datum.kind == 'factor'")
    return [
        base.mark_rule(strokeWidth=1).encode(x="leader:Q", y="lane:Q", y2="bottom:Q", color=colour),
        of_factors.mark_rule(strokeWidth=3, strokeCap="round").encode(
            x="end_low:Q", x2="end_high:Q", y="lane:Q", color=colour
        ),
        of_factors.mark_point(shape="circle", size=40, filled=True, opacity=1).encode(
            x="leader:Q", y="lane:Q", color=colour
        ),
        base.transform_filter(f"!({TOO_FAR_RIGHT})")
        .mark_text(align="left", dx=7, fontSize=12, color=look.ink)
        .encode(x="end_high:Q", y="lane:Q", text="label:N"),
        base.transform_filter(TOO_FAR_RIGHT)
        .mark_text(align="right", dx=-7, fontSize=12, color=look.ink)
        .encode(x="end_low:Q", y="lane:Q", text="label:N"),
    ]


def _brackets(segments: list[dict], look: Look) -> list[alt.Chart]:
    """Over the bar: what is adjusted for, what the factors explain together, and the rest."""
    rows = []
    for kind, name in BRACKETS:
        own = [s for s in segments if s["kind"] == kind]
        if own:
            total = percent(sum(s["share"] for s in own))
            if own[-1]["stop"] - own[0]["start"] < ROOM_FOR_BRACKET[kind]:
                continue
            rows.append(
                dict(
                    start=own[0]["start"] + 0.002,
                    stop=own[-1]["stop"] - 0.002,
                    at=own[0]["top"] + 8,
                    label=name if kind == "adjusted" else f"{name} {total}",
                )
            )
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
        own, at = [s for s in p.levels if s.level == level], 0.0
        rest = 1 - sum(max(s.share or 0.0, 0.0) for s in own)
        parts = [
            (factor_label(s.factor), s.share or 0.0, FACTOR_COLOURS.get(s.factor)) for s in own
        ]
        for name, share, colour in [*parts, ("Rest", rest, None)] if own else []:
            width = max(share, 0.0)
            rows.append(
                dict(
                    level=label,
                    name=name,
                    start=at,
                    stop=at + width,
                    middle=at + width / 2,
                    shown=percent(share, decimals=1),
                    inside=percent(share) if width >= ROOM_FOR_NUMBER else "",
                    fill=colour or look.unexplained,
                    stroke=colour or look.outline,
                    ink=ink_on(colour) if colour else look.ink,
                )
            )
            at += width
    return rows
