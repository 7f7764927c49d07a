"""What reports of outcomes told, kept in the ledger so that a later one is judged beside them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import blake2b

import numpy as np

from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.sharing.protection.figures import LEAST, SMALL, is_small, tells_of_each
from analysis.sharing.protection.sums import LEAST_LIMITED, Known, together
from analysis.sharing.protection.therapists import tells_of_therapists
from analysis.sharing.sections.telling.blocks import COUNT, EFFECT_SIZE, RATE, Block, Sum, Told
from analysis.sharing.sections.telling.figures import EFFECT, SENSITIVE, Figures, Key
from analysis.sharing.sections.telling.linked_hiding import Earlier
from analysis.sharing.sections.telling.sets import Noted
from analysis.sharing.sections.telling.statements import cells_of, printed_counts, printed_shares
from analysis.store.queries.treatments.outcome_cells import EVERYTHING, Cell, Selection
from analysis.store.queries.treatments.treatment_sets import TreatmentSets

DIMENSIONS = ("period", "clinic", "model", "severity", "alliance")
FINEST = "quarter"  # of the periods that a shared report may have


def of_everything(question: OutcomeQuestion) -> OutcomeQuestion:
    """The question about the whole dataset, by the finest periods."""
    return replace(question, selection=EVERYTHING, period=FINEST)


def spec_of(question: OutcomeQuestion, measures: Sequence[str]) -> str:
    """What decides who improved and recovered: reports alike in it are judged together."""
    asked = asdict(replace(of_everything(question), measures=tuple(measures), store=None))
    for name in ("selection", "dataset", "version", "denominator"):
        asked.pop(name)
    return json.dumps(asked, sort_keys=True)


def as_body(figures: Figures, by: Sequence[str], noted: Noted) -> str:
    """The selection of a report and its new figures: whom they are about, and what they say."""
    told = []
    for block in noted.blocks(figures, by):
        part, whole = noted.sketch(block.part), noted.sketch(block.rows)
        told.append(
            {
                "key": block.key,
                "of": block.of,
                "kind": block.kind,
                "ends": (float(block.low), float(block.high), block.is_share),
                "known": block.known and [float(v) for v in asdict(block.known).values()],
                "shown": block.shown,
                "less": block.less,
                "people": (part, whole),
                "mark": _mark(block, part, whole),
            }
        )
    chosen = asdict(figures.found.question.selection)
    return json.dumps({"selection": chosen, "told": told}, sort_keys=True)


def earlier_of(
    bodies: Iterable[tuple[str, str]], everything: TreatmentSets, version: str, noted: Noted
) -> list[Earlier]:
    """The earlier reports on the rows of the whole dataset, the first first.

    bodies: (version, body). A figure of another version is left out where other patients are
    behind it now: it is about a set that this version does not have.
    """
    found, by_mark = [], {}
    for of_version, body in bodies:
        content = json.loads(body)
        chosen = {n: tuple(v) for n, v in content["selection"].items()}
        here = everything.selected(Selection(**chosen))
        told = []
        for one in content["told"]:
            block = _placed(one, everything, here, by_mark)
            if block is None:
                continue
            if of_version != version:
                now = [list(noted.sketch(rows)) for rows in (block.part, block.rows)]
                if now != one["people"]:
                    continue
            by_mark.setdefault(block.mark, block)
            told.append(block)
        found.append(Earlier(here, tuple(told)))
    return found


def with_sums(
    figures: Figures,
    by: Sequence[str],
    everything: TreatmentSets,
    here: np.ndarray,
    earlier: Sequence[Earlier],
) -> Figures:
    """The Figures with what earlier reports tell of parts of them; what is left of a figure is
    hidden where it is too small to be told."""
    told = Told(block for one in earlier for block in one.told)
    sums: dict[tuple[str, str, str, str], Sum] = {}
    hidden: list[Key] = []
    for cell in cells_of(figures.found, by):
        at = (cell.by, cell.value)
        for part, whole in _figures(figures, cell):
            rows = everything.members(*at, part) & here
            of = everything.members(*at, whole) & here if whole else rows
            blocks = told.inside(RATE if whole else COUNT, part, whole, of)
            if not blocks:
                continue
            rest = of.copy()
            for block in blocks:
                rest &= ~block.rows
            found = _sum(blocks, rest, rows, everything)
            if whole and _is_few(found, rows, of):
                continue  # fewer than 8 are told afresh: the sum of several such limits is wide
            sums[(*at, part, whole)] = found
            if not found.complete and not _tellable(found, part, whole, everything):
                hidden.append((*at, f"rate of {part}" if whole else part))
        if not _effect_is_apart(cell, everything, here, earlier):
            hidden.append((*at, EFFECT))
    return replace(figures.without(hidden), sums=sums)


def _figures(figures: Figures, cell: Cell) -> Iterator[tuple[str, str]]:
    yield from ((name, "") for name in printed_counts(figures, cell))
    yield from printed_shares(figures, cell)


def _sum(blocks: tuple[Block, ...], rest, part, everything: TreatmentSets) -> Sum:
    patients = len(everything.people(rest & part)), len(everything.people(rest))
    return Sum(blocks, rest, int((rest & part).sum()), int(rest.sum()), patients)


def _is_few(found: Sum, part: np.ndarray, whole: np.ndarray) -> bool:
    """Whether few are counted in all, and the sum says less of it than that."""
    if part.sum() > SMALL or whole.sum() < LEAST_LIMITED:
        return False
    return not found.complete or together([b.known for b in found.blocks if b.known]).low <= 0


def _tellable(found: Sum, part: str, whole: str, everything: TreatmentSets) -> bool:
    """Whether the rest of a sum may be told as a figure of its own."""
    if is_small(found.patients[0]) and found.part > SMALL:
        return False
    if not whole:
        return not is_small(found.patients[0])
    few = found.part <= SMALL
    return not (
        found.patients[1] < LEAST["interval"]
        or is_small(found.whole - found.part)
        or (not few and part in SENSITIVE and tells_of_each(found.part, found.whole))
        or tells_of_therapists(everything.caseloads(found.rest))
    )


def _effect_is_apart(cell: Cell, everything: TreatmentSets, here, earlier) -> bool:
    """Whether a mean, with those told before of everybody and of the same breakdown, leaves no
    few patients apart, of whom it would be a mean as well."""
    own = everything.members(cell.by, cell.value, "measured") & here
    others = [
        b.part
        for one in earlier
        for b in one.told
        if b.kind == EFFECT_SIZE
        and {b.key[0], cell.by} <= {"all", b.key[0], cell.by}
        and (b.key[0] in ("all", cell.by) or cell.by == "all")
        and (b.part & own).any()
        and not (b.part == own).all()
    ]
    if not others:
        return True
    bits = np.packbits(np.stack([own, *others]), axis=0).T
    touched = np.any(np.stack([own, *others]), axis=0)
    _, region = np.unique(bits[touched], axis=0, return_inverse=True)
    people = np.unique(np.stack([region.reshape(-1), everything.patient[touched]]), axis=1)[0]
    return bool(np.bincount(people).min() >= LEAST["mean"])


def _placed(one: dict, everything: TreatmentSets, here, by_mark) -> Block | None:
    """A block on this version's rows; None where one that it is without is not known."""
    if any(mark not in by_mark for mark in one["less"]):
        return None
    by, value, name = one["key"]
    own = here.copy()
    for mark in one["less"]:
        own &= ~by_mark[mark].rows
    name = "measured" if one["kind"] == EFFECT_SIZE else name
    part = everything.members(by, value, name) & own
    whole = everything.members(by, value, one["of"]) & own if one["of"] else None
    low, high, is_share = one["ends"]
    known = one["known"] and Known(*one["known"][:3], *map(int, one["known"][3:]))
    key = (by, value, one["key"][2])
    less = tuple(one["less"])
    return Block(
        key,
        one["of"],
        one["kind"],
        part,
        whole,
        low,
        high,
        is_share,
        known or None,
        one["shown"],
        less,
        one["mark"],
    )


def _mark(block: Block, *people) -> str:
    """A name of a block for those that are told of the rest beside it."""
    text = json.dumps([block.key, block.of, block.kind, people])
    return blake2b(text.encode(), digest_size=9).hexdigest()
