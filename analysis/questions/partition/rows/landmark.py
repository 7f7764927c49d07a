"""Time order: what was rated early, the landmark where that ends, and the course up to it.

The outcome lies after the landmark, so that success is change *after* the alliance was rated (a
landmark analysis: Anderson, Cain & Gelber 1983, doi:10.1200/JCO.1983.1.11.710).
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.base.sentence import Sentence
from analysis.measures.variables import Variable
from analysis.models.courses.calibrated import ScoreNoise, expected_course
from analysis.models.courses.hidden import Hidden
from analysis.models.courses.noise import Noise, session_noise
from analysis.questions.partition.result import Landmark
from analysis.store.queries.course_columns import (
    last_scores,
    rated_sessions,
    treatment_courses,
    treatment_predictors,
    with_columns,
)
from analysis.store.queries.frames import Frame, FrameColumn, FrameSpec

# An alliance is rated early from the third session on (Horvath & Symonds 1991; Fluckiger et al.
# 2018 take sessions 3 to 5); the window ends where this part of the treatments still goes on.
EARLY = (3, 5)
OUTLIVE = 0.70
# A session where fewer of the treatments have the forms does not widen a window.
RATED = 0.25
# Scores before the landmark that are used: the first and the last ones.
MOST_SCORES = 12
# Level and change as they were scored, for what is told of the levels' true means.
SEEN = ("level_seen", "change_seen")
# A session number where fewer of the treatments have a score tells little and costs a pattern.
LEAST_SCORED = 0.05


def chosen_window(
    cursor, outcome: Variable, predictors: tuple[Variable, ...], clinics: tuple[str, ...]
) -> tuple[int, int]:
    """The widest early window that at least OUTLIVE of the treatments outlive: sessions 3 to 5, 3
    to 4, 3 alone, then 1 to 2; sessions 3 to 3 where none does. It begins with the first session
    where nothing is rated from the third on."""
    last = last_scores(cursor, outcome, clinics)
    rated = rated_sessions(cursor, tuple(v for v in predictors if v.unit == "session"), clinics)
    first, most = EARLY[0], max(rated.values(), default=0)
    usual = [s for s, n in rated.items() if n >= RATED * most]
    begin = min(usual, default=first)
    for end in range(EARLY[1], 1, -1):
        start = first if end >= first else begin
        if not any(start <= s <= end for s in usual):
            start = begin
        inside = any(start <= s <= end for s in usual)
        if inside and start <= end and len(last) and (last > end).mean() >= OUTLIVE:
            return start, end
    return first, first


def survivors(cursor, outcome: Variable, landmark: int, clinics) -> tuple[int, int]:
    """(treatments with a score, those of them with one after the landmark)."""
    last = last_scores(cursor, outcome, clinics)
    return len(last), int((last > landmark).sum())


@dataclass(frozen=True, slots=True)
class CourseAdded:
    """frame: with the course's columns first. reliability: of a score at the landmark, None where
    it cannot be told. error (2, 2 + q): the covariance of the noise of the carried columns with
    one another and with the frame's other columns. hidden: what the expectations of the
    course's columns do not show. said: what has to be."""

    frame: Frame
    reliability: float | None
    error: np.ndarray | None
    said: list[str]
    hidden: Hidden | None = None


def with_course(cursor, frame: Frame, spec: FrameSpec, off_by: float = 0.0) -> CourseAdded:
    """The frame with the course up to the landmark as its first columns: where the patient stood
    and how they had changed, both less the scores' noise. off_by: as if that were so many standard
    errors larger than it is told."""
    rated = tuple(v for v in spec.predictors if v.unit == "session" and v.kind == "number")
    first, tables = treatment_courses(cursor, frame, (spec.outcome, *rated))
    scores, companions = tables[0], tables[1:]
    noise = session_noise(scores, companions)
    noise = noise.off_by(off_by) if noise else None
    numbers = np.arange(first, first + scores.shape[1])
    grid = course_grid(scores, first, spec.window[1])
    predictors = treatment_predictors(cursor, frame)
    own = None
    if noise is not None:
        own = _score_noise(
            noise, _weights(frame, spec, rated, scores, companions, numbers, grid), numbers, grid
        )
    course = expected_course(scores[:, grid], predictors, own)
    values, columns = {"level": course.level}, [_column("level", spec, spec.window[1])]
    if course.change is not None:
        values["change"] = course.change
        columns.append(_column("change", spec, spec.window[1]))
    if course.swing is not None:
        values["swing"] = course.swing
        columns.append(_column("swing", spec, spec.window[1]))
    values |= dict(zip(SEEN, course.seen.T, strict=True))
    relation = with_columns(cursor, frame, values)
    columns = (*columns, *frame.columns)
    carried = (*frame.carried, *SEEN)
    frame = replace(frame, relation=relation, columns=columns, carried=carried)
    if noise is None:
        said = [
            "Too few treatments are long enough to tell the noise of a score from change: the "
            "course up to the landmark is taken as it was measured"
        ]
        return CourseAdded(frame, None, course.error, said)
    return CourseAdded(frame, course.reliability, course.error, [], course.hidden)


