"""Tables on paper: how wide a column wants to be, and a table wider than the page in parts."""

from dataclasses import replace

from analysis.report.document import Table

ROOM = 96  # characters of 9 points across the text of an A4 page
NARROWEST, WIDEST, GUTTER = 4, 30, 2


def column_widths(table: Table) -> tuple[int, ...]:
    """Characters that each column would like: its longest cell, or its heading's longest word,
    at least NARROWEST and at most WIDEST."""
    return tuple(
        min(
            WIDEST,
            max(
                NARROWEST,
                *(len(word) for word in column.name.split()),
                *(len(row[place]) for row in table.rows),
            ),
        )
        + GUTTER
        for place, column in enumerate(table.columns)
    )


def fitted(table: Table) -> tuple[Table, ...]:
    """`table` as tables that a page is wide enough for, each with the first column in front.

    Notes stand under the last. A table that fits comes back alone and unchanged.
    """
    parts, widths = [[]], column_widths(table)
    room = ROOM - widths[0]
    for place in range(1, len(widths)):
        taken = sum(widths[p] for p in parts[-1])
        if parts[-1] and taken + widths[place] > room:
            parts.append([])
        parts[-1].append(place)
    if len(parts) == 1:
        return (table,)
    last = len(parts) - 1
    return tuple(
        replace(_columns(table, part), notes=table.notes if n == last else ())
        for n, part in enumerate(parts)
    )


def _columns(table: Table, part: list[int]) -> Table:
    kept = [0, *part]
    return Table(
        f"{table.caption} (columns {part[0] + 1} to {part[-1] + 1} of {len(table.columns)})",
        tuple(table.columns[p] for p in kept),
        tuple(tuple(row[p] for p in kept) for row in table.rows),
    )
