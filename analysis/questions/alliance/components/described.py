"""What ratings of the alliance are like: course, reliability, ceiling, correlations."""

from collections.abc import Iterable

import numpy as np

from analysis.base.errors import ModelError
from analysis.models.latent_means import level_variances
from analysis.models.process.reliability import item_reliability, mean_reliability
from analysis.questions.alliance.components.result import (
    Correlation,
    CoursePoint,
    Described,
    ItemsReliability,
)
from analysis.questions.alliance.measures import Measure
from analysis.questions.alliance.treatments import Treatments, means

FEWEST_A_SESSION = 20  # ratings, for a median with its quartiles
SESSIONS = (1, 2, 4)  # of which reliability is told
WITH_ITEMS = 4  # sessions of the crossed design of items
FEWEST_COMPLETE = 20  # treatments of that design
EVERYONE = "all"


def course(rows: Treatments, measures: Iterable[Measure]) -> tuple[CoursePoint, ...]:
    """Median and middle half by session, of all and by how treatments ended."""
    groups = {EVERYONE: np.ones(len(rows.ending), dtype=bool)}
    groups |= {str(e): rows.ending == e for e in sorted(set(rows.ending))}
    found = []
    for m in measures:
        table = rows.of(m.key)
        for name, own in groups.items():
            found += _points(m.key, name, table[own])
    return tuple(found)


def _points(key: str, group: str, table: np.ndarray) -> list[CoursePoint]:
    found = []
    for place in range(table.shape[1]):
        there = table[np.isfinite(table[:, place]), place]
        if len(there) < FEWEST_A_SESSION:
            break
        lower, median, upper = (float(q) for q in np.quantile(there, [0.25, 0.5, 0.75]))
        found.append(CoursePoint(key, group, place + 1, len(there), median, lower, upper))
    return found


def described(rows: Treatments, measure: Measure) -> Described | None:
    """One measure in figures; None where nobody was rated twice."""
    table = rows.of(measure.key)
    who, x = _long(table)
    if not (np.bincount(who, minlength=1) >= 2).any():
        return None
    within, between = level_variances(x, (who,))
    reliability = {n: mean_reliability(between, within, n) for n in SESSIONS}
    ceiling = None if measure.high is None else float(np.mean(x >= measure.high - 1e-9))
    return Described(
        measure.key,
        int(np.isfinite(table).any(axis=1).sum()),
        len(x),
        float(x.mean()),
        between**0.5,
        within**0.5,
        ceiling,
        reliability,
    )


def with_items(rows: Treatments, parts: tuple[Measure, ...]) -> ItemsReliability | None:
    """Reliability with the components as items; None with fewer than two, or few complete."""
    sessions = min(WITH_ITEMS, rows.values.shape[1])
    if len(parts) < 2 or sessions < 2:
        return None
    ratings = np.stack([rows.of(p.key)[:, :sessions] for p in parts], axis=2)
    complete = ratings[np.isfinite(ratings).all(axis=(1, 2))]
    if len(complete) < FEWEST_COMPLETE:
        return None
    try:
        found = item_reliability(complete)
    except ModelError:
        return None
    between = {k: _of_mean(found.variances, k, len(parts)) for k in SESSIONS}
    return ItemsReliability(len(complete), sessions, between, found.r_c)


def _of_mean(v: dict[str, float], k: int, m: int) -> float:
    """R_KR of Shrout & Lane (2012): a patient's mean of k sessions picked at random."""
    person = v["person"] + v["person_item"] / m
    error = (v["time"] + v["person_time"]) / k + v["residual"] / (k * m)
    return person / (person + error) if person + error > 0 else 0.0


def correlations(rows: Treatments, measures: tuple[Measure, ...]) -> tuple[Correlation, ...]:
    """Of each pair, on sessions with both."""
    found = []
    for i, first in enumerate(measures):
        for second in measures[i + 1 :]:
            x, y = rows.of(first.key), rows.of(second.key)
            both = np.isfinite(x) & np.isfinite(y)
            x, y = np.where(both, x, np.nan), np.where(both, y, np.nan)
            x_mean, y_mean = means(x), means(y)
            within = _r((x - x_mean[:, None])[both], (y - y_mean[:, None])[both])
            there = np.isfinite(x_mean)
            between = _r(x_mean[there], y_mean[there])
            found.append(Correlation(first.key, second.key, within, between))
    return tuple(found)


def _long(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes of treatments and their ratings, row by row."""
    seen = np.isfinite(table)
    who = np.unique(np.nonzero(seen)[0], return_inverse=True)[1]
    return who, table[seen]


def _r(x: np.ndarray, y: np.ndarray) -> float | None:
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])
