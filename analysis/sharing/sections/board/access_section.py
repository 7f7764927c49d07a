"""How long patients waited, how treatments ended, and who has scores: in words and over time."""

from analysis.base.phrase import Phrase, joined
from analysis.presentation.charts import outcomes as charts
from analysis.presentation.charts import over_time
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import cells, outcome_tables, rests
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.outcome_words import rate_shown
from analysis.questions.outcomes.proportion import Proportion
from analysis.sharing.protection.figures import AND
from analysis.sharing.sections.board.wait_blocks import unit_of, wait_blocks
from analysis.sharing.sections.outcome_tables import Told, outcome_section, rate_text
from analysis.sharing.sections.periods import GAP
from analysis.sharing.sections.section import Part, picture
from analysis.sharing.sections.telling.printed import ENDINGS
from analysis.sharing.writing.document import Block, Chart, Paragraph
from analysis.store.queries.treatments.outcome_cells import Cell as Group

UNKNOWN_WAIT = "No variable of this dataset says how long patients waited."
IN_WEEKS = "{what}: half of the patients had {value} weeks or less."
IN_DAYS = "{what}: half of the patients had {value} days or less."
IN_ITS_UNIT = "{what}: half of the patients had {value} or less."
HALF = (
    "Median: half of those of whom it is known had as much or less. The median does not say how "
    "long the longest wait was."
)
WITHOUT = (
    "Who has no last score may have fared otherwise. If nobody of them had improved, {rate} of all "
    "finished treatments would have improved reliably."
)

OF_ENDED = "Of ended treatments: means, and shares of categories. Beyond 0.2 SDs is worth a look."


def access_part(told: Told) -> Part:
    """Waiting and sessions, endings, and completeness, of everybody and by period."""
    everyone = told.found.all
    median = {name: told.figures.median(everyone, spread, of) for name, spread, of in _of(everyone)}
    said, further = _medians_said(told, median)
    lowest = _lowest(told)
    complete = [Paragraph(Phrase(WITHOUT, rate=lowest.text))] if lowest else []
    waits = wait_blocks(told)
    blocks: list[Block | None] = [
        *said,
        *waits.blocks,
        _medians_table(told),
        _endings(told),
        _completeness(told),
        *_over_time(told),
        *complete,
        _differences(told),
    ]
    further += [*waits.further, *([lowest] if lowest else [])]
    return outcome_section("access", told, blocks, further, (UNKNOWN_WAIT, HALF, *waits.fixed))


def _of(cell: Group):
    """(what, its spread, whose) of the medians."""
    return ("wait", cell.wait, "waited"), ("sessions", cell.sessions, "finished")


def _medians_said(told: Told, median: dict) -> tuple[list[Block], list[Cell]]:
    everyone, figures = told.found.all, told.figures
    said: list[str] = []
    further = []
    if not told.found.spec.wait:
        said.append(UNKNOWN_WAIT)
    elif median["wait"] is not None:
        label = told.labels.get(told.found.spec.wait, "")
        pattern = {"weeks": IN_WEEKS, "days": IN_DAYS}.get(unit_of(told), IN_ITS_UNIT)
        said.append(Phrase(pattern, what=label, value=f"{median['wait']:g}"))
        further.append(Cell(f"{median['wait']:g}", of=figures.whose(everyone, "waited")))
    if median["sessions"] is not None:
        value = f"{median['sessions']:g}"
        said.append(
            Phrase("Half of the finished treatments had {value} sessions or fewer.", value=value)
        )
        further.append(Cell(value, of=figures.whose(everyone, "finished")))
    ended = figures.share(everyone, "planned", "planned", "episodes")
    if ended is not None:
        text = Phrase("{rate} of all treatments ended as planned.", rate=rate_text(ended))
        said.append(text)
        further.append(Cell(rate_text(ended), of=ended.of))
    return ([Paragraph(joined(said))] if said else []), further


def _medians_table(told: Told) -> Table | None:
    """Median wait and sessions of each period that can be told."""
    wait = {"weeks": "Wait in weeks", "days": "Wait in days"}.get(
        unit_of(told), told.labels.get(told.found.spec.wait, "")
    )
    names = {"wait": wait, "sessions": "Number of sessions"}
    rows = []
    for cell in told.periods:
        row = {"Period": cells.text(cell.value)}
        for name, spread, of in _of(cell):
            if name == "wait" and not told.found.spec.wait:
                continue
            value = told.figures.median(cell, spread, of)
            shown = told.figures.nothing if spread.n else cells.NOTHING
            if value is not None:
                shown = Cell(f"{value:g}", value, of=told.figures.whose(cell, of))
            row[names[name]] = shown
        rows.append(row)
    told_any = any(c.value is not None for row in rows for c in list(row.values())[1:])
    if len(rows) < 2 or not told_any:
        return None
    return laid_out("Medians by period", rows, (HALF,), right=tuple(names.values()))


