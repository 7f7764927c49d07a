"""Single groups' lines as small multiples, the average line in each."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, finish
from analysis.presentation.palette import OWN

SIDE, ACROSS = 118, 6  # pixels of a panel, panels in a row


def group_lines(found, y_title: str, look: Look = LIGHT) -> Layered:
    """found: a GroupLines. Panels run from the lowest slope to the highest."""
    rows = [row | {"panel": _panel(row["place"])} for row in found.tidy()]
    panels = list(dict.fromkeys(row["panel"] for row in rows))
    axis = alt.Axis(tickCount=TICKS, grid=False)
    x = alt.X("x:Q", title=found.of, axis=axis, scale=alt.Scale(nice=False, zero=False))
    scale = alt.Scale(zero=False)
    y = alt.Y("outcome:Q", title=y_title, axis=alt.Axis(tickCount=TICKS), scale=scale)
    base = alt.Chart()
    layered = alt.layer(
        base.mark_line(color=look.muted, strokeDash=[4, 3]).encode(x=x, y=alt.Y("average:Q")),
        base.mark_line(color=OWN, strokeWidth=2).encode(x=x, y=y),
        data=alt.Data(values=rows),
    ).properties(width=SIDE, height=SIDE)
    facet = alt.Facet("panel:N", sort=panels, title=None)
    return finish(layered.facet(facet=facet, columns=ACROSS), look)


def group_lines_text(found) -> str:
    """The picture in words."""
    low, high = found.lines[0].slope, found.lines[-1].slope
    return (
        f"Lines of {len(found.lines)} of {found.groups:,} groups of {found.group} along "
        f"{found.of}, each beside the average: slopes from {low:.3g} to {high:.3g} beside it."
    )


def _panel(place: float) -> str:
    return f"{place:.0%} have a lower slope"
