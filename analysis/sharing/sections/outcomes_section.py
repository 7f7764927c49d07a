"""Outcomes of the service as a whole, as a part of a report."""

from analysis.presentation.charts import outcomes as charts
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import cells, outcome_tables
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words import outcome_words as words
from analysis.questions.outcomes.benchmark import Published, compare, published
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.trend import trend
from analysis.sharing.protection.figures import LEAST, written
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.outcome_figures import ENDINGS
from analysis.sharing.sections.outcome_tables import (
    Told,
    interval_text,
    outcome_section,
    rate_table,
    rate_text,
)
from analysis.sharing.sections.section import Part, counted, picture, section
from analysis.sharing.writing.document import Block, KeyFigure, KeyFigures, Paragraph


def outcomes_part(told: Told) -> Part:
    """The service as a whole: rates, over time, by model and severity, endings, completeness."""
    if not told.found.all.counts["episodes"]:
        return Part(section(SECTIONS["outcomes"], *_messages(told)))
    tables = [
        outcome_tables.overall(told.figures).for_paper(),
        *(_groups(told, by) for by in ("period", "model", "severity") if _named(told, by)),
        _endings(told),
        _completeness(told),
    ]
    blocks = [
        Paragraph(_answer(told)),
        _key_figures(told),
        _overall_chart(told),
        tables[0],
        _comparison(told),
        *_trends(told),
        *tables[1:],
        *_differences(told),
        *_messages(told),
        *map(Paragraph, _definitions(told)),
    ]
    return outcome_section("outcomes", blocks)


def _answer(told: Told) -> str:
    """The result in one sentence, from shown figures alone."""
    rates = {r.metric: r for r in told.figures.rates(told.found.all)}
    n = told.figures.count(told.found.all, "measured")
    of = f"Of {written(n)} treatments with a first and a last {told.label}"
    parts = [
        f"{rate_text(rates[metric])} {said}"
        for metric, said in (
            ("reliable_improvement", "improved reliably"),
            ("deterioration", "deteriorated"),
            ("recovery", "of those who began as cases recovered"),
        )
        if metric in rates
    ]
    if not parts:
        return f"{of}, too few stand behind each rate to show it."
    return f"{of}, {'; '.join(parts)}."


def _key_figures(told: Told) -> KeyFigures:
    everyone, figures = told.found.all, told.figures
    effect = figures.effect(everyone)
    shown = [
        KeyFigure("Treatments with both scores", counted(figures.count(everyone, "measured"))),
        *(
            KeyFigure(words.METRIC_LABELS[r.metric], outcome_tables.share(r), _interval_note(r))
            for r in figures.rates(everyone)
            if r.metric in ("reliable_improvement", "recovery")
        ),
    ]
    if effect:
        note = f"95 % interval {cells.interval(effect.low, effect.high, decimals=2).text}"
        size = cells.number(effect.d, decimals=2)
        shown.append(KeyFigure("Effect size, before to after", size, note))
    return KeyFigures(tuple(shown))


def _groups(told: Told, by: str) -> Table:
    label = words.BY_LABELS[by]
    return rate_table(told, f"Outcomes by {label.lower()}", label, told.found.of(by))


def _endings(told: Told) -> Table | None:
    everyone, figures = told.found.all, told.figures
    if everyone.counts["ending_unknown"] == everyone.counts["episodes"]:
        return None
    rows = []
    for name in ENDINGS:
        rate = figures.share(everyone, name, name, "episodes")
        if everyone.counts[name] or name != "ending_unknown":
            rows.append(
                {
                    "Ending": cells.text(charts.ENDINGS[name]),
                    "Treatments": counted(figures.count(everyone, name)),
                    "Rate": outcome_tables.share(rate, figures.nothing),
                    "95 % interval": outcome_tables.interval(rate, figures.nothing),
                }
            )
    wait = told.labels.get(told.found.spec.wait, "")
    medians = (
        ("Number of sessions", everyone.sessions, "finished"),
        (wait, everyone.wait, "episodes"),
    )
    notes = [
        f"Median: {name.lower()} {value:g}."
        for name, spread, of in medians
        if name and (value := figures.median(everyone, spread, of)) is not None
    ]
    return laid_out("How treatments ended", rows, notes, right=("Treatments", "Rate"))


