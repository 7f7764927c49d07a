"""What was found wrong during an import: refused rows, with reason and remedy, and warnings."""

import csv
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow

from analysis.base.spreadsheets import inert
from analysis.importing.findings.finding import Answers, Choice, Finding
from analysis.store.versions.hardened import Connection, one_row

COLUMNS = ("file", "row", "column", "value", "value_kind", "reason", "remedy", "extent")
# What a problem takes out: a cell, a row, or a row that an equal one stands for.
EXTENTS = ("cell", "row", "repeat")
BY_ANSWER = "left out"  # kind of what an answer to a question left out


@dataclass(frozen=True, slots=True)
class Problem:
    """Why rows or cells are refused: the column's name in the file, the reason and what to do.

    extent: of EXTENTS.
    """

    column: str
    kind: str
    reason: str
    remedy: str
    extent: str = "row"


class Ledger:
    """Collects what is found: refused rows and cells of all files in the temporary table
    `problem`, warnings, and questions with their answers.

    superseded: file number -> cells whose place another cell's value took. joined: file number ->
    rows that stand in a session together with another row.
    """

    def __init__(self, connection: Connection, answers: Answers | None = None):
        self.connection = connection
        self.answers = answers or Answers()
        self.superseded: Counter[int] = Counter()
        self.joined: Counter[int] = Counter()
        self._warnings: list[str] = []
        self._questions: dict[str, Finding] = {}
        connection.execute(
            "CREATE TEMP TABLE problem (file INTEGER, line BIGINT, col VARCHAR, value VARCHAR, "
            "kind VARCHAR, reason VARCHAR, remedy VARCHAR, extent VARCHAR)"
        )

    @property
    def questions(self) -> tuple[Finding, ...]:
        """Each question once, answered or open, in the order they came."""
        return tuple(self._questions.values())

    @property
    def open(self) -> tuple[Finding, ...]:
        """The questions without an answer."""
        return tuple(q for q in self.questions if not q.answer)

    def ask(
        self,
        code: str,
        where: tuple[str, str],
        evidence: str,
        choices: dict[str, str],
        recommended: str = "",
        count: int = 0,
    ) -> str:
        """Asks a question; returns its answer, or while it is open what to go on with meanwhile.

        code: 'kind' or 'kind:column'. where: the file's display name and the column. choices:
        word -> what it does, the first taken meanwhile where none is recommended.
        """
        offered = tuple(Choice(*pair) for pair in choices.items())
        question = Finding(code, "ask", *where, count, evidence, offered, recommended)
        settled = self.answers.settled(question)
        self._questions.setdefault(code, settled)
        return settled.answer or recommended or offered[0].choice

    def answered(self, code: str) -> str:
        """The answer to a question that was asked, '' while it is open."""
        return self._questions[code].answer if code in self._questions else ""

    def take(self, questions) -> None:
        """Questions that were asked before (by a guess), with the answers known now."""
        for question in questions:
            self._questions.setdefault(question.code, self.answers.settled(question))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Each warning once, in the order they came."""
        return tuple(dict.fromkeys(self._warnings))

    def warn(self, sentence: str) -> None:
        """Notes a warning: counts and columns, never a value."""
        self._warnings.append(sentence)

    def quarantines(self, names: list[str]) -> list[Finding]:
        """What was set aside: one Finding for each file, column and reason."""
        found = self.connection.execute(
            "SELECT file, col, reason, extent, count(*) FROM problem GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return [
            Finding(
                "set-aside" + (f":{column}" if column else ""),
                "quarantine",
                names[file],
                column,
                count,
                f"{count} {'cells' if extent == 'cell' else 'rows'}: {reason}",
            )
            for file, column, reason, extent, count in found
        ]

    def refuse(self, file: int, rows: str, problem: Problem, value: str = "''") -> int:
        """Refuses rows of the file number `file`; returns how many.

        rows: SQL after SELECT's column list, from FROM on, with a column `line` in reach.
        value: SQL expression of the offending value.
        """
        return one_row(
            self.connection,
            f"INSERT INTO problem SELECT ?, line, ?, {value}, ?, ?, ?, ? {rows}",
            [
                file,
                *(getattr(problem, f) for f in ("column", "kind", "reason", "remedy", "extent")),
            ],
        )[0]

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
            "'correct the row: a delimiter is missing, or stands in a text without quotes', 'row' "
            "FROM ragged",
            [file, width],
        )
        self.connection.unregister("ragged")

    def count(self, file: int) -> int:
        """How many rows of the file number `file` are refused."""
        return one_row(
            self.connection,
            "SELECT count(DISTINCT line) FROM problem WHERE file = ? AND extent <> 'cell'",
            [file],
        )[0]

    def rows(self, names: list[str]) -> list[tuple]:
        """One tuple for each row with a refusal, in COLUMNS' order; several reasons joined by '; '.

        extent: 'row' where the whole row is out, 'cell' where only the named cells are.
        """
        joined = ", ".join(
            f"string_agg({c}, '; ' ORDER BY col, reason)"
            for c in ("col", "value", "kind", "reason", "remedy")
        )
        found = self.connection.execute(
            f"SELECT file, line, {joined}, "
            "CASE WHEN bool_and(extent = 'cell') THEN 'cell' ELSE 'row' END FROM (SELECT DISTINCT "
            "file, line, col, coalesce(value, '') AS value, kind, reason, remedy, extent "
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
        writer.writerows([inert(cell, but_numbers=True) for cell in row] for row in rows)
    os.replace(temporary, path)
