"""The distinct texts of one column, each judged once: a million scores have thirty of them."""

from dataclasses import dataclass

from analysis.importing.findings.quarantine import Ledger, Problem
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row


@dataclass(frozen=True, slots=True)
class Words:
    """The distinct texts of one column: a temporary table with raw, n (rows) and text.

    `judged` adds value and verdict. name: the column's in the file; column: the staged one.
    """

    table: str
    staged: Staged
    name: str
    ledger: Ledger

    @property
    def column(self) -> str:
        """The column of the staged table."""
        return self.staged.columns[self.name]

    def ask(self, question: str) -> tuple:
        """The one row that `SELECT question FROM` the distinct texts gives."""
        return one_row(self.ledger.connection, f"SELECT {question} FROM {self.table}")


def distinct_words(staged: Staged, name: str, target: str, missing, ledger: Ledger) -> Words:
    words = Words(f"words_{staged.index}_{target}", staged, name, ledger)
    ledger.connection.execute(
        f"CREATE TEMP TABLE {words.table} AS SELECT raw, n, {cells.present('raw', missing)} AS text"
        f" FROM (SELECT {words.column} AS raw, count(*) AS n FROM {staged.table} GROUP BY ALL)"
    )
    return words


def judge_words(words: Words, value: str, rules: list[tuple[str, Problem]]) -> None:
    """Adds to the words their value, and refuses the rows that break a rule (the first counts).

    value: SQL of `text`. rules: SQL conditions on `text` and `value`, with what is said then.
    """
    verdicts = " ".join(f"WHEN {condition} THEN {i}" for i, (condition, _) in enumerate(rules))
    words.ledger.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {words.table} AS SELECT *, "
        f"CASE {verdicts} END AS verdict FROM (SELECT *, {value} AS value FROM {words.table})"
    )
    broken = words.ask("list(DISTINCT verdict) FILTER (verdict IS NOT NULL)")[0] or []
    for i in sorted(broken):
        rows = f"FROM {words.staged.table} JOIN {words.table} ON raw = {words.column} "
        words.ledger.refuse(words.staged.index, f"{rows} WHERE verdict = {i}", rules[i][1], "raw")
