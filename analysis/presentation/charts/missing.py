"""Each factor's share by what is done with what is missing."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, finish
from analysis.presentation.palette import FACTOR_COLOURS
from analysis.presentation.words.labels import factor_label
from analysis.presentation.words.missing_words import WAYS
from analysis.presentation.words.rounding import percent, percent_interval
from analysis.questions.partition.missing.result import Missing


def ways_chart(m: Missing, look: Look = LIGHT) -> Layered:
    """A row a factor, within it a point with its interval for each way; 0..1."""
    rows = [
        dict(
            factor=factor_label(s.factor),
            way=WAYS[line.way],
            share=s.share,
            low=s.low,
            high=s.high,
            shown=percent(s.share, s.low, s.high),
            interval=percent_interval(s.low, s.high),
            fill=FACTOR_COLOURS.get(s.factor, look.muted),
        )
        for line in m.lines
        for s in line.shares
        if s.share is not None
    ]
    ways = [WAYS[line.way] for line in m.lines]
    highest = [s.high for line in m.lines for s in line.shares if s.share is not None]
    small = max((high or 0.0 for high in highest), default=0.0) < 0.05
    places = ".1%" if small else ".0%"
    base = alt.Chart(alt.Data(values=rows))
    y = alt.Y("factor:N", sort=None, title=None, axis=alt.Axis(labelLimit=160))
    beside = alt.YOffset("way:N", sort=ways)
    colour = alt.Color("fill:N", scale=None)
    rules = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title="Share", axis=alt.Axis(format=places, tickCount=TICKS)),
        x2=alt.X2("high:Q"), y=y, yOffset=beside, color=colour,
    )  # fmt: skip
    points = base.mark_point(size=70, filled=True, opacity=1).encode(
        x=alt.X("share:Q"),
        y=y,
        yOffset=beside,
        color=colour,
        shape=alt.Shape(
            "way:N",
            sort=ways,
            legend=alt.Legend(title=None, orient="top", symbolFillColor=look.ink),
        ),
        tooltip=[
            alt.Tooltip("factor:N", title="Factor"),
            alt.Tooltip("way:N", title="Way"),
            alt.Tooltip("shown:N", title="Share"),
            alt.Tooltip("interval:N", title="95 % interval"),
        ],
    )
    chart = alt.layer(rules, points).properties(width="container", height=alt.Step(20))
    return finish(chart, look)
