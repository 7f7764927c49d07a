"""The coefficients of a partition's full model: forest plot and table."""

import re
from dataclasses import replace

from analysis.base.joining import listed
from analysis.presentation.charts import effects as charts
from analysis.presentation.charts.theme import axis_title
from analysis.presentation.tables.models import model_tables
from analysis.presentation.words.directions import across
from analysis.presentation.words.rounding import estimate, se_decimals
from pages._app.frame import cached
from pages._app.frame.block import block
from pages._app.frame.menu import Picture

TIMES = " × "  # between a predictor and the time that its slope is about
TOGETHER = (
    "Parts of the alliance go up and down together: what one of them goes with while the others "
    "are held still says little, the share of all of them says more. "
)
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
    direction = across(about.higher_is(p.outcome))
    effects_of = [f for f in p.fit.fixed if f.term != "(Intercept)"]
    if p.question == "growth":
        effects_of, per = _of_change(effects_of)
        points += f" {per}"
    summaries = cached.variable_summaries(p.dataset, p.version)
    spread = {s.variable.name: s.sd for s in summaries if s.sd}
    plotted = [_row(f, about, spread) for f in effects_of]
    drawn = Picture(
        lambda look: charts.forest(plotted, axis_title(points, direction), look),
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
            f"instead of {_bases(effects_of, about, summaries)}), all others in the model, with "
            "95 % intervals. Within and between are different questions.",
        )


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
    elif label == name:  # what was worked out from a variable: 'phq9, change up to session 5'
        label = about.labelled(name)
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


def _bases(terms, about: cached.About, summaries) -> str:
    """The categories that others are set against. Worked: 'CBT (treatment model) and no (in
    work)'; 'the first one' where a dataset has many or rare ones, which are not named."""
    levels: dict[str, set[str]] = {}
    for f in terms:
        found = TERM.match(f.term)
        if found and found["level"]:
            levels.setdefault(found["name"], set()).add(found["level"])
    said = []
    for s in summaries:
        named = levels.get(s.variable.name)
        rest = [value for value, _ in s.top if named and value not in named]
        if named and s.categories == len(named) + 1 and len(rest) == 1:
            said.append(f"{rest[0]} ({about.label(s.variable.name).lower()})")
    return listed(said) if len(said) == len(levels) and said else "the first one"


def _interval(low: float, high: float, se: float) -> str:
    places = se_decimals(se)
    return f"{estimate(low, decimals=places)} to {estimate(high, decimals=places)}"
