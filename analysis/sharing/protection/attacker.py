"""What a reader can work out: bounds of hidden cells from everything that is printed.

The reader knows that cells add up, that counts are not negative, and how printed figures were
rounded. Linear programming then gives the least and the greatest value that a hidden cell can
have (Willenborg & de Waal 2001, Elements of Statistical Disclosure Control, chapter 9,
10.1007/978-1-4613-0121-9).
"""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_array

ROUNDED_BY = 2  # a whole number moves by at most 2 when it is rounded to the nearest 5
_SAME = 1e-6  # the solver's own tolerance is 1e-7


def sums(rows: int, columns: int) -> csr_array:
    """The equations of a table with margins: each row and each column adds up to its last cell.

    Returns (rows + columns, rows * columns) over the flattened table, whose last row and last
    column are the totals: parts count +1, their total -1.
    """
    cell = np.arange(rows * columns).reshape(rows, columns)
    lines = [*cell, *cell.T]
    entry = np.concatenate(lines)
    line = np.repeat(np.arange(len(lines)), [len(one) for one in lines])
    sign = np.concatenate([np.append(np.ones(len(one) - 1), -1.0) for one in lines])
    return csr_array((sign, (line, entry)), shape=(len(lines), cell.size))


def printed_bounds(table: np.ndarray, hidden: np.ndarray, rounded: bool) -> np.ndarray:
    """(R, C, 2) what is printed says of each cell of a table with margins, at once.

    table: true counts, hidden: (R, C) True where '[c]' stands. A hidden cell may be anything
    from 0. A rounded figure is off by at most 2, but for 0, which is shown only for none.
    """
    off = np.where(rounded & (table > 0), ROUNDED_BY, 0)
    shown = np.where(rounded, (table + 2) // 5 * 5, table)
    low, high = np.maximum(shown - off, 0), (shown + off).astype(float)
    return np.stack([np.where(hidden, 0, low), np.where(hidden, np.inf, high)], axis=-1)


def intervals(bounds: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """(K, 2) least and greatest possible value of each of the cells asked for.

    bounds: (R, C, 2) as `printed_bounds` gives them. cells: (R, C) True where asked. The greatest
    value is infinite where nothing limits the cell. All are solved as one sparse programme with
    a copy of the table for each end.
    """
    rows, columns, _ = bounds.shape
    asked = np.flatnonzero(cells)
    if not asked.size:
        return np.zeros((0, 2))
    most = _beyond(bounds)
    flat = np.minimum(bounds.reshape(-1, 2), most)
    copies = 2 * len(asked)
    wanted = np.zeros((copies, rows * columns))
    wanted[np.arange(copies), np.repeat(asked, 2)] = np.tile([1.0, -1.0], len(asked))
    equations = block_diag([sums(rows, columns)] * copies, format="csr")
    solved = linprog(
        wanted.ravel(),
        A_eq=equations,
        b_eq=np.zeros(equations.shape[0]),
        bounds=np.tile(flat, (copies, 1)),
        method="highs",
    )
    if not solved.success:
        raise ArithmeticError("the printed figures contradict each other")
    found = solved.x.reshape(copies, -1)[np.arange(copies), np.repeat(asked, 2)].reshape(-1, 2)
    return np.where(found > most / 2, np.inf, np.round(found / _SAME) * _SAME)


def _beyond(bounds: np.ndarray) -> float:
    """A value that no cell limited by a printed figure can reach."""
    finite = bounds[np.isfinite(bounds)]
    return 4.0 * (finite.sum() + 100.0)