def _endings(told: Told) -> Table | None:
    everyone, figures = told.found.all, told.figures
    if everyone.counts["ending_unknown"] == everyone.counts["episodes"]:
        return None
    rows = []
    for name in ENDINGS:
        rate = figures.share(everyone, name, name, "episodes")
        none = figures.count(everyone, name) == 0  # where it is told, limits say less
        nothing, between = outcome_tables.limited(
            None if none else figures.limits(everyone, name, "episodes"),
            cells.NOTHING if none else figures.nothing,
        )
        if everyone.counts[name] or name != "ending_unknown":
            rows.append(
                {
                    "Ending": cells.text(charts.ENDINGS[name]),
                    "Treatments": outcome_tables.counted(figures, everyone, name),
                    "Rate": outcome_tables.share(rate, nothing),
                    "95 % interval": outcome_tables.interval(rate, between),
                }
            )
    return laid_out("How treatments ended", rows, right=("Treatments", "Rate"))


def _completeness(told: Told) -> Table:
    everyone, figures = told.found.all, told.figures
    rows = []
    for label, part, left_over, whole in (
        ("All treatments", "episodes", "", ""),
        ("Finished", "finished", "unfinished", "episodes"),
        ("With first and last score", "measured", "unscored", "finished"),
    ):
        shown = cells.NOTHING
        if whole and everyone.counts[whole]:
            found = rests.told(figures, everyone, left_over, whole, part)
            shown = rests.columns(*found, figures.nothing)[0]
        rows.append(
            {
                "Treatments": cells.text(label),
                "Number": outcome_tables.counted(figures, everyone, part),
                "Of the line above": shown,
            }
        )
    return laid_out("How complete the scores are", rows, right=("Number", "Of the line above"))


def _over_time(told: Told) -> list[Block]:
    """The share of finished treatments with both scores in each period: a picture and a table."""
    rows, rates, figures = [], {}, told.figures
    for cell in told.periods:
        found = rests.told(figures, cell, "unscored", "finished", "measured")
        rates[cell.value] = found[0]
        nothing = figures.nothing if cell.counts["finished"] else cells.NOTHING
        row = {"Period": cells.text(cell.value)}
        if not figures.asked.shares:
            row |= {
                "Finished": cells.count(cell.counts["finished"]),
                "Without a first score": cells.count(cell.counts["no_score"]),
                "With a first score alone": cells.count(cell.counts["one_score"]),
            }
        row["With both scores"], row["95 % interval"] = rests.columns(*found, nothing)
        rows.append(row)
    shown = {row["With both scores"].text for row in rows}
    if len(rows) < 2 or shown <= {figures.nothing.text, cells.NOTHING.text}:
        return []
    right = [name for name in rows[0] if name not in ("Period", "95 % interval")]
    table = laid_out("Finished treatments with both scores, by period", rows, right=right)
    chart = _complete_chart(rates)
    return [chart, table] if chart else [table]


def _complete_chart(rates: dict[str, Proportion | None]) -> Chart | None:
    """The told shares over time; none where fewer than two are told."""
    there = {period: rate for period, rate in rates.items() if rate and rate.share is not None}
    if len(there) < 2:
        return None
    said = [Phrase("{rate} {share}", rate=p, share=rate_shown(r)) for p, r in there.items()]
    alt = "Shares of finished treatments with both scores: {rates}."
    return picture(
        "How complete the scores are, over time",
        Phrase(alt, rates=joined(said, "; ")),
        over_time.share_chart(rates, "With both scores", PAPER),
        notes=(GAP,) if len(there) < len(rates) else (),
        derived=("stretch",),
    )


def _lowest(told: Told) -> Cell | None:
    """The rate of improvement if all without scores had not improved, of the told rates: whoever
    has them can multiply. None where the rates are of all finished treatments already."""
    everyone, figures = told.found.all, told.figures
    if told.found.question.denominator == "finished":
        return None
    complete = rests.told(figures, everyone, "unscored", "finished", "measured")[0]
    improved = told.first_of("reliable_improvement") and figures.rate(
        everyone, "reliable_improvement"
    )
    if not complete or not improved or complete.share is None or improved.share is None:
        return None
    if complete.share > 0.995:
        return None
    text = Phrase("about {share}", share=_percent(complete, improved))
    return Cell(text, of=f"{complete.of}{AND}{improved.of}" if complete.of else "")


def _percent(complete: Proportion, improved: Proportion) -> str:
    return cells.share((complete.share or 0) * (improved.share or 0), decimals=0).text


def _differences(told: Told) -> Table | None:
    """How those without scores differ: exact, so of a report that stays inside alone."""
    if told.figures.asked.shares or not told.found.differences:
        return None
    rows = []
    for one in told.found.differences:
        if one.difference is None or one.variable == "sessions":
            continue  # who left early has fewer sessions: that is no finding
        of_level = bool(one.level)
        name = told.labels.get(one.variable, one.variable)
        shown = cells.share if of_level else cells.number
        rows.append(
            {
                "Characteristic": cells.text(
                    Phrase("{what}: {group}", what=name, group=one.level) if of_level else name
                ),
                "With both scores": shown(one.mean_with, decimals=0 if of_level else 1),
                "Without": shown(one.mean_without, decimals=0 if of_level else 1),
                "Difference in SDs": cells.number(one.difference, decimals=2),
            }
        )
    if not rows:
        return None
    right = ("With both scores", "Without", "Difference in SDs")
    return laid_out("How those without both scores differ", rows, (OF_ENDED,), right=right)
