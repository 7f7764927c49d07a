"""Reports that name a patient in the first row of a block only: named in each row, by an answer."""

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.mapping import MISSING
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.store.versions.hardened import one_row

_FILLED = ("patient", "episode", "therapist", "clinic")


def fill_down(connection, staged: Staged, keys: dict[str, str], ledger: Ledger) -> None:
    """Asks whether rows that name no patient belong to the one above, where sessions go on there.

    keys: key -> column. It is asked where a third of the rows at least name none, and in each of
    them the session's number (or else its date) is later than in the row above.
    """
    named = {k: staged.columns[c] for k, c in keys.items() if c in staged.columns}
    if "patient" not in named or staged.content.kind == "parquet":
        return
    owner = cells.present(named["patient"], ("",))
    rows, filled = one_row(connection, f"SELECT count(*), count({owner}) FROM {staged.table}")
    if rows - filled < max(2, rows / 3) or not filled or not _goes_on(connection, staged, named):
        return
    blank = rows - filled
    evidence = (
        f"{staged.name}: {blank} of {rows} rows name no patient, and their sessions go on from the "
        "row above"
    )
    choices = {"fill": "they are of the patient above", "refuse": "they are set aside"}
    if ledger.ask("fill-down", (staged.name, ""), evidence, choices, "fill", blank) != "fill":
        return
    for key in _FILLED:
        if key in named:
            _fill(connection, staged, named[key], owner)


def _goes_on(connection, staged: Staged, named: dict[str, str]) -> bool:
    """Whether each row without a patient has a later session than the row above."""
    if "session" in named:
        step = cells.session_number(cells.present(named["session"], MISSING))
    elif "date" in named:
        step = cells.date(cells.present(named["date"], MISSING), "dmy")
    else:
        return False
    owner = cells.present(named["patient"], ("",))
    good, bad = one_row(
        connection,
        "SELECT count(*) FILTER (step > above), count(*) FILTER (step <= above) FROM (SELECT "
        f"{step} AS step, lag({step}) OVER (ORDER BY line) AS above, {owner} AS owner "
        f"FROM {staged.table}) WHERE owner IS NULL",
    )
    return good > 0 and bad == 0


def _fill(connection, staged: Staged, column: str, owner: str) -> None:
    """The column's last text above, within the patient's block, where a row has none."""
    text = cells.present(column, ("",))
    block = f"(SELECT *, count({owner}) OVER (ORDER BY line) AS block FROM {staged.table})"
    connection.execute(
        f"UPDATE {staged.table} SET {column} = above FROM (SELECT line AS place, last_value({text} "
        "IGNORE NULLS) OVER (PARTITION BY block ORDER BY line ROWS UNBOUNDED PRECEDING) AS above "
        f"FROM {block}) WHERE place = line AND above IS NOT NULL AND {text} IS NULL"
    )
