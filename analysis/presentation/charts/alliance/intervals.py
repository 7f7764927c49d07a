"""Figures with their intervals in lines, several kinds beside each other, the truth where known."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, columns, finish, wrapped
from analysis.presentation.palette import BLUE, GREEN, VERMILION, VIOLET

SHAPES = ("circle", "square", "diamond", "triangle-up")
COLOURS = (BLUE, VERMILION, GREEN, VIOLET)
LINE = 22  # pixels a line


def intervals(rows: list[dict], title: str | list[str], look: Look = LIGHT) -> Layered:
    """One line a label, each kind of figure on a line of its own below it: point and interval.

    rows: dicts with label, kind, estimate, low, high (None where there is no interval), shown (the
    same in words), and truth (None or a number: an upright stroke); in the order to draw. title:
    of the x axis, with the unit; a list has a line each. Kinds are told apart by shape and colour.
    """
    kinds = list(dict.fromkeys(r["kind"] for r in rows))
    labels = list(dict.fromkeys(r["label"] for r in rows))
    data = [dict(truth=None) | r for r in rows]
    broken = wrapped(labels)
    base = alt.Chart()
    y = alt.Y(
        "label:N",
        sort=labels,
        title=None,
        axis=alt.Axis(labelLimit=260, grid=True, **broken),
        scale=alt.Scale(paddingInner=0.25),
    )
    several = len(kinds) > 1
    # Lines of their own only where a label has several: one alone stands in the middle.
    crowded = len({(r["label"], r["kind"]) for r in rows}) > len(labels)
    offset = alt.YOffset("kind:N", sort=kinds) if crowded else alt.Undefined
    legend = alt.Legend(title=None, orient="top", columns=columns(kinds)) if several else None
    colours = alt.Scale(domain=kinds, range=list(COLOURS[: len(kinds)]))
    colour = alt.Color("kind:N", scale=colours, legend=legend)
    shapes = alt.Scale(domain=kinds, range=list(SHAPES[: len(kinds)]))
    shape = alt.Shape("kind:N", scale=shapes, legend=legend)
    x = alt.X("estimate:Q", title=title, axis=alt.Axis(tickCount=TICKS))
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=look.muted, strokeDash=[4, 3])
    lines = base.mark_rule(strokeWidth=1.8).encode(
        x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"), y=y, yOffset=offset, color=colour
    )
    points = base.mark_point(size=52, filled=True, opacity=1).encode(
        x=x,
        y=y,
        yOffset=offset,
        color=colour,
        shape=shape,
        tooltip=[
            alt.Tooltip("label:N", title="What"),
            alt.Tooltip("kind:N", title="Kind"),
            alt.Tooltip("shown:N", title="Figure"),
        ],
    )
    layers = [zero.encode(x=alt.X("zero:Q")), lines, points]
    if any(r["truth"] is not None for r in data):
        layers.append(
            base.transform_filter("isValid(datum.truth)")
            .mark_tick(thickness=2.5, size=18, color=look.ink)
            .encode(x=alt.X("truth:Q"), y=y, yOffset=offset)
        )
    height = alt.Step(
        17 if crowded else LINE + 12 * bool(broken), **{"for": "offset" if crowded else "position"}
    )
    layered = alt.layer(*layers, data=alt.Data(values=data))
    return finish(layered.properties(width="container", height=height), look)


def intervals_text(rows: list[dict], what: str) -> str:
    """The text alternative: each figure in words."""
    said = "; ".join(f"{r['label']} ({r['kind']}): {r['shown']}" for r in rows)
    return f"{what}. {said}."
