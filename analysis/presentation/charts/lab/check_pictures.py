"""A model's checks as pictures: residuals along the prediction, quantiles, single groups."""

import altair as alt

from analysis.presentation.charts.theme import LIGHT, TICKS, Layered, Look, finish
from analysis.presentation.palette import OWN

HEIGHT = 190


def residual_bins(bins, look: Look = LIGHT) -> Layered:
    """bins: a Bins. The mean residual of each bin with one SD to both sides, around zero."""
    rows = [r | dict(low=r["mean"] - r["sd"], high=r["mean"] + r["sd"]) for r in bins.tidy()]
    base = alt.Chart(alt.Data(values=rows))
    x = _axis("prediction:Q", "Prediction, from the outcome's centre")
    title = "Residual" if bins.level == "rows" else f"Mean residual of a {bins.level}"
    return _finished(
        [
            _zero(look),
            base.mark_rule(strokeWidth=1.2, color=look.muted).encode(
                x=x,
                y=alt.Y("low:Q", title=title, axis=alt.Axis(tickCount=TICKS)),
                y2=alt.Y2("high:Q"),
            ),
            base.mark_point(size=34, filled=True, color=OWN, opacity=1).encode(
                x=x, y=alt.Y("mean:Q")
            ),
        ],
        look,
    )


def quantile_picture(quantiles, look: Look = LIGHT) -> Layered:
    """quantiles: a Quantiles. Points on the line lie as the normal law has them."""
    rows = quantiles.tidy()
    base = alt.Chart(alt.Data(values=rows))
    ends = [min(r["theoretical"] for r in rows), max(r["theoretical"] for r in rows)]
    line = alt.Chart(alt.Data(values=[{"t": e} for e in ends])).mark_line(
        color=look.muted, strokeDash=[4, 3], strokeWidth=1.2
    )
    x = _axis("theoretical:Q", "Normal law, SDs")
    y = alt.Y("observed:Q", title="Observed, SDs", axis=alt.Axis(tickCount=TICKS))
    return _finished(
        [
            line.encode(x=alt.X("t:Q"), y=alt.Y("t:Q")),
            base.mark_point(size=16, filled=True, color=OWN, opacity=1).encode(x=x, y=y),
        ],
        look,
    )


def influence_picture(influence, look: Look = LIGHT) -> Layered:
    """influence: an Influence. Cook's distance of the groups that matter most, unnamed."""
    rows = [dict(order=k, cook=r["cook"]) for k, r in enumerate(influence.tidy(30), 1)]
    base = alt.Chart(alt.Data(values=rows))
    x = _axis("order:Q", f"{influence.group.capitalize()}s by what they move, the first 30")
    y = alt.Y("cook:Q", title="Cook's distance", axis=alt.Axis(tickCount=TICKS))
    return _finished(
        [
            base.mark_rule(strokeWidth=1.4, color=OWN).encode(x=x, y=y),
            base.mark_point(size=26, filled=True, color=OWN, opacity=1).encode(x=x, y=y),
        ],
        look,
    )


def pictures_of(examination) -> list[tuple[str, str, object]]:
    """(heading, text alternative, function of a Look) of each, what the model leaves out first."""
    out: list[tuple[str, str, object]] = []
    checks = examination.residuals
    for bins in checks.bins if checks else ():
        said = f"Residuals along the prediction ({bins.level}). {bins.verdict.sentence}"
        out.append((f"Along the prediction: {bins.level}", said, _drawn(residual_bins, bins)))
    for quantiles in checks.quantiles if checks else ():
        said = f"Quantiles of {quantiles.what} against the normal law. {quantiles.verdict.sentence}"
        out.append((f"Quantiles: {quantiles.what}", said, _drawn(quantile_picture, quantiles)))
    for one in examination.influence:
        said = f"Influence of each {one.group}. {one.verdict.sentence}"
        out.append((f"Influence of single {one.group}s", said, _drawn(influence_picture, one)))
    return out


def _drawn(chart, of):
    return lambda look: chart(of, look)


def _axis(field: str, title: str) -> alt.X:
    return alt.X(field, title=title, axis=alt.Axis(tickCount=TICKS), scale=alt.Scale(nice=True))


def _zero(look: Look) -> alt.Chart:
    zero = alt.Chart(alt.Data(values=[{"zero": 0}]))
    return zero.mark_rule(color=look.muted, strokeDash=[4, 3]).encode(y=alt.Y("zero:Q"))


def _finished(layers: list, look: Look) -> Layered:
    return finish(alt.layer(*layers).properties(width="container", height=HEIGHT), look)
