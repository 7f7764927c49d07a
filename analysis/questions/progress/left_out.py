"""Forecasts for treatments that took no part in making them: folds, clinics, periods left out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.questions.progress.courses import Courses
from analysis.questions.progress.learn import (
    SIGNALS,
    Learned,
    elapsed_at,
    event,
    features,
    forecast,
    learn_growth,
    pair_of,
)
from analysis.questions.progress.scale import Scale

FOLDS = 5
MOST_PARTS = 30  # clinics are put together into as many parts at most


@dataclass(frozen=True, slots=True)
class Forecasts:
    """log_odds, early: (n,) of the treatments judged, NaN elsewhere, by the full risk and by early
    change alone; able, came: whom a signal can be judged on, and what came."""

    log_odds: np.ndarray
    early: np.ndarray
    able: np.ndarray
    came: np.ndarray

    @property
    def judged(self) -> np.ndarray:
        return self.able & np.isfinite(self.log_odds)


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of the expected course in SDs of the forecast, from treatments left out: origin
    (0: from the first score alone, else a landmark), elapsed of the score forecast, the error,
    and the part that was left out."""

    origin: np.ndarray
    elapsed: np.ndarray
    error: np.ndarray
    part: np.ndarray


def folds(courses: Courses, seed: int = 1) -> np.ndarray:
    """(n,) 0..4: a patient's treatments stay together."""
    _, patient = np.unique(courses.raw.patient.astype(str), return_inverse=True)
    order = np.random.default_rng(seed).permutation(patient.max(initial=0) + 1)
    return order[patient] % FOLDS


def parts_of(values: np.ndarray) -> np.ndarray:
    """(n,) number of the part of each treatment: one a value, at most 30; -1 for ''."""
    names, number = np.unique(values.astype(str), return_inverse=True)
    empty = names[number] == ""
    return np.where(empty, -1, number % MOST_PARTS)


def forecasts(
    courses: Courses,
    scale: Scale,
    part: np.ndarray,
    landmarks: tuple[int, ...],
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[dict[tuple[str, int], Forecasts], Errors]:
    """Leaves out each part (n,) in turn and forecasts it; also the errors of expected courses."""
    n = courses.raw.n
    made = {}
    for landmark in landmarks:
        for signal in SIGNALS:
            able, came = event(courses, signal, elapsed_at(courses, landmark))
            empty = np.full(n, np.nan)
            made[signal, landmark] = Forecasts(empty, empty.copy(), able & (part >= 0), came)
    errors = []
    numbers = [p for p in np.unique(part) if p >= 0]
    for done, number in enumerate(numbers):
        progress(done / len(numbers))
        rest, here = courses.learn & (part != number), part == number
        learned = learn_growth(courses, rest, scale)
        errors.append(_errors(courses, learned, 0, here, part))
        for landmark in landmarks:
            x, points = features(courses, learned, elapsed_at(courses, landmark))
            errors.append(_errors(courses, learned, landmark, here, part))
            for signal in SIGNALS:
                into = made[signal, landmark]
                pair = pair_of(x, points, into.able, into.came, rest)
                if pair is not None:
                    rows = into.able & here
                    into.log_odds[rows] = pair.full.log_odds(x[rows])
                    into.early[rows] = pair.early.log_odds(points[rows, None])
    return made, Errors(*(np.concatenate(c) for c in zip(*errors, strict=True)))


def standardised(courses: Courses, learned: Learned, landmark: int, of: np.ndarray):
    """(elapsed, error, who) of every later score of the finished treatments `of`, forecast at a
    landmark (0: from the first score alone); errors in SDs of the forecast."""
    raw = courses.raw
    after = elapsed_at(courses, landmark) if landmark else 0.0
    ahead = courses.scored & (courses.elapsed > after) & (of & courses.learn)[raw.who]
    who = raw.who[ahead]
    mean, sd = forecast(courses, learned, after, who, courses.elapsed[ahead])
    error = (learned.scale.working(raw.score[ahead]) - mean) / sd
    return courses.elapsed[ahead], error, who


def _errors(courses: Courses, learned: Learned, landmark: int, of: np.ndarray, part: np.ndarray):
    elapsed, error, who = standardised(courses, learned, landmark, of)
    return np.full(len(who), landmark), elapsed, error, part[who]
