"""Files of sums beside reports: what the exact numbers of one tell of few in the other.

A file says of how many patients it is, to the last one, and of how many each of its groups is. To a
reader of reports that is an earlier report whose counts are not rounded: it is asked like one, and
what it would narrow down is hidden, or the file is not written.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import open_treatments
from analysis.questions.pooling.exchange import MomentsFile
from analysis.sharing.ledger import ledger
from analysis.sharing.ledger.keeping import opened, secret
from analysis.sharing.ledger.parts import EarlierFile, files_told, parts_of
from analysis.sharing.ledger.people import known_people
from analysis.sharing.ledger.sketch import number_of
from analysis.sharing.ledger.sums import admit_sums, beside_reports
from analysis.sharing.protection.reader import Reader
from analysis.sharing.sections.section import Asked
from analysis.sharing.sections.telling.beside.means import few_apart, means_of, near_sums
from analysis.sharing.sections.telling.blocks import SCORES, SUMS, Block
from analysis.sharing.sections.telling.figures import EFFECT, Figures
from analysis.sharing.sections.telling.hiding.groups import Part, by_group
from analysis.sharing.sections.telling.hiding.linked import MOST_TOGETHER
from analysis.sharing.sections.telling.hiding.seen import Earlier, seen
from analysis.sharing.sections.telling.sets import Noted
from analysis.sharing.sections.telling.statements import cells_of
from analysis.sharing.sections.telling.told_before import DIMENSIONS, earlier_of
from analysis.store.place import Store
from analysis.store.queries.patients import patient_contents
from analysis.store.queries.treatments.outcome_cells import COUNTS
from analysis.store.queries.treatments.treatment_sets import TreatmentSets
from analysis.store.queries.treatments.treatments import TreatmentSpec
from analysis.store.sums.row_values import RowValues
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import open_dataset

NEW = "new"  # mark of the blocks of a file that is still to be written


def summed_before(
    info: DatasetInfo, asked: Asked, everything: TreatmentSets, spec: TreatmentSpec
) -> list[Earlier]:
    """The files of sums that were written, on the rows of the whole dataset. A set of another
    version is left out where this one lacks a treatment of it: no rows say how many it is of."""
    folder = info.path.parent
    measures = [rule.measure for rule in spec.rules]
    with opened(folder) as held:
        [files] = held.execute("SELECT count(*) FROM sums").fetchone()
        if not files or asked.key is None:
            return []
        at = _hashes(everything, asked)
        files = files_told(held, _of_patients(everything, at, asked))
    found = (_placed(file, everything, at, measures) for file in files)
    return [one for one in found if one is not None]


def _placed(
    file: EarlierFile, everything: TreatmentSets, at: np.ndarray, measures: Sequence[str]
) -> Earlier | None:
    """A file as an earlier report. at: (N,) hashes of the treatments."""
    order = np.argsort(at)
    place = np.searchsorted(at, file.treatments, sorter=order)
    place = order[np.minimum(place, len(at) - 1)]
    known = at[place] == file.treatments
    of = SCORES if any(measure in file.formula for measure in measures) else ""
    told = []
    for own in file.members:
        if own.any() and known[own].all():
            rows = np.zeros(len(at), dtype=bool)
            rows[place[own]] = True
            for dimension in _dimensions(rows, everything):
                n, key = float(rows.sum()), (dimension, "", "episodes")
                mark = NEW if file.is_new else ""
                told.append(Block(key, of, SUMS, rows, None, n, n, mark=mark))
    if not told:
        return None
    return Earlier(np.any([block.part for block in told], axis=0), tuple(told))


def _dimensions(rows: np.ndarray, everything: TreatmentSets) -> list[str]:
    """The breakdowns of which a set lies in one group, 'all' where it lies in none's."""
    inside = [
        name
        for name, (values, codes) in everything.groups.items()
        if len(values) > 1 and len(np.unique(codes[rows])) == 1
    ]
    return inside or ["all"]


def _hashes(everything: TreatmentSets, asked: Asked) -> np.ndarray:
    """(N,) as a file's parts have them."""
    key = asked.key or b""
    return np.array([number_of(str(t), key) for t in everything.treatments], dtype=np.uint64)


def _of_patients(everything: TreatmentSets, at, asked: Asked) -> Mapping[int, np.ndarray]:
    """Number of a patient -> hashes of her treatments."""
    numbers = asked.people.numbers if asked.people else {}
    found = defaultdict(list)
    for code, one in zip(everything.patient.tolist(), at.tolist(), strict=True):
        name = everything.patients[code]
        found[numbers.get(name) or number_of(name, asked.key or b"")].append(one)
    return {number: np.array(own, dtype=np.uint64) for number, own in found.items()}


