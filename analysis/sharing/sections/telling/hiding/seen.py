"""What a reader sees of one breakdown: kinds of treatments that its figures all count alike.

A hundred thousand treatments are some thousand kinds for the figures of a report: who shares group,
flags, and the selections of this report and of earlier ones. Everything that is asked of a
breakdown is asked of its kinds, and costs what it costs for a small service.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.measures.waiting import standard
from analysis.sharing.protection.figures import SMALL
from analysis.sharing.protection.reader import Alike, atoms
from analysis.sharing.sections.telling.blocks import OF_VALUES, Block, connected
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.sections.telling.printed import printed_counts, printed_shares
from analysis.sharing.sections.telling.statements import cells_of, stated
from analysis.store.queries.treatments.outcome_cells import Cell
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

CASES = (("at_caseness", "measured"), ("possible_cases", "finished"))  # (count, of which)
_OVER = tuple(w.over for w in standard().within)
BETWEEN = tuple(zip(_OVER[1:], _OVER, strict=False))  # who waited longer than the one, not the next


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier report that was asked the same. here: (N,) its treatments. told: its figures."""

    here: np.ndarray = field(repr=False)
    told: tuple[Block, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """M kinds of treatments. figures: with what earlier reports told on these M. sets: a treatment
    of each kind. weight: (M,) how many there are. here: (M,) of the report. near: what earlier
    reports told that hangs together with it. group: (M,) code of the dimension's value, 0 of 'all'.
    targets: (M,) each, the sets of 1 to 7 patients that the selections cut out."""

    dimension: str
    figures: Figures = field(repr=False)
    sets: TreatmentSets = field(repr=False)
    weight: np.ndarray = field(repr=False)
    here: np.ndarray = field(repr=False)
    near: tuple[Block, ...] = field(repr=False)
    group: np.ndarray = field(repr=False)
    targets: tuple[np.ndarray, ...] = field(repr=False)

    def cells(self, by: Sequence[str]) -> list[Cell]:
        return cells_of(self.figures.found, (self.dimension,) if self.dimension in by else ())

    @property
    def names(self) -> list[str]:
        """The counts that something is printed of, or that a small set is of."""
        return names_of(self.figures)

    def shown(self, figures: Figures, cells: Sequence[Cell]) -> list[Block]:
        """What some Figures on these kinds state of cells."""
        return [b for cell in cells for b in stated(figures, cell, self.sets, self.here)]

    def on(
        self, rows: np.ndarray, cells: Set[tuple[str, str]], near: Sequence[Block], targets=()
    ) -> "Seen":
        """The same on some of the kinds, of what is told of these cells alone, (dimension, value).
        near: what stays of what earlier reports told."""
        sums = {k: s for k, s in self.figures.sums.items() if k[:2] in cells}
        return replace(
            self,
            figures=replace(self.figures, sums=_rests(sums, rows)),
            sets=self.sets.where(rows),
            weight=self.weight[rows],
            here=self.here[rows],
            near=tuple(_on(block, rows) for block in near),
            group=self.group[rows],
            targets=tuple(target[rows] for target in targets),
        )

    def moved(self, last: int, weight: np.ndarray, name: str) -> "Seen":
        """The same with the last kinds in a group of another name, and so many of each."""
        values, codes = self.sets.groups[self.dimension]
        codes = np.concatenate([codes[: len(codes) - last], np.full(last, len(values))])
        values = np.append(values, np.array(name, dtype=values.dtype))
        sets = replace(self.sets, groups={self.dimension: (values, codes)})
        weights = np.concatenate([self.weight[: len(codes) - last], weight])
        return replace(self, sets=sets, weight=weights, group=codes)


def seen(
    figures: Figures,
    dimension: str,
    by: Sequence[str],
    everything: TreatmentSets,
    here: np.ndarray,
    earlier: Sequence[Earlier],
    reach: np.ndarray | None = None,
) -> Seen | None:
    """What a reader sees of a dimension; None where no small set is cut out.

    everything: of the whole dataset, N treatments; here: (N,) of the report. reach: (N,) all that
    is new, None for what the report's figures are about.
    """
    told = [(e, [b for b in e.told if b.key[0] in ("all", dimension)]) for e in earlier]
    told = [(e, [b for b in blocks if b.kind not in OF_VALUES]) for e, blocks in told]
    blocks = [b for _, blocks in told for b in blocks]
    if reach is None and blocks:
        reach = _reach(figures, dimension, by, everything, here)
    near = connected(blocks, reach) if reach is not None else []
    marks = {id(block) for block in near}
    heres = [here, *(e.here for e, blocks in told if any(id(b) in marks for b in blocks))]
    region = _regions(heres)
    group = np.zeros(len(here), dtype=np.int64)
    if dimension != "all":
        group = everything.groups[dimension][1]
    small = _small(figures, everything, region, group)
    if not small:
        return None
    sums = {k: s for k, s in figures.sums.items() if k[0] in ("all", dimension)}
    sets = [*heres, *(everything.flags[name] for name in names_of(figures)), *_bits(group)]
    sets += [rows for b in near for rows in b.sets]
    sets += [s.rest for s in sums.values() if not s.complete]
    alike = Alike(sets)
    one = alike.one
    kinds = everything.where(one)
    targets = {r.tobytes(): r for r in (_rows(s, kinds, region[one], group[one]) for s in small)}
    return Seen(
        dimension,
        replace(figures, sums=_rests(sums, one)),
        kinds,
        alike.weight,
        here[one],
        tuple(_on(block, one) for block in near),
        group[one],
        tuple(targets.values()),
    )


def _reach(figures: Figures, dimension: str, by: Sequence[str], everything, here) -> np.ndarray:
    """(N,) all that the report's new figures are about."""
    reach = np.zeros(len(here), dtype=bool)
    for cell in cells_of(figures.found, (dimension,) if dimension in by else ()):
        for block in stated(figures, cell, everything, here):
            reach |= block.rows
    return reach


def _regions(heres: Sequence[np.ndarray]) -> np.ndarray:
    """(N,) code of what each treatment has in common with the selections, 0 for nothing."""
    codes, _ = atoms(heres)
    return np.where(np.any(heres, axis=0), codes + 1, 0)


def _rests(sums: Mapping, one: np.ndarray) -> dict:
    return {k: s if s.complete else replace(s, rest=s.rest[one]) for k, s in sums.items()}


def _on(block: Block, one: np.ndarray) -> Block:
    whole = None if block.whole is None else block.whole[one]
    return replace(block, part=block.part[one], whole=whole)


def _bits(codes: np.ndarray) -> list[np.ndarray]:
    return [
        (codes >> bit & 1).astype(bool) for bit in range(int(codes.max(initial=0)).bit_length())
    ]


def _pairs(figures: Figures) -> list[tuple[str, str]]:
    told = printed_shares(figures, figures.found.all)
    return [*told, *CASES, *(pair for pair in BETWEEN if figures.found.spec.per_week)]


def names_of(figures: Figures) -> list[str]:
    """The counts that something is printed of, or that a small set is of."""
    names = {name for pair in _pairs(figures) for name in pair}
    return sorted(names | set(printed_counts(figures, figures.found.all)))


Small = tuple[int, int, str, str]  # group (-1: everybody), region, count, '' or the count without


def _small(figures: Figures, everything: TreatmentSets, region, group) -> list[Small]:
    """Of each region of the selections, everybody's and each group's: who are counted, and who are
    not of whom a rate is of, where they are 1 to 7 patients."""
    asked = [(name, "") for name in names_of(figures)]
    asked += [(whole, part) for part, whole in _pairs(figures)]
    groups = int(group.max(initial=0)) + 1
    found = []
    for order, (name, without) in enumerate(asked):
        rows = everything.flags[name] & (region > 0)
        if without:
            rows &= ~everything.flags[without]
        patient, at = everything.patient[rows], region[rows]
        for is_group, of in ((False, np.full(len(at), -1)), (True, group[rows])):
            if is_group and groups == 1:
                continue
            place = at * (groups + 1) + of + 1
            places, counts = _people_in(place, patient)
            few = places[counts <= SMALL].tolist()
            found += [
                ((p % (groups + 1) - 1, p // (groups + 1), order), name, without) for p in few
            ]
    return [(of, at, name, without) for (of, at, _), name, without in sorted(found)]


def _people_in(place: np.ndarray, patient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places that occur, and how many distinct patients are in each."""
    patients = int(patient.max(initial=0)) + 1
    there = np.sort(place * patients + patient)
    there = there[np.diff(there, prepend=-1) > 0] // patients
    first = np.flatnonzero(np.diff(there, prepend=-1) > 0)
    return there[first], np.diff(first, append=len(there))


def _rows(small: Small, sets: TreatmentSets, region, group) -> np.ndarray:
    of, at, name, without = small
    rows = sets.flags[name] & (region == at)
    if without:
        rows &= ~sets.flags[without]
    return rows if of < 0 else rows & (group == of)
