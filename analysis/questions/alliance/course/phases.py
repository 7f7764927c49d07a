"""Early, middle, late; and the effect of the alliance over the course."""

import numpy as np
from scipy.special import fdtrc

from analysis.base.errors import ModelError
from analysis.measures.conventions import Z
from analysis.models.process.clustered import clustered
from analysis.models.process.expected_course import expected_course, innovations
from analysis.questions.alliance.course.result import AtSession, OverTime, Phase
from analysis.questions.alliance.measures import Measure
from analysis.questions.alliance.treatments import Treatments, first_scores, last_scores, means

FEWEST = 20  # treatments, for a correlation of a phase
FEWEST_ROWS = 60  # sessions, for an effect that changes over the course
FEWEST_AT = 20  # sessions of a number, for the effect to be told there


def phases(rows: Treatments, measure: Measure, outcome: Measure) -> tuple[Phase, ...]:
    """Thirds of the sessions that half of the treatments reach; fewer with fewer than six."""
    ratings, scores = rows.of(measure.key), rows.of(outcome.key)
    first, last = first_scores(scores), last_scores(scores)
    length = int(np.median(np.isfinite(ratings).sum(axis=1)))
    if length < 3:
        return ()
    edges = np.linspace(0, length, 4).round().astype(int)
    names = ("early", "middle", "late")
    better = 1 if outcome.higher_is == "better" else -1
    found = []
    for name, begin, end in zip(names, edges[:-1], edges[1:], strict=True):
        x = means(ratings, begin + 1, end)
        used = np.isfinite(x) & np.isfinite(first) & np.isfinite(last)
        at = (int(begin) + 1, int(end))
        if not np.isfinite(x).any():
            continue
        r, low, high = _correlation(x[used], first[used], last[used], better)
        found.append(Phase(name, at, float(np.nanmean(x)), r, low, high, int(used.sum())))
    return tuple(found)


def _correlation(x, first, last, better: int):
    if len(x) < FEWEST or np.ptp(x) == 0 or np.ptp(last) == 0 or np.ptp(first) == 0:
        return None, None, None
    slope, level = np.polyfit(first, last, 1)
    r = better * float(np.corrcoef(x, last - level - slope * first)[0, 1])
    reach = Z / np.sqrt(len(x) - 3)
    return r, float(np.tanh(np.arctanh(r) - reach)), float(np.tanh(np.arctanh(r) + reach))


def over_time(
    rows: Treatments, measure: Measure, outcome: Measure, seed: int = 1
) -> OverTime | None:
    """The next score on this session's alliance, its square in sessions free: each less what the
    same patient's ratings (and scores) before it let expect, so that neither levels nor trends of
    patients are in it; from the second session on, errors by treatment."""
    x, y = rows.of(measure.key), rows.of(outcome.key)
    try:
        new_x, new_y = _unexpected(x, seed), _unexpected(y, seed)
    except ModelError:
        return None
    a, b = new_x[:, 1:-1], new_y[:, 2:]
    before = np.cumsum(np.isfinite(x), axis=1)[:, :-2] > 0  # else all is unexpected
    seen = np.isfinite(a) & np.isfinite(b) & before
    who, when = np.nonzero(seen)
    if len(who) < FEWEST_ROWS:
        return None
    middle, unit = when.mean(), max(float(when.std()), 1e-9)
    s, x1 = (when - middle) / unit, a[seen]
    columns = np.column_stack([np.ones(len(x1)), x1, x1 * s, x1 * s**2])
    found = clustered(columns, b[seen], who)
    if found is None:
        return None
    points = []
    for place in range(a.shape[1]):
        if (when == place).sum() < FEWEST_AT:
            continue
        at = (place - middle) / unit
        estimate, _, low, high = found.contrast(np.array([0.0, 1.0, at, at**2]))
        points.append(AtSession(place + 2, estimate, low, high))
    beta, v = found.beta[2:], found.covariance[2:, 2:]
    wald = float(beta @ np.linalg.solve(v, beta)) / 2
    p = float(fdtrc(2, found.df, wald))
    return OverTime(tuple(points), p, found.rows, found.clusters)


def _unexpected(values: np.ndarray, seed: int) -> np.ndarray:
    """(N, T) each value less what those before it let expect."""
    _, foreseen = innovations(values, expected_course(values, seed))
    return values - foreseen
