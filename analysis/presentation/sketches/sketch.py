"""Mini pictures for the glossary: what a word looks like, in a few strokes, no data behind them.

Drawn as SVG and not as charts: 50 charts on a page would take seconds, and no number is shown.
"""

from analysis.base.errors import RapportError
from analysis.presentation.charts.theme import Look
from analysis.presentation.palette import BLUE
from analysis.presentation.sketches import courses, figures
from analysis.presentation.sketches.pen import Pen

WIDTH, HEIGHT = 96, 44
_DRAWN = {
    "alone": lambda pen: figures.alone_and_last(pen, (BLUE, "none")),
    "bars": figures.bars,
    "between": courses.between,
    "by way": figures.by_way,
    "change": courses.change,
    "context": figures.context,
    "course": courses.course,
    "cut-off": courses.cut_off,
    "diagonal": figures.diagonal,
    "drawn": figures.drawn,
    "effect": figures.effect,
    "expected": courses.expected,
    "final": courses.final,
    "first": courses.first,
    "funnel": figures.funnel,
    "hidden": figures.hidden,
    "interval": figures.interval,
    "lag": figures.lag,
    "last": lambda pen: figures.alone_and_last(pen, (BLUE, pen.grid)),
    "people": figures.people,
    "pulled": figures.pulled,
    "ranking": figures.ranking,
    "rows": figures.rows,
    "rupture": courses.rupture,
    "share": figures.share,
    "signal": courses.signal,
    "slope": figures.slope,
    "slopes": figures.slopes,
    "spread": figures.spread,
    "tails": figures.tails,
    "tree": figures.tree,
    "two people": courses.two_people,
    "versions": figures.versions,
    "within": courses.within,
    "zero": figures.zero,
}
SKETCHES = tuple(_DRAWN)


def sketch(name: str, look: Look) -> str:
    """The mini picture `name` (of SKETCHES) as SVG, 96 by 44. RapportError for another name."""
    if name not in _DRAWN:
        raise RapportError("There is no such mini picture", where=name, allowed=", ".join(SKETCHES))
    pen = Pen(look)
    _DRAWN[name](pen)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" aria-hidden="true">{"".join(pen.strokes)}</svg>'
    )
