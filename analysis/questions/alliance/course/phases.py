"""Early, middle, late; and the effect of the alliance over the course."""

import numpy as np
from scipy.stats import f as fisher

from analysis.measures.conventions import Z
from analysis.models.process.clustered import clustered
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


def over_time(rows: Treatments, measure: Measure, outcome: Measure) -> OverTime | None:
    """The next score on this session's alliance, its square in sessions free, both about the
    patient's own and the session's mean, this session's score held; errors by treatment."""
    y, x = rows.of(outcome.key), rows.of(measure.key)
    table = np.dstack([y[:, 1:], x[:, :-1], y[:, :-1]])
    seen = np.isfinite(table).all(axis=2)
    who, when = np.nonzero(seen)
    many = np.bincount(who, minlength=len(y))[who] >= 2
    who, when, long = who[many], when[many], table[seen][many]
    if len(long) < FEWEST_ROWS:
        return None
    for _ in range(2):
        long = _less(_less(long, when), who)
    middle, unit = when.mean(), max(float(when.std()), 1e-9)
    s = (when - middle) / unit
    columns = np.column_stack([long[:, 1], long[:, 1] * s, long[:, 1] * s**2, long[:, 2]])
    found = clustered(columns, long[:, 0], who)
    if found is None:
        return None
    points = []
    for session in range(x.shape[1] - 1):
        if (when == session).sum() < FEWEST_AT:
            continue
        at = (session - middle) / unit
        estimate, _, low, high = found.contrast(np.array([1.0, at, at**2, 0.0]))
        points.append(AtSession(session + 1, estimate, low, high))
    beta, v = found.beta[1:3], found.covariance[1:3, 1:3]
    wald = float(beta @ np.linalg.solve(v, beta)) / 2
    p = float(fisher.sf(wald, 2, found.df))
    return OverTime(tuple(points), p, found.rows, found.clusters)


def _less(long: np.ndarray, group: np.ndarray) -> np.ndarray:
    count = np.maximum(np.bincount(group), 1)
    own = np.stack([np.bincount(group, c) / count for c in long.T], axis=1)
    return long - own[group]
