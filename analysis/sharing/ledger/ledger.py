"""What has been shared already: a new file must not differ from an earlier one by few patients.

Two harmless tables can together tell of one patient: the mean of 12 in May and of the same less
one in June. The ledger keeps a sketch of the patients behind each figure that was shared, and
refuses a file with a figure that 1 to 7 patients set apart from an earlier one of the same kind.

Where it lies and what keeps it: `keeping`. Files of sums are kept in it, too: `sums`.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from analysis.base.errors import ExportRefused
from analysis.sharing.ledger import stamp
from analysis.sharing.ledger.keeping import FILE, held, opened, transaction
from analysis.sharing.ledger.overtaken import refuse_overtaken
from analysis.sharing.ledger.parts import parts_near
from analysis.sharing.ledger.sketch import Sketch, apart, packed, unpacked
from analysis.sharing.protection.figures import SMALL

OF_PATIENTS = ("episodes", "finished", "measured")  # kinds whose sets a file of sums may be near
MODEL = "model "  # begins the kind of a model of one's own: then its family and its formula


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure that is to be shared. kind: what it says, of which outcome ('phq9 · recovered');
    figures of one kind are compared, whoever they are about. who: whom it is about, in words.
    """

    kind: str
    who: str
    sketch: Sketch

    @property
    def patients(self) -> int:
        return self.sketch[0]


def copy(folder: Path, to: Path) -> None:
    """The ledger of a dataset as it is now, put into another folder; nothing where there is none.

    StoreError where it cannot be read.
    """
    if not (folder / FILE).exists():
        return
    with opened(folder) as ledger, contextlib.closing(sqlite3.connect(to / FILE)) as other:
        ledger.backup(other)


def shared_people(folder: Path) -> dict[bytes, int]:
    """Content -> number of everybody behind what was shared, who has a content of his own."""
    with opened(folder) as ledger:
        rows = ledger.execute(
            "SELECT content, min(number) FROM person GROUP BY content HAVING count(*) = 1"
        ).fetchall()
    return dict(rows)


def told_before(folder: Path, spec: str) -> tuple[tuple[str, str], ...]:
    """(version, what it told) of every report that was asked the same, the first first."""
    with opened(folder) as ledger:
        rows = ledger.execute(
            "SELECT version, body FROM told WHERE spec = ? ORDER BY export, rowid", (spec,)
        ).fetchall()
    return tuple(rows)


