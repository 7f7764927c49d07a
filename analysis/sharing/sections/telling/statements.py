"""What a report of outcomes states of a cell: the counts and rates printed, and their bounds."""

from collections.abc import Iterator, Sequence

from analysis.questions.outcomes.rates import Outcomes
from analysis.sharing.protection.reader import Statement
from analysis.sharing.protection.shares import OFF, told_bounds, told_whole
from analysis.sharing.sections.telling.figures import ENDINGS, Figures
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

# What goes first where a reader could narrow something down, the least missed in front.
EXPENDABLE = (
    "unchanged",
    "reliably_recovered",
    "deteriorated",
    "ending_unknown",
    "ongoing",
    "unplanned",
    "planned",
    "recovered",
    "improved",
    "finished",
    "at_caseness",
    "possible_cases",
    "episodes",
    "measured",
)


def cells_of(found: Outcomes, by: Sequence[str]) -> list[Cell]:
    """Everybody's cell and those of each dimension."""
    return [found.all, *(cell for name in by for cell in found.of(name))]


def statements(
    figures: Figures, cell: Cell, sets: TreatmentSets
) -> Iterator[tuple[str, Statement]]:
    """What is shown of a cell's counts and rates, each with the name of its count."""
    member = lambda name: sets.members(cell.by, cell.value, name)  # noqa: E731
    printed = printed_counts(figures, cell)
    for name in printed:
        shown = figures.count(cell, name)
        if shown is not None:
            yield name, Statement(member(name), *count_bounds(shown))
    wholes = [w for part, w in printed_shares(figures, cell) if _is_shown(figures, cell, part, w)]
    for name in dict.fromkeys(w for w in wholes if w not in printed):
        yield name, Statement(member(name), *told_whole(cell.counts[name], False)[1:])
    for part, whole in printed_shares(figures, cell):
        if not _is_shown(figures, cell, part, whole):
            continue
        kind, low, high = told_bounds(cell.counts[part], cell.counts[whole])
        of = member(whole) if kind == "share" else None
        yield part, Statement(member(part), low, high, of)


def _is_shown(figures: Figures, cell: Cell, part: str, whole: str) -> bool:
    return figures.share(cell, part, part, whole) is not None


def printed_counts(figures: Figures, cell: Cell) -> tuple[str, ...]:
    """The counts that tables print of a cell as such."""
    if cell.by != "all":
        return ("measured",)
    metrics = (name for m in figures.found.metrics for name in figures.counts_of(m))
    return tuple(dict.fromkeys(["episodes", "finished", "measured", *ENDINGS, *metrics]))


def printed_shares(figures: Figures, cell: Cell) -> tuple[tuple[str, str], ...]:
    """(count, of which) of the rates that are printed of a cell."""
    found = [figures.counts_of(metric) for metric in figures.metrics(cell.by)]
    if cell.by == "all":
        found += [(name, "episodes") for name in (*ENDINGS, "finished")]
        found.append(("measured", "finished"))
    return tuple(dict.fromkeys(found))


def count_bounds(shown: int) -> tuple[int, int]:
    """What a rounded count leaves open; 0 is shown for none alone. Worked: 15 -> (13, 17)."""
    return (shown - OFF, shown + OFF) if shown else (0, 0)
