"""Outcome rates as pictures: with intervals, stacked, over time, and who is missing."""

from collections.abc import Mapping

import altair as alt

from analysis.base.phrase import Phrase, joined
from analysis.presentation.charts.theme import LIGHT, PERCENT_AXIS, TICKS, Layered, Look, finish
from analysis.presentation.palette import CATEGORY_COLOURS, ENDING_COLOURS, OWN, ink_on
from analysis.presentation.words.outcome_words import (
    CATEGORY_LABELS,
    METRIC_LABELS,
    behind,
    directed,
    rate_shown,
    value_label,
)
from analysis.presentation.words.rounding import count, percent
from analysis.questions.outcomes.benchmark import Comparison, Published
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.outcomes.rates import CATEGORIES, Cell

ROOM_FOR_NUMBER = 0.07
WIDEST_LABEL = 250  # pixels: 'Reliable deterioration (worse →)' in DejaVu, where no Arial is there
ENDINGS = {
    "planned": "Planned",
    "unplanned": "Unplanned",
    "ongoing": "Ongoing",
    "ending_unknown": "Not recorded",
}


def rates_chart(
    rows: tuple[tuple[str, Proportion], ...],
    look: Look = LIGHT,
    beside: Mapping[str, Proportion] | None = None,
    beside_label: str = "",
) -> Layered:
    """One line a rate: point, 95 % interval and its numbers; a diamond where a published rate
    lies. rows: (label, Proportion); beside: label -> published Rate."""
    data = [
        dict(
            label=directed(label),
            share=r.share,
            low=r.low,
            high=r.high,
            shown=rate_shown(r),
            of=behind(r),
        )
        for label, r in rows
        if r.share is not None
    ]
    order = [directed(label) for label, _ in rows]
    shares = (r.share for r in (beside or {}).values())
    top = max([0.1, *(r.high or 0.0 for _, r in rows), *(share or 0.0 for share in shares)])
    x = alt.X(
        "share:Q",
        title="Share of treatments",
        scale=alt.Scale(domain=[0, min(1.0, top * 1.05)], nice=True),
        axis=alt.Axis(labelExpr=PERCENT_AXIS, tickCount=TICKS),
    )
    y = alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=WIDEST_LABEL, grid=True))
    tips = [
        alt.Tooltip("label:N", title="Rate"),
        alt.Tooltip("shown:N", title="Share"),
        alt.Tooltip("of:N", title="Treatments"),
    ]
    base = alt.Chart(alt.Data(values=data))
    layers = [
        base.mark_rule(strokeWidth=2, color=OWN).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y),
        base.mark_point(size=70, filled=True, color=OWN, opacity=1).encode(x=x, y=y, tooltip=tips),
    ]
    if beside:
        theirs = [
            dict(
                label=directed(label),
                share=round(r.share or 0, 3),
                who=beside_label,
                shown=percent(r.share, decimals=1),
            )
            for label, r in beside.items()
        ]
        layers.append(
            alt.Chart(alt.Data(values=theirs))
            .mark_point(shape="diamond", size=90, strokeWidth=1.8, color=look.ink, opacity=1)
            .encode(
                x=x,
                y=y,
                tooltip=[
                    alt.Tooltip("who:N", title="Published"),
                    alt.Tooltip("shown:N", title="Share"),
                ],
            )
        )
    return finish(alt.layer(*layers).properties(width="container", height=alt.Step(26)), look)


def rates_text(rows: tuple[tuple[str, Proportion], ...]) -> str:
    """The text alternative of a chart of rates."""
    told = joined([Phrase("{rate} {share}", rate=n, share=rate_shown(r)) for n, r in rows], "; ")
    return Phrase("Dot plot of rates with 95 % intervals: {rates}.", rates=told)


def comparison_rows(rows: tuple[Comparison, ...], national: Published) -> dict:
    """The arguments `beside` and `beside_label` of `rates_chart`."""
    beside = {METRIC_LABELS[c.own.metric]: c.published for c in rows}
    return dict(beside=beside, beside_label=national.label)


