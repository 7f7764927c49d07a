"""Window, landmark and outcome on the line of the sessions."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, Layered, Look, finish
from analysis.presentation.palette import FACTOR_COLOURS
from analysis.questions.partition.result import Partition


def time_order_chart(p: Partition, look: Look = LIGHT) -> Layered:
    """When is what: the early sessions, the landmark where they end, and the outcome after it."""
    if p.landmark is None:
        raise AssertionError("a partition without a landmark has no order in time to draw")
    first, last = p.landmark.window
    end = last + 5
    rows = [
        dict(lane="Scores adjusted for", start=0.6, stop=last + 0.4, fill=look.muted),
        dict(lane="Alliance and others, early", start=first - 0.4, stop=last + 0.4,
             fill=FACTOR_COLOURS["alliance"]),
        dict(lane="Outcome", start=last + 0.6, stop=end + 0.4, fill=look.ink),
    ]  # fmt: skip
    if not p.landmark.adjusted_for:
        rows = rows[1:]
    if "at intake" in "".join(p.landmark.adjusted_for):
        rows[0] |= dict(stop=1.4)
    sessions = list(range(1, end + 1, -(-end // 6)))  # six at most
    base = alt.Chart(alt.Data(values=rows))
    bars = base.mark_bar(height=14, cornerRadius=3).encode(
        x=alt.X("start:Q", title="Session", scale=alt.Scale(domain=[0.5, end + 0.5], nice=False),
                axis=alt.Axis(values=sessions, grid=False, format="d")),
        x2=alt.X2("stop:Q"),
        y=alt.Y("lane:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)),
        color=alt.Color("fill:N", scale=None),
    )  # fmt: skip
    mark = alt.Chart(alt.Data(values=[dict(at=last + 0.5, label="landmark")]))
    line = mark.mark_rule(strokeDash=[4, 3], color=look.ink).encode(x=alt.X("at:Q"))
    text = mark.mark_text(align="left", dx=4, y=6, fontSize=12, color=look.ink).encode(
        x=alt.X("at:Q"), text=alt.Text("label:N")
    )
    chart = alt.layer(bars, line, text)
    return finish(chart.properties(width="container", height=alt.Step(26)), look)
