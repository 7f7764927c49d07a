"""Open treatments, each judged by the last landmark that it has passed."""

from dataclasses import dataclass

import numpy as np

from analysis.models.prognosis.bands import Bands
from analysis.questions.progress.accuracy import OFFERED, Accuracy
from analysis.questions.progress.courses import Courses
from analysis.questions.progress.expected import Point, expected_points
from analysis.questions.progress.learn import SIGNALS, Learned, Pair, elapsed_at, features

VERDICTS = TALK, UNTOLD, ON_TRACK = "worth a talk", "can't be told", "on track"
ONGOING = "ongoing"
SHOWN_AT_LEAST = 12  # sessions or weeks that a course is drawn, longer where it has gone on longer


@dataclass(frozen=True, slots=True)
class Judge:
    """All that judging an open treatment needs. pairs: (signal, landmark) -> risks; table:
    (landmark or 0, elapsed) -> bands; landmarks: those with figures; falls: (n,) whose last
    alliance rating is unusually low, None where that can't be told."""

    courses: Courses
    learned: Learned
    pairs: dict[tuple[str, int], Pair]
    table: dict[tuple[int, int], Bands]
    accuracy: dict[tuple[str, int], Accuracy]
    landmarks: tuple[int, ...]
    falls: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class OpenTreatment:
    """One open treatment. number: its place in the courses. elapsed: sessions or weeks from the
    first score to the last. change: points of improvement so far. landmark: the one it is judged
    by, None before the first. chances: (signal, chance 0..1) of the signals offered there; flags:
    those among the highest share. alliance_fell: the last alliance rating lies below what those
    before let expect, at 5 % false alarms a course; None where that can't be told. base: share of
    finished treatments without reliable improvement at this landmark, None where that is not
    judged. verdict: TALK, ON_TRACK or UNTOLD."""

    number: int
    episode: str
    clinic: str
    scores: int
    elapsed: float
    intake: float
    last: float
    change: float
    landmark: int | None
    chances: tuple[tuple[str, float], ...]
    flags: tuple[str, ...]
    alliance_fell: bool | None
    base: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Course:
    """One treatment's own scores (elapsed, score, alliance or None), where it is expected to go
    from here, and where it was expected to go from the first score alone."""

    treatment: OpenTreatment
    scores: tuple[tuple[float, float | None, float | None], ...]
    ahead: tuple[Point, ...]
    from_start: tuple[Point, ...]


def judged(judge: Judge) -> tuple[OpenTreatment, ...]:
    """Every open treatment, those most worth a talk first; never by therapist."""
    courses, raw = judge.courses, judge.courses.raw
    open_ = np.flatnonzero(raw.ending == ONGOING)
    now = _now(courses)
    at = _landmarks(judge, now)
    count = np.bincount(raw.who[courses.scored], minlength=raw.n)
    x, points = features(courses, judge.learned, now)
    odds = {}
    for (signal, landmark), pair in judge.pairs.items():
        rows = open_[at[open_] == landmark]
        figures = judge.accuracy[signal, landmark]
        if figures.status == OFFERED and len(rows):
            chance = 1 / (1 + np.exp(-pair.full.log_odds(x[rows])))
            odds[signal, landmark] = dict(zip(rows.tolist(), chance.tolist(), strict=True))
    falls = judge.falls
    found = []
    for i in open_.tolist():
        landmark = int(at[i]) if at[i] > 0 else None
        told = [s for s in SIGNALS if landmark and i in odds.get((s, landmark), ())]
        if courses.rule.caseness is not None and not raw.cased[i]:
            told = [s for s in told if s != "no_improvement"]
        chances = tuple((s, odds[s, landmark][i]) for s in told)
        flags = _flags(judge, landmark, chances)
        fell = bool(falls[i]) if falls is not None else None
        base, verdict = _verdict(judge, landmark, chances, bool(flags or fell))
        treatment = OpenTreatment(
            number=i,
            episode=str(raw.episode[i]),
            clinic=str(raw.clinic[i]),
            scores=int(count[i]),
            elapsed=float(now[i]),
            intake=float(courses.intake[i]),
            last=float(courses.final[i]),
            change=float(points[i]) if np.isfinite(points[i]) else 0.0,
            landmark=landmark,
            chances=chances,
            flags=flags,
            alliance_fell=fell,
            base=base,
            verdict=verdict,
        )
        found.append((verdict != TALK, -_urgency(judge, landmark, chances), treatment))
    return tuple(t for *_, t in sorted(found, key=lambda f: (f[0], f[1], f[2].episode)))


def course_of(judge: Judge, treatment: OpenTreatment) -> Course:
    """What the page of one treatment draws."""
    courses, raw = judge.courses, judge.courses.raw
    rows = np.flatnonzero((raw.who == treatment.number) & (courses.elapsed >= 0))
    own = tuple(
        (float(courses.elapsed[r]), _or_none(raw.score[r]), _or_none(raw.alliance[r])) for r in rows
    )
    until = _until(judge, treatment.elapsed)
    arguments = courses, judge.learned, judge.table, treatment.number
    origin = treatment.landmark or 0
    return Course(
        treatment,
        own,
        expected_points(*arguments, treatment.elapsed, origin, until),
        expected_points(*arguments, 0.0, 0, until),
    )


def _now(courses: Courses) -> np.ndarray:
    """(n,) elapsed at the last score."""
    return np.nan_to_num(courses.final_elapsed)


def _landmarks(judge: Judge, now: np.ndarray) -> np.ndarray:
    """(n,) the last landmark with figures that each has passed, 0 for none."""
    passed = np.zeros(len(now), dtype=int)
    for landmark in judge.landmarks:
        passed[now >= elapsed_at(judge.courses, landmark)] = landmark
    return passed


def _flags(judge: Judge, landmark: int | None, chances) -> tuple[str, ...]:
    return tuple(
        s for s, chance in chances if landmark and chance >= _threshold(judge, s, landmark)
    )


def _threshold(judge: Judge, signal: str, landmark: int) -> float:
    flagging = judge.accuracy[signal, landmark].flagging
    return flagging.threshold if flagging else 1.0


def _urgency(judge: Judge, landmark: int | None, chances) -> float:
    """Furthest above the threshold of its signal, in log odds: from 0 on it is flagged."""
    above = (
        _log_odds(c) - _log_odds(_threshold(judge, s, landmark)) for s, c in chances if landmark
    )
    return max(above, default=-np.inf)


def _log_odds(chance: float) -> float:
    inside = min(max(chance, 1e-12), 1 - 1e-12)
    return float(np.log(inside / (1 - inside)))


def _verdict(judge: Judge, landmark: int | None, chances, flagged: bool):
    """(base, verdict). On track only where no reliable improvement is less likely than for the
    average finished treatment: what isn't flagged is not therefore well."""
    told = dict(chances)
    if not landmark or "no_improvement" not in told:
        return None, TALK if flagged else UNTOLD
    figures = judge.accuracy["no_improvement", landmark]
    base = figures.events / figures.n
    if flagged:
        return base, TALK
    return base, ON_TRACK if told["no_improvement"] < base else UNTOLD


def _until(judge: Judge, now: float) -> int:
    """How far a course is drawn: as far as nine in ten finished ones went, within reason."""
    lengths = judge.courses.final_elapsed[judge.courses.learn]
    usual = int(np.ceil(np.quantile(lengths, 0.9)))
    last = max(at for _, at in judge.table)
    return int(min(max(usual, SHOWN_AT_LEAST, int(now) + 3), last))


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
