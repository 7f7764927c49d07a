"""Predicted outcomes or chances along a predictor, each with its band, the data's means behind."""

from typing import Any

import altair as alt

from analysis.presentation.charts.theme import (
    LIGHT,
    PERCENT_AXIS,
    TICKS,
    Layered,
    Look,
    columns,
    finish,
)
from analysis.presentation.palette import BLUE, GREEN, VERMILION, VIOLET

COLOURS = (BLUE, VERMILION, GREEN, VIOLET)
HEIGHT = 280


def predictions(found, x_title: str, y_title: str, look: Look = LIGHT) -> Layered:
    """found: a Curve. A number's prediction is a line in its band, a category's a point with its
    interval; circles are means of rows, the larger the more."""
    rows = [row | {"kind": row["by"] or "All"} for row in found.tidy()]
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    number = not isinstance(found.points[0].x, str)
    percent: dict[str, Any] = {"labelExpr": PERCENT_AXIS} if found.logit else {}
    axis = alt.Axis(tickCount=TICKS, **percent)
    y = alt.Y("estimate:Q", title=y_title, scale=alt.Scale(zero=False), axis=axis)
    legend = alt.Legend(title=found.by, orient="top", columns=columns(kinds, 42), labelLimit=300)
    domain: dict[str, Any] = dict(
        domain=kinds, range=[COLOURS[k % len(COLOURS)] for k in range(len(kinds))]
    )
    colour = alt.Color(
        "kind:N", scale=alt.Scale(**domain), legend=legend if len(kinds) > 1 else None
    )
    if number:
        place = alt.Scale(zero=False, nice=False, padding=12)
        at = alt.Axis(tickCount=TICKS, grid=False)
        x = alt.X("x:Q", title=x_title, scale=place, axis=at)
        own: dict[str, Any] = dict(x=x, color=colour)
    else:
        x = alt.X("x:N", title=x_title, sort=None, axis=alt.Axis(labelAngle=0))
        own = dict(x=x, color=colour, xOffset=alt.XOffset("kind:N", sort=kinds))
    predicted = alt.Chart().transform_filter("datum.what == 'predicted'")
    ends: dict[str, Any] = dict(y=alt.Y("low:Q", title=y_title), y2=alt.Y2("high:Q"))
    tooltip = [alt.Tooltip("kind:N", title="Of"), alt.Tooltip("rows:Q", title="Rows")]
    data = (
        alt.Chart()
        .transform_filter("datum.what == 'data'")
        .mark_point(opacity=0.55, strokeWidth=1.2)
        .encode(y=y, size=alt.Size("rows:Q", legend=None, scale=alt.Scale(range=[12, 120])),
                tooltip=tooltip, **own)
    )  # fmt: skip
    layers = [data]
    if number:
        layers.append(predicted.mark_area(opacity=0.18).encode(**ends, **own))
        layers.append(predicted.mark_line(strokeWidth=2).encode(y=y, **own))
    else:
        layers.append(predicted.mark_rule(strokeWidth=2).encode(**ends, **own))
        layers.append(predicted.mark_point(filled=True, size=60, opacity=1).encode(y=y, **own))
    layered = alt.layer(*layers, data=alt.Data(values=rows))
    return finish(layered.properties(width="container", height=HEIGHT), look)


def predictions_text(found) -> str:
    """The picture in words: where each line begins and ends, or each level."""
    said = []
    for by in dict.fromkeys(p.by for p in found.points):
        own = [p for p in found.points if p.by == by]
        own = own if isinstance(own[0].x, str) else [own[0], own[-1]]
        at = ", ".join(f"{p.estimate:.3g} at {_at(p.x)}" for p in own)
        said.append(f"{by}: {at}" if by else at)
    return f"Predicted along {found.of}. {'; '.join(said)}."


def _at(x) -> str:
    return x if isinstance(x, str) else f"{x:.3g}"
