"""Whether something was shared between the making of a report and its files.

A report's figures are judged beside all that was shared before it was made. What is shared later
(its quarter, say, while the year's preview stood on the page) they were not judged beside.
"""

import sqlite3
from pathlib import Path

from analysis.base.errors import ExportRefused
from analysis.sharing.ledger.keeping import held, opened


def made_beside(folder: Path) -> tuple[int, int]:
    """How many exports and files of sums there are: what a report made now is judged beside."""
    with opened(folder) as ledger:
        return _state(ledger)


def refuse_overtaken(
    ledger: sqlite3.Connection, beside: tuple[int, int], own: tuple[str, str]
) -> None:
    """ExportRefused where there is more than `beside`, but for exports that are like the `own`
    (version, filter): the same report, made again, is no other."""
    exports, sums = beside
    later = ledger.execute(
        "SELECT DISTINCT version, filter FROM export WHERE export > ?", (exports,)
    ).fetchall()
    if set(later) <= {own} and _state(ledger)[1] == sums:
        return
    raise ExportRefused(
        "This report is not written: something else was shared since it was made, and its figures "
        "were not judged beside that",
        allowed="a report that is made beside all that was shared before",
        next_step="make it again; on the page, choose anything anew, so that the preview is made "
        "again",
    )


def _state(ledger: sqlite3.Connection) -> tuple[int, int]:
    now = held(ledger)
    return now["exports"], now["sums"]
