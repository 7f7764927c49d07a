"""Rows of a table that are no sessions: empty ones, totals, the header again, a second table."""

from dataclasses import replace

from analysis.importing.findings.quarantine import BY_ANSWER, Ledger, Problem
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import literal

# What stands first in a row of sums or means, in six languages.
_SUMS = (
    "total totals totale totaal gesamt insgesamt summe gesamtsumme zwischensumme subtotal sum suma "
    "somme summa mean average avg mittelwert durchschnitt media promedio moyenne gemiddelde medel "
    "medelvarde median mediana mediane sd std standardabweichung"
)
_SUM = literal(rf"(grand )?({_SUMS.replace(' ', '|')})\b.{{0,20}}")
_QUOTES = "\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
_LOOKED_AT = 3  # columns in which such a word may be the row's first text


def without_other_rows(connection, staged: Staged, ledger: Ledger) -> Staged:
    """The staged text without rows that are no sessions.

    Empty rows (of delimiters alone) are none and not counted; rows of totals or means, which have
    an empty cell where all others are filled, and rows that are the header again are refused as
    left out; what stands below an empty row and fills other columns is asked about.
    """
    if staged.content.kind == "parquet" or not staged.columns:
        return staged
    staged = _unquoted(connection, staged, ledger)
    columns = list(staged.columns.values())
    empty = " AND ".join(f"{c} = ''" for c in columns)
    kinds = f"CASE WHEN {_first(columns)} IS NULL AND {empty} THEN 'empty' WHEN {_again(staged)} "
    kinds += f"THEN 'header' WHEN {_is_sum(columns)} THEN 'sum' END"
    found = f"other_rows_{staged.index}"
    connection.execute(
        f"CREATE TEMP TABLE {found} AS SELECT line, kind FROM "
        f"(SELECT line, {kinds} AS kind FROM {staged.table}) WHERE kind IS NOT NULL"
    )
    _refuse(connection, staged, found, "header", "is the header again", ledger)
    if one_row(connection, f"SELECT count(*) FROM {found} WHERE kind = 'sum'")[0]:
        _only_with_gaps(connection, staged, found, columns)
        _refuse(connection, staged, found, "sum", "is a row of totals or means", ledger)
    (blank,) = one_row(connection, f"SELECT count(*) FROM {found} WHERE kind = 'empty'")
    connection.execute(f"DELETE FROM {staged.table} WHERE line IN (SELECT line FROM {found})")
    if blank:
        _settle_second(connection, staged, found, ledger)
    connection.execute(f"DROP TABLE {found}")
    return replace(staged, read=staged.read - blank)


def _unquoted(connection, staged: Staged, ledger: Ledger) -> Staged:
    """Word processors turn "quotes" into others, which no reader of CSV knows: taken off names and
    cells where each name stands in such a pair."""
    names = staged.columns
    if not all(n[0] in _QUOTES and n[-1] in _QUOTES and len(n) > 2 for n in names):
        return staged
    bare = ", ".join(f"{c} = trim({c}, {literal(_QUOTES + cells.SPACE)})" for c in names.values())
    connection.execute(f"UPDATE {staged.table} SET {bare}")
    ledger.warn(f"{staged.name}: the typographic quotes around names and cells are taken off")
    named = {name.strip(_QUOTES): column for name, column in names.items()}
    if len(named) < len(names):
        return staged
    header = tuple(name.strip(_QUOTES) for name in staged.header)
    return replace(staged, columns=named, header=header)


def _first(columns: list[str]) -> str:
    """The row's first text among its first columns, NULL for none."""
    cases = " ".join(f"WHEN {c} <> '' THEN {c}" for c in columns[:_LOOKED_AT])
    return f"CASE {cases} END"


def _is_sum(columns: list[str]) -> str:
    text = _first(columns)
    starts = sorted({word[:3] for word in f"{_SUMS} grand".split()})
    listed = ", ".join(map(literal, starts))
    plain = f"strip_accents(lower({text}))"
    return (
        f"strip_accents(lower(left({text}, 3))) IN ({listed}) "
        f"AND length({text}) < 40 AND regexp_full_match({plain}, {_SUM})"
    )


def _again(staged: Staged) -> str:
    """Each cell is its column's name."""
    named = [
        f"lower({c}) = {literal(name.lower())}"
        for name, c in staged.columns.items()
        if not (name.startswith("column_") and name[7:].isdigit())
    ]
    return " AND ".join(named) if len(named) > 1 else "false"


def _only_with_gaps(connection, staged: Staged, found: str, columns: list[str]) -> None:
    """A total lacks what each session has: a row that lacks nothing is a session, whatever the
    word."""
    others = f"line NOT IN (SELECT line FROM {found})"
    counts = ", ".join(f"count(nullif({c}, '')) FILTER ({others})" for c in columns)
    rows, *filled = one_row(
        connection, f"SELECT count(*) FILTER ({others}), {counts} FROM {staged.table}"
    )
    needed = [c for c, n in zip(columns, filled, strict=True) if n >= 0.9 * rows]
    gaps = " OR ".join(["false", *(f"{c} = ''" for c in needed)])
    connection.execute(
        f"DELETE FROM {found} WHERE kind = 'sum' AND line NOT IN "
        f"(SELECT line FROM {staged.table} WHERE {gaps})"
    )


def _refuse(connection, staged: Staged, found: str, kind: str, reason: str, ledger: Ledger) -> None:
    problem = Problem("", BY_ANSWER, reason, "nothing to do: it is no session")
    ledger.refuse(staged.index, f"FROM {found} WHERE kind = '{kind}'", problem)


def _settle_second(connection, staged: Staged, found: str, ledger: Ledger) -> None:
    """Asks about rows below an empty one that never fill columns which all rows above fill."""
    below = f"line > (SELECT min(e.line) FROM {found} e WHERE e.kind = 'empty' "
    below += f"AND e.line > (SELECT min(line) FROM {staged.table}))"
    filled = ", ".join(
        f"count(nullif({c}, '')) FILTER ({side})"
        for c in staged.columns.values()
        for side in (f"NOT ({below})", below)
    )
    above, under, *counts = one_row(
        connection,
        f"SELECT count(*) FILTER (NOT ({below})), count(*) FILTER ({below}), {filled} "
        f"FROM {staged.table}",
    )
    pairs = list(zip(counts[::2], counts[1::2], strict=True))
    if not under or under >= above or not any(a >= 0.9 * above and not b for a, b in pairs):
        return
    evidence = (
        f"{staged.name}: below an empty row stand {under} rows that leave columns empty which the "
        f"{above} rows above fill; they look like another table or remarks"
    )
    choices = {"leave-out": "they are left out", "keep": "they are rows like the others"}
    where = (staged.name, "")
    if ledger.ask("second-table", where, evidence, choices, "leave-out", under) == "leave-out":
        problem = Problem(
            "", BY_ANSWER, "stands below the table", "answer 'keep' where it is a session"
        )
        ledger.refuse(staged.index, f"FROM {staged.table} WHERE {below}", problem)
        connection.execute(f"DELETE FROM {staged.table} WHERE {below}")