def specs_told(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """What reports were asked -> (version, what it told) of each, the first first."""
    found: dict[str, list[tuple[str, str]]] = {}
    with opened(folder) as ledger:
        rows = ledger.execute("SELECT spec, version, body FROM told ORDER BY export, rowid")
        for spec, version, body in rows.fetchall():
            found.setdefault(spec, []).append((version, body))
    return found


def cells_near(
    ledger: sqlite3.Connection, version: str, patients: int, off: int
) -> list[tuple[bytes, str, str, str]]:
    """(sketch, kind, who, when) of sets of about so many patients that reports of other versions
    told of, whatever became of them."""
    rows = ledger.execute(
        "SELECT sketch, kind, who, made FROM cell JOIN export USING (export) "
        "WHERE version != ? AND patients BETWEEN ? AND ? ORDER BY export DESC",
        (version, patients - off, patients + off),
    ).fetchall()
    return [row for row in rows if is_of_patients(row[1])]


def formulas_told(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The formulas of files of sums that were written, and those of models in shared reports."""
    with opened(folder) as ledger:
        return formulas_in(ledger)


def formulas_in(ledger: sqlite3.Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The same of an open ledger."""
    sums = ledger.execute("SELECT DISTINCT formula FROM sums").fetchall()
    kinds = ledger.execute("SELECT kind FROM cell WHERE kind LIKE ? || '%'", (MODEL,)).fetchall()
    models = (kind.removeprefix(MODEL).split(" ", 1)[1] for (kind,) in kinds)
    return tuple(formula for (formula,) in sums), tuple(dict.fromkeys(models))


def check(folder: Path, cells: Iterable[Cell], version: str) -> None:
    """Raises ExportRefused where a cell lies too near one that was shared; notes nothing."""
    with opened(folder) as ledger:
        _refuse_near(ledger, tuple(cells), version)


def near(folder: Path, cells: Iterable[Cell], version: str) -> tuple[int, ...]:
    """The positions of the cells that lie too near what was shared before; notes nothing."""
    with opened(folder) as ledger:
        return tuple(dict.fromkeys(place for place, _, _ in _near(ledger, tuple(cells), version)))


def admit(
    folder: Path,
    cells: Iterable[Cell],
    version: str,
    asked: dict,
    people: Iterable[tuple[int, bytes]] = (),
    told: tuple[str, str] | None = None,
    beside: tuple[int, int] | None = None,
) -> None:
    """Checks the cells of a new export and notes them, in one transaction.

    beside: what it was made beside (`overtaken`), None where it is judged cell by cell alone.

    version: of the dataset. asked: the filter and the choices of the report, as JSON can hold
    them. people: (number, content) of the version's patients, so that they are known again under
    other names. told: what it was asked, but for the selection, and what it states, for later
    reports of the version (`told_before`). Called before anything is written: an export that fails
    later is noted all the same, and the same one may be made again.
    """
    cells = tuple(cells)
    filtered = json.dumps(asked, sort_keys=True, ensure_ascii=False)
    with opened(folder) as ledger, transaction(ledger):
        if beside is not None:
            refuse_overtaken(ledger, beside, (version, filtered))
        _refuse_near(ledger, cells, version)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        note = (made, version, filtered)
        export = ledger.execute(
            "INSERT INTO export (made, version, filter) VALUES (?, ?, ?)", note
        ).lastrowid
        ledger.executemany(
            "INSERT OR IGNORE INTO cell VALUES (?, ?, ?, ?, ?)",
            [(export, c.kind, c.who, c.patients, packed(c.sketch)) for c in cells],
        )
        ledger.executemany("INSERT OR REPLACE INTO person VALUES (?, ?)", people)
        if told:
            row = (export, version, *told)
            ledger.execute("INSERT OR IGNORE INTO told VALUES (?, ?, ?, ?)", row)
        now = held(ledger)
    stamp.write(folder, now)


def _refuse_near(ledger: sqlite3.Connection, cells: tuple[Cell, ...], version: str) -> None:
    for place, who, made in _near(ledger, cells, version):
        raise _too_near(cells[place], who, made)


def _near(
    ledger: sqlite3.Connection, cells: tuple[Cell, ...], version: str
) -> Iterator[tuple[int, str, str]]:
    """(position, who, when it was shared) of cells that few patients set apart from earlier ones.

    A set of patients that was shared before tells nothing new, whatever lies near it; and two
    sets of the same report are the business of its own protection. Of files of sums those of other
    versions are asked; what one of this version adds, programmes find
    (`sections/telling/beside/summed.py`).
    """
    together = {(cell.kind, packed(cell.sketch)) for cell in cells}
    for place, cell in enumerate(cells):
        earlier = ledger.execute(
            "SELECT sketch, who, made FROM cell JOIN export USING (export) "
            "WHERE (kind = ? OR kind LIKE '% · ' || ?) AND patients BETWEEN ? AND ? "
            "ORDER BY export DESC",
            (cell.kind, cell.kind, cell.patients - SMALL, cell.patients + SMALL),
        ).fetchall()
        if packed(cell.sketch) in {kept for kept, _, _ in earlier}:
            continue
        for kept, who, made in earlier:
            if (cell.kind, kept) in together:
                continue
            if 1 <= apart(cell.sketch, unpacked(kept)) <= SMALL:
                yield place, who, made
        if not is_of_patients(cell.kind):
            continue
        for kept, what, made in parts_near(ledger, version, cell.patients, SMALL):
            if 1 <= apart(cell.sketch, unpacked(kept)) <= SMALL:
                yield place, f"sums of {what}", made


def is_of_patients(kind: str) -> bool:
    """Whether a figure's kind says only that treatments are there, not how they ended."""
    return kind.rpartition(" · ")[2] in OF_PATIENTS


def _too_near(cell: Cell, who: str, made: str) -> ExportRefused:
    return ExportRefused(
        f"This report is not written: 1 to {SMALL} patients set one of its figures apart from a "
        "figure that was shared before, and whoever has both files could work out theirs",
        where=f"{cell.kind}, {cell.who}; shared on {made[:10]} as {cell.kind}, {who}",
        allowed=f"the same patients as before, or at least {SMALL + 1} different ones",
        next_step="send the earlier file again, leave this section out, choose a period that does "
        "not overlap, or wait until more patients have finished",
    )
