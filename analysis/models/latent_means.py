"""Effects at each level of nested units, with observed means and with what lies behind them.

A mean of few sessions, or of few patients, is its unit's true value plus chance; its slope lies
between the level's own and the one below: beta_hat = lambda beta + (1 - lambda) beta_below, with
lambda the reliability of the means (Lüdtke et al. 2008, doi:10.1037/a0012869). Taking the variance
and covariance that chance adds off the means' own gives beta. Means of means, units counting
alike, so that a therapist with many patients is one therapist.
"""

from dataclasses import dataclass

import numpy as np

from analysis.base.errors import ModelError
from analysis.measures.conventions import ENDS, FEWEST_FOR_EFFECT, LEAST_LAMBDA
from analysis.models.language.moments import outer_of

RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class LevelEffect:
    """level: 0 within the innermost units, then 1, 2, …; units: of that level. naive: slope of
    observed means; corrected: of what lies behind them, None where lambda_ is below .3 or units
    are few; lambda_: reliability of the means of x (1 at level 0); contextual: corrected less
    the corrected slope a level below. Bounds: 95 % by resampling the outermost units."""

    level: int
    units: int
    naive: float | None
    naive_low: float | None
    naive_high: float | None
    lambda_: float | None
    corrected: float | None
    low: float | None
    high: float | None
    contextual: float | None
    contextual_low: float | None
    contextual_high: float | None


