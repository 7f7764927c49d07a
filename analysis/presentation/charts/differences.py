"""Treatments with and without a last score beside each other: is who is missing another kind?"""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, finish
from analysis.presentation.palette import SIGNAL
from analysis.questions.outcomes.rates import Difference

SMALL = 0.1  # a standardised difference below it is usually called negligible (Austin 2009)


def differences_chart(
    found: tuple[Difference, ...], labels: dict[str, str], look: Look = LIGHT
) -> Layered:
    """How treatments without both scores differ, in standard deviations, the band being what is
    usually negligible. labels: variable -> label."""
    rows = [
        dict(
            label=difference_label(d, labels),
            difference=d.difference,
            side="more" if d.difference > 0 else "less",
            shown=f"{d.difference:+.2f}",
        )
        for d in found
        if d.difference is not None
    ]
    x = alt.X(
        "difference:Q",
        title="Standardised difference (without minus with)",
        axis=alt.Axis(tickCount=TICKS, format="+.1f"),
    )
    y = alt.Y(
        "label:N",
        sort=[str(r["label"]) for r in rows],
        title=None,
        axis=alt.Axis(labelLimit=230, grid=True),
    )
    band = alt.Chart(alt.Data(values=[dict(low=-SMALL, high=SMALL)]))
    points = alt.Chart(alt.Data(values=rows)).mark_point(size=60, filled=True, opacity=1)
    layers = [
        band.mark_rect(color=look.unexplained).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q")),
        points.encode(
            x=x,
            y=y,
            color=alt.condition(
                f"abs(datum.difference) > {SMALL}", alt.value(SIGNAL), alt.value(look.outline)
            ),
            shape=alt.condition(
                f"abs(datum.difference) > {SMALL}", alt.value("diamond"), alt.value("circle")
            ),
            tooltip=[
                alt.Tooltip("label:N", title="What"),
                alt.Tooltip("shown:N", title="Difference"),
            ],
        ),
    ]
    return finish(alt.layer(*layers).properties(width="container", height=alt.Step(20)), look)


def difference_label(d: Difference, labels: dict[str, str]) -> str:
    """'Gender: female', 'Age', 'First score'."""
    name = labels.get(d.variable, d.variable.capitalize())
    return f"{name}: {d.level}" if d.level else name
