"""Power over what is varied, with the simulation's own uncertainty."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, PERCENT_AXIS, TICKS, Layered, Look, finish
from analysis.presentation.palette import OWN

WANTED = 0.8  # the usual least power, a line to read against


def power_curve(found, title: str, look: Look = LIGHT) -> Layered:
    """found: a Power; title: of the x axis, with what is varied."""
    rows = found.tidy()
    base = alt.Chart(alt.Data(values=rows))
    at = alt.Axis(values=[p.value for p in found.points][:6])
    x = alt.X("value:Q", title=title, scale=alt.Scale(nice=True, zero=False), axis=at)
    axis = alt.Axis(labelExpr=PERCENT_AXIS, tickCount=TICKS)
    y = alt.Y("power:Q", title="Power ↑", scale=alt.Scale(domain=[0, 1]), axis=axis)
    wanted = alt.Chart(alt.Data(values=[{"wanted": WANTED}])).mark_rule(
        color=look.muted, strokeDash=[4, 3]
    )
    return finish(
        alt.layer(
            wanted.encode(y=alt.Y("wanted:Q", scale=alt.Scale(domain=[0, 1]))),
            base.mark_line(strokeWidth=1.6, color=OWN).encode(x=x, y=y),
            base.mark_rule(strokeWidth=1.6, color=OWN).encode(
                x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q")
            ),
            base.mark_point(size=46, filled=True, color=OWN, opacity=1).encode(x=x, y=y),
        ).properties(width="container", height=230),
        look,
    )


def power_text(found) -> str:
    """The picture in words."""
    told = ", ".join(f"{p.power:.0%} at {p.value:g}" for p in found.points)
    return f"Power over {found.question.vary}: {told}. A line marks 80 %."