def stacked_chart(cells: tuple[Cell, ...], title: str, look: Look = LIGHT) -> Layered:
    """One bar of 100 % a cell: what became of its measured treatments, the best first."""
    rows = [
        row
        for cell in cells
        if cell.counts["measured"]
        for row in _segments(cell, CATEGORIES, CATEGORY_LABELS, CATEGORY_COLOURS, "measured", look)
    ]
    return _stacked(rows, CATEGORY_LABELS, CATEGORY_COLOURS, title, look)


def endings_chart(cells: tuple[Cell, ...], title: str, look: Look = LIGHT) -> Layered:
    """One bar of 100 % a cell: how its treatments ended."""
    present = tuple(e for e in ENDINGS if any(c.counts[e] for c in cells))
    rows = [
        row
        for cell in cells
        if cell.counts["episodes"]
        for row in _segments(cell, present, ENDINGS, ENDING_COLOURS, "episodes", look)
    ]
    return _stacked(rows, {e: ENDINGS[e] for e in present}, ENDING_COLOURS, title, look)


def stacked_text(cells: tuple[Cell, ...], what: str) -> str:
    """The text alternative of a stacked chart."""
    shown = [c for c in cells if c.counts["measured"]]
    best = [
        f"{value_label(c.value)} {percent(c.counts['reliably_recovered'] / c.counts['measured'])}"
        for c in shown[:12]
    ]
    more = f", and {len(shown) - 12} more" if len(shown) > 12 else ""
    return f"Stacked bars by {what.lower()}; reliably recovered: {', '.join(best)}{more}."


def _segments(cell: Cell, names, labels, colours, of: str, look: Look) -> list[dict]:
    rows, at = [], 0.0
    for name in names:
        share = cell.counts[name] / cell.counts[of]
        fill = colours[name] or look.unexplained
        rows.append(
            dict(
                group=value_label(cell.value) if cell.by != "all" else "All",
                name=labels[name],
                start=at,
                stop=at + share,
                middle=at + share / 2,
                fill=fill,
                stroke=colours[name] or look.outline,
                ink=ink_on(fill),
                inside=percent(share) if share >= ROOM_FOR_NUMBER else "",
                shown=percent(share),
                of=f"{count(cell.counts[name])} of {count(cell.counts[of])}",
            )
        )
        at += share
    return rows


def _stacked(rows: list[dict], labels: dict[str, str], colours, title: str, look: Look) -> Layered:
    groups = list(dict.fromkeys(r["group"] for r in rows))
    base = alt.Chart()
    x = alt.X(
        "start:Q",
        title=title,
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(labelExpr=PERCENT_AXIS, values=[0, 0.25, 0.5, 0.75, 1]),
    )
    y = alt.Y("group:N", sort=groups, title=None, axis=alt.Axis(labelLimit=190))
    scale = alt.Scale(
        domain=list(labels.values()), range=[colours[name] or look.unexplained for name in labels]
    )
    legend = alt.Legend(
        title=None,
        orient="top",
        symbolType="square",
        columns=2,
        symbolStrokeColor=look.outline,
        symbolStrokeWidth=1,
    )
    bars = base.mark_bar(height=15, strokeWidth=1).encode(
        x=x,
        x2=alt.X2("stop:Q"),
        y=y,
        fill=alt.Fill("name:N", scale=scale, legend=legend, sort=None),
        stroke=alt.Stroke("stroke:N", scale=None),
        tooltip=[
            alt.Tooltip("group:N", title="Group"),
            alt.Tooltip("name:N", title="Outcome"),
            alt.Tooltip("shown:N", title="Share"),
            alt.Tooltip("of:N", title="Treatments"),
        ],
    )
    numbers = base.mark_text(fontSize=11, fontWeight=600).encode(
        x=alt.X("middle:Q"), y=y, text=alt.Text("inside:N"), color=alt.Color("ink:N", scale=None)
    )
    layered = alt.layer(bars, numbers, data=alt.Data(values=rows))
    return finish(layered.properties(width="container", height=alt.Step(19)), look)
