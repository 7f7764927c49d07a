"""How the shares stand up to what is missing: complete cases, weighted, imputed, and how far those
who left could be off.

Complete cases judge those who reached the landmark and have every value. *Weighted* lets them
stand for those who began like them and are lost. *Imputed* draws what is missing, several times,
given all that was seen of a patient and their therapist, and pools by Rubin's rules; its interval
is that of the draws of all imputations together (Schomaker & Heumann 2018, doi:10.1002/sim.7654).
Both are right where, given what was seen, who is lost has nothing to do with what was not seen; the
tipping point says how far from it the answer changes.
"""

import time
from collections.abc import Callable
from contextlib import closing

import numpy as np

from analysis.base.errors import RequestError
from analysis.base.sentence import Sentence
from analysis.models.missing.reached import chances, weights
from analysis.questions.partition.missing.imputed import imputations, known_before
from analysis.questions.partition.missing.lines import line, shifted, told
from analysis.questions.partition.missing.result import Line, Missing, Shifted, Tipping
from analysis.questions.partition.rows.prepare import (
    Asked,
    complete_frame,
    prepared_from,
    understood,
)
from analysis.questions.partition.rows.prepared import Prepared
from analysis.questions.scope import Scope
from analysis.store.queries.open_frame import OpenRows, completed_frame, open_rows, weighted_frame
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset

# Twenty imputations lose a fiftieth of the precision where two fifths are missing (Rubin 1987).
IMPUTATIONS = 20
# From the model of a completed dataset: twenty times as many make an end.
DRAWS, ALONE = 100, 1000
# For the tipping point fewer imputations do; shifts are in SDs of the outcome.
FOR_SHIFTS = 8
SHIFTS = (-1.5, -1.0, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.0, 1.5)
# A chance to be among the complete below this makes one patient stand for many.
SMALL_CHANCE = 0.1

Progress = Callable[[float, str], None]


def missing(scope: Scope, count: int = IMPUTATIONS, progress: Progress | None = None) -> Missing:
    """The lines for `scope`, whose question is 'end'; count: imputations, 2 to 200. ModelError or
    RequestError where the dataset cannot answer, as `partition`."""
    tell = progress or (lambda share, sentence: None)
    began = time.perf_counter()
    _check(scope, count)
    rng = np.random.default_rng((scope.seed, 9))
    info = catalogue.find(scope.dataset, scope.version, scope.store)
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        asked = understood(dataset, cursor, scope)
        tell(0.02, "Complete cases")
        frame = complete_frame(asked, cursor)
        rows = open_rows(cursor, asked.spec, frame)
        lines = [line("complete", [told(prepared_from(asked, cursor, frame), ALONE, rng)])]
        chance, tipping = None, None
        if not rows.complete.all():
            chance, weighted = _weighted(asked, cursor, rows, rng)
            imputed, tipping = _imputed(asked, cursor, rows, count, rng, tell)
            lines += [weighted, imputed]
    tell(1.0, "Done")
    complete = rows.complete
    return Missing(
        dataset=info.name,
        version=info.version,
        outcome=asked.outcome.name,
        higher_is=asked.outcome.higher_is,
        lines=tuple(lines),
        began=len(complete),
        lost=int((~complete).sum()),
        without_end=int((~np.isfinite(rows.y)).sum()),
        left_out=rows.left_out,
        chance=chance,
        tipping=tipping,
        imputations=count,
        seed=scope.seed,
        messages=_messages(rows, chance),
        seconds=time.perf_counter() - began,
    )


def _check(scope: Scope, count: int) -> None:
    if scope.question != "end":
        raise RequestError(
            "What is missing is drawn for the end of treatment alone",
            where=f"question {scope.question}",
            allowed="question end",
            next_step="ask for complete cases, or for the end of treatment",
        )
    if not 2 <= count <= 200:
        raise RequestError(
            "The number of imputations is out of range",
            where=f"{count} imputations",
            allowed="2 to 200",
            next_step=f"{IMPUTATIONS} do as a rule",
        )


def _weighted(asked: Asked, cursor, rows: OpenRows, rng) -> tuple[tuple[float, float], Line]:
    """The lowest and the mean chance to be complete, of those who are, and their weighted line."""
    known, complete = known_before(cursor, asked.spec, rows), rows.complete
    own = chances(known, complete)[complete]
    frame = weighted_frame(cursor, rows, weights(known, complete))
    found = told(prepared_from(asked, cursor, frame), ALONE, rng)
    return (float(own.min()), float(own.mean())), line("weighted", [found])


def _imputed(
    asked: Asked, cursor, rows: OpenRows, count: int, rng, tell: Progress
) -> tuple[Line, Tipping | None]:
    """The pooled line of so many imputations, and the tipping point of the first few."""
    gone = ~np.isfinite(rows.y)
    found, kept = [], []

    def drawing(part: float) -> None:
        tell(0.05 + 0.7 * part, f"Drew {len(found) + 1} of {count} times what is missing")

    for y, x in imputations(cursor, asked.spec, rows, count, rng, drawing):
        prepared = prepared_from(asked, cursor, completed_frame(cursor, rows, y, x, gone))
        found.append(told(prepared, DRAWS, rng))
        if len(kept) < FOR_SHIFTS:
            kept.append(prepared)
    whole = line("imputed", found)
    if not gone.any():
        return whole, None
    tell(0.76, "How far those who left could be off")
    return whole, _tipping(kept, whole, float(np.nanstd(rows.y)), rng, tell)


def _tipping(kept: list[Prepared], whole: Line, size: float, rng, tell: Progress) -> Tipping | None:
    """Of the alliance, or of the first factor where it is not among them."""
    factors = [s.factor for s in whole.shares]
    b = factors.index("alliance") if "alliance" in factors else 0
    own = whole.shares[b]
    if own.share is None:
        return None
    tried = []
    for k, shift in enumerate(SHIFTS):
        each = [told(shifted(p, shift * size), DRAWS, rng) for p in kept]
        share = line("imputed", each).shares[b]
        tried.append(Shifted(shift, share.share or 0.0, share.low or 0.0, share.high or 0.0))
        tell(0.76 + 0.23 * (k + 1) / len(SHIFTS), "How far those who left could be off")
    reaches = (own.low or 0.0) <= 0.0
    other = [t.shift for t in tried if (t.low <= 0.0) != reaches]
    return Tipping(own.factor, reaches, min(other, key=abs, default=None), tuple(tried))


def _messages(rows: OpenRows, chance: tuple[float, float] | None) -> tuple[str, ...]:
    said = []
    if chance and chance[0] < SMALL_CHANCE:
        said.append(
            "Some who stayed were so unlike the rest that each stands for more than ten: the "
            "weighted line rests on few"
        )
    lost = int((~rows.complete).sum())
    if lost > len(rows.y) / 2:
        said.append(
            Sentence(lost, " of ", len(rows.y), " treatments are drawn in part: more than half")
        )
    return tuple(said)
