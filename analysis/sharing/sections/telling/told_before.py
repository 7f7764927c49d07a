"""What reports of outcomes told, kept in the ledger so that a later one is judged beside them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from hashlib import blake2b

from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.sharing.protection.sums import Known
from analysis.sharing.sections.telling.blocks import EFFECT_SIZE, Block
from analysis.sharing.sections.telling.figures import Figures
from analysis.sharing.sections.telling.hiding.seen import Earlier
from analysis.sharing.sections.telling.sets import Noted
from analysis.store.queries.treatments.outcome_cells import EVERYTHING, Selection
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
