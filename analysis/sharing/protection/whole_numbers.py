"""Whole numbers that agree with statements: rows @ x <= limits, x >= 0, some of them given.

First by moving a few from the truth, one change after the other, which nearly always does; then by
an integer programme, which also finds that there are none.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

SAME = 1e-6  # the solver's own tolerance is 1e-7
STEPS = 120
NODES = 60  # of a search tree; a limit of time would hide by how busy a machine is
SIZES = (1.0, 2.0, 4.0)  # of one change
NEAR, FURTHER = 3, 20  # more or fewer than the truth, elsewhere and of what is asked about


def repaired(
    rows: np.ndarray, limits: np.ndarray, x: np.ndarray, fixed: np.ndarray
) -> np.ndarray | None:
    """Whole numbers near x that agree, x's own where fixed; None where STEPS do not get there.

    rows: (R, A), limits: (R,), x: (A,) whole numbers, fixed: (A,) bool. Each step mends the worst
    statement by the change of one of its numbers that leaves least broken; what stays broken weighs
    more and more (the breakout method: Morris 1993, AAAI-93, 40).
    """
    x, over, weight = x.copy(), rows @ x - limits, np.ones(len(rows))
    known: dict[int, tuple[np.ndarray, ...]] = {}  # a statement is the worst again and again
    for _ in range(STEPS):
        broken = over > SAME
        if not broken.any():
            return x
        worst = int(np.argmax(np.where(broken, over * weight, -np.inf)))
        if worst not in known:
            known[worst] = _changes(rows, worst, fixed)
        which, by, touched, moved = known[worst]
        able = np.flatnonzero(x[which] + by >= 0)
        if not len(able):
            return None
        left = moved.take(able, axis=1)
        left += over[touched, None] - SAME
        np.maximum(left, 0, out=left)
        score = weight[touched] @ left
        best = int(np.argmin(score))
        if score[best] >= weight[touched] @ np.maximum(over[touched] - SAME, 0) - SAME:
            weight = weight + broken
        at, step = which[able[best]], by[able[best]]
        x[at] += step
        over = over + rows[:, at] * step
    return None


def _changes(rows: np.ndarray, worst: int, fixed: np.ndarray) -> tuple[np.ndarray, ...]:
    """What could mend a statement: the place of each change and by how much, the statements that
    any of them touches, and by how much each moves these (touched x changes)."""
    places = np.flatnonzero((rows[worst] != 0) & ~fixed)
    which = np.tile(places, len(SIZES))
    by = np.repeat(SIZES, len(places)) * -np.sign(rows[worst, which])
    touched = np.flatnonzero((rows[:, places] != 0).any(axis=1))
    return which, by, touched, rows[np.ix_(touched, which)] * by


def searched(
    rows: np.ndarray, limits: np.ndarray, toward: np.ndarray, least: float, true: np.ndarray
) -> np.ndarray | None:
    """Whole numbers that agree, with toward @ x >= least; None where a search of NODES nodes finds
    none. true: (A,) numbers that agree but for that: it is looked near them first, which takes a
    third of the time where there are any, and nearly always there are."""
    near = np.where(toward != 0, FURTHER, NEAR)
    for bounds in (Bounds(np.maximum(true - near, 0), true + near), Bounds(0, np.inf)):
        found = _searched(rows, limits, toward, least, bounds)
        if found is not None:
            return found
    return None


def _searched(rows, limits, toward, least: float, bounds: Bounds) -> np.ndarray | None:
    known = [LinearConstraint(csr_array(toward[None].astype(float)), least, np.inf)]
    if len(rows):
        known.append(LinearConstraint(csr_array(rows), -np.inf, limits))
    n = rows.shape[1]
    found = milp(
        np.zeros(n),
        constraints=known,
        integrality=np.ones(n),
        bounds=bounds,
        options={"node_limit": NODES},
    )
    if found.x is None:
        return None
    x = np.round(found.x)
    agrees = (rows @ x <= limits + SAME).all() and toward @ x >= least - SAME
    return x if agrees else None
