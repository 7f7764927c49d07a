"""What of each person's rows went into a file of sums, as keyed hashes that tell two files apart.

A file holds products of two columns at a time. So a person's mark is taken over the rows' number,
over each variable's values and over each pair's: two files tell of whoever has other marks.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import combinations

import numpy as np

from analysis.sharing.ledger.sketch import number_of
from analysis.store.sums.row_values import RowValues, Texts

PAIRED = 12  # variables: of more, each is marked alone; 12 make 79 marks of 8 bytes a person
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")  # as numbers are written: no 007
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_PAIR = np.uint64(0x9E3779B97F4A7C15)

Column = tuple[str, ...]  # variables that a mark is about: none (the rows' number), one, or two
WHO: Column = ("",)  # not a mark: who they are


@dataclass(frozen=True, slots=True)
class Marks:
    """numbers: (P,) of uint64, each person's keyed hash. columns: what each mark is about.
    table: (P, C) of uint64, the marks."""

    columns: tuple[Column, ...]
    numbers: np.ndarray = field(repr=False)
    table: np.ndarray = field(repr=False)


def marks_of(rows: RowValues, key: bytes) -> Marks:
    """The Marks of everybody in the rows. key: the ledger's, without which they say nothing.

    A mark is the sum of its rows' hashes, so neither the order nor the names of rows count.
    """
    hashed = {n: _of_numbers(v, n, key) for n, v in rows.numbers.items()}
    hashed |= {n: _of_texts(t, n, key) for n, t in rows.texts.items() if n not in hashed}
    names = sorted(hashed)
    columns: list[Column] = [(), *((n,) for n in names)]
    columns += combinations(names, 2) if len(names) <= PAIRED else ()
    who = rows.people.codes
    order = np.argsort(who, kind="stable")
    starts = np.flatnonzero(np.diff(who[order], prepend=-1))
    present = who[order][starts]
    made = []
    for column in columns:
        each = np.ones(len(who), dtype=np.uint64)
        if column:
            first, *second = (hashed[n] for n in column)
            each = _mixed(first * _PAIR + second[0]) if second else first
        made.append(np.add.reduceat(each[order], starts))
    numbers = [number_of(rows.people.labels[i], key) for i in present]
    return Marks(tuple(columns), np.array(numbers, dtype=np.uint64), np.stack(made, axis=1))


def set_apart(one: Marks, other: Marks, same_version: bool) -> dict[Column, int]:
    """How many people set two files apart, by what of them: who they are (WHO), and each
    mark that both have.

    Whoever has all the same marks in both counts as the same, whatever her name, so new names hide
    nothing; of one version, names tell. The others are known by their names; of those in one file
    alone the more count: one who left and one who came may be one who changed.
    """
    columns, a, b = _both(one, other)
    rest_a, rest_b = np.arange(len(a)), np.arange(len(b))
    if not same_version:
        rest_a, rest_b = _unlike(a, b)
    names_a, names_b = one.numbers[rest_a], other.numbers[rest_b]
    _, at_a, at_b = np.intersect1d(names_a, names_b, return_indices=True)
    alone = max(len(rest_a), len(rest_b)) - len(at_a)
    changed = (a[rest_a[at_a]] != b[rest_b[at_b]]).sum(axis=0)
    return {WHO: alone} | {c: alone + int(n) for c, n in zip(columns, changed, strict=True)}


def fewest_apart(one: Marks, other: Marks) -> dict[Column, int]:
    """The same of two files of one version inside a pattern: of those who have as many rows in
    either file, the fewest who set the files apart; 0 where nobody does.

    Files keep sums by pattern of measurements. {} where most patients have other numbers of rows
    in the two: their rows are other units then (sessions, treatments), and so are the patterns.
    """
    columns, a, b = _both(one, other)
    _, at_a, at_b = np.intersect1d(one.numbers, other.numbers, return_indices=True)
    rows_a, rows_b = a[:, columns.index(())], b[:, columns.index(())]
    if 2 * (rows_a[at_a] == rows_b[at_b]).sum() < len(at_a):
        return {}
    alone_a, alone_b = np.delete(rows_a, at_a), np.delete(rows_b, at_b)
    # Nobody who is in both changed who she is.
    changed = np.column_stack([np.zeros(len(at_a), dtype=bool), a[at_a] != b[at_b]])
    fewest = np.zeros(len(columns) + 1, dtype=np.int64)
    for rows in np.union1d(rows_a, rows_b):
        alone = max((alone_a == rows).sum(), (alone_b == rows).sum())
        here = (rows_a[at_a] == rows) | (rows_b[at_b] == rows)
        count = alone + changed[here].sum(axis=0)
        less = (count > 0) & ((fewest == 0) | (count < fewest))
        fewest[less] = count[less]
    return {c: int(n) for c, n in zip((WHO, *columns), fewest, strict=True)}


def _both(one: Marks, other: Marks) -> tuple[list[Column], np.ndarray, np.ndarray]:
    """The columns that two files share, and the marks of each file on them."""
    columns = [c for c in one.columns if c in other.columns]
    a = one.table[:, [one.columns.index(c) for c in columns]]
    return columns, a, other.table[:, [other.columns.index(c) for c in columns]]


def _unlike(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of two tables that are left when each was paired off with an equal one."""
    left = Counter(row.tobytes() for row in b)
    rest_a = []
    for place, row in enumerate(a):
        mark = row.tobytes()
        if left[mark]:
            left[mark] -= 1
        else:
            rest_a.append(place)
    rest_b = []
    for place, row in enumerate(b):
        mark = row.tobytes()
        if left[mark]:
            left[mark] -= 1
            rest_b.append(place)
    return np.array(rest_a, dtype=np.int64), np.array(rest_b, dtype=np.int64)


def _of_numbers(values: np.ndarray, name: str, key: bytes) -> np.ndarray:
    """(N,) hashes. 0.0 is added so that -0 is 0."""
    bits = np.ascontiguousarray(values.astype(float) + 0.0).view(np.uint64)
    return _mixed(_mixed(bits) ^ np.uint64(number_of(name, key)))


def _of_texts(texts: Texts, name: str, key: bytes) -> np.ndarray:
    """(N,) hashes: of a text that is a number the number's, so that x and factor(x) are one."""
    each = np.zeros(len(texts.labels), dtype=np.uint64)
    for place, label in enumerate(texts.labels):
        if _NUMBER.fullmatch(label):
            each[place] = _of_numbers(np.array([float(label)]), name, key)[0]
        else:
            said = blake2b(f"{name}\0{label}".encode("utf-8", "surrogatepass"), key=key)
            each[place] = int.from_bytes(said.digest()[:8], "big")
    return each[texts.codes]


def _mixed(x: np.ndarray) -> np.ndarray:
    """splitmix64's last step (Steele, Lea & Flood 2014, 10.1145/2660193.2660195)."""
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))
