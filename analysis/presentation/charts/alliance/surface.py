"""A response surface from above, drawn only where data are."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, finish
from analysis.presentation.palette import BLUE, VERMILION
from analysis.presentation.words.rounding import estimate


def surface(
    cells: list[dict], x_title: str, y_title: str, z_title: str, lower_is_better: bool,
    look: Look = LIGHT,
) -> Layered:  # fmt: skip
    """Squares coloured by the outcome, blue where it is better; dashed: both ratings alike.

    cells: dicts with x, y, width, z, n.
    """
    half = float(cells[0]["width"]) / 2
    data = [
        dict(x=c["x"] - half, x2=c["x"] + half, y=c["y"] - half, y2=c["y"] + half, z=c["z"],
             n=c["n"], shown=estimate(c["z"], decimals=2))
        for c in cells
    ]  # fmt: skip
    low, high = min(d["x"] for d in data), max(d["x2"] for d in data)
    span = [min(low, min(d["y"] for d in data)), max(high, max(d["y2"] for d in data))]
    middle = look.unexplained
    colours = [BLUE, middle, VERMILION] if lower_is_better else [VERMILION, middle, BLUE]
    z = [float(c["z"]) for c in cells]
    domain = [min(z), (min(z) + max(z)) / 2, max(z)]
    scale = alt.Scale(domain=span, nice=False)
    fields = (
        alt.Chart(alt.Data(values=data))
        .mark_rect(stroke=look.outline, strokeWidth=0.3)
        .encode(
            x=alt.X("x:Q", title=x_title, scale=scale, axis=alt.Axis(tickCount=TICKS)),
            x2=alt.X2("x2:Q"),
            y=alt.Y("y:Q", title=y_title, scale=scale, axis=alt.Axis(tickCount=TICKS)),
            y2=alt.Y2("y2:Q"),
            color=alt.Color(
                "z:Q",
                # Any other way leads from blue to vermilion through cyan and yellow.
                scale=alt.Scale(domain=domain, range=colours, interpolate="lab"),
                legend=alt.Legend(title=z_title, orient="right", gradientLength=140),
            ),
            tooltip=[
                alt.Tooltip("shown:N", title=z_title),
                alt.Tooltip("n:Q", title="Sessions here"),
            ],
        )
    )
    ends = [dict(a=span[0], b=span[0]), dict(a=span[1], b=span[1])]
    alike = (
        alt.Chart(alt.Data(values=ends))
        .mark_line(color=look.ink, strokeDash=[5, 4], strokeWidth=1.4)
        .encode(x=alt.X("a:Q", title=x_title), y=alt.Y("b:Q", title=y_title))
    )
    layered = alt.layer(fields, alike).properties(width="container", height=320)
    return finish(layered, look)


def surface_text(cells: list[dict], what: str) -> str:
    """The text alternative: where the surface is highest and lowest."""
    top, bottom = max(cells, key=lambda c: c["z"]), min(cells, key=lambda c: c["z"])
    at = lambda c: f"{c['z']:.2f} at ({c['x']:.2f}, {c['y']:.2f})"  # noqa: E731
    return f"{what}: highest {at(top)}, lowest {at(bottom)}, both ratings about their own means."
