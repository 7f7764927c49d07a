"""The coefficients of a partition's full model: forest plot and table."""

import re
from dataclasses import replace

from analysis.presentation.charts import effects as charts
from analysis.presentation.tables.models import model_tables
from analysis.presentation.words.rounding import estimate, se_decimals
from pages._app.frame import cached
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

TIMES = " × "  # between a predictor and the time that its slope is about
TOGETHER = (
    "Parts of the alliance go up and down together: what one of them goes with while the others "
    "are held still says little, the share of all of them says more. "
)
DIRECTIONS = {"worse": "← better · worse →", "better": "← worse · better →"}
ONE_UNIT = (
    "The table has the change in the outcome for one unit more, with Satterthwaite's degrees of "
    "freedom."
)
TERM = re.compile(
    r"^(?P<name>.+?)(?:\[(?P<level>.+?)\])?(?: \((?P<part>(?:within|between) .+)\))?$"
)


def effects(p, about: cached.About, outcome: str) -> None:
    """Each predictor's coefficient within and between groups.

    The picture multiplies a number's coefficient by the variable's standard deviation in the
    whole dataset, so that predictors on different scales can be compared; the table has the
    coefficients as they are.
    """
    points = f"Points of {outcome}"
    direction = DIRECTIONS.get(_higher_is(about, p.outcome), "")
    effects_of = [f for f in p.fit.fixed if f.term != "(Intercept)"]
    if p.question == "growth":
        effects_of, per = _of_change(effects_of)
        points += f" {per}"
    summaries = cached.variable_summaries(p.dataset, p.version)
    spread = {s.variable.name: s.sd for s in summaries if s.sd}
    plotted = [_row(f, about, spread) for f in effects_of]
    drawn = Picture(
        lambda look: charts.forest(plotted, [points, direction] if direction else points, look),
        "Effects",
        charts.forest_text(plotted),
    )
    together = any(b.factor == "alliance" and len(b.variables) > 1 for b in p.blocks)
    with block("Effects", p.synthetic, word="Association") as card:
        card.show(
            drawn if plotted else None,
            model_tables.coefficients(p.fit, df_decimals=0),
            TOGETHER * together + ONE_UNIT,
            f"{points} that go with a predictor one standard deviation higher (or with a category "
            "instead of the first one), all others in the model, with 95 % intervals. Within and "
            "between are different questions.",
        )


def _higher_is(about: cached.About, outcome: str) -> str:
    return next((v.higher_is for v in about.variables if v.name == outcome), "")


def _of_change(terms) -> tuple[list, str]:
    """What goes with change alone, named as the predictors are, and what one step of time is."""
    found = [(f, *f.term.split(TIMES)) for f in terms if TIMES in f.term]
    weeks = any("weeks" in time for _, _, time in found)
    return [replace(f, term=term) for f, term, _ in found], "a week" if weeks else "a session"


def _row(f, about: cached.About, spread: dict[str, float]) -> dict:
    found = TERM.match(f.term)
    if found is None:
        raise AssertionError("every term has a name")
    name = found["name"].removesuffix(" at intake").removesuffix(" this session")
    scale = 1.0 if found["level"] else spread.get(name, 1.0)
    label = about.label(name)
    if name != found["name"]:
        label += found["name"].removeprefix(name)
    if found["level"]:
        label += f": {found['level']}"
    low, high = sorted((f.low * scale, f.high * scale))
    se = f.se * scale
    return dict(
        term=f.term,
        label=label,
        part=found["part"] or "overall",
        factor=about.factor(name),
        estimate=f.estimate * scale,
        low=low,
        high=high,
        shown=f"{estimate(f.estimate * scale, se)} ({_interval(low, high, se)})",
    )


def _interval(low: float, high: float, se: float) -> str:
    places = se_decimals(se)
    return f"{estimate(low, decimals=places)} to {estimate(high, decimals=places)}"
