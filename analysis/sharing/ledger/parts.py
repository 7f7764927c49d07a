"""Whom a file of sums states the number of: everybody in it, and each group that it counts.

Kept so that later reports can be judged beside it: as treatments, under keyed hashes, and as a
sketch of the patients.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.sharing.ledger.sketch import Sketch, number_of, packed, powers, sketch
from analysis.store.sums.row_values import RowValues, Texts

TWO = 2  # values of a number whose sum says how many have each


@dataclass(frozen=True, slots=True)
class FileParts:
    """treatments: (T,) keyed hashes of those in the file, each once. names: of the K sets, '' of
    everybody, first; members: (K, T) bool. sketches: of their patients; sizes: how many."""

    treatments: np.ndarray = field(repr=False)
    names: tuple[str, ...]
    members: np.ndarray = field(repr=False)
    sketches: tuple[Sketch, ...] = field(repr=False)
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EarlierFile:
    """A file that was written, or is to be (`is_new`). names, members: see FileParts."""

    version: str
    formula: str
    treatments: np.ndarray = field(repr=False)
    names: tuple[str, ...]
    members: np.ndarray = field(repr=False)
    is_new: bool = False


def parts_of(rows: RowValues, key: bytes, numbers: Mapping[str, int]) -> FileParts | None:
    """The FileParts of rows: by the values of categories, groupings but therapists (whose groups
    have no name in a file), and numbers of two values. numbers: patient -> the ledger's number of
    those known under another name. None where rows are no patient's."""
    if rows.treatments is None:
        return None
    whose = rows.treatments.codes
    names, sets = [""], [np.ones(len(whose), dtype=bool)]
    for name, column in sorted(_columns(rows).items()):
        for code, label in enumerate(column.labels):
            names.append(f"{name} {label}")
            sets.append(column.codes == code)
    who = np.unique(rows.people.codes)
    each = powers([rows.people.labels[i] for i in who], key, numbers)
    of_people = dict(zip(who.tolist(), each, strict=True))
    members, sketches, sizes = [], [], []
    for own in sets:
        there = np.zeros(len(rows.treatments.labels), dtype=bool)
        there[whose[own]] = True
        people = np.unique(rows.people.codes[own]).tolist()
        members.append(there)
        sizes.append(len(people))
        sketches.append(sketch(np.array([of_people[p] for p in people])))
    hashed = np.array([number_of(t, key) for t in rows.treatments.labels], dtype=np.uint64)
    return FileParts(hashed, tuple(names), np.stack(members), tuple(sketches), tuple(sizes))


def _columns(rows: RowValues) -> dict[str, Texts]:
    """What a file counts the values of; a patient's or treatment's own name is none."""
    groups = {n: t for n, t in rows.texts.items() if n not in ("therapist", "patient", "episode")}
    for name, values in rows.numbers.items():
        found, codes = np.unique(values, return_inverse=True)
        if len(found) == TWO and name not in groups:
            groups[name] = Texts(tuple(map(str, found.tolist())), codes.reshape(-1))
    return groups


def note_parts(ledger: sqlite3.Connection, file: int, parts: FileParts) -> None:
    """Inside the transaction that notes the file."""
    bits = np.packbits(parts.members, axis=1)
    everybody = parts.treatments.astype("<u8").tobytes()
    for i, name in enumerate(parts.names):
        members = bits[i].tobytes() if name else everybody
        row = (file, name, parts.sizes[i], packed(parts.sketches[i]), members)
        ledger.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?)", row)


def files_told(ledger: sqlite3.Connection, numbers: Mapping[int, np.ndarray]) -> list[EarlierFile]:
    """Every file of patients, the first first. numbers: number of a patient -> hashes of her
    treatments now: by these a file is known that was noted before parts were."""
    found = []
    rows = "SELECT file, version, formula, person, columns, marks FROM sums ORDER BY file"
    for file, version, formula, person, columns, marks in ledger.execute(rows).fetchall():
        parts = ledger.execute(
            "SELECT name, members FROM part WHERE file = ? ORDER BY rowid", (file,)
        ).fetchall()
        if parts:
            treatments = np.frombuffer(parts[0][1], dtype="<u8").astype(np.uint64)
            bits = [np.frombuffer(members, dtype=np.uint8) for _, members in parts[1:]]
            members = [np.ones(len(treatments), dtype=bool)]
            members += [np.unpackbits(b, count=len(treatments)).astype(bool) for b in bits]
            names = tuple(name for name, _ in parts)
            found.append(EarlierFile(version, formula, treatments, names, np.stack(members)))
        elif person == "patient":
            width = len(json.loads(columns)) + 1
            people = np.frombuffer(marks, dtype="<u8").reshape(-1, width)[:, 0].tolist()
            own = [numbers[p] for p in people if p in numbers]
            missing = len(own) < len(people)
            treatments = np.concatenate([*own, np.zeros(missing)]).astype(np.uint64)
            everybody = np.ones((1, len(treatments)), dtype=bool)
            found.append(EarlierFile(version, formula, treatments, ("",), everybody))
    return found


def parts_near(
    ledger: sqlite3.Connection, version: str, patients: int, off: int
) -> Iterator[tuple[bytes, str, str]]:
    """(sketch, what it is of, when it was written) of sets of about so many patients that files of
    other versions state."""
    yield from ledger.execute(
        "SELECT part.sketch, formula || ' ' || part.name, made FROM part JOIN sums USING (file) "
        "WHERE version != ? AND part.patients BETWEEN ? AND ? ORDER BY file DESC",
        (version, patients - off, patients + off),
    ).fetchall()
