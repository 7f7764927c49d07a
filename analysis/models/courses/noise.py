"""How much of a score is the session's own noise, told from how courses run.

A course that is a trend of the patient's own plus a random walk has differences D_t = x_t - x_{t-1}
whose products at lag 1 hold S - W and at lag 2 hold S, with S the trends' covariance and W the
noise's: their difference is W, whatever trend and walk are (method of moments; for one variable
Harvey 1989, Forecasting, structural time series models, section 2.4). Between two variables it is
the covariance of their noises, as where an alliance answers to the score itself.
Worked: a walk with steps of variance 1 and noise of variance 2: lag 1 -2, lag 2 0, W = 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Products at each lag that a noise rests on at least: its standard error is then some .15 of a
# noise that is the larger part of a difference.
FEWEST_PRODUCTS = 100


@dataclass(frozen=True, slots=True)
class Noise:
    """variance: of the score's own noise, in its unit squared; with (v,): its covariance with the
    noise of each companion; products: how many the variance rests on."""

    variance: float
    with_: np.ndarray
    products: int


def session_noise(scores: np.ndarray, companions: Sequence[np.ndarray]) -> Noise | None:
    """scores (n, T) and companions, each (n, T), by session number, NaN where there is none; the
    columns are consecutive numbers. None where too few courses are long enough to tell."""
    own = _differences(scores)
    variance, products = _noise(own, own)
    if variance is None:
        return None
    # As much noise as there is variance would leave no course to adjust for.
    largest = 0.9 * np.nanmean(np.nanvar(scores, axis=0))
    variance = float(np.clip(variance, 0.0, largest))
    found = [_noise(own, _differences(c))[0] or 0.0 for c in companions]
    return Noise(variance, np.array(found), products)


def _differences(values: np.ndarray) -> np.ndarray:
    """(n, T - 1), less what all patients have in common at a session."""
    steps = np.diff(values, axis=1)
    there = np.isfinite(steps)
    mean = np.where(there, steps, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    return steps - mean


def _noise(first: np.ndarray, second: np.ndarray) -> tuple[float | None, int]:
    near, count = _products(first, second, 1)
    far, long = _products(first, second, 2)
    if min(count, long) < FEWEST_PRODUCTS:
        return None, long
    return far - near, long


def _products(first: np.ndarray, second: np.ndarray, lag: int) -> tuple[float, int]:
    """The mean product of differences `lag` apart, either variable's the earlier, and how many."""
    if first.shape[1] <= lag:
        return 0.0, 0
    both = np.stack([first[:, :-lag] * second[:, lag:], second[:, :-lag] * first[:, lag:]], axis=-1)
    there = np.isfinite(both)
    count = int(there.sum())
    return float(np.where(there, both, 0.0).sum() / max(count, 1)), count // 2
