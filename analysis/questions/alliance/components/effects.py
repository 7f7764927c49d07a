"""Bond, goal and task: what each goes with alone, beside the others, and what they share."""

import numpy as np

from analysis.models.process.clustered import Clustered, clustered
from analysis.questions.alliance.components.result import Contrast, Effect, Explained
from analysis.questions.alliance.measures import Measure
from analysis.questions.alliance.treatments import Treatments, first_scores, last_scores, means

WITHIN, BETWEEN = "within patients", "between patients"
Parts = tuple[tuple[Effect, ...], tuple[Contrast, ...], Explained | None]


def within_effects(rows: Treatments, outcome: str, parts: tuple[Measure, ...]) -> Parts:
    """The next session's score on this session's components, beside this session's score; all as
    deviations from the patient's own mean and the session's, errors by patient."""
    y, x = rows.of(outcome), np.stack([rows.of(p.key) for p in parts], axis=2)
    table = np.dstack([y[:, 1:], x[:, :-1], y[:, :-1]])
    seen = np.isfinite(table).all(axis=2)
    who, when = np.nonzero(seen)
    long = table[seen]
    if len(long) < 30:
        return (), (), None
    long = _less_means(_less_means(long, when), who)
    long = _less_means(_less_means(long, when), who)
    return _told(WITHIN, long[:, 1:-1], long[:, 0], long[:, -1:], who, parts)


def between_effects(
    rows: Treatments, outcome: str, parts: tuple[Measure, ...], window: tuple[int, int]
) -> Parts:
    """The last score on the early means of the components, beside the first score; errors by
    therapist where there are 20, else by treatment."""
    y = rows.of(outcome)
    first, last = first_scores(y), last_scores(y)
    x = np.stack([means(rows.of(p.key), *window) for p in parts], axis=1)
    table = np.column_stack([last, x, first])
    seen = np.isfinite(table).all(axis=1)
    if seen.sum() < 30:
        return (), (), None
    table = table[seen] - table[seen].mean(axis=0)
    cluster = rows.therapist[seen]
    if len(np.unique(cluster)) < 20 or (cluster < 0).any():
        cluster = np.arange(len(table))
    return _told(BETWEEN, table[:, 1:-1], table[:, 0], table[:, -1:], cluster, parts)


def _less_means(long: np.ndarray, group: np.ndarray) -> np.ndarray:
    count = np.maximum(np.bincount(group), 1)
    own = np.stack([np.bincount(group, c) / count for c in long.T], axis=1)
    return long - own[group]


def _told(level: str, x, y, beside, cluster, parts: tuple[Measure, ...]) -> Parts:
    """x (n, k) components, y (n,), beside (n, 1): what is held; all about their means."""
    sd = x.std(axis=0)
    if not (sd > 0).all():
        return (), (), None
    x, k = x / sd, len(parts)
    together = clustered(np.hstack([x, beside]), y, cluster)
    alone = [clustered(np.hstack([x[:, [i]], beside]), y, cluster) for i in range(k)]
    if together is None or any(a is None for a in alone):
        return (), (), None
    effects = []
    for i, (part, apart) in enumerate(zip(parts, alone, strict=True)):
        assert apart is not None
        a, _, a_low, a_high = apart.contrast(np.array([1.0, 0.0]))
        t, _, t_low, t_high = together.contrast(np.eye(k + 1)[i])
        effects.append(Effect(level, part.key, float(sd[i]), a, a_low, a_high, t, t_low, t_high))
    return (
        tuple(effects),
        _contrasts(level, together, parts),
        _explained(level, x, y, beside, cluster, parts, together),
    )


def _contrasts(level: str, found: Clustered, parts: tuple[Measure, ...]) -> tuple[Contrast, ...]:
    said = []
    for i in range(len(parts)):
        for j in range(i + 1, len(parts)):
            weights = np.zeros(len(found.beta))
            weights[i], weights[j] = 1.0, -1.0
            estimate, _, low, high = found.contrast(weights)
            said.append(Contrast(level, parts[i].key, parts[j].key, estimate, low, high))
    return tuple(said)


def _explained(level, x, y, beside, cluster, parts, together: Clustered) -> Explained:
    """Commonality (Nimon & Oswald 2013): what each adds to the others, and what is shared."""
    base = _r2(beside, y)
    own = {
        part.key: together.r2 - _r2(np.hstack([np.delete(x, i, axis=1), beside]), y)
        for i, part in enumerate(parts)
    }
    r2 = together.r2 - base
    shared = r2 - sum(own.values())
    return Explained(level, r2, own, shared, together.rows, together.clusters)


def _r2(columns: np.ndarray, y: np.ndarray) -> float:
    residual = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    return float(1 - residual @ residual / (y @ y))
