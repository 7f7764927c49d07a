"""Tables on paper: how wide a column wants to be, and a table wider than the page in parts."""

import math
from dataclasses import replace

from analysis.presentation.tables.table import Table

SIZE, SMALLEST = 9.0, 7.25  # points of a table's letters
ROOM = 110  # characters of SIZE points across the text of an A4 page
KEPT_TOGETHER = 14  # rows up to which a table is not broken between two pages
NARROWEST, WIDEST, GUTTER = 4, 30, 2
# No word may break inside, neither a heading's nor a cell's, with a font of wider letters than ours
# either: LibreOffice takes DejaVu where it has no Calibri.
BOLD, WIDE = 1.25, 1.3


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
