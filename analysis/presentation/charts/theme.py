"""One look for every chart: a colour for each factor, light, dark and paper.

A chart is built for a `Look` rather than through Altair's global theme: that one is shared by all
threads of the server, while two viewers may want light and dark at the same moment.
"""

import json
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import altair as alt

from analysis.presentation import palette as c


@dataclass(frozen=True, slots=True)
class Look:
    """Where a chart is shown. font must be one that the renderer has: vl-convert draws no letter
    of a family that it cannot find, and says nothing. halo: around a text that a line crosses."""

    font: str
    background: str
    ink: str
    muted: str
    grid: str
    unexplained: str
    outline: str
    halo: str = c.WHITE


# What Altair makes of layers that get a size.
Layered = alt.LayerChart | alt.FacetChart
Chart = TypeVar("Chart", bound=alt.TopLevelMixin)
SCREEN = '"Source Sans", sans-serif'
LIGHT = Look(SCREEN, "transparent", c.INK, c.MUTED, c.GRID, c.REST, c.OUTLINE)
DARK = Look(
    SCREEN,
    "transparent",
    c.DARK_INK,
    c.DARK_MUTED,
    c.DARK_GRID,
    c.DARK_REST,
    c.DARK_OUTLINE,
    c.DARK_PAGE,
)
PAPER = Look("sans-serif", c.WHITE, c.INK, c.MUTED, c.GRID, c.REST, c.OUTLINE)


# The ticks to ask an axis for. d3 rounds to steps of 1, 2 or 5 and so may draw √10/2 = 1.58 times
# as many spaces as asked: asked for these, it never draws more than six ticks.
TICKS = 3.79
# An axis of shares, in per cent.
PERCENT_AXIS = "format(datum.value * 100, '.0f') + '\u00a0%'"
# Letters of a line that a phone has room for: of a label beside a chart, and below or beside it.
LABEL, TITLE = 25, 32


def axis_title(text: str, *more: str) -> str | list[str]:
    """An axis' title in lines that a phone has room for; `more` are lines of their own below it,
    left out where empty. Worked: axis_title('Points of PHQ-9', '← better · worse →')."""
    lines = [*textwrap.wrap(text, TITLE), *(line for line in more if line)]
    return lines if len(lines) > 1 else text


def wrapped(labels: Iterable[str]) -> dict[str, Any]:
    """The argument of an alt.Axis that breaks its long labels in lines; empty where none is long.

    Labels become strings of JSON, in which no letter of theirs can act on the chart.
    """
    long = {s: _in_two(s) for s in labels if len(s) > LABEL}
    if not long:
        return {}
    return dict(labelExpr=f"{json.dumps(long)}[datum.value] || datum.value")


def _in_two(label: str) -> list[str]:
    """Two lines, as narrow as they can be: of a third another label would be written over."""
    width = LABEL
    while len(textwrap.wrap(label, width)) > 2:
        width += 1
    return textwrap.wrap(label, width)


def columns(labels: Iterable[str], room: int = 30) -> int:
    """How many columns of a legend a phone has room for. room: for so many letters."""
    return 2 if sum(sorted(map(len, labels))[-2:]) <= room else 1


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
            "labelLimit": 300,  # Vega's own 160 cut 'cannot be told from average'
            "labelColor": look.ink,
            "labelFontSize": 13,
            "titleFont": look.font,
            "titleColor": look.muted,
        },
    )


def redrawn(spec: dict, look: Look) -> dict:
    """The spec of a chart made for PAPER as another look has it: a preview on a dark page. Font,
    inks, ground and halos change; the colours that stand for something in the data stay."""
    inks = {
        getattr(PAPER, part): getattr(look, part)
        for part in ("ink", "muted", "grid", "unexplained", "outline", "font")
    }
    white = {"background": look.background, "stroke": look.halo}

    def lit(part: Any, name: str = "") -> Any:
        if isinstance(part, dict):
            return {key: lit(value, key) for key, value in part.items()}
        if isinstance(part, list):
            return [lit(one, name) for one in part]
        if part == c.WHITE:  # elsewhere it is a text on a bar, whose colour stays
            return white.get(name, part)
        return inks.get(part, part) if isinstance(part, str) else part

    return lit(spec)
