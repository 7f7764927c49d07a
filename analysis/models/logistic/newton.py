"""Newton steps on differences of a function that a library computes without derivatives."""

from collections.abc import Callable

import numpy as np

SLOPE_STEP = 0.05  # of the curvature's steps: a slope is a first difference and can be sharper
ROUNDS = 6  # of polishing; two are the rule
SETTLED = 1e-6  # standard errors that a last step may move


def polish(
    objective: Callable[[np.ndarray], float], at: np.ndarray, free: np.ndarray, steps: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None, float]:
    """Newton steps on differences of a deviance from `at` (n,) until they move nothing.

    free (n,): which parameters may move; steps (n,): widths of the differences. The point, the
    inverse of the curvature (n, n) there, zero where not free (None where it is not positive or
    has no value), and the standard errors that the last step moved.
    """
    places = np.flatnonzero(free)
    curvature = _curvature(objective, at, places, steps)
    # A deviance without a value nearby, or no minimum: at the edge of what the data identify.
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature).min() <= 0:
        return at, None, np.inf
    small = np.linalg.inv(curvature)
    se = np.sqrt(2 * np.diag(small))
    value, moved = objective(at), np.inf
    for _ in range(ROUNDS):
        step = -small @ _slope(objective, at, places, SLOPE_STEP * steps)
        if not np.isfinite(step).all():
            return at, None, np.inf
        new = at.copy()
        new[places] += step
        moved, lower = float(np.abs(step / se).max()), objective(new)
        if not lower <= value + 1e-9 * max(1.0, abs(value)):
            break
        at, value = new, lower
        if moved < SETTLED:
            break
    curvature = _curvature(objective, at, places, steps)
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature).min() <= 0:
        return at, None, np.inf
    inverse = np.zeros((len(at), len(at)))
    inverse[np.ix_(places, places)] = np.linalg.inv(curvature)
    return at, inverse, moved


def _curvature(objective, at, places, steps) -> np.ndarray:
    """(k, k) second differences of the deviance in the parameters `places`."""
    shifts = np.zeros((len(places), len(at)))
    shifts[np.arange(len(places)), places] = steps[places]
    middle = objective(at)
    both = np.array([objective(at + s) + objective(at - s) - 2 * middle for s in shifts])
    out = np.diag(both)
    if not np.isfinite(both).all():
        return out
    for i in range(len(places)):
        for j in range(i):
            pair = shifts[i] + shifts[j]
            joint = objective(at + pair) + objective(at - pair) - 2 * middle
            out[i, j] = out[j, i] = (joint - both[i] - both[j]) / 2
    return out / np.outer(steps[places], steps[places])


def _slope(objective, at, places, steps) -> np.ndarray:
    out = np.empty(len(places))
    for k, place in enumerate(places):
        shift = np.zeros(len(at))
        shift[place] = steps[place]
        out[k] = (objective(at + shift) - objective(at - shift)) / (2 * steps[place])
    return out
