"""Outcomes of the service as a whole, as a part of a report."""

from dataclasses import replace

from analysis.base.phrase import Phrase, joined, stopped
from analysis.presentation.charts import outcomes as charts
from analysis.presentation.charts import over_time
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import cells, outcome_tables
from analysis.presentation.tables.table import Cell, Table
from analysis.presentation.words import outcome_words as words
from analysis.presentation.words.rounding import percent
from analysis.questions.outcomes.benchmark import Published, compare, published, same_definition
from analysis.questions.outcomes.proportion import Proportion
from analysis.questions.outcomes.rates import NO_WAIT
from analysis.questions.outcomes.trend import Trend, trend
from analysis.sharing.protection.figures import written
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.outcome_tables import (
    Told,
    interval_text,
    outcome_section,
    rate_table,
    rate_text,
)
from analysis.sharing.sections.periods import GAP
from analysis.sharing.sections.section import Part, picture, section
from analysis.sharing.writing.document import Block, KeyFigure, KeyFigures, Paragraph

# Columns of a trend's chart that are computed of the shown rates.
OF_LIMITS = ("lower", "upper", "centre", "limits", "stretch", "target")
NOTHING = (
    "Nothing of this selection can be shared: too few patients stand behind its figures, or too "
    "few therapists, so that they would tell of one of them. A report for sharing needs at least "
    "ten patients and three therapists, none with more than 60 % of the treatments, and some left "
    "beside the two busiest. Choose more clinics or a longer period."
)
NONE_FINISHED = (
    "No finished treatment is in this selection: the data have finished treatments from {first} to "
    "{last}. Choose periods among these, or fewer filters."
)


def outcomes_part(told: Told) -> Part:
    """The service as a whole: rates, over time, by model and severity."""
    by = [name for name in ("period", "model", "severity") if _named(told, name)]
    blocks = [
        Paragraph(_answer(told)),
        _key_figures(told),
        _overall_chart(told),
        outcome_tables.overall(told.figures).for_paper() if told.tells_rates else None,
        _comparison(told),
        *_trends(told),
        *(_groups(told, name) for name in by),
        *_messages(told),
        *_definitions(told),
    ]
    national = _national(told)
    public = (national.label, national.source, national.who) if national else ()
    return outcome_section("outcomes", told, blocks, _further(told), (*public, *_provisional(told)))


def nothing_part(name: str, told: Told, first: bool) -> Part:
    """The section where no count of the whole service can be shown, or nobody has both scores: why,
    in sentences, in the first of them alone; the others have nothing of their own to say."""
    if not first:
        return Part(section(SECTIONS[name]))
    if told.anything:
        said = [*_messages(told), *_definitions(told)]
    elif told.found.all.counts["finished"]:
        said = [Paragraph(NOTHING), *_messages(told)]
    elif told.reach:
        first_period, last_period = told.reach
        said = [Paragraph(Phrase(NONE_FINISHED, first=first_period, last=last_period))]
    else:
        said = _messages(told)
    made = section(SECTIONS[name], *said)
    return Part(replace(made, fixed=(NOTHING, *(told.reach or ()), *told.fixed)))


def _answer(told: Told) -> str:
    """The result in one sentence, from shown figures alone."""
    rates = {r.metric: r for r in told.figures.rates(told.found.all)}
    n = told.figures.count(told.found.all, "measured")
    parts = [
        Phrase(said, rate=rate_text(rates[metric]))
        for metric, said in (
            ("reliable_improvement", "{rate} improved reliably"),
            ("deterioration", "{rate} deteriorated"),
            ("recovery", "{rate} of those who began as cases recovered"),
        )
        if metric in rates
    ]
    rest = joined(parts, "; ") if parts else "too few stand behind each rate to show it"
    of = "Of {n} treatments with a first and a last {measure}, {rest}."
    if n is None:
        return Phrase(
            "Of the treatments with a first and a last {measure}, {rest}.",
            measure=told.label,
            rest=rest,
        )
    return Phrase(of, n=written(n), measure=told.label, rest=rest)


