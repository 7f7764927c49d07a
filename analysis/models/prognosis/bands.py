"""Bands that hold as often as they say: the forecast's own errors decide how wide they are.

Split conformal prediction (Lei et al. 2018, doi:10.1080/01621459.2017.1307116) on errors in
standard deviations of the forecast, each tail by itself, from treatments left out of the fit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

LEVELS = (0.5, 0.8)
FEWEST = 40  # errors below which the normal law says more of a tail than they do


@dataclass(frozen=True, slots=True)
class Bands:
    """low, high: level -> how many forecast SDs below and above the forecast the band ends.
    n: how many errors they rest on, 0 for the normal law."""

    low: dict[float, float]
    high: dict[float, float]
    n: int


def bands(errors: np.ndarray, levels: tuple[float, ...] = LEVELS) -> Bands:
    """From standardised errors (n,): (score - forecast) / SD of treatments left out. Fewer than
    40: the normal law's."""
    n = len(errors)
    if n < FEWEST:
        z = {level: float(ndtri((1 + level) / 2)) for level in levels}
        return Bands({level: -v for level, v in z.items()}, z, 0)
    ordered = np.sort(errors)
    low = {level: _quantile(ordered, (1 - level) / 2) for level in levels}
    high = {level: -_quantile(-ordered[::-1], (1 - level) / 2) for level in levels}
    return Bands(low, high, n)


def _quantile(ordered: np.ndarray, p: float) -> float:
    """The value that a new error undercuts with chance p: between order statistics, at p (n + 1).

    Worked: of 1..99, p .1 is 10.
    """
    place = p * (len(ordered) + 1) - 1
    below = int(np.clip(np.floor(place), 0, len(ordered) - 2))
    part = np.clip(place - below, 0.0, 1.0)
    return float(ordered[below] * (1 - part) + ordered[below + 1] * part)
