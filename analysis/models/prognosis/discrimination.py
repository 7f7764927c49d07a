"""How good a forecast of a yes or no was: discrimination, calibration, and what acting on it costs.

A forecast is judged on cases that took no part in its making. Reported as Collins et al. (2024,
doi:10.1136/bmj-2023-074819) and Steyerberg & Vergouwe (2014, doi:10.1093/eurheartj/ehu207) ask.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

STEPS = 50  # of Newton's method: a calibration line settles in about six
STEEPEST = 30.0  # a slope past this means that the events are told apart without an error


@dataclass(frozen=True, slots=True)
class Calibration:
    """in_the_large: log odds to add so that as many events are expected as came (0 is right).
    slope: of the log odds (1 is right; below 1 the forecasts are too bold)."""

    in_the_large: float
    slope: float


@dataclass(frozen=True, slots=True)
class AtShare:
    """What flagging the cases with the highest chances does: rates in 0..1, None where empty.

    threshold: the lowest chance flagged. flagged: how many; right: events among them.
    """

    share: float
    threshold: float
    flagged: int
    right: int
    sensitivity: float | None
    specificity: float | None
    ppv: float | None


def auc(forecast: np.ndarray, event: np.ndarray) -> float | None:
    """Chance that an event had a higher forecast than a non-event, ties half (Hanley & McNeil
    1982, doi:10.1148/radiology.143.1.7063747); None without both.

    forecast (n,), finite; event (n,) bool. Worked: .1 .4 .35 .8 with events at the last two: .75.
    """
    events = int(event.sum())
    rest = len(event) - events
    if not events or not rest:
        return None
    ranks = rankdata(forecast)
    return float((ranks[event].sum() - events * (events + 1) / 2) / (events * rest))


def calibration(log_odds: np.ndarray, event: np.ndarray) -> Calibration | None:
    """The calibration line of forecasts (n,) given as log odds (Cox 1958,
    doi:10.1093/biomet/45.3-4.562); None without both events and non-events, or where the forecasts
    tell them apart without an error, so that no line exists."""
    if not 0 < event.sum() < len(event):
        return None
    y = event.astype(float)
    alone = _newton(np.ones((len(y), 1)), y, offset=log_odds)
    line = _newton(np.column_stack([np.ones(len(y)), log_odds]), y)
    if alone is None or line is None or abs(line[1]) > STEEPEST:
        return None
    return Calibration(float(alone[0]), float(line[1]))


def at_share(chance: np.ndarray, event: np.ndarray, share: float) -> AtShare:
    """Flags the `share` (0..1) of the cases with the highest chances (at least one case; cases
    that tie with the last one flagged are not split: they are all flagged)."""
    n = len(chance)
    count = min(max(round(share * n), 1), n)
    threshold = float(np.sort(chance)[n - count])
    flagged = chance >= threshold
    right, events = int((flagged & event).sum()), int(event.sum())
    wrong = int(flagged.sum()) - right
    return AtShare(
        share=share,
        threshold=threshold,
        flagged=int(flagged.sum()),
        right=right,
        sensitivity=right / events if events else None,
        specificity=1 - wrong / (n - events) if n > events else None,
        ppv=right / int(flagged.sum()),
    )


def net_benefit(chance: np.ndarray, event: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """(k,) net benefit of acting from each threshold on: true positives less false positives
    weighed by the odds of the threshold, over n (Vickers & Elkin 2006,
    doi:10.1177/0272989X06295361). thresholds: in 0..1, both excluded.

    Worked: 10 cases, 4 flagged of which 3 are events, threshold .2: 3/10 - 1/10 x .25 = .275.
    """
    flagged = chance[None, :] >= thresholds[:, None]
    hits = (flagged & event).sum(axis=1)
    misses = (flagged & ~event).sum(axis=1)
    return (hits - misses * thresholds / (1 - thresholds)) / len(event)


def log_score(log_odds: np.ndarray, event: np.ndarray) -> np.ndarray:
    """(n,) log of the chance that the forecast gave to what came: higher is better."""
    return np.where(event, log_odds, 0.0) - np.logaddexp(0.0, log_odds)


def _newton(x: np.ndarray, y: np.ndarray, offset: np.ndarray | float = 0.0) -> np.ndarray | None:
    """Coefficients of a logistic regression, None where they run away."""
    b = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ b + offset, -500, 500)))
        curvature = x.T @ (x * (p * (1 - p))[:, None])
        try:
            step = np.linalg.solve(curvature, x.T @ (y - p))
        except np.linalg.LinAlgError:
            return None
        size = np.abs(step).max()
        b = b + step * min(1.0, 2.0 / size if size > 0 else 1.0)
        if not np.isfinite(b).all():
            return None
        if size < 1e-9:
            return b
    return None
