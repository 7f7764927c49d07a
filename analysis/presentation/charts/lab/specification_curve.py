"""The specification curve: every estimate with its interval, and below what each one chose."""

from typing import Any

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, finish
from analysis.presentation.palette import OWN
from analysis.presentation.words.models.many_words import choice_words, varied

MOST_DRAWN = 400  # of more, evenly spread ones over the order
CURVE, GAP, ROW = 200, 14, 17  # pixels: the curve, below it, a line of choices


def specification_curve(found, labels: dict[str, str], look: Look = LIGHT) -> Layered:
    """found: a Specifications; labels: a variable's name -> its label. One view of two parts, as a
    page's width stretches only single ones: the curve above, the choices in lines below it."""
    drawn = shown(found)
    base = alt.Chart(alt.Data(values=[_row(i, s) for i, s in drawn]))
    names = varied(found)
    places = [
        {"order": i, "line": choice_words(name, value, labels)}
        for i, s in drawn
        for name, value in s.choices
        if name in names and value != "out"
    ]
    lines = sorted({p["line"] for p in places})
    height = CURVE + 2 * GAP + ROW * max(1, len(lines))
    axis = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    x = alt.X(
        "order:Q", title=None, axis=axis, scale=alt.Scale(domain=[-1, len(found.found)], nice=False)
    )
    curve = alt.layer(*_curve(base, x, look))
    dashboard = (
        alt.Chart(alt.Data(values=places))
        .mark_tick(thickness=1.4, color=look.ink, opacity=0.8, height=ROW - 6)
        .encode(
            x=x,
            y=alt.Y(
                "line:N",
                sort=lines,
                title=None,
                scale=alt.Scale(range=[CURVE + GAP, height - GAP]),
                axis=alt.Axis(orient="left", labelLimit=230, grid=False, ticks=False, domain=False),
            ),
        )
    )
    layered = alt.layer(curve, dashboard).resolve_scale(y="independent")
    return finish(layered.properties(width="container", height=height), look)


def _curve(base: alt.Chart, x: alt.X, look: Look) -> list:
    colour = alt.condition("datum.clear", alt.value(OWN), alt.value(look.muted))
    y = alt.Y(
        "low:Q",
        title="SDs for one SD more",
        scale=alt.Scale(range=[CURVE, 0]),
        axis=alt.Axis(tickCount=TICKS, titleY=CURVE / 2),
    )
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=look.muted, strokeDash=[4, 3])
    tips = [
        alt.Tooltip("formula:N", title="Formula"),
        alt.Tooltip("shown:N", title="Estimate and 95 % interval"),
    ]
    return [
        zero.encode(y=alt.Y("zero:Q")),
        base.mark_rule(strokeWidth=1, opacity=0.55).encode(
            x=x, y=y, y2=alt.Y2("high:Q"), color=colour
        ),
        base.mark_point(size=14, filled=True, opacity=1).encode(
            x=x, y=alt.Y("estimate:Q"), color=colour, tooltip=tips
        ),
    ]


def shown(found) -> list[tuple[int, Any]]:
    """(place in the order, specification) of those that are drawn."""
    n = len(found.found)
    step = max(1, -(-n // MOST_DRAWN))
    return [(i, found.found[i]) for i in range(0, n, step)]


def curve_text(found) -> str:
    """The picture in words."""
    low, high = found.found[0].estimate, found.found[-1].estimate
    return (
        f"Curve of {len(found.found)} specifications from {low:.2f} to {high:.2f}, median "
        f"{found.median:.2f}; {found.clear:.0%} have an interval without zero on the median's "
        "side. Below, a line for each choice marks the specifications that made it."
    )


def _row(i: int, s) -> dict:
    return dict(
        order=i,
        estimate=s.estimate,
        low=s.low,
        high=s.high,
        clear=s.low > 0 or s.high < 0,
        formula=s.formula,
        shown=f"{s.estimate:.3f} ({s.low:.3f} to {s.high:.3f})",
    )
