"""What has changed since the period before, for everybody and group by group."""

from dataclasses import replace

from analysis.base.phrase import Phrase
from analysis.presentation.tables import cells, outcome_tables
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words import outcome_words as words
from analysis.questions.outcomes.difference import difference
from analysis.questions.outcomes.proportion import Proportion
from analysis.sharing.periods_asked import before as before_of
from analysis.sharing.periods_asked import span
from analysis.sharing.protection.figures import AND
from analysis.sharing.request import SECTIONS
from analysis.sharing.sections.outcome_tables import Told, outcome_section
from analysis.sharing.sections.section import Part, section
from analysis.sharing.sections.summary_section import change_before, signed
from analysis.sharing.writing.document import Paragraph
from analysis.store.queries.treatments.outcome_cells import Cell as Group

OPEN_PERIODS = (
    "Nothing is told here of what has changed: this report has no first or no last period. Choose "
    "both (from, to), and share a report of the period before them, too."
)
DATA_BEGIN = (
    "Nothing is told here of what has changed: the data begin in {first}, so there is nothing from "
    "{earlier} to set beside."
)
NOT_SHARED = (
    "Nothing is told here of what has changed: no report that was shared in the same way "
    "(measure, definition, filters) tells of {earlier}. If there is none of exactly that period, "
    "share one, then make this one again."
)
NONE_INSIDE = "There are not two periods with treatments that could be set beside each other."
BY_CHANCE = (
    "Each line is judged for itself: of twenty groups in which nothing has changed, one differs by "
    "chance alone. Who was treated may have changed, too."
)
LEFT_OUT = "Groups of which one of the two periods cannot be told are left out."
BETTER, WORSE, OPEN = "better", "worse", "not clearly other"


def change_part(told: Told) -> Part:
    """The change of everybody in sentences, and of each breakdown's groups in a table."""
    before, said = told.before, _why_none(told)
    if before is None:
        made = section(SECTIONS["change"], Paragraph(said))
        return Part(replace(made, fixed=(said,)))
    metrics = [m for m in ("reliable_improvement", "recovery") if m in told.found.metrics]
    changes = [found for metric in metrics if (found := change_before(told, metric))]
    table = _table(told, metrics[0]) if metrics else None
    blocks = [
        *(Paragraph(text) for text, _ in changes),
        table,
        Paragraph(BY_CHANCE) if table else None,
        None if changes or table else Paragraph(said),
    ]
    fixed = (before.earlier, before.later, BY_CHANCE, LEFT_OUT, said)
    further = [cell for _, own in changes for cell in own]
    part = outcome_section("change", told, blocks, further, fixed)
    return replace(part, sets=before.sets(metrics))


def _why_none(told: Told) -> str:
    """Why no change can be told, where none can, and what to do for it."""
    periods = told.found.question.selection.periods
    ends = before_of(*periods)
    if ends and told.reach and ends[1] < told.reach[0]:
        return Phrase(DATA_BEGIN, first=told.reach[0], earlier=span(*ends))
    if not told.figures.asked.shares and (ends or not any(periods)):
        return NONE_INSIDE
    return Phrase(NOT_SHARED, earlier=span(*ends)) if ends else OPEN_PERIODS


def _table(told: Told, metric: str) -> Table | None:
    """One row a group of which both periods are told, breakdown after breakdown."""
    if told.before is None:
        return None
    groups = [
        c for by in told.breakdowns for c in told.found.of(by) if not told.too_rare_to_name(c)
    ]
    pairs = [(group, told.before.pair(told.figures, group, metric)) for group in groups]
    rows = [_row(told, group, *pair) for group, pair in pairs if pair is not None]
    if not rows:
        return None
    caption = Phrase(
        "{rate} by group: {earlier} and {later}",
        rate=words.METRIC_LABELS[metric],
        earlier=told.before.earlier,
        later=told.before.later,
    )
    notes = [LEFT_OUT] if len(rows) < len(groups) else []
    return laid_out(caption, rows, notes, right=("Before", "Now", "Difference in points"))


def _row(told: Told, group: Group, before: Proportion, after: Proportion) -> dict[str, Cell]:
    found = difference(after, before)
    points, low, high = (round(100 * value) for value in found or (0, 0, 0))
    ends = Phrase(
        "{points} ({low} to {high})", points=signed(points), low=signed(low), high=signed(high)
    )
    verdict = BETTER if low > 0 else WORSE if high < 0 else OPEN
    return {
        "Group": cells.text(
            Phrase(
                "{what}: {group}", what=told.named(group.by), group=words.value_label(group.value)
            )
        ),
        "Before": outcome_tables.share(before),
        "Now": outcome_tables.share(after),
        "Difference in points": replace(
            cells.text(ends), of=f"{before.of}{AND}{after.of}" if before.of else ""
        ),
        "Reading": cells.text(verdict),
    }
