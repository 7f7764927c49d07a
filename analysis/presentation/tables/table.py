"""A result laid out once: cells that page, report, command and workbook all take as they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

Shown = float | tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure or text. text: as a reader sees it, '' for an empty cell, '[c]' for a hidden one.

    value: the number that the text shows, rounded as it is shown, or the two ends of an interval;
    None for a text. format: how a spreadsheet shows the number so again ('0\\ %'), '' for a text.
    of: names whose figure it is, in a file that must say so of each (`sharing/audit.py`).
    No digit is in a cell that its text does not show.
    """

    text: str
    value: Shown = None
    format: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; numeric ones are aligned to the right."""

    name: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns; the first column names its row.

    rows: one cell a column. notes: below the table. exact: the same result in full precision, one
    dict a row with the same keys in each, for those who may see the data: a file of a page. It
    never leaves with a report (`for_paper`).
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    exact: tuple[Mapping, ...] = ()

    def for_paper(self, caption: str = "", notes: Iterable[str] = ()) -> "Table":
        """What is shown, and nothing beyond: with another caption where one is given, and notes
        after its own."""
        return replace(self, caption=caption or self.caption, notes=(*self.notes, *notes), exact=())

    def texts(self) -> list[dict[str, str]]:
        """The shown texts, one dict a row."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, (c.text for c in row), strict=True)) for row in self.rows]


def laid_out(
    caption: str,
    rows: Iterable[Mapping[str, Cell]],
    notes: Iterable[str] = (),
    exact: Iterable[Mapping] = (),
    right: Iterable[str] = (),
) -> Table:
    """Rows with the same keys, the columns' names, as a Table.

    A column is one of numbers where any of its cells shows one. right: further ones to align to
    the right, as '<.001' or '45 % (43 to 46 %)' is no single number.
    """
    rows = list(rows)
    names, to_right = tuple(rows[0]) if rows else (), set(right)
    columns = tuple(
        Column(name, name in to_right or any(row[name].value is not None for row in rows))
        for name in names
    )
    cells = tuple(tuple(row[name] for name in names) for row in rows)
    return Table(caption, columns, cells, tuple(notes), tuple(exact))


def pairs_of(caption: str, pairs: Mapping[str, Cell]) -> Table:
    """Checks and their results, one row each: Check, Result."""
    rows = [{"Check": Cell(name), "Result": result} for name, result in pairs.items()]
    exact = [dict(check=name, result=result.text) for name, result in pairs.items()]
    return laid_out(caption, rows, exact=exact)
