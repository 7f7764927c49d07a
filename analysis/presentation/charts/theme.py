"""One look for every chart: a colour for each factor, light, dark and paper.

A chart is built for a `Look` rather than through Altair's global theme: that one is shared by all
threads of the server, while two viewers may want light and dark at the same moment.
"""

from dataclasses import dataclass

import altair as alt

# Okabe & Ito's colours (2008) that reach 3:1 on white; practice, intake and the two parts of
# Norcross' pie that are no factor of ours are further tones that reach 3:1 on white and on dark.
FACTOR_COLOURS = {
    "alliance": "#0072B2",
    "technique": "#D55E00",
    "expectancy": "#CC79A7",
    "extra-therapeutic": "#009E73",
    "practice": "#8A6D1C",
    "adjusted": "#6F7C8B",
    "therapist": "#7D64C4",
    "interaction": "#A8577E",
}


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


LIGHT = Look(
    '"Source Sans", sans-serif',
    "transparent",
    "#22262b",
    "#5d6670",
    "#e3e6e9",
    "#f1f2f4",
    "#767f8a",
)
DARK = Look(
    '"Source Sans", sans-serif',
    "transparent",
    "#e9ebee",
    "#a5adb8",
    "#333a43",
    "#242a32",
    "#8b95a1",
)
PAPER = Look("sans-serif", "#ffffff", "#22262b", "#5d6670", "#e3e6e9", "#f1f2f4", "#767f8a")


def finish(chart: alt.TopLevelMixin, look: Look) -> alt.TopLevelMixin:
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


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1..21, of two colours '#rrggbb'; '#000000' on '#ffffff' gives 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
