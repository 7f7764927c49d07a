"""The scale on which courses are drawn: points, or the square root of the distance to health.

Near the healthy end a scale has no room left and a point means more than at the other end; roots
even that out, and a band never leaves the scale. Which of the two is decided by the finished
treatments' likelihood (with the transformation's Jacobian: Box & Cox 1964,
doi:10.1111/j.2517-6161.1964.tb00553.x), not by taste.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Scale:
    """From points to the working scale, on which higher is always worse, and back.

    healthy: the score at the healthy end, None where it isn't known (then there is no root).
    sign: 1 where higher points are worse, -1 where they are better. rooted: roots or points.
    low, high: the instrument's range, None when open.
    """

    sign: int
    healthy: float | None
    rooted: bool
    low: float | None = None
    high: float | None = None

    def working(self, points: np.ndarray) -> np.ndarray:
        """(n,) on the working scale. Worked, rooted with healthy end 0: 9 -> 3."""
        if not self.rooted:
            return self.sign * points
        return np.sqrt(np.maximum(self.sign * (points - self.healthy), 0.0))

    def points(self, working: np.ndarray) -> np.ndarray:
        """Back, kept inside the instrument's range."""
        if self.rooted:
            found = self.healthy + self.sign * np.maximum(working, 0.0) ** 2
        else:
            found = self.sign * working
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return np.clip(found, low, high)

    def log_jacobian(self, points: np.ndarray) -> float:
        """Sum of the log derivatives of `working`, to compare likelihoods on the two scales. A
        score at the healthy end counts as a quarter point from it, where the derivative ends."""
        if not self.rooted:
            return 0.0
        distance = np.maximum(self.sign * (points - self.healthy), 0.25)
        return float(-np.log(2 * np.sqrt(distance)).sum())