def course_grid(scores: np.ndarray, first: int, landmark: int) -> np.ndarray:
    """Positions among the sessions of scores (n, T), which begin with number `first`, of those up
    to the landmark where enough treatments have a score: the first and the last ones."""
    numbers = np.arange(first, first + scores.shape[1])
    scored = np.isfinite(scores).mean(axis=0)
    grid = np.flatnonzero((numbers <= landmark) & (scored >= LEAST_SCORED))
    if len(grid) > MOST_SCORES:
        grid = np.concatenate([grid[:1], grid[1 - MOST_SCORES :]])
    return grid


def _column(name: str, spec: FrameSpec, landmark: int) -> FrameColumn:
    own = spec.outcome.name
    term = {
        "level": f"{own} at session {landmark}, from the course up to it",
        "change": f"{own}, change up to session {landmark}",
        "swing": f"{own}, how far off its course at session {landmark}",
    }[name]
    return FrameColumn(name, term, "episode", None)


def _weights(frame, spec, rated, scores, companions, numbers, grid) -> np.ndarray:
    """(k, T, v, q) the part that a companion's rating at each session has in a predictor, its early
    mean, where the score of one of the k sessions is known."""
    columns = list(frame.columns)
    out = np.zeros((len(grid), len(numbers), len(rated), len(columns)))
    early = (numbers >= spec.window[0]) & (numbers <= spec.window[1])
    for v, (variable, table) in enumerate(zip(rated, companions, strict=True)):
        at = [i for i, c in enumerate(columns) if c.variable is variable]
        there = np.isfinite(table) & early
        each = there / np.maximum(there.sum(axis=1, keepdims=True), 1)
        for k, session in enumerate(grid):
            seen = np.isfinite(scores[:, session])
            if seen.any():
                out[k, :, v, at] = each[seen].mean(axis=0)
    return out


def _score_noise(noise: Noise, weights: np.ndarray, numbers, grid) -> ScoreNoise:
    """What is not course of the scores at the grid's sessions, the landmark last."""
    at = numbers[grid]
    with_ = noise.with_companions(numbers[None, :] - at[:, None])  # (v, k, T)
    found = np.einsum("vks,ksvq->kq", with_, weights)
    own = noise.between(at[:, None] - at[None, :])
    if not noise.swing:
        return ScoreNoise(own, found, None, None)
    fading = noise.swing * noise.carried ** np.abs(at[-1] - at)
    return ScoreNoise(own, found, fading, noise.of_swing * found[-1])


def landmark_sentences(found: Landmark, adjust: str) -> list[str]:
    """The time order in words, a line each."""
    first, last = found.window
    early = f"sessions {first} to {last}" if first < last else f"session {last}"
    share = found.outlived / max(found.treatments, 1)
    why = " (the widest early window that 70 % of the treatments outlive)" if found.chosen else ""
    if found.chosen and share < OUTLIVE:
        why = " (no early window is outlived by 70 % of the treatments)"
    said = [
        Sentence(
            f"Early is {early}{why}; outcome lies after it, so these ",
            found.outlived,
            " of ",
            found.treatments,
            " treatments with a score were still going on",
        )
    ]
    meaning = {
        "landmark": f"Adjusted for the course up to session {last} (where a patient stood and how "
        "they had changed, from all scores up to it): success means change after that",
        "intake": "Adjusted for the score at intake alone: what changed before the alliance was "
        "rated counts as success, and an alliance that only mirrors it gets a share",
        "none": "Adjusted for nothing: who started worse counts as less successful",
    }
    return [*said, Sentence(meaning[adjust])]
