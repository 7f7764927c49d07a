"""Sudden gains: how many, of whom, how large, how many lost again, and the alliance around them."""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.base.joining import plural
from analysis.models.process.sudden_gains import FEWEST, Gains, sudden_gains
from analysis.questions.alliance.sessions import read_courses
from analysis.store.place import Store

AROUND = range(-2, 4)  # sessions about a gain; 0 is the last one before it


@dataclass(frozen=True, slots=True)
class AtOffset:
    """The alliance `offset` sessions from the last one before a gain (1 is the first after it):
    mean of its difference to the patient's own mean, over n gains with a rating there."""

    offset: int
    mean: float | None
    n: int


@dataclass(frozen=True, slots=True)
class GainsAnswer:
    """gains: how many; persons: who have one; several: who have more than one; reversals: gains
    of which half or more was given back at any later session. magnitude_mean, magnitude_sd: of
    the drops, in points, None without gains (the SD with one). of: patients in the data; able:
    those with scores enough to show a gain. by_session: session before -> gains. around: empty
    without an alliance. each: person (row, by first appearance), session before, before, after,
    reversed."""

    source: str
    version: str
    outcome: str
    cutoff: float
    alliance: str
    of: int
    able: int
    gains: int
    persons: int
    several: int
    reversals: int
    magnitude_mean: float | None
    magnitude_sd: float | None
    by_session: dict[int, int]
    around: tuple[AtOffset, ...]
    each: tuple[tuple[int, int, float, float, bool], ...]
    sentence: str
    messages: tuple[str, ...]


def gains(
    source: str,
    outcome: str,
    cutoff: float,
    alliance: str = "",
    sessions: tuple[int, int] | None = None,
    patient: str = "patient",
    session: str = "session",
    version: str = "",
    store: Store | None = None,
) -> GainsAnswer:
    """The sudden gains in `outcome` (higher is worse) by a cut-off in its points.

    ModelError where no patient has scores enough for one; a data set without gains is an answer.
    """
    if not (np.isfinite(cutoff) and cutoff > 0):
        raise RequestError("The cut-off is not a number above 0", where="--cutoff")
    variables = (outcome, alliance) if alliance else (outcome,)
    read = read_courses(source, variables, sessions, patient, session, version, store)
    scores = read.values[:, :, 0]
    found = sudden_gains(scores, cutoff)
    if not found.persons:
        raise ModelError(
            f"No patient has '{outcome}' at {FEWEST} sessions before and {FEWEST} after a step "
            "between two sessions in a row",
            where=f"'{read.source}'",
            allowed="courses of four sessions or more with a score at each",
            next_step="choose data with longer courses",
        )
    numbers = np.array(read.sessions)[found.place]
    counts = np.bincount(found.person)
    size = found.magnitude
    return GainsAnswer(
        source=read.source,
        version=read.version,
        outcome=outcome,
        cutoff=cutoff,
        alliance=alliance,
        of=len(scores),
        able=found.persons,
        gains=len(size),
        persons=int((counts > 0).sum()),
        several=int((counts > 1).sum()),
        reversals=int(found.reversed_.sum()),
        magnitude_mean=float(size.mean()) if len(size) else None,
        magnitude_sd=float(size.std(ddof=1)) if len(size) > 1 else None,
        by_session={int(s): int((numbers == s).sum()) for s in np.unique(numbers)},
        around=_around(found, read.values[:, :, 1]) if alliance else (),
        each=_each(found, numbers),
        sentence=gains_sentence(found, counts, outcome, cutoff, len(scores)),
        messages=(*read.notes, *_messages(read.left_out)),
    )


@dataclass(frozen=True, slots=True)
class GainsQuestion:
    """What `gains` asks of a dataset, frozen for a page."""

    dataset: str
    outcome: str
    cutoff: float
    alliance: str = ""
    version: str = ""
    store: Store | None = None


def ask_gains(question: GainsQuestion) -> GainsAnswer:
    """The answer to `question`, over all sessions."""
    return gains(
        question.dataset,
        question.outcome,
        question.cutoff,
        question.alliance,
        version=question.version,
        store=question.store,
    )


def _each(found: Gains, numbers: np.ndarray) -> tuple[tuple[int, int, float, float, bool], ...]:
    rows = zip(found.person, numbers, found.before, found.after, found.reversed_, strict=True)
    return tuple((int(p), int(s), float(b), float(a), bool(r)) for p, s, b, a, r in rows)


def _around(found: Gains, ratings: np.ndarray) -> tuple[AtOffset, ...]:
    count = np.isfinite(ratings).sum(axis=1)
    own = np.nansum(ratings, axis=1) / np.where(count > 0, count, 1)
    said = []
    for offset in AROUND:
        place = found.place + offset
        inside = (place >= 0) & (place < ratings.shape[1])
        person = found.person[inside]
        there = ratings[person, place[inside]] - own[person]
        there = there[np.isfinite(there)]
        said.append(AtOffset(offset, float(there.mean()) if len(there) else None, len(there)))
    return tuple(said)


def gains_sentence(found: Gains, counts: np.ndarray, outcome: str, cutoff: float, of: int) -> str:
    """How many sudden gains there are, in words; of: patients in the data."""
    able = f"{found.persons:,} of {of:,} patients have scores enough to show one"
    if not len(found.person):
        return f"No sudden gain of {cutoff:g} points or more in {outcome}; {able}."
    size, several = found.magnitude.mean(), int((counts > 1).sum())
    gains, lost = len(found.person), int(found.reversed_.sum())
    return (
        f"{gains:,} sudden {plural('gain', gains)} in {int((counts > 0).sum()):,} of {of:,} "
        f"patients, {several:,} of them with more than one; a gain is {size:.1f} points on "
        f"average, and {lost:,} {'was' if lost == 1 else 'were'} lost by half or more later "
        f"({able})."
    )


def _messages(left_out: dict[str, int]) -> tuple[str, ...]:
    return tuple(f"{n} rows were left out: {reason}." for reason, n in left_out.items())
