"""All tables of a report together, and with those shared before: nothing small is narrowed down.

Everybody's figures, the groups of a breakdown, and the same of earlier reports of the version make
one system for a reader (`protection.reader`). Looked at are the sets of 1 to 7 patients that the
reports' selections cut out: of each region of the selections, everybody's and each group's, who
are measured, who began as cases, who have an outcome, and who have not. Breakdowns of one report
are tied to each other by everybody's figures alone, so each makes a system of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.sharing.protection.figures import SMALL, is_small
from analysis.sharing.protection.reader import Alike, Reader
from analysis.sharing.sections.telling.blocks import EFFECT_SIZE, RATE, Block, connected
from analysis.sharing.sections.telling.figures import Figures, Key
from analysis.sharing.sections.telling.hiding.tries import Tries
from analysis.sharing.sections.telling.statements import (
    cells_of,
    printed_counts,
    printed_shares,
    stated,
)
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

CASES = (("at_caseness", "measured"), ("possible_cases", "finished"))  # (count, of which)


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
        heres = [e.here for e, blocks in told if any(id(b) in marks for b in blocks)]
        targets = list(_targets(figures, dimension, everything, [here, *heres]))
        if not targets:
            continue
        alike = Alike([*targets, *_sets([*near, *own])])
        known = [_of_kinds(block, alike).statement for block in near]
        targets = [alike.of(target) for target in targets]
        shown = [_of_kinds(block, alike) for block in own]
        reader = Reader([*known, *(b.statement for b in shown)], targets, alike.weight)
        for target in [t for t in targets if not reader.leaves_open(t, thorough=False)]:
            tries = Tries(known, target, alike.weight)
            if tries.is_open(shown):
                continue  # what one set has hidden may have opened the next
            gone = tries.gone(shown)
            figures = figures.without(k for s in gone for k in _with_rate(s.key))
            for block in (b for b in gone if b.kind == RATE):
                tried = figures.coarser(block.key)
                coarser = _shown(tried, dimension, by, everything, here)
                if tries.is_open([_of_kinds(b, alike) for b in coarser]):
                    figures = tried
            left = _shown(figures, dimension, by, everything, here)
            shown = [_of_kinds(block, alike) for block in left]
    return figures


def _sets(blocks: Sequence[Block]) -> list[np.ndarray]:
    wholes = [block.whole for block in blocks if block.whole is not None]
    return [*(block.part for block in blocks), *wholes]


def _of_kinds(block: Block, alike: Alike) -> Block:
    whole = None if block.whole is None else alike.of(block.whole)
    return replace(block, part=alike.of(block.part), whole=whole)


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
    # More treatments than this are more than seven patients: counted before anybody is looked up.
    most = SMALL * np.bincount(everything.patient, minlength=1).max()
    seen = set()
    for group in groups:
        for one in np.unique(region[group & (region > 0)]):
            own = group & (region == one)
            flags = {name: own & everything.flags[name] for name in sorted(names)}
            rests = (flags[whole] & ~flags[part] for part, whole in pairs)
            for rows in (*flags.values(), *rests):
                few = rows.sum() <= most and is_small(len(everything.people(rows)))
                if few and rows.tobytes() not in seen:
                    seen.add(rows.tobytes())
                    yield rows


def _with_rate(key: Key) -> tuple[Key, Key]:
    dimension, value, name = key
    return key, (dimension, value, f"rate of {name}")
