"""Several sheets of one workbook with the same header, as one table: a sheet a month, say."""

import csv
from collections.abc import Iterator
from pathlib import Path

ALL = "all"  # the answer that takes them together
IN = ": "  # between a workbook's display name and the sheet that is wanted of it
_COLUMN = "sheet"  # the column with the sheet's name


def alike(tables: list[dict]) -> bool:
    """Whether the sheets have the same header in their first line, without a column 'sheet'."""
    headers = [_header(Path(t["file"])) for t in tables]
    first = headers[0]
    return (
        len(headers) > 1
        and sum(map(bool, first)) > 1
        and _COLUMN not in first
        and all(header == first for header in headers)
    )


def together(tables: list[dict], folder: Path) -> Path:
    """The sheets below one header, a CSV in `folder`; 'sheet' says where each row stood."""
    target = folder / "together.csv"
    with open(target, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for number, table in enumerate(tables):
            rows = _rows(Path(table["file"]))
            header = next(rows)
            if number == 0:
                writer.writerow([*header, _COLUMN])
            width = len(header)
            for row in rows:
                padded = [*row, *[""] * (width - len(row))]
                writer.writerow([*padded, table["sheet"] if any(row) else ""])
    return target


def _header(path: Path) -> list[str]:
    return [cell.strip().lower() for cell in next(_rows(path), [])]


def _rows(path: Path) -> Iterator[list[str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        yield from csv.reader(stream)
