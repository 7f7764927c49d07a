"""Which files of sums were written of a dataset: a new one must not differ by few patients.

Two files that both stand for many can be subtracted: `phq9 ~ session` and the same with a covariate
that one patient lacks give her sums. So each file is noted with the marks of whoever is in it.
"""

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np

from analysis.base.errors import ExportRefused
from analysis.questions.pooling.exchange import MomentsFile
from analysis.questions.pooling.together import singled_out_together
from analysis.sharing.ledger import stamp
from analysis.sharing.ledger.keeping import held, opened, secret, transaction
from analysis.sharing.ledger.ledger import cells_near, formulas_in
from analysis.sharing.ledger.marks import WHO, Column, Marks, fewest_apart, marks_of, set_apart
from analysis.sharing.ledger.parts import FileParts, note_parts
from analysis.sharing.ledger.sketch import apart, unpacked
from analysis.store.place import Store
from analysis.store.sums.row_values import RowValues
from analysis.store.versions.catalogue import DatasetInfo

ALL_THE_SAME = (
    "--allow-small, where those who answer for the data agree that the file is data about persons"
)
Told = tuple[tuple[str, ...], tuple[str, ...]]


def admit_sums(
    info: DatasetInfo,
    rows: RowValues,
    site: MomentsFile,
    store: Store | None = None,
    parts: FileParts | None = None,
    people: Iterable[tuple[int, bytes]] = (),
) -> None:
    """Notes a file of sums before it is written. rows: what it is made of; parts: whom it counts,
    people: the version's patients, as a report notes them.

    ExportRefused where fewer patients than it must stand for, but one at least, set it apart from
    an earlier file of the dataset, of whatever version and formula (of the same version, also among
    those with equally many rows: sums are kept by pattern of measurements), and where all files
    and shared models together, read as one, would single out fewer; with --allow-small it is noted
    alone. StoreError where the ledger was lost. store: where the dataset lies.
    """
    if len(rows.people.codes) != site.sums.rows:
        raise _cannot_tell(info)
    folder = info.path.parent
    marks = marks_of(rows, secret(folder))
    with opened(folder) as ledger, transaction(ledger):
        earlier = ledger.execute(
            "SELECT made, version, formula, columns, marks FROM sums WHERE person = ? "
            "ORDER BY file DESC",
            (rows.person,),
        ).fetchall()
        noted = False
        for made, version, formula, columns, packed in earlier:
            before = _unpacked(columns, packed)
            differ = set_apart(marks, before, version == info.version)
            counts = list(differ.items())
            if version == info.version and site.sums.groupings:
                counts += fewest_apart(marks, before).items()
            near = [c for c, n in counts if 1 <= n < site.disclosure.least]
            if near and not site.disclosure.allowed:
                raise _too_near(info, site.disclosure.least, near, (made, version, formula))
            same = version == info.version and marks.columns == before.columns
            noted = noted or (same and not any(differ.values()))
        if parts and not site.disclosure.allowed:
            _check_apart_from_cells(ledger, info, parts, site.disclosure.least)
        if not site.disclosure.allowed:
            _check_together(info, rows.person, site, formulas_in(ledger), store)
        if not noted or not any(one[1:3] == (info.version, site.formula) for one in earlier):
            made = datetime.now(UTC).isoformat(timespec="seconds")
            file = ledger.execute(
                "INSERT INTO sums (made, version, formula, person, columns, marks) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (made, info.version, site.formula, rows.person, *_packed(marks)),
            ).lastrowid
            if parts and file:
                note_parts(ledger, file, parts)
            ledger.executemany("INSERT OR REPLACE INTO person VALUES (?, ?)", people)
        now = held(ledger)
    stamp.write(folder, now)


def _check_apart_from_cells(
    ledger: sqlite3.Connection, info: DatasetInfo, parts: FileParts, least: int
) -> None:
    """Of other versions; reports of this one are asked by programmes (`beside_reports`)."""
    for own, patients in zip(parts.sketches, parts.sizes, strict=True):
        for kept, kind, who, made in cells_near(ledger, info.version, patients, least - 1):
            if 1 <= apart(own, unpacked(kept)) < least:
                where = f"shared on {made[:10]}: {kind}, {who}"
                raise beside_reports(info, least, where)


def beside_reports(info: DatasetInfo, least: int, where: str) -> ExportRefused:
    """The refusal of a file that says too much beside what reports told. where: what, in words."""
    return ExportRefused(
        "Nothing was written: a file of sums says exactly how many it is of, and beside the "
        f"reports that were shared this one would tell about fewer than {least} patients",
        where=f"dataset {info.name}; {where}",
        allowed=f"the patients of what was shared, or at least {least} others; and numbers that "
        "leave open what the reports do",
        next_step="leave out the category or grouping, or the variable that few lack, or wait "
        f"until the data of more patients have changed; or {ALL_THE_SAME}",
    )


def _check_together(
    info: DatasetInfo, person: str, site: MomentsFile, told: Told, store: Store | None
) -> None:
    """told: formulas of earlier files, and of models."""
    least = site.disclosure.least
    found = singled_out_together(site.formula, *told, info, person, least, store)
    if found:
        raise ExportRefused(
            "Nothing was written: with the files of sums and models that were shared before, some "
            f"sums would tell about fewer than {least} patients",
            where=f"dataset {info.name}; {found[0].where}",
            allowed=f"columns of which no combination is zero for all but {least - 1} patients, "
            "those of all that was shared together",
            next_step=f"write one of the earlier files again, or fewer columns; or {ALL_THE_SAME}",
        )


def _too_near(info: DatasetInfo, least: int, near: list[Column], file: tuple) -> ExportRefused:
    made, version, formula = file
    few = f"1 to {least - 1} patients" if least > 2 else "One patient"
    by = "in who they are or how many rows they have"
    if () not in near and WHO not in near:
        by = "in " + ", ".join(dict.fromkeys(f"'{n}'" for column in near for n in column))
    return ExportRefused(
        f"Nothing was written: {few} set these sums apart from a file of sums that was written "
        "before, and whoever has both files could work out theirs",
        where=f"dataset {info.name}; written on {made[:10]} of version {version}: {formula}; the "
        f"patients, or those with equally many rows, differ {by}",
        allowed=f"the rows of the earlier file, or at least {least} patients who differ",
        next_step="leave out the variable that few lack, write the earlier file again, or wait "
        f"until the data of more patients have changed; or {ALL_THE_SAME}",
    )


def _cannot_tell(info: DatasetInfo) -> ExportRefused:
    return ExportRefused(
        "Nothing was written: not every row of these sums says whose it is, so they cannot be "
        "compared with later ones",
        where=f"dataset {info.name}",
        allowed="rows that each name their patient (or therapist, or clinic)",
        next_step="fill in who is missing, and import the data as a new version",
    )


def _packed(marks: Marks) -> tuple[str, bytes]:
    """The columns' names as JSON, and a row a person: number, marks; 8 bytes each, lowest first."""
    table = np.column_stack([marks.numbers, marks.table])
    return json.dumps(marks.columns, ensure_ascii=False), table.astype("<u8").tobytes()


def _unpacked(columns: str, packed: bytes) -> Marks:
    named = tuple(tuple(c) for c in json.loads(columns))
    table = np.frombuffer(packed, dtype="<u8").reshape(-1, len(named) + 1).astype(np.uint64)
    return Marks(named, table[:, 0], table[:, 1:])
