"""Open treatments whose last alliance rating lies below what the ratings before let expect.

The same rule as the page on the course of the alliance (`models/process/ruptures.py`): variances
from the finished treatments, a false-alarm rate a course, here asked of the last rating alone.
"""

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.process.expected_course import expected_course
from analysis.models.process.ruptures import flagged, nominal_rate
from analysis.questions.progress.courses import Courses

FALSE_ALARMS = 0.05  # of courses without a rupture that are flagged at any of their sessions
LONGEST = 60  # sessions


def alliance_falls(courses: Courses, seed: int = 1) -> np.ndarray | None:
    """(n,) bool, whether each treatment's last rating is flagged; None where the finished ones
    have too few ratings to tell what is usual."""
    ratings = _by_session(courses)
    finished = ratings[courses.learn]
    enough = np.flatnonzero(np.isfinite(finished).sum(axis=0) >= 3)
    if not len(enough):
        return None
    known = slice(0, int(enough[-1]) + 1)
    try:
        expected = expected_course(finished[:, known], seed)
    except ModelError:
        return None
    rate = nominal_rate(finished[:, known], expected, FALSE_ALARMS, (None, None), seed)
    found = flagged(ratings[:, known], expected, rate)
    seen = np.isfinite(ratings)
    last = ratings.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    inside = seen.any(axis=1) & (last < found.shape[1])
    return inside & found[np.arange(len(found)), np.minimum(last, found.shape[1] - 1)]


def _by_session(courses: Courses) -> np.ndarray:
    """(n, T) ratings by session number from the first one that is used, NaN where missing."""
    raw = courses.raw
    rated = np.isfinite(raw.alliance) & (raw.session >= 0)
    first = int(raw.session[rated].min(initial=LONGEST))
    rated &= raw.session < first + LONGEST
    width = int(raw.session[rated].max(initial=first)) - first + 1
    table = np.full((raw.n, width), np.nan)
    table[raw.who[rated], raw.session[rated] - first] = raw.alliance[rated]
    return table