def _key_figures(told: Told) -> KeyFigures:
    everyone, figures = told.found.all, told.figures
    effect = figures.effect(everyone)
    shown = [
        KeyFigure("Treatments with both scores", _counted(told, "measured")),
        *(
            KeyFigure(words.METRIC_LABELS[r.metric], outcome_tables.share(r), _interval_note(r))
            for r in figures.rates(everyone)
            if r.metric in ("reliable_improvement", "recovery")
        ),
    ]
    if effect:
        ends = cells.interval(effect.low, effect.high, decimals=effect.decimals)
        note = Phrase("95 % interval {interval}", interval=ends.text)
        size = replace(cells.number(effect.d, decimals=effect.decimals), of=effect.of)
        shown.append(KeyFigure("Effect size, before to after", size, note))
    return KeyFigures(tuple(shown))


def _counted(told: Told, name: str) -> Cell:
    return outcome_tables.counted(told.figures, told.found.all, name)


def _groups(told: Told, by: str) -> Table | Paragraph:
    label = words.BY_LABELS[by]
    groups = told.periods if by == "period" else told.found.of(by)
    caption = Phrase("Outcomes by {what}", what=label.lower())
    return rate_table(told, caption, label, groups)


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
    notes = (Phrase("Diamonds: {published}.", published=label),) if theirs else ()
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
    for course in _courses(told):
        said = words.trend_sentence(course)
        caption = Phrase("{rate} over time", rate=words.METRIC_LABELS[course.metric])
        notes = ["Dashed: control limits; a period beyond them stands out."]
        if len(course.points) < len(told.periods):
            notes.append(GAP)
        notes += map(stopped, course.messages)
        target = dict(told.targets).get(course.metric)
        if target is not None:
            notes.append("Dotted: the target.")
        periods = tuple(c.value for c in told.periods)
        chart = over_time.trend_chart(course, PAPER, periods, target)
        blocks.append(picture(caption, said, chart, notes=(said, *notes), derived=OF_LIMITS))
    return blocks


def _courses(told: Told) -> list[Trend]:
    """The course of each rate that has two periods or more to show."""
    found = []
    for metric in ("reliable_improvement", "recovery"):
        if metric in told.found.metrics:
            periods = [(c.value, told.figures.rate(c, metric)) for c in told.periods]
            found.append(trend([(name, rate) for name, rate in periods if rate]))
    return [course for course in found if course and len(course.points) > 1]


def _national(told: Told) -> Published | None:
    """Published figures that count as this report does."""
    asked = told.found.question
    return next((p for p in published() if same_definition(p, told.instruments, asked)), None)


def _named(told: Told, by: str) -> bool:
    return any(c.value for c in told.found.of(by))


def _further(told: Told) -> list[Cell]:
    """The figures that only sentences say: the effect size's ends, the trend's centre."""
    everyone, figures = told.found.all, told.figures
    found = [Cell(percent(c.centre, decimals=0), of=_every_rate(c)) for c in _courses(told)]
    effect = figures.effect(everyone)
    if effect:
        ends = cells.interval(effect.low, effect.high, decimals=effect.decimals)
        found.append(replace(ends, of=effect.of))
    return found


def _every_rate(course: Trend) -> str:
    """Whose the centre is: that of the first of the rates that it is made of."""
    return course.points[0].rate.of


def _provisional(told: Told) -> list[str]:
    return [message for course in _courses(told) for message in course.messages]


def _messages(told: Told) -> list[Paragraph]:
    """What is not known of the measures: no count is in these sentences."""
    # That nobody knows how long patients waited is said where waiting is told of.
    messages = [text for text in told.found.messages if text != NO_WAIT]
    return [Paragraph(stopped(message)) for message in messages]


def _definitions(told: Told) -> list[Paragraph]:
    return [Paragraph(text) for text in words.definitions(told.found.spec, told.labels)]


def _interval_note(rate: Proportion) -> str:
    return Phrase("95 % interval {interval}", interval=interval_text(rate))
