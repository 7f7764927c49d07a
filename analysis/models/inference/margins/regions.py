"""Where a slope that depends on another number differs from zero.

Source: Johnson & Fay 1950, doi:10.1007/BF02288864; Bauer & Curran 2005,
doi:10.1207/s15327906mbr4003_5 (for mixed models).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

POINTS = 81  # at which a change is looked for


@dataclass(frozen=True, slots=True)
class Region:
    """From low to high of the moderator the slope's 95 % interval lies on one side of zero: sign -1
    or 1; 0 where it holds zero."""

    low: float
    high: float
    sign: int


def regions(bounds: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> list[Region]:
    """Stretches of the moderator between low and high, told apart by which side of zero the slope's
    interval lies on. bounds: values (k,) -> (k, 2) lower and upper bound of the slope there.

    Worked: bounds m - 1 and m + 1 from 0 to 3 -> holds zero up to 1, positive beyond.
    """
    at = np.linspace(low, high, POINTS)
    signs = _signs(bounds(at))
    edges, kinds = [low], [int(signs[0])]
    for k in np.flatnonzero(np.diff(signs)):
        side = 0 if signs[k] > 0 or signs[k + 1] > 0 else 1

        def crossing(value: float, side: int = side) -> float:
            return float(bounds(np.array([value]))[0, side])

        root = optimize.brentq(crossing, at[k], at[k + 1], xtol=1e-10 * max(high - low, 1e-300))
        edges.append(float(root))
        kinds.append(int(signs[k + 1]))
    edges.append(high)
    return [Region(a, b, s) for a, b, s in zip(edges, edges[1:], kinds, strict=False)]


def _signs(bounds: np.ndarray) -> np.ndarray:
    return np.where(bounds[:, 0] > 0, 1, np.where(bounds[:, 1] < 0, -1, 0))
