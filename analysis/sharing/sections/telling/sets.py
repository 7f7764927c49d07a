"""Whom the shown figures of outcomes are about: one cell of the ledger for each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.measures.waiting import TIMED, UNTIMED, standard
from analysis.sharing.ledger import ledger
from analysis.sharing.ledger.sketch import Sketch, sketch
from analysis.sharing.sections.section import Asked
from analysis.sharing.sections.telling.blocks import EFFECT_SIZE, Block
from analysis.sharing.sections.telling.figures import EFFECT, Figures, Key
from analysis.sharing.sections.telling.hiding.across import Across
from analysis.sharing.sections.telling.printed import ENDINGS
from analysis.sharing.sections.telling.statements import cells_of, effects, medians, stated
from analysis.store.queries.treatments.outcome_cells import COUNTS
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

# Who is counted whatever the measure: compared across measures, and noted of every cell that shows
# anything, since a figure of one measure and one of another may be about the same people but one.
WHATEVER_MEASURE = ("episodes", "finished")
# What the measure has no part in, either, but only where it is shown.
SHOWN_ALONE = (*ENDINGS, "unfinished", "waited", TIMED, UNTIMED)
SHOWN_ALONE += tuple(w.over for w in standard().within)

Near = Callable[[tuple[ledger.Cell, ...]], tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Whom a figure is about: its key, the count's name, and (N,) of the whole dataset's rows."""

    key: Key
    name: str
    rows: np.ndarray = field(repr=False)


class Noted:
    """The ledger's cells of a report's new figures. every: the whole dataset's; here: (N,) the
    report's own; near: the positions of the cells that lie too near what was shared before."""

    def __init__(self, asked: Asked, every: TreatmentSets, here: np.ndarray, near: Near):
        self._every, self._here, self._near = every, here, near
        self._powers = asked.powers(every.patients)
        self._sketches: dict[bytes, Sketch] = {}
        self._region = np.zeros(len(here), dtype=np.int64)

    def beside(self, selections: Sequence[np.ndarray]) -> None:
        """What earlier reports were about, (N,) each: their ends part the report in regions."""
        for own in selections:
            pairs = np.stack([self._region, own.astype(np.int64)])
            self._region = np.unique(pairs, axis=1, return_inverse=True)[1].reshape(-1)

    def far(self, figures: Figures, by: Sequence[str]) -> Figures:
        """The Figures without those that lie too near what was shared before, nor near when those
        are gone: a set is not compared with an earlier one that the report tells again itself.

        Where everybody's own people lie near, nothing is hidden: the export is refused, as there is
        nothing to say of a service but the difference.
        """
        while hidden := self._near_keys(figures, by) - figures.hidden:
            figures = figures.without(hidden)
        return figures

    def _near_keys(self, figures: Figures, by: Sequence[str]) -> set[Key]:
        people = []  # what they are called: their rows are many
        cells = self._cells(figures, _noting(self._people(figures, by), people))
        hidden: set[Key] = set()
        for place in self._near(cells):
            (dimension, value, name), counted = people[place]
            if name == EFFECT:
                hidden.add((dimension, value, EFFECT))
            elif counted in WHATEVER_MEASURE and dimension != "all":
                hidden |= {(dimension, value, count) for count in COUNTS}
            elif (dimension, name) not in {("all", "episodes"), ("all", "measured")}:
                hidden |= {(dimension, value, name), (dimension, value, f"rate of {name}")}
        return hidden

    def cells(self, figures: Figures, by: Sequence[str]) -> tuple[ledger.Cell, ...]:
        """Of every figure that is new."""
        return self._cells(figures, self._people(figures, by))

    def sketch(self, rows: np.ndarray) -> Sketch:
        """Of the patients of (N,) rows."""
        packed = np.packbits(rows).tobytes()
        if packed not in self._sketches:
            self._sketches[packed] = sketch(self._powers[self._every.people(rows)])
        return self._sketches[packed]

    def blocks(self, figures: Figures, by: Sequence[str]) -> Iterator[Block]:
        """Every new figure of the report."""
        for cell in cells_of(figures.found, by):
            yield from stated(figures, cell, self._every, self._here)
            yield from effects(figures, cell, self._every, self._here)
        yield from Across(by, self._every, self._here).blocks(figures)

    def _people(self, figures: Figures, by: Sequence[str]) -> Iterator[People]:
        for cell in cells_of(figures.found, by):
            anything, own = False, self._every.members(cell.by, cell.value) & self._here
            for block in stated(figures, cell, self._every, self._here):
                if not block.few:
                    yield People(block.key, block.key[2], block.part)
                if block.whole is not None:
                    yield People((cell.by, cell.value, block.of), block.of, block.whole)
                if block.less:
                    # What is left over of a cell lies in some regions: whoever of it is there.
                    left = np.isin(self._region, self._region[block.rows])
                    for name in WHATEVER_MEASURE:
                        yield People(block.key, name, own & left & self._every.flags[name])
                else:
                    anything = True
            for block in effects(figures, cell, self._every, self._here):
                if block.kind == EFFECT_SIZE:
                    yield People(block.key, "measured", block.part)
            for name in (*(WHATEVER_MEASURE if anything else ()), *medians(figures, cell)):
                yield People((cell.by, cell.value, name), name, own & self._every.flags[name])

    def _cells(self, figures: Figures, people: Iterable[People]) -> tuple[ledger.Cell, ...]:
        measures = " and ".join(rule.measure for rule in figures.found.spec.rules)
        made = []
        for one in people:
            kind = one.name.replace("_", " ")
            if one.name not in (*WHATEVER_MEASURE, *SHOWN_ALONE):
                kind = f"{measures} · {kind}"
            who = f"{one.key[0]} {one.key[1]}".strip()
            made.append(ledger.Cell(kind, who, self.sketch(one.rows)))
        return tuple(made)


def _noting(people: Iterable[People], names: list[tuple[Key, str]]) -> Iterator[People]:
    for one in people:
        names.append((one.key, one.name))
        yield one
