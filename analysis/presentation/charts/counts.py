"""Counts of a dataset as small pictures."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Look, finish


def sessions_histogram(counts: dict[int, int], look: Look = LIGHT) -> alt.Chart:
    """Episodes by their number of sessions. counts: sessions in an episode -> episodes."""
    rows = [dict(sessions=k, episodes=v) for k, v in sorted(counts.items())]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color=look.outline)
        .encode(
            x=alt.X(
                "sessions:O",
                title="Sessions in a treatment",
                axis=alt.Axis(labelAngle=0, labelOverlap=True, grid=False),
            ),
            y=alt.Y("episodes:Q", title="Treatments", axis=alt.Axis(format=",d", tickCount=TICKS)),
            tooltip=[
                alt.Tooltip("sessions:O", title="Sessions"),
                alt.Tooltip("episodes:Q", title="Treatments", format=",d"),
            ],
        )
    )
    return finish(chart.properties(width="container", height=190), look)
