"""Whole numbers that agree with statements: rows @ x <= limits, x >= 0, some of them given.

First by moving a few from the truth, one change after the other, which nearly always does; then by
an integer programme, which also finds that there are none.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

SAME = 1e-6  # the solver's own tolerance is 1e-7
STEPS = 80
NODES = 60  # of a search tree; a limit of time would hide by how busy a machine is
SIZES = (1.0, -1.0, 2.0, -2.0, 4.0, -4.0)  # of one change


def repaired(
    rows: np.ndarray, limits: np.ndarray, x: np.ndarray, fixed: np.ndarray
) -> np.ndarray | None:
    """Whole numbers near x that agree, x's own where fixed; None where STEPS do not get there.

    rows: (R, A), limits: (R,), x: (A,) whole numbers, fixed: (A,) bool. Each step takes the change
    of one number that leaves least broken; what stays broken weighs more and more (the breakout
    method: Morris 1993, AAAI-93, 40).
    """
    free = np.flatnonzero(~fixed)
    which, by = np.tile(free, len(SIZES)), np.repeat(SIZES, len(free))
    changes = rows[:, which] * by
    x, over, weight = x.copy(), rows @ x - limits, np.ones(len(rows))
    for _ in range(STEPS):
        broken = over > SAME
        if not broken.any():
            return x
        near = np.flatnonzero(x[which] + by >= 0)
        if not len(near):
            return None
        left = weight @ np.maximum(over[:, None] + changes[:, near] - SAME, 0)
        best = near[np.argmin(left)]
        if left.min() >= weight @ np.maximum(over - SAME, 0) - SAME:
            weight = weight + broken
        x[which[best]] += by[best]
        over = over + changes[:, best]
    return None


def searched(
    rows: np.ndarray, limits: np.ndarray, toward: np.ndarray, least: float
) -> np.ndarray | None:
    """Whole numbers that agree, with toward @ x >= least; None where a search of NODES nodes finds
    none."""
    known = [LinearConstraint(csr_array(toward[None].astype(float)), least, np.inf)]
    if len(rows):
        known.append(LinearConstraint(csr_array(rows), -np.inf, limits))
    n = rows.shape[1]
    found = milp(
        np.zeros(n),
        constraints=known,
        integrality=np.ones(n),
        bounds=Bounds(0, np.inf),
        options={"node_limit": NODES},
    )
    if found.x is None:
        return None
    x = np.round(found.x)
    agrees = (rows @ x <= limits + SAME).all() and toward @ x >= least - SAME
    return x if agrees else None
