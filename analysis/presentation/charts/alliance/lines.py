"""Lines over sessions, each with its band."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, columns, finish
from analysis.presentation.palette import BLUE, GREEN, VERMILION, VIOLET

COLOURS = (BLUE, VERMILION, GREEN, VIOLET)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
SHAPES = ("circle", "square", "diamond", "triangle-up")


def lines(
    rows: list[dict],
    x_title: str,
    y_title: str | list[str],
    look: Look = LIGHT,
    zero: bool = False,
    height: int = 260,
) -> Layered:
    """One line a kind over x, with the band from low to high where there is one.

    rows: dicts with x, kind, value, low, high (None: no band), shown. zero: a line at 0. Kinds are
    told apart by colour, dash and shape.
    """
    kinds = list(dict.fromkeys(r["kind"] for r in rows))
    base = alt.Chart()
    colours = alt.Scale(domain=kinds, range=list(COLOURS[: len(kinds)]))
    legend = _legend(kinds) if len(kinds) > 1 else None
    # The lines alone have the legend: points would draw a second symbol over theirs, and bands
    # would take it away.
    own = {
        kind: dict(colour=colour, sign=sign)
        for kind, colour, sign in zip(kinds, COLOURS, SHAPES, strict=False)
    }
    rows = [r | own[r["kind"]] for r in rows]
    colour = alt.Stroke("kind:N", scale=colours, legend=legend)
    fill = alt.Fill("colour:N", scale=None)
    whole = alt.Axis(grid=False, tickMinStep=1, tickCount=TICKS, format="d")
    x = alt.X("x:Q", title=x_title, axis=whole, scale=alt.Scale(nice=False, padding=12))
    y = alt.Y("value:Q", title=y_title, scale=alt.Scale(zero=zero), axis=alt.Axis(tickCount=TICKS))
    dash = alt.StrokeDash(
        "kind:N", scale=alt.Scale(domain=kinds, range=list(DASHES[: len(kinds)])), legend=legend
    )
    shape = alt.Shape("sign:N", scale=None)
    layers = []
    if any(r["low"] is not None for r in rows):
        layers.append(
            base.transform_filter("isValid(datum.low)")
            .mark_area(opacity=0.16)
            .encode(
                x=x, y=alt.Y("low:Q", title=y_title), y2=alt.Y2("high:Q"), fill=fill,
            )
        )  # fmt: skip
    layers += [
        base.mark_line(strokeWidth=1.8).encode(x=x, y=y, stroke=colour, strokeDash=dash),
        base.mark_point(size=40, filled=True, opacity=1).encode(
            x=x,
            y=y,
            fill=fill,
            shape=shape,
            tooltip=[
                alt.Tooltip("kind:N", title="Line"),
                alt.Tooltip("x:Q", title=x_title),
                alt.Tooltip("shown:N", title="Figure"),
            ],
        ),
    ]
    if zero:
        at = alt.Chart(alt.Data(values=[{"zero": 0}]))
        layers.insert(
            0, at.mark_rule(color=look.muted, strokeDash=[4, 3]).encode(y=alt.Y("zero:Q"))
        )
    layered = alt.layer(*layers, data=alt.Data(values=rows))
    return finish(layered.properties(width="container", height=height), look)


def lines_text(rows: list[dict], what: str) -> str:
    """The text alternative: where each line begins and ends."""
    said = []
    for kind in dict.fromkeys(r["kind"] for r in rows):
        own = [r for r in rows if r["kind"] == kind]
        said.append(f"{kind}: from {own[0]['shown']} at {own[0]['x']} to {own[-1]['shown']} at "
                    f"{own[-1]['x']}")  # fmt: skip
    return f"{what}. {'; '.join(said)}."


def _legend(kinds: list[str]) -> alt.Legend:
    """A piece of each line."""
    return alt.Legend(
        title=None,
        orient="top",
        columns=columns(kinds, 42),
        symbolType="stroke",
        symbolSize=260,
        labelLimit=300,
    )
