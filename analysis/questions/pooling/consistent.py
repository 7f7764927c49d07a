"""Whether a file's sums can have come from rows: a crafted one must neither mislead nor crash."""

import numpy as np

from analysis.models.pooled.aggregates import Aggregates

NUMBERS = ("centre", "scale", "zz", "sums", "outer")
MOST_ROWS = 1_000_000_000  # a crafted file must not ask for more memory than there is
MOST_UNITS = 5_000_000  # innermost units, each of which becomes a stand-in


def check_consistent(sums: Aggregates) -> None:
    """ValueError where the numbers cannot have come from rows."""
    units, d = sums.entry_units, len(sums.names)
    if not (len(set(sums.names)) == d and _places(sums.z, d) and not sums.z[:1].any()):
        raise ValueError("positions")
    if not (_places(sums.inner, d) and set(sums.inner) <= set(sums.z) and 0 in sums.inner):
        raise ValueError("positions")
    fits = (
        0 < sums.rows <= MOST_ROWS
        and sums.rows_dropped >= 0
        and (units > 0).all()
        and units.sum() <= min(sums.rows, MOST_UNITS)
        and len(sums.entry_group) == len(sums.entry_pattern) == len(units)
        and _codes_of(sums.entry_pattern, len(sums.zz))
        and _codes_of(sums.entry_group, sums.groups[1] if len(sums.groups) > 1 else 1)
        and all(map(_codes_of, sums.parents, sums.groups[2:]))
        and len(sums.scatter_pattern) == len(sums.scatter)
        and (sums.scatter_pattern >= 0).all()
        and (sums.scatter_pattern < len(sums.zz)).all()
        and len(sums.groups) == len(sums.groupings)
        and len(sums.parents) == max(len(sums.groupings) - 2, 0)
        and list(sums.groups[:1]) in ([], [units.sum()])
        and (sums.scale > 0).all()
        and all(np.isfinite(getattr(sums, n)).all() for n in (*NUMBERS, "gram", "scatter"))
        and _is_count(sums.gram[0, 0], sums.rows)
        and _is_gram(sums.gram)
        and all(map(_is_gram, sums.scatter))
    )
    if not fits:
        raise ValueError("inconsistent")


def _places(positions: np.ndarray, d: int) -> bool:
    """Whether these are different positions of columns."""
    there = len(positions) > 0 and positions.min() >= 0 and positions.max() < d
    return bool(there) and len(np.unique(positions)) == len(positions)


def _is_count(number: float, rows: int) -> bool:
    return abs(number - rows) <= 1e-9 * rows


def _is_gram(matrix: np.ndarray) -> bool:
    """Whether a matrix can be sums of products: no negative eigenvalue beyond rounding."""
    size = np.sqrt(np.abs(np.diag(matrix)))
    unit = np.where(size > 0, size, 1.0)
    if (np.diag(matrix) < 0).any() or (np.abs(matrix) > np.outer(unit, unit) * (1 + 1e-6)).any():
        return False
    return bool(np.linalg.eigvalsh(matrix / np.outer(unit, unit)).min() > -1e-6)


def _codes_of(codes: np.ndarray, groups: int) -> bool:
    """Whether `codes` are 0 .. groups - 1, each of which occurs."""
    return (
        len(codes) > 0 and codes.min() >= 0 and len(np.unique(codes)) == codes.max() + 1 == groups
    )
