"""Coefficients with their intervals: the forest plot."""

import altair as alt

from analysis.charts.theme import FACTOR_COLOURS, LIGHT, Look, finish


def forest(rows: list[dict], title: str, look: Look = LIGHT) -> alt.LayerChart:
    """One row an effect: point and 95 % interval around zero, in its factor's colour.

    rows: dicts with term, factor, estimate, low, high, shown; in the order to draw.
    title: of the x axis, with the unit.
    """
    data = [
        r | dict(colour=FACTOR_COLOURS.get(r["factor"], look.muted), factor=r["factor"] or "other")
        for r in rows
    ]
    base = alt.Chart(alt.Data(values=data))
    y = alt.Y("term:N", sort=[r["term"] for r in rows], title=None,
              axis=alt.Axis(labelLimit=260, grid=True))  # fmt: skip
    colour = alt.Color("colour:N", scale=None)
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=look.muted, strokeDash=[4, 3])
    tips = [alt.Tooltip("term:N", title="Term"), alt.Tooltip("factor:N", title="Factor"),
            alt.Tooltip("shown:N", title="Estimate and interval")]  # fmt: skip
    return finish(
        alt.layer(
            zero.encode(x="zero:Q"),
            base.mark_rule(strokeWidth=2).encode(
                x=alt.X("low:Q", title=title), x2="high:Q", y=y, color=colour
            ),
            base.mark_point(filled=True, size=60, opacity=1).encode(
                x="estimate:Q", y=y, color=colour, tooltip=tips
            ),
        ).properties(width="container", height=alt.Step(24)),
        look,
    )


def forest_text(rows: list[dict]) -> str:
    """The forest plot's text alternative: how many effects, and which exclude zero."""
    clear = [r["term"] for r in rows if r["low"] > 0 or r["high"] < 0]
    listed = ", ".join(clear) if clear else "none"
    return f"Forest plot of {len(rows)} effects; intervals that exclude zero: {listed}."
