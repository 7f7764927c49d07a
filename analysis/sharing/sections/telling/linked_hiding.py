"""All tables of a report together, and with those shared before: nothing small is narrowed down.

Everybody's figures, the groups of a breakdown, and the same of earlier reports of the version make
one system for a reader (`protection.reader`). Looked at are the sets of 1 to 7 patients that the
reports' selections cut out: of each region of the selections, everybody's and each group's, who
are measured, who began as cases, who have an outcome, and who have not. Breakdowns of one report
are tied to each other by everybody's figures alone, so each makes a system of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.sharing.protection.figures import is_small
from analysis.sharing.protection.reader import Reader, Statement
from analysis.sharing.sections.telling.blocks import EFFECT_SIZE, RATE, Block, connected
from analysis.sharing.sections.telling.figures import Figures, Key
from analysis.sharing.sections.telling.statements import (
    EXPENDABLE,
    cells_of,
    printed_counts,
    printed_shares,
    stated,
)
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

CASES = (("at_caseness", "measured"), ("possible_cases", "finished"))  # (count, of which)
MOST_TRIED = 16  # figures that are tried one by one before several go together
MOST_KEPT = 40  # figures up to which it is tried what can be kept, too
BASE = ("episodes", "finished", "measured")  # of how many a report is


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier report that was asked the same. here: (N,) its treatments. told: its figures."""

    here: np.ndarray = field(repr=False)
    told: tuple[Block, ...] = field(repr=False)


def open_together(
    figures: Figures,
    by: Sequence[str],
    everything: TreatmentSets,
    here: np.ndarray,
    earlier: Sequence[Earlier] = (),
) -> Figures:
    """The Figures with what it takes hidden.

    everything: of the whole dataset, all dimensions; here: (N,) the report's own treatments.
    """
    before = [b.key[0] for e in earlier for b in e.told]
    for dimension in dict.fromkeys(("all", *by, *before)):
        own = _shown(figures, dimension, by, everything, here)
        if not own:
            continue
        told = [(e, [b for b in e.told if b.key[0] in ("all", dimension)]) for e in earlier]
        told = [(e, [b for b in blocks if b.kind != EFFECT_SIZE]) for e, blocks in told]
        near = connected([b for _, blocks in told for b in blocks], _reach(own))
        marks = {id(block) for block in near}
        known = [block.statement for block in near]
        heres = [e.here for e, blocks in told if any(id(b) in marks for b in blocks)]
        targets = list(_targets(figures, dimension, everything, [here, *heres]))
        if not targets:
            continue
        reader = Reader([*known, *(b.statement for b in own)], targets)
        for target in [t for t in targets if not reader.leaves_open(t, thorough=False)]:
            # What one set has hidden may have opened the next.
            shown = _shown(figures, dimension, by, everything, here)
            if not _is_open(known, shown, target):
                gone = _gone(shown, known, target)
                figures = figures.without(k for s in gone for k in _with_rate(s.key))
                for block in gone:
                    tried = figures.coarser(block.key)
                    shown = _shown(tried, dimension, by, everything, here)
                    if block.kind == RATE and _is_open(known, shown, target):
                        figures = tried
    return figures


def _shown(
    figures: Figures, dimension: str, by: Sequence[str], everything: TreatmentSets, here: np.ndarray
) -> list[Block]:
    cells = cells_of(figures.found, (dimension,) if dimension in by else ())
    return [block for cell in cells for block in stated(figures, cell, everything, here)]


def _reach(blocks: Sequence[Block]) -> np.ndarray:
    """(N,) all that some blocks are about."""
    return np.any([block.rows for block in blocks], axis=0)


def _targets(
    figures: Figures, dimension: str, everything: TreatmentSets, selections: list[np.ndarray]
) -> Iterator[np.ndarray]:
    """The sets of 1 to 7 patients, each once."""
    pairs = [*printed_shares(figures, figures.found.all), *CASES]
    names = {*(n for pair in pairs for n in pair), *printed_counts(figures, figures.found.all)}
    bits = [here.astype(np.int64) << i for i, here in enumerate(selections)]
    region = np.sum(bits, axis=0)
    groups = [np.ones(len(region), dtype=bool)]
    if dimension != "all":
        values, codes = everything.groups[dimension]
        groups += [codes == i for i in range(len(values))]
    seen = set()
    for group in groups:
        for one in np.unique(region[group & (region > 0)]):
            own = group & (region == one)
            flags = {name: own & everything.flags[name] for name in sorted(names)}
            rests = (flags[whole] & ~flags[part] for part, whole in pairs)
            for rows in (*flags.values(), *rests):
                few = is_small(len(everything.people(rows)))
                if few and rows.tobytes() not in seen:
                    seen.add(rows.tobytes())
                    yield rows


def _gone(shown: list[Block], known: list[Statement], target: np.ndarray) -> list[Block]:
    """The figures without which the target is open: one if one will do, the least missed first;
    where hiding all of them would not do, those about the target. Tried by moving a few alone: an
    integer programme a try would take minutes, and what it finds now and then is one figure more.
    """
    order = sorted(shown, key=lambda s: _missed(s, target))
    if not _is_open(known, [], target):
        return [s for s in order if _is_about(s, target)]
    for one in order[:MOST_TRIED]:
        if _is_open(known, [s for s in shown if s is not one], target, thorough=False):
            return [one]
    gone = _least_missed(known, shown, order, target)
    if len(order) > MOST_KEPT:
        return gone
    return min(gone, _beyond_the_wanted(known, order, target), key=_loss)


def _loss(gone: list[Block]) -> tuple[bool, int]:
    """A report that does not say of how many it is says nearly nothing."""
    return any(s.key[0] == "all" and s.key[2] in BASE for s in gone), len(gone)


def _beyond_the_wanted(known, order: list[Block], target: np.ndarray) -> list[Block]:
    """What is left out where one figure after the other is taken, the most wanted first."""
    kept: list[Block] = []
    for one in reversed(order):
        if _is_open(known, [*kept, one], target, thorough=False):
            kept.append(one)
    return [one for one in order if one not in kept]


def _least_missed(known, shown: list[Block], order: list[Block], target: np.ndarray) -> list[Block]:
    """The shortest beginning of the order without which the target is open, none for nothing."""
    low, high = 1, len(order)
    while low < high:  # the shortest beginning of the order that will do
        middle = (low + high) // 2
        if _is_open(known, order[middle:], target, thorough=False):
            high = middle
        else:
            low = middle + 1
    gone = order[:low]
    for one in gone[-2::-1]:
        fewer = [s for s in gone if s is not one]
        if _is_open(known, [s for s in shown if s not in fewer], target, thorough=False):
            gone = fewer
    return gone


def _missed(shown: Block, target: np.ndarray) -> tuple:
    """Counts of how many there are go last: without one, two rates are gone. Groups' figures go
    before everybody's, those about the target's people before others, then by how much each is
    missed."""
    dimension, _, name = shown.key
    about, size = _is_about(shown, target), int(shown.part.sum())
    return name in BASE, dimension == "all", not about, EXPENDABLE.index(name), size


def _is_about(shown: Block, target: np.ndarray) -> bool:
    return bool((shown.rows & target).any())


def _is_open(
    known: list[Statement], shown: list[Block], target: np.ndarray, thorough: bool = True
) -> bool:
    reader = Reader([*known, *(s.statement for s in shown)], [target])
    return reader.leaves_open(target, thorough)


def _with_rate(key: Key) -> tuple[Key, Key]:
    dimension, value, name = key
    return key, (dimension, value, f"rate of {name}")
