"""The shares at each level as a picture."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, PERCENT_AXIS, Layered, Look, finish
from analysis.presentation.palette import FACTOR_COLOURS, ink_on
from analysis.presentation.words.labels import factor_label, level_labels
from analysis.presentation.words.rounding import percent
from analysis.questions.partition.result import Partition

ROOM_FOR_NUMBER = 0.1  # shares with room for their number, in a bar some 320 px wide


def levels_chart(p: Partition, look: Look = LIGHT) -> Layered:
    """One bar a level, 100 % being that level's own variance: what each factor explains of it,
    then the rest in outlined grey."""
    rows = _level_rows(p, look)
    labels = level_labels(p.question).values()
    order = [label for label in labels if label in {r["level"] for r in rows}]
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
        x2=alt.X2("stop:Q"),
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
        x=alt.X("middle:Q"), y=y, text=alt.Text("inside:N"), color=alt.Color("ink:N", scale=None)
    )
    return finish(alt.layer(bars, numbers).properties(width="container", height=alt.Step(38)), look)


def _level_rows(p: Partition, look: Look) -> list[dict]:
    rows = []
    for level, label in level_labels(p.question).items():
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