def _completeness(told: Told) -> Table:
    everyone, figures = told.found.all, told.figures
    rows = []
    for label, part, whole in (
        ("All treatments", "episodes", None),
        ("Finished", "finished", "episodes"),
        ("With first and last score", "measured", "finished"),
    ):
        rate = figures.share(everyone, part, part, whole) if whole else None
        rows.append(
            {
                "Treatments": cells.text(label),
                "Number": counted(figures.count(everyone, part)),
                "Of the line above": outcome_tables.share(rate, figures.nothing)
                if whole
                else cells.NOTHING,
            }
        )
    return laid_out("How complete the scores are", rows, right=("Number", "Of the line above"))


def _differences(told: Told) -> list[Table]:
    """How treatments without both scores differ: means alone, as a share of a rare category would
    be a small count."""
    patients = told.found.all.patients
    without = patients["episodes"] - patients["ongoing"] - patients["measured"]
    rows = [
        {
            "Characteristic": cells.text(told.labels.get(d.variable, d.variable.capitalize())),
            "With both scores": cells.number(d.mean_with, decimals=2),
            "Without": cells.number(d.mean_without, decimals=2),
            "Difference in SD": cells.number(d.difference, decimals=2),
        }
        for d in told.found.differences
        if not d.level
        and d.variable not in told.two_valued
        and d.difference is not None
        and min(d.n_with, d.n_without, without) >= LEAST["mean"]
    ]
    caption = "Means of treatments with and without both scores"
    return [laid_out(caption, rows)] if rows else []


def _overall_chart(told: Told):
    rates = told.figures.rates(told.found.all)
    rows = tuple((words.METRIC_LABELS[r.metric], r) for r in rates)
    if not rows:
        return None
    beside = _national(told)
    theirs = (
        {
            words.METRIC_LABELS[c.own.metric]: c.published
            for c in compare(told.found, beside)
            if c.own.metric in {r.metric for r in rates}
        }
        if beside
        else None
    )
    label = beside.label if beside else ""
    notes = (f"Diamonds: {label}.",) if theirs else ()
    return picture(
        "Rates with their 95 % intervals",
        charts.rates_text(rows),
        charts.rates_chart(rows, PAPER, theirs, label),
        notes=notes,
    )


def _comparison(told: Told) -> Table | None:
    """The service's shown rates beside the published ones."""
    national = _national(told)
    if national is None:
        return None
    table = outcome_tables.beside(told.figures, national, compare(told.found, national))
    return table.for_paper() if table.rows else None


def _trends(told: Told) -> list[Block]:
    blocks: list[Block] = []
    for metric in ("reliable_improvement", "recovery"):
        if metric not in told.found.metrics:
            continue
        periods = [
            (c.value, told.figures.rate(c, metric)) for c in told.found.of("period") if c.value
        ]
        course = trend([(name, rate) for name, rate in periods if rate])
        if course and len(course.points) > 1:
            said = words.trend_sentence(course)
            caption = f"{words.METRIC_LABELS[metric]} over time"
            notes = ("Dashed: control limits; a period beyond them stands out.",)
            chart = charts.trend_chart(course, PAPER)
            blocks.append(picture(caption, said, chart, notes=(said, *notes)))
    return blocks


def _national(told: Told) -> Published | None:
    """Published figures in one of the measures; what sets them apart is said beside them."""
    return next((p for p in published() if told.instruments & set(p.measures)), None)


def _named(told: Told, by: str) -> bool:
    return any(c.value for c in told.found.of(by))


def _messages(told: Told) -> list[Paragraph]:
    return [Paragraph(told.figures.asked.blurred(f"{m}.")) for m in told.found.messages]


def _definitions(told: Told) -> list[str]:
    rules = told.found.spec.rules
    said = [words.rule_sentence(r, told.labels.get(r.measure, r.measure)) for r in rules]
    together = words.together_sentence(len(rules))
    return [*said, *([together] if together else [])]


def _interval_note(rate: Rate) -> str:
    return f"95 % interval {interval_text(rate)}"