def beside_sums(figures: Figures, by: Sequence[str], every, here, before) -> Figures:
    """The Figures without the effect sizes that lie too near sums of the same scores."""
    return figures.without(near_sums(figures, by, every, here, before))


def admit_file(
    info: DatasetInfo, rows: RowValues, site: MomentsFile, store: Store | None = None
) -> None:
    """Notes a file of sums before it is written: see `ledger.sums.admit_sums`. ExportRefused also
    where it would tell of few beside what reports told; with --allow-small it is noted alone."""
    folder, least = info.path.parent, site.disclosure.least
    key = secret(folder)
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        contents = patient_contents(cursor, dataset.variables)
    people = known_people(folder, key, contents)
    parts = parts_of(rows, key, people.numbers)
    if parts and not site.disclosure.allowed:
        new = EarlierFile(
            info.version, site.formula, parts.treatments, parts.names, parts.members, is_new=True
        )
        asked = Asked("share", key, people)
        for found in narrowed_by(new, info, asked, least, store):
            raise beside_reports(info, least, f"what they say of {found}")
    admit_sums(info, rows, site, store, parts, people.rows)


def narrowed_by(
    file: EarlierFile, info: DatasetInfo, asked: Asked, least: int, store: Store | None = None
) -> Iterator[str]:
    """In words what a new file of sums, with all that reports told, would tell of fewer patients
    than `least`: nothing where it may be written."""
    for spec, bodies in ledger.specs_told(info.path.parent).items():
        question = question_of(spec, info, store)
        treatments = open_treatments(question)
        by = (*DIMENSIONS, *(group.dimension for group in treatments.spec.groups))
        every = treatments.sets(question, by)
        noted = Noted(asked, every, np.ones(len(every.patient), dtype=bool), lambda cells: ())
        reports = earlier_of(bodies, every, info.version, noted)
        measures = [rule.measure for rule in treatments.spec.rules]
        new = _placed(file, every, _hashes(every, asked), measures)
        if new is None or not reports:
            continue
        if _means_near(new, reports, every, least):
            yield "effect sizes, and sums of the same scores"
        found = treatments.ask(question, by, differences=False)
        names = [*COUNTS, *(f"rate of {name}" for name in COUNTS), EFFECT]
        hidden = frozenset((c.by, c.value, name) for c in cells_of(found, by) for name in names)
        told = [*reports, *summed_before(info, asked, every, treatments.spec)]
        yield from _closed(new, told, every, Figures(found, asked, hidden))


def _means_near(new: Earlier, reports: Sequence[Earlier], every: TreatmentSets, least: int) -> bool:
    """Whether few patients set effect sizes apart from the file's sums of the same scores."""
    sums = [block.part for block in means_of([new])]
    told = defaultdict(list)
    for block in means_of(reports):
        told[block.key[0]].append(block.part)
    effects = [own for sets in told.values() for own in sets]
    return any(few_apart(own, sets, every, least) for own in sums for sets in told.values()) or any(
        few_apart(own, sums, every, least) for own in effects
    )


def _closed(
    new: Earlier, told: Sequence[Earlier], every: TreatmentSets, figures: Figures
) -> Iterator[str]:
    """Breakdowns in which the file's numbers close a set of few that was open without them."""
    keys = (b.key[0] for one in (*told, new) for b in one.told)
    for dimension in dict.fromkeys(("all", *keys)):
        if dimension != "all" and dimension not in every.groups:
            continue
        view = seen(figures, dimension, (), every, new.here, [*told, new], reach=new.here)
        if view is None:
            continue
        parts: Iterable[Part] = [Part(view, ())]
        if len(np.unique(view.group)) > MOST_TOGETHER:
            parts = by_group(view, (dimension,))
        if any(_closes(part) for part in parts):
            yield "all treatments" if dimension == "all" else f"treatments by {dimension}"


def _closes(part: Part) -> bool:
    view = part.view
    every = [*part.known, *(b.statement for b in view.near)]
    before = [*part.known, *(b.statement for b in view.near if b.mark != NEW)]
    reader, earlier = (Reader(s, view.targets, view.weight) for s in (every, before))
    return any(
        not reader.leaves_open(target) and earlier.leaves_open(target) for target in view.targets
    )


def question_of(spec: str, info: DatasetInfo, store: Store | None = None) -> OutcomeQuestion:
    """What reports of a spec (`told_before.spec_of`) were asked, of everything in this version."""
    asked: dict[str, Any] = json.loads(spec)
    asked = {n: tuple(v) if isinstance(v, list) else v for n, v in asked.items()}
    asked.pop("store", None)
    return OutcomeQuestion(info.name, info.version, store=store, **asked)
