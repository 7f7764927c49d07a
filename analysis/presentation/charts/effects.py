"""Coefficients with their intervals: the forest plot."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, columns, finish, wrapped
from analysis.presentation.palette import FACTOR_COLOURS

# Within is filled, between is hollow: told apart without colour, which is the factor's.
PARTS = (
    "overall",
    "within patients",
    "within therapists",
    "within clinics",
    "between patients",
    "between therapists",
    "between clinics",
)
SHAPES = ("circle", "circle", "circle", "circle", "square", "diamond", "triangle-up")


def forest(rows: list[dict], title: str | list[str], look: Look = LIGHT) -> Layered:
    """One line a predictor, its parts below each other: point and 95 % interval around zero, in
    its factor's colour.

    rows: dicts with label, part (one of PARTS), factor, estimate, low, high, shown; in the
    order to draw. title: of the x axis, with the unit; a list has a line each.
    """
    data = [
        r
        | dict(
            colour=FACTOR_COLOURS.get(r["factor"] or "", FACTOR_COLOURS["adjusted"]),
            fill_colour=_fill(r, look),
        )
        for r in rows
    ]
    present = [part for part in PARTS if part in {r["part"] for r in rows}]
    labels = list(dict.fromkeys(r["label"] for r in rows))
    broken = wrapped(labels)
    base = alt.Chart()  # the layers share one table, given below: copies of it cost time
    y = alt.Y(
        "label:N",
        sort=labels,
        title=None,
        axis=alt.Axis(labelLimit=230, grid=True, **broken),
        scale=alt.Scale(paddingInner=0.25),
    )
    offset = alt.YOffset("part:N", sort=present)
    stroke = alt.Color("colour:N", scale=None)
    shapes = alt.Scale(domain=present, range=[SHAPES[PARTS.index(p)] for p in present])
    legend = alt.Legend(
        title=None,
        orient="top",
        columns=columns(present),
        symbolStrokeColor=look.ink,
        symbolFillColor=look.unexplained,
    )
    tips = [
        alt.Tooltip("label:N", title="Predictor"),
        alt.Tooltip("part:N", title="Part"),
        alt.Tooltip("shown:N", title="Estimate and 95 % interval"),
    ]
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=look.muted, strokeDash=[4, 3])
    lines = base.mark_rule(strokeWidth=1.8).encode(
        x=alt.X("low:Q", title=title, axis=alt.Axis(tickCount=TICKS)),
        x2=alt.X2("high:Q"),
        y=y,
        yOffset=offset,
        color=stroke,
    )
    points = base.mark_point(size=46, strokeWidth=1.8, opacity=1).encode(
        x=alt.X("estimate:Q"),
        y=y,
        yOffset=offset,
        stroke=alt.Stroke("colour:N", scale=None),
        fill=alt.Fill("fill_colour:N", scale=None),
        shape=alt.Shape("part:N", scale=shapes, legend=legend if len(present) > 1 else None),
        tooltip=tips,
    )
    height = alt.Step(13 if len(present) > 1 else 17 + 9 * bool(broken), **{"for": "offset"})
    return finish(
        alt.layer(
            zero.encode(x=alt.X("zero:Q")), lines, points, data=alt.Data(values=data)
        ).properties(width="container", height=height),
        look,
    )


def forest_text(rows: list[dict]) -> str:
    """The forest plot's text alternative: how many effects, and which exclude zero."""
    clear = [f"{r['label']} ({r['part']})" for r in rows if r["low"] > 0 or r["high"] < 0]
    listed = ", ".join(clear) if clear else "none"
    return f"Forest plot of {len(rows)} effects; intervals that exclude zero: {listed}."


def _fill(row: dict, look: Look) -> str:
    if row["part"].startswith("between"):
        return look.unexplained
    return FACTOR_COLOURS.get(row["factor"] or "", FACTOR_COLOURS["adjusted"])
