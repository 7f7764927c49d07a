"""What a report of outcomes states of a cell: the counts and rates printed, and their bounds."""

from collections.abc import Iterator, Sequence

from analysis.measures.waiting import TIMED, UNTIMED, standard
from analysis.questions.outcomes.rates import Outcomes
from analysis.sharing.protection.figures import LEAST, SMALL
from analysis.sharing.protection.shares import OFF, open_sizes, told_bounds
from analysis.sharing.sections.telling.blocks import COUNT, EFFECT_SIZE, MEDIAN, RATE, WHOLE, Block
from analysis.sharing.sections.telling.figures import EFFECT, FEWEST_OF_A_GROUP, Figures
from analysis.sharing.sections.telling.printed import printed_counts, printed_shares
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

# What goes first where a reader could narrow something down, the least missed in front.
EXPENDABLE = (
    *(w.over for w in standard().within),
    UNTIMED,
    TIMED,
    "unchanged",
    "reliably_recovered",
    "deteriorated",
    "unscored",
    "unfinished",
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

# Treatments from which on a rate and a median of everybody are told at all.
EDGES_OF_ALL = LEAST["interval"], LEAST["median"]


def cells_of(found: Outcomes, by: Sequence[str]) -> list[Cell]:
    """Everybody's cell and those of each dimension."""
    return [found.all, *(cell for name in by for cell in found.of(name))]


def stated(figures: Figures, cell: Cell, sets: TreatmentSets, here=None) -> Iterator[Block]:
    """What a cell's counts and rates say that no earlier report said, each as a block.

    sets: of the report, or of the whole dataset where `here`, (N,) the report's own, is given;
    Figures with sums need the whole dataset.
    """

    own = sets.members(cell.by, cell.value)
    own = own if here is None else own & here

    def member(name: str):
        return own & sets.flags[name]

    printed, everybody = printed_counts(figures, cell), cell.by == "all"
    wholes = {whole for _, whole in printed_shares(figures, cell)}
    for name in printed:
        found = figures.sum_of(cell, name)
        if figures.count(cell, name) is None or (found and found.complete):
            continue
        n, rows, less = cell.counts[name], member(name), ()
        if found:
            n, rows, less = found.part, rows & found.rest, found.less
        shown = figures.asked.count(n) or 0
        ends = count_bounds(shown)
        if shown and name in wholes:
            ends = open_sizes(n, True, cuts=EDGES_OF_ALL if everybody and not found else ())
        yield Block(
            (cell.by, cell.value, name), "", COUNT, rows, None, *ends, False, None, shown, less
        )
    for part, whole in printed_shares(figures, cell):
        known, found = figures.known(cell, part, whole), figures.sum_of(cell, part, whole)
        if known is None or (found and found.complete):
            continue
        top, bottom, less = cell.counts[part], cell.counts[whole], ()
        rows, of = member(part), member(whole)
        if found:
            top, bottom, less = found.part, found.whole, found.less
            rows, of = rows & found.rest, of & found.rest
            known = figures.known_rest(cell, part, whole) or known
        if whole not in printed or figures.is_rough(cell, whole):
            cuts = EDGES_OF_ALL if everybody else (FEWEST_OF_A_GROUP,)
            ends = open_sizes(bottom, False, figures.is_wide(cell, whole), () if found else cuts)
            key = (cell.by, cell.value, whole)
            yield Block(key, "", WHOLE, of, None, *ends, False, None, 0, less)
        coarse = (cell.by, cell.value, part) in figures.coarse
        if known.low <= 0 and top <= SMALL and not coarse:
            low, high, is_share = 0.0, float(SMALL), False
        else:
            low, high = (known.low, known.high) if coarse else told_bounds(top, bottom, known.n)
            is_share = True
        key = (cell.by, cell.value, part)
        yield Block(key, whole, RATE, rows, of, low, high, is_share, known, 0, less)


def effects(figures: Figures, cell: Cell, sets: TreatmentSets, here) -> Iterator[Block]:
    """The cell's effect size, where it is shown."""
    effect = figures.effect(cell)
    if effect is not None and effect.d is not None:
        rows = sets.members(cell.by, cell.value, "measured") & here
        d, low, high = (
            round(v or 0.0, effect.decimals) for v in (effect.d, effect.low, effect.high)
        )
        key = (cell.by, cell.value, EFFECT)
        yield Block(key, "", EFFECT_SIZE, rows, None, low, high, shown=round(100 * d))
    for name, value in medians(figures, cell).items():
        rows = sets.members(cell.by, cell.value, name) & here
        yield Block((cell.by, cell.value, name), "", MEDIAN, rows, None, value, value)


def medians(figures: Figures, cell: Cell) -> dict[str, float]:
    """The medians that are told, by whose they are: of everybody and of the periods."""
    own = cell.by in ("all", "period")
    spreads = (("waited", cell.wait), ("finished", cell.sessions)) if own else ()
    found = {name: figures.median(cell, one, name) for name, one in spreads}
    return {name: value for name, value in found.items() if value is not None}


def count_bounds(shown: int) -> tuple[int, int]:
    """What a rounded count leaves open; 0 is shown for none alone. Worked: 15 -> (13, 17)."""
    return (shown - OFF, shown + OFF) if shown else (0, 0)