def level_effects(
    x: np.ndarray,
    y: np.ndarray,
    units: tuple[np.ndarray, ...],
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> tuple[LevelEffect, ...]:
    """Slopes of y on x within the innermost units and between units of each level above.

    x, y (N,): rows with both, no missing value. units: codes (N,) of nested groupings, innermost
    (patient) first, then therapist, clinic. An outcome that is one number a patient has no slope
    within. ModelError where there are fewer than ten innermost units.
    """
    nested = _nested(units)
    if len(np.unique(units[0])) < FEWEST_FOR_EFFECT:
        raise ModelError(
            f"{len(np.unique(units[0]))} patients are too few to tell patients from sessions",
            allowed=f"at least {FEWEST_FOR_EFFECT}",
            next_step="use more data",
        )
    unit = np.array([np.std(x), np.std(y)])
    if not (unit > 0).all():
        raise ModelError("A variable does not vary", next_step="choose another variable")
    base = _Base.of((x - x.mean()) / unit[0], (y - y.mean()) / unit[1], nested)
    scale = unit[1] / unit[0]
    point = _slopes(base)
    drawn = _resampled(base, resamples, seed)
    return _told(point, drawn, scale, base.counts)


@dataclass(frozen=True, slots=True)
class _Base:
    """Innermost units: n rows, their means (U, 2), sums of squares (U, 2: xx, xy) within;
    parents: one code array a level above, (U,)."""

    n: np.ndarray
    mean: np.ndarray
    within: np.ndarray
    parents: tuple[np.ndarray, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, x, y, nested) -> "_Base":
        inner = nested[0]
        n = np.bincount(inner).astype(float)
        mean = np.stack([np.bincount(inner, weights=v) / n for v in (x, y)], axis=1)
        dx, dy = x - mean[inner, 0], y - mean[inner, 1]
        within = np.stack([np.bincount(inner, weights=w) for w in (dx * dx, dx * dy)], axis=1)
        counts = (len(x), *(int(c.max()) + 1 for c in nested))
        return cls(n, mean, within, tuple(outer_of(inner, c) for c in nested[1:]), counts)


def _nested(units: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Codes in which a unit of one level belongs to one of the next: a patient of two therapists
    is two."""
    found: list[np.ndarray] = []
    for codes in reversed(units):
        pair = np.stack([codes, found[0]], axis=1) if found else codes[:, None]
        found.insert(0, np.unique(pair, axis=0, return_inverse=True)[1].ravel())
    return found


def level_variances(x: np.ndarray, units: tuple[np.ndarray, ...]) -> tuple[float, ...]:
    """Variance of x (N,) within the innermost units, then between units of each level, by equating
    mean squares of unweighted means to what is expected of them; a negative one is 0.

    units as in `level_effects`. Worked: two units of 1, 3 and 5, 7: within 2, between 7.
    """
    base = _Base.of(x - x.mean(), x - x.mean(), _nested(units))
    return tuple(max(float(own.variance[0]), 0.0) for own in _levels(base))


@dataclass(frozen=True, slots=True)
class _Level:
    """Sums over units of a level about their parent's mean (2,: xx, xy): as observed, and less
    what chance adds; variance (2,): of what lies behind the means."""

    observed: np.ndarray
    own: np.ndarray
    variance: np.ndarray


def _slopes(base: _Base) -> np.ndarray:
    """(levels, 3): naive slope, lambda, corrected slope, of each level; NaN where none."""
    found = []
    for level in _levels(base):
        (seen, both), (true, together) = level.observed, level.own
        found.append((_over(both, seen), _over(true, seen), _over(together, true)))
    return np.array(found)


def _levels(base: _Base) -> list[_Level]:
    """Within the innermost units, then each level above."""
    total = base.within.sum(axis=0)
    noise = total / max((base.n - 1).sum(), 1)  # variance, covariance of single rows
    found = [_Level(total, total, noise)]
    mean, chance = base.mean, noise[None, :] / base.n[:, None]
    groups = [*base.parents, np.zeros(len(mean), dtype=np.int64)]
    below = np.arange(len(mean))
    for codes in groups:
        parent = codes[np.unique(below, return_index=True)[1]] if len(codes) != len(mean) else codes
        size = np.bincount(parent).astype(float)
        middle = np.stack([np.bincount(parent, weights=m) / size for m in mean.T], axis=1)
        dx, dy = (mean - middle[parent]).T
        sums = np.array([(dx * dx).sum(), (dx * dy).sum()])
        share = 1 - 1 / size[parent]
        own = sums - (share[:, None] * chance).sum(axis=0)
        truth = own / max((size - 1).sum(), 1)
        found.append(_Level(sums, own, truth))
        spread = chance + truth
        chance = np.stack([np.bincount(parent, weights=s) / size**2 for s in spread.T], axis=1)
        mean, below = middle, codes
    return found


def _over(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom > 1e-12 else np.nan


def _resampled(base: _Base, resamples: int, seed: int) -> np.ndarray:
    """(resamples, levels, 3) of outermost units drawn with replacement, each a new unit."""
    rng = np.random.default_rng(seed)
    top = base.parents[-1] if base.parents else np.arange(len(base.n))
    order = np.argsort(top, kind="stable")
    starts = np.searchsorted(top[order], np.arange(top.max() + 2))
    return np.array([_slopes(_draw(base, order, starts, rng)) for _ in range(resamples)])


def _draw(base: _Base, order, starts, rng) -> _Base:
    units = len(starts) - 1
    chosen = rng.integers(0, units, units)
    sizes = starts[chosen + 1] - starts[chosen]
    copy = np.repeat(np.arange(units), sizes)
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = order[np.repeat(starts[chosen], sizes) + within]
    parents = []
    for codes in base.parents:
        pair = copy * (int(codes.max()) + 1) + codes[rows]
        parents.append(np.unique(pair, return_inverse=True)[1])
    return _Base(base.n[rows], base.mean[rows], base.within[rows], tuple(parents), base.counts)


def _told(point, drawn, scale: float, counts) -> tuple[LevelEffect, ...]:
    found = []
    for level, (naive, lambda_, corrected) in enumerate(point):
        enough = level == 0 or counts[level] >= FEWEST_FOR_EFFECT
        reliable = bool(enough and np.isfinite(lambda_) and lambda_ >= LEAST_LAMBDA)
        below = point[level - 1, 2] if level else np.nan
        last = level > 0 and reliable and (level == 1 or point[level - 1, 1] >= LEAST_LAMBDA)
        context = drawn[:, level, 2] - drawn[:, level - 1, 2] if level else np.full(1, np.nan)
        found.append(
            LevelEffect(
                level,
                int(counts[level]),
                *_figure(naive if enough else np.nan, drawn[:, level, 0], scale),
                float(lambda_) if np.isfinite(lambda_) else None,
                *_figure(corrected if reliable else np.nan, drawn[:, level, 2], scale),
                *_figure(corrected - below if last else np.nan, context, scale),
            )
        )
    return tuple(found)


def _figure(estimate: float, drawn: np.ndarray, scale: float):
    if not np.isfinite(estimate):
        return None, None, None
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < 20:
        return float(estimate * scale), None, None
    low, high = np.quantile(drawn, ENDS)
    return float(estimate * scale), float(low * scale), float(high * scale)
