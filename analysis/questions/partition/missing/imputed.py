"""Completed treatments: what is missing drawn given all that is seen of a patient and therapist."""

from collections.abc import Callable, Iterator

import numpy as np

from analysis.models.missing.multilevel_normal import Incomplete, drawn
from analysis.questions.partition.rows.landmark import course_grid
from analysis.store.queries.course_columns import treatment_courses
from analysis.store.queries.frames import Frame, FrameSpec
from analysis.store.queries.open_frame import OpenRows

# A help is used where this part of the treatments has it: fewer cost a pattern and say little.
SEEN = 0.1
OUTER = ("therapist", "clinic")


def imputations(
    cursor, spec: FrameSpec, rows: OpenRows, count: int, rng, told: Callable[[float], None]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`count` times (y (n,), x (n, q)) without gaps. Beside them in the model: the scores up to the
    landmark, and what was rated before the window."""
    helps = _helps(cursor, spec, rows)
    outer = [i for i, c in enumerate(rows.columns) if c.unit in OUTER]
    inner = [i for i, c in enumerate(rows.columns) if c.unit not in OUTER]
    own = np.column_stack([rows.y, rows.x[:, inner], helps])
    groups = int(rows.therapist.max()) + 1
    first = np.unique(rows.therapist, return_index=True)[1]
    theirs = rows.x[first][:, outer] if outer else np.zeros((groups, 0))
    varies, theirs_vary = _varies(own), _varies(theirs)
    values = Incomplete(own[:, varies], theirs[:, theirs_vary], rows.therapist)
    for found, found_theirs in drawn(values, count, rng, told):
        whole, outside = own.copy(), theirs.copy()
        whole[:, varies], outside[:, theirs_vary] = found, found_theirs
        x = rows.x.copy()
        x[:, inner] = whole[:, 1 : 1 + len(inner)]
        x[:, outer] = outside[rows.therapist]
        yield whole[:, 0], np.where(np.isfinite(x), x, np.nanmean(x, axis=0))


def _varies(values: np.ndarray) -> np.ndarray:
    """Which columns have two different values; the others have one, or none."""
    there = np.isfinite(values)
    low = np.where(there, values, np.inf).min(axis=0, initial=np.inf)
    high = np.where(there, values, -np.inf).max(axis=0, initial=-np.inf)
    return np.asarray(high > low)


def _helps(cursor, spec: FrameSpec, rows: OpenRows) -> np.ndarray:
    """(n, h) scores by session up to the landmark, and each rating's mean before the window."""
    rated = tuple(v for v in spec.predictors if v.unit == "session" and v.kind == "number")
    frame = Frame(rows.relation, rows.columns, len(rows.y), {})
    first, tables = treatment_courses(cursor, frame, (spec.outcome, *rated))
    scores, ratings = tables[0], tables[1:]
    grid = course_grid(scores, first, spec.window[1])
    before = max(spec.window[0] - first, 0)
    columns = [scores[:, grid], *(_mean(r[:, :before]) for r in ratings)]
    found = np.column_stack(columns)
    # The score at intake is a column already where it is adjusted for.
    same = spec.adjust == "intake"
    keep = np.isfinite(found).mean(axis=0) >= SEEN
    if same and len(grid):
        keep[0] = False
    return found[:, keep]


def known_before(cursor, spec: FrameSpec, rows: OpenRows) -> np.ndarray:
    """(n, h) what is known of every treatment that began: the first score, what is no rating of
    the window, and each rating's mean before it; a mean where somebody has none."""
    rated = tuple(v for v in spec.predictors if v.unit == "session" and v.kind == "number")
    frame = Frame(rows.relation, rows.columns, len(rows.y), {})
    first, tables = treatment_courses(cursor, frame, (spec.outcome, *rated))
    before = max(spec.window[0] - first, 0)
    outside = [i for i, c in enumerate(rows.columns) if c.unit != "session" and c.variable]
    columns = [
        rows.intake[:, None],
        rows.x[:, outside],
        *(_mean(t[:, :before]) for t in tables[1:]),
    ]
    found = np.column_stack(columns)
    found = found[:, _varies(found)]
    return np.where(np.isfinite(found), found, np.nanmean(found, axis=0))


def _mean(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values)
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)[:, None]
