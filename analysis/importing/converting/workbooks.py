"""Excel and OpenDocument workbooks as CSV text, one file a sheet (python-calamine's home)."""

import contextlib
import csv
from pathlib import Path

import python_calamine

from analysis.base.errors import ImportRefused
from analysis.importing.converting import archives
from analysis.importing.converting.texts import text_of

_NOTHING = {"hidden": [], "unvalued": 0, "percent": set()}  # of a sheet that was not looked into


def convert_workbook(path: Path, name: str, folder: Path, without: set[str]) -> list[dict]:
    """Writes each sheet that holds a table to `folder`; returns what is known of each.

    without: names of sheets whose hidden rows are left out. Each dict: sheet, file, rows, columns,
    hidden (rows), unvalued (cells with a formula and no value), percent (numbers shown as per cent,
    which are then written as shown), merged (ranges), invisible. Merged cells hold their value in
    each of their rows. ImportRefused for what is no workbook.
    """
    parts = _checked(path, name)
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError:
        raise _refused(
            "The workbook is protected by a password", name, "save it without one"
        ) from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise _refused(
            "This is no workbook that can be read", name, "save it again as .xlsx, or export CSV"
        ) from None
    found = []
    for number, about in enumerate(workbook.sheets_metadata):
        seen = parts.get(f"xl/worksheets/sheet{number + 1}.xml", _NOTHING)
        sheet = workbook.get_sheet_by_index(number)
        rows = _rows(sheet, seen["percent"])
        if about.name in without:
            hidden = {row - 1 for row in seen["hidden"]}
            rows = [row for i, row in enumerate(rows) if i not in hidden]
        if sum(any(row) for row in rows) < 1:
            continue
        target = folder / f"sheet{number}.csv"
        _write(target, rows)
        visible = about.visible == python_calamine.SheetVisibleEnum.Visible
        found.append(
            dict(
                sheet=about.name,
                file=target.name,
                rows=max(len(rows) - 1, 0),
                columns=max((len(r) for r in rows), default=0),
                hidden=len(seen["hidden"]),
                unvalued=seen["unvalued"],
                percent=len(seen["percent"]),
                merged=len(sheet.merged_cell_ranges or ()),
                invisible=not visible,
            )
        )
    return found


def _checked(path: Path, name: str) -> dict[str, dict]:
    with open(path, "rb") as stream:
        head = stream.read(4)
        if head != b"PK\x03\x04":
            stream.seek(0)
            if "EncryptedPackage".encode("utf-16-le") in stream.read():
                raise _protected(name)
            return {}
    with archives.opened(path, name) as archive:
        return archives.check_workbook(archive, name)


def _rows(sheet, percent: set[tuple[int, int]]) -> list[list[str]]:
    """The sheet from its first row on, so that lines count as the spreadsheet counts."""
    rows = [[text_of(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
    for i, j in percent:
        if i < len(rows) and j < len(rows[i]) and rows[i][j]:
            with contextlib.suppress(ValueError):
                # 15 digits, as a spreadsheet counts: .55 * 100 is 55.00000000000001.
                rows[i][j] = text_of(float(f"{float(rows[i][j]) * 100:.15g}"))
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top < len(rows) and left < len(rows[top]):
            value = rows[top][left]
            for i in range(top, min(bottom + 1, len(rows))):
                for j in range(left, min(right + 1, len(rows[i]))):
                    rows[i][j] = rows[i][j] or value
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((i + 1 for row in rows for i, v in enumerate(row) if v), default=0)
    return [row[:width] for row in rows]


def _write(target: Path, rows: list[list[str]]) -> None:
    with open(target, "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _protected(name: str) -> ImportRefused:
    return _refused("The workbook is protected by a password", name, "save it without one")


def _refused(what: str, name: str, next_step: str) -> ImportRefused:
    return ImportRefused(what, where=name, next_step=next_step)
