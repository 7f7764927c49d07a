"""Which further cells must be hidden so that the small ones cannot be worked out.

Complementary suppression: for one small cell after the other, the cheapest changes (fewest
patients in the cells touched) that make the table one where the small cell is 0, and one where it
is over 7, are looked for among the shown cells; what they touch is hidden. Each is a flow through
the network of rows and columns, solved as a linear programme (Kelly, Golden & Assad 1992,
Networks 22, 397, 10.1002/net.3230220407); its ends are whole numbers, and it is deterministic.
A mixed-integer programme finds somewhat fewer cells for all at once, and its solver prints
into the command line's answer.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag, hstack

from analysis.sharing.protection.attacker import intervals, printed_bounds, sums
from analysis.sharing.protection.figures import SMALL

WIDTH = 5  # fewest values that a reader must be left with


@dataclass(frozen=True, slots=True)
class Safe:
    """What an interval must reach: down to `low` (or below the true value) and up to `high`."""

    low: int
    high: int


# Exact figures: the interval must reach 0 and exceed 7. Rounded ones are shared with the rule that
# [c] may stand for 1 to 7: the interval must leave all of these open.
EXACT, ROUNDED = Safe(0, SMALL + 1), Safe(1, SMALL)


def with_margins(counts) -> np.ndarray:
    """(R + 1, C + 1) the table of counts with its row totals, column totals and total."""
    inner = np.asarray(counts, dtype=np.int64)
    rows = np.hstack([inner, inner.sum(axis=1, keepdims=True)])
    return np.vstack([rows, rows.sum(axis=0, keepdims=True)])


def hide(
    table: np.ndarray,
    first: np.ndarray,
    rounded: bool = False,
    small: np.ndarray | None = None,
    dear: np.ndarray | float = 1.0,
) -> np.ndarray:
    """(R, C) True where a cell is hidden: the `first` ones and what their safety needs.

    table: true counts with margins. first: (R, C) True where a cell is hidden for its own sake.
    rounded: whether what is shown, margins too, is rounded to the nearest 5. small: which of the
    first ones must not be worked out; None takes those of 1 to 7. dear: how much worse it is to
    hide a cell than its patients say.
    """
    safe = ROUNDED if rounded else EXACT
    hidden = first.copy()
    small = (table >= 1) & (table <= SMALL) if small is None else small
    small = np.argwhere(first & small)
    # The largest first: it needs the most room below, and what hides it often serves the others.
    for cell in sorted(map(tuple, small), key=lambda c: (-table[c], c)):
        price = np.where(hidden, 0.0, (table + 1) * dear)
        hidden = hidden | _touched(table, price, rounded, cell, safe)
    return hidden


def exposed(table: np.ndarray, hidden: np.ndarray, rounded: bool = False) -> list[tuple[int, int]]:
    """The hidden small cells that a reader can narrow down too far; [] where all is well."""
    safe = ROUNDED if rounded else EXACT
    small = hidden & (table >= 1) & (table <= SMALL)
    found = intervals(printed_bounds(table, hidden, rounded), small)
    return [
        (int(cell[0]), int(cell[1]))
        for cell, (low, high) in zip(np.argwhere(small), found, strict=True)
        if not _is_safe(low, high, int(table[tuple(cell)]), safe)
    ]


def _is_safe(low: float, high: float, value: int, safe: Safe) -> bool:
    reaches = low <= safe.low or (low < value and high - low >= WIDTH)
    return reaches and high >= safe.high


def _touched(table, price, rounded, cell, safe: Safe) -> np.ndarray:
    """(R, C) True where a cell must move for `cell` to reach both ends of its interval.

    Each cell has four moves: up and down within what is printed, which costs nothing, and up and
    down beyond it, which costs its price, 0 where it is hidden. Both ends are one programme.
    """
    n, at, true = table.size, np.ravel_multi_index(cell, table.shape), table.ravel()
    low, high = printed_bounds(table, np.zeros(table.shape, bool), rounded).reshape(n, 2).T
    moves = safe.low - table[cell], safe.high - table[cell]
    cost = np.tile(np.concatenate([np.zeros(2 * n), price.ravel(), price.ravel()]), 2)
    room = np.concatenate([high - true, true - low, np.full(n, np.inf), low])
    bounds = np.stack([np.zeros(8 * n), np.tile(room, 2)], axis=1)
    for copy, move in enumerate(moves):
        ends = 4 * n * copy + at + n * np.arange(4)
        bounds[ends] = [(0, 0), (0, 0), (max(move, 0),) * 2, (max(-move, 0),) * 2]
    one = sums(*table.shape)
    equations = block_diag([hstack([one, -one, one, -one])] * 2, format="csr")
    solved = linprog(
        cost, A_eq=equations, b_eq=np.zeros(equations.shape[0]), bounds=bounds, method="highs"
    )
    if not solved.success:
        raise ArithmeticError("no set of hidden cells protects the table")
    beyond = solved.x.reshape(2, 4, n)[:, 2:].sum(axis=(0, 1))
    return (beyond > 0.5).reshape(table.shape)
