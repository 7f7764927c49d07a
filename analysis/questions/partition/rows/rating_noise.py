"""What of an early mean is the sessions' own: the error of a mean over few sessions."""

import numpy as np

from analysis.store.queries.course_columns import treatment_courses
from analysis.store.queries.frames import Frame, FrameSpec

# Fewer treatments with two ratings within the window do not tell it.
FEWEST = 30


def rating_noise(cursor, frame: Frame, spec: FrameSpec) -> np.ndarray | None:
    """(q, q) covariance of the error of the frame's columns as measures of a treatment's mean over
    all sessions: the pooled covariance within treatments times the mean of 1 / ratings. 0 for what
    is rated once; None where no predictor is rated in sessions, or too few are rated twice."""
    rated = tuple(v for v in spec.predictors if v.unit == "session" and v.kind == "number")
    if not rated:
        return None
    first, tables = treatment_courses(cursor, frame, rated)
    early = slice(max(spec.window[0] - first, 0), max(spec.window[1] - first + 1, 0))
    values = np.stack([t[:, early] for t in tables], axis=-1)  # (n, T, v)
    there = np.asarray(np.isfinite(values).all(axis=-1))
    count = there.sum(axis=1)
    if (count > 1).sum() < FEWEST:
        return None
    filled = np.where(there[..., None], values, 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)[:, None]
    deviations = np.where(there[..., None], values - mean[:, None], 0.0)
    within = np.einsum("ntv,ntw->vw", deviations, deviations) / np.maximum(count - 1, 0).sum()
    error = within * np.mean(1 / count[count > 0])
    columns = list(frame.columns)
    at = [next(i for i, c in enumerate(columns) if c.variable is v) for v in rated]
    out = np.zeros((len(columns), len(columns)))
    out[np.ix_(at, at)] = error
    return out
