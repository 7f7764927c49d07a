"""Which row follows which within a group: by a time among the columns, or as the rows come."""

import numpy as np

from analysis.models.inference.checks.omission.row_design import Neighbours
from analysis.models.language.design import INTERCEPT, BasisFunction, Level
from analysis.models.language.moments import Moments

# A column is a time where rows of a group have it but once, and most steps are the same.
REGULAR = 0.5


def neighbours_of(
    moments: Moments, columns: dict[str, np.ndarray], code: np.ndarray
) -> tuple[Neighbours, str]:
    """(Neighbours, the column that orders them, '' for the rows' own order) within the groups
    (N,) `code`."""
    best, name = 0.0, ""
    for column in moments.design.columns:
        values = columns.get(column.name)
        is_number = len(column.atoms) == 1 and not isinstance(
            column.atoms[0], Level | BasisFunction
        )
        if values is None or column.name == INTERCEPT or not is_number:
            continue
        share = _regular(values, code)
        if share > best:
            best, name = share, column.name
    if best >= REGULAR:
        return _ordered(code, columns[name], True), name
    return _ordered(code, np.arange(len(code), dtype=float), False), ""


def _regular(values: np.ndarray, code: np.ndarray) -> float:
    """Share of steps within groups that are the usual one; 0 where a group has a value twice."""
    order = np.lexsort((values, code))
    step = np.diff(values[order])[np.diff(code[order]) == 0]
    if not len(step) or (step <= 0).any():
        return 0.0
    usual = float(np.median(step))
    return float(np.mean(np.abs(step - usual) < 0.01 * usual))


def _ordered(code: np.ndarray, values: np.ndarray, is_time: bool) -> Neighbours:
    order = np.lexsort((values, code))
    same = np.diff(code[order]) == 0
    previous, gap = np.full(len(code), -1, dtype=np.int64), np.ones(len(code))
    previous[order[1:][same]] = order[:-1][same]
    step = np.diff(values[order])[same]
    if is_time and len(step):
        gap[order[1:][same]] = step / np.median(step)
    return Neighbours(previous, gap)
