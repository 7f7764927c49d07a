"""The pages that a sheet of a workbook prints on: its columns, its scale, and where a page ends."""

import itertools
import math
from collections.abc import Mapping, Sequence

from analysis.presentation.tables.table import Table
from analysis.sharing.writing.fitting import column_widths

# A workbook's sheet, in points: a row of one line, and A4 inside the margins.
ROW = 15
UPRIGHT, TURNED = (509, 734), (755, 487)
NARROW = 90  # characters across a sheet at the least: its notes and pictures
SHRUNK = 0.6  # letters of 11 points are printed no smaller than this share of them


def grid(tables: Sequence[Table]) -> list[int]:
    """Characters of each column of a sheet on which these tables stand below each other."""
    own = [column_widths(table) for table in tables]
    places = range(max(map(len, own), default=0))
    widths = [max([10, *(w[at] + 2 for w in own if at < len(w))]) for at in places] or [10]
    widths[0] = max(16, widths[0])
    return widths + [10] * math.ceil(max(0, NARROW - sum(widths)) / 10)


def _scale(widths: Sequence[int], across: int) -> float:
    """How large so many points print the columns: a spreadsheet's are 7 pixels a character."""
    return min(1.0, across / sum(0.75 * (7 * width + 5) for width in widths))


def is_turned(widths: Sequence[int]) -> bool:
    """Whether a sheet of these columns prints on its side, to keep its letters large enough."""
    return _scale(widths, UPRIGHT[0]) < SHRUNK


def page_breaks(
    begins: Sequence[int], heights: Mapping[int, int], widths: Sequence[int]
) -> list[int]:
    """The rows before which a page ends, so that no block is torn that fits on one; none where
    letters of SHRUNK bring all onto one page. begins: the first row of each block, and the row
    after the last. heights: points of the rows that are not ROW. widths: `grid`."""
    across, down = TURNED if is_turned(widths) else UPRIGHT
    high = [
        sum(heights.get(row, ROW) for row in range(first, after))
        for first, after in itertools.pairwise([0, *begins])
    ]
    if sum(high) * SHRUNK <= down:
        return []
    room = down / _scale(widths, across) - high[0]
    found, left = [], room
    for first, own in zip(begins, high[1:], strict=False):
        if own > left and left < room:
            found.append(first)
            left = room
        left = left - own if own <= left else room - own % room
    return found
