"""Tables on paper: how wide a column wants to be, a table wider than the page in parts, and where
the pages of a workbook's sheet end."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.presentation.tables.table import Table

SIZE, SMALLEST = 9.0, 7.25  # points of a table's letters
ROOM = 110  # characters of SIZE points across the text of an A4 page
KEPT_TOGETHER = 14  # rows up to which a table is not broken between two pages
NARROWEST, WIDEST, GUTTER = 4, 30, 2
# No word may break inside, neither a heading's nor a cell's, with a font of wider letters than ours
# either: LibreOffice takes DejaVu where it has no Calibri.
BOLD, WIDE = 1.25, 1.3
# A workbook's sheet, in points: a row of one line, and A4 inside the margins.
ROW = 15
UPRIGHT, TURNED = (509, 734), (755, 487)
NARROW = 90  # characters across a sheet at the least: its notes and pictures
SHRUNK = 0.6  # letters of 11 points are printed no smaller than this share of them


def column_widths(table: Table) -> tuple[int, ...]:
    """Characters that each column would like: its longest cell, or its heading on two lines,
    at least NARROWEST and at most WIDEST, and GUTTER between it and the next."""
    return tuple(
        min(
            WIDEST,
            max(
                NARROWEST,
                math.ceil(len(column.name) / 2),
                *(math.ceil(BOLD * len(word)) for word in column.name.split()),
                *(_wanted(row[place].text) for row in table.rows),
            ),
        )
        + GUTTER
        for place, column in enumerate(table.columns)
    )


def _wanted(text: str) -> int:
    return max([len(text), *(math.ceil(WIDE * len(w)) for w in text.split() if w.isalpha())])


def letter_size(table: Table) -> float:
    """Points at which the table is as wide as the page, SMALLEST to SIZE."""
    return max(SMALLEST, min(SIZE, SIZE * ROOM / sum(column_widths(table))))


def kept_together(table: Table) -> bool:
    """Whether the table is short enough to stand on one page, moved to the next if need be."""
    return len(table.rows) <= KEPT_TOGETHER


def fitted(table: Table) -> tuple[Table, ...]:
    """`table` as tables that fit the page at SMALLEST points, each with the first column in front.

    The parts are about equally wide; notes stand under the last. A table that fits comes back alone
    and unchanged.
    """
    first, *others = column_widths(table)
    room = int(ROOM * SIZE / SMALLEST) - first
    if sum(others) <= room:
        return (table,)
    parts = _parts(others, room)
    narrow = min(
        limit for limit in range(max(others), room + 1) if len(_parts(others, limit)) == len(parts)
    )
    parts = _parts(others, narrow)
    return tuple(
        replace(_columns(table, part), notes=table.notes if part is parts[-1] else ())
        for part in parts
    )


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


def _parts(widths: list[int], room: int) -> list[list[int]]:
    """Places of columns after the first, as many in a part as `room` holds and at least one."""
    parts, left = [[]], room
    for place, width in enumerate(widths, start=1):
        if parts[-1] and width > left:
            parts.append([])
            left = room
        parts[-1].append(place)
        left -= width
    return parts


def _columns(table: Table, part: list[int]) -> Table:
    kept = [0, *part]
    shown = f"{part[0] + 1} to {part[-1] + 1}" if len(part) > 1 else f"{part[0] + 1}"
    return Table(
        f"{table.caption} (columns {shown} of {len(table.columns)})",
        tuple(table.columns[p] for p in kept),
        tuple(tuple(row[p] for p in kept) for row in table.rows),
    )
