"""What was found wrong during an import: refused rows, with reason and remedy, and warnings."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow

from analysis.store.versions.hardened import Connection

COLUMNS = ("file", "row", "column", "value", "value_kind", "reason", "remedy")
# A text that begins so would run as a formula when the quarantine file is opened in a
# spreadsheet; a plain negative number would not.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why rows are refused: the column's name in the file, the reason and what to do."""

    column: str
    kind: str
    reason: str
    remedy: str


class Ledger:
    """Collects the refused rows of all files in the temporary table `problem`, and warnings."""

    def __init__(self, connection: Connection):
        self.connection = connection
        self._warnings: list[str] = []
        connection.execute(
            "CREATE TEMP TABLE problem (file INTEGER, line BIGINT, col VARCHAR, value VARCHAR, "
            "kind VARCHAR, reason VARCHAR, remedy VARCHAR)"
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Each warning once, in the order they came."""
        return tuple(dict.fromkeys(self._warnings))

    def warn(self, sentence: str) -> None:
        """Notes a warning: counts and columns, never a value."""
        self._warnings.append(sentence)

    def refuse(self, file: int, rows: str, problem: Problem, value: str = "''") -> int:
        """Refuses rows of the file number `file`; returns how many.

        rows: SQL after SELECT's column list, from FROM on, with a column `line` in reach.
        value: SQL expression of the offending value.
        """
        return self.connection.execute(
            f"INSERT INTO problem SELECT ?, line, ?, {value}, ?, ?, ? {rows}",
            [file, problem.column, problem.kind, problem.reason, problem.remedy],
        ).fetchone()[0]

    def refuse_ragged(self, file: int, rows: list[tuple[int, int]], width: int) -> None:
        """Refuses rows given as (line, number of fields) that should have `width` fields."""
        if not rows:
            return
        lines, widths = zip(*rows, strict=True)
        table = pyarrow.table({"line": lines, "width": widths})
        self.connection.register("ragged", table)
        self.connection.execute(
            "INSERT INTO problem SELECT ?, line, '', '', 'row', 'it has ' || width || "
            "' fields, the header has ' || ?, "
            "'correct the row: a delimiter is missing, or stands in a text without quotes' "
            "FROM ragged",
            [file, width],
        )
        self.connection.unregister("ragged")

    def count(self, file: int) -> int:
        """How many rows of the file number `file` are refused."""
        return self.connection.execute(
            "SELECT count(DISTINCT line) FROM problem WHERE file = ?", [file]
        ).fetchone()[0]

    def rows(self, names: list[str]) -> list[tuple]:
        """One tuple for each refused row, in COLUMNS' order; several reasons joined by '; '."""
        joined = ", ".join(
            f"string_agg({c}, '; ' ORDER BY col, reason)"
            for c in ("col", "value", "kind", "reason", "remedy")
        )
        found = self.connection.execute(
            f"SELECT file, line, {joined} FROM "
            "(SELECT DISTINCT file, line, col, coalesce(value, '') AS value, kind, reason, remedy "
            "FROM problem) GROUP BY file, line ORDER BY file, line"
        ).fetchall()
        return [(names[file], *rest) for file, *rest in found]


def write_quarantine(path: Path, rows: list[tuple]) -> None:
    """Writes the refused rows as CSV (UTF-8, mode 0600); texts cannot run as formulas."""
    temporary = path.with_name(path.name + ".tmp")
    opener = lambda name, flags: os.open(name, flags, 0o600)  # noqa: E731
    with open(temporary, "w", encoding="utf-8", newline="", opener=opener) as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows([_inert(cell) for cell in row] for row in rows)
    os.replace(temporary, path)


def _inert(cell):
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        try:
            float(cell)
        except ValueError:
            return "'" + cell
    return cell
