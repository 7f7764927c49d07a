"""Groups beside each other: predicted effects in their order, each with its interval."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, finish


def caterpillar(rows: list[dict], title: str, look: Look = LIGHT) -> Layered:
    """One line a group, from the lowest prediction to the highest, around the average of zero;
    those whose interval excludes it are filled.

    rows: dicts with rank (0..1), estimate, low, high. title: of the y axis, with the unit.
    """
    data = [r | dict(clear=r["low"] > 0 or r["high"] < 0) for r in rows]
    base = alt.Chart()
    x = alt.X("rank:Q", title="Groups, in the order of their prediction", axis=None)
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=look.muted, strokeDash=[4, 3])
    lines = base.mark_rule(strokeWidth=1.2, color=look.muted).encode(
        x=x, y=alt.Y("low:Q", title=title, axis=alt.Axis(tickCount=TICKS)), y2=alt.Y2("high:Q")
    )
    points = base.mark_point(size=22, strokeWidth=1.2, opacity=1).encode(
        x=x,
        y=alt.Y("estimate:Q"),
        stroke=alt.value(look.ink),
        fill=alt.condition("datum.clear", alt.value(look.ink), alt.value(look.unexplained)),
    )
    return finish(
        alt.layer(
            zero.encode(y=alt.Y("zero:Q")), lines, points, data=alt.Data(values=data)
        ).properties(width="container", height=220),
        look,
    )


def caterpillar_text(groups: int, clear: int) -> str:
    """The caterpillar's text alternative."""
    return (
        f"Predicted effects of {groups:,} groups from the lowest to the highest, each with its "
        f"95 % interval; {clear:,} of the intervals exclude the average."
    )
