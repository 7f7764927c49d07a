"""One look for every chart: a colour for each factor, light, dark and paper.

A chart is built for a `Look` rather than through Altair's global theme: that one is shared by all
threads of the server, while two viewers may want light and dark at the same moment.
"""

from dataclasses import dataclass
from typing import TypeVar

import altair as alt

from analysis.presentation import palette as c


@dataclass(frozen=True, slots=True)
class Look:
    """Where a chart is shown. font must be one that the renderer has: vl-convert draws no letter
    of a family that it cannot find, and says nothing."""

    font: str
    background: str
    ink: str
    muted: str
    grid: str
    unexplained: str
    outline: str


# What Altair makes of layers that get a size.
Layered = alt.LayerChart | alt.FacetChart
Chart = TypeVar("Chart", bound=alt.TopLevelMixin)
SCREEN = '"Source Sans", sans-serif'
LIGHT = Look(SCREEN, "transparent", c.INK, c.MUTED, c.GRID, c.REST, c.OUTLINE)
DARK = Look(
    SCREEN, "transparent", c.DARK_INK, c.DARK_MUTED, c.DARK_GRID, c.DARK_REST, c.DARK_OUTLINE
)
PAPER = Look("sans-serif", c.WHITE, c.INK, c.MUTED, c.GRID, c.REST, c.OUTLINE)


# An axis of shares, in per cent.
PERCENT_AXIS = "format(datum.value * 100, '.0f') + '\u00a0%'"


def finish(chart: Chart, look: Look) -> Chart:
    """The chart with the look's fonts, inks and grid; the last step of every chart function."""
    axis = dict(
        labelFont=look.font,
        titleFont=look.font,
        labelFontSize=13,
        titleFontSize=13,
        labelColor=look.ink,
        titleColor=look.muted,
        titleFontWeight="normal",
        gridColor=look.grid,
        domain=False,
        ticks=False,
        labelPadding=6,
        titlePadding=8,
    )
    return chart.configure(
        font=look.font,
        background=look.background,
        padding=4,
        axis=axis,
        view={"stroke": None},
        text={"font": look.font, "fontSize": 13, "color": look.ink},
        title={"font": look.font, "color": look.ink, "fontSize": 14, "anchor": "start"},
        header={
            "labelFont": look.font,
            "labelColor": look.ink,
            "labelFontSize": 13,
            "titleFont": look.font,
            "titleColor": look.muted,
        },
        legend={
            "labelFont": look.font,
            "labelColor": look.ink,
            "labelFontSize": 13,
            "titleFont": look.font,
            "titleColor": look.muted,
        },
    )
