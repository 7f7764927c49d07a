"""Published pies: drawn as pies and never as a bar, so that nobody takes them for variance."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, Look, finish
from analysis.presentation.palette import FACTOR_COLOURS, WHITE
from analysis.presentation.words.literature import Pie
from analysis.presentation.words.rounding import percent

LEGEND_ROW = 20  # pixels


def pie_chart(pie: Pie, look: Look = LIGHT, size: int = 104) -> alt.Chart:
    """Slices in the product's colours with their percentages; the unexplained in outlined grey.

    size: diameter of the pie in pixels.
    """
    rows = [_row(i, s, look) for i, s in enumerate(pie.slices)]
    colours = alt.Scale(domain=[r["label"] for r in rows], range=[r["fill"] for r in rows])
    legend = alt.Legend(
        title=None,
        orient="bottom",
        columns=1,
        symbolType="square",
        symbolStrokeColor=look.outline,
        symbolStrokeWidth=1,
        rowPadding=2,
        offset=8,
        labelLimit=240,
    )
    slices = (
        alt.Chart(alt.Data(values=rows))
        .mark_arc(outerRadius=0.5 * size - 2, strokeWidth=1.2)
        .encode(
            theta=alt.Theta("share:Q", stack=True),
            order=alt.Order("position:Q"),
            fill=alt.Fill("label:N", scale=colours, legend=legend, sort=None),
            stroke=alt.Stroke("stroke:N", scale=None),
            tooltip=[alt.Tooltip("slice:N", title="Slice"), alt.Tooltip("shown:N", title="Judged")],
        )
    )
    height = size + LEGEND_ROW * len(rows)  # the legend's room is taken from it
    return finish(slices.properties(width=2 * size, height=height), look)


def pie_text(pie: Pie) -> str:
    """The pie's text alternative."""
    parts = ", ".join(f"{s.label.lower()} {percent(s.share)}" for s in pie.slices)
    return f"Pie of {pie.label}, expert judgement and not variance: {parts}."


def _row(position: int, one, look: Look) -> dict:
    fill = FACTOR_COLOURS.get(one.factor, look.unexplained)
    return dict(
        position=position,
        slice=one.label,
        share=one.share,
        shown=percent(one.share),
        label=f"{percent(one.share)}  {one.label}",
        fill=fill,
        stroke=look.outline if fill == look.unexplained else WHITE,
    )
