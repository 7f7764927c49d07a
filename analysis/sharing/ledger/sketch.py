"""A set of patients as fifteen numbers that tell how few patients set it apart from another set.

The numbers are power sums of keyed hashes of the patients, modulo a prime. The difference of two
such sketches is the sketch of the patients that only one set has, and the rank of its Hankel
matrix is their number, exactly, up to the matrix's size (Prony's method; as in the set
reconciliation of Minsky, Trachtenberg & Zippel 2003, 10.1109/TIT.2003.815784). Sets of
any size take 120 bytes; lists of keyed hashes would take 8 for each patient of each cell, and
be lists of patients.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from analysis.measures.conventions import FEWEST_TOLD

PRIME = 2**61 - 1
MOST = FEWEST_TOLD  # differences are counted up to here: one more than what must not be told
POWERS = 2 * MOST - 1
_LOW = 30  # bits: the two halves of a number add up over a billion patients without overflow

Sketch = tuple[int, ...]


def powers(
    patients: Iterable[str], key: bytes, known: Mapping[str, int] | None = None
) -> np.ndarray:
    """(N, 15) of uint64: powers 0 to 14 of each patient's keyed hash, modulo the prime.

    key: 16 to 64 secret bytes; without it a sketch says nothing on who is in a set. known: patient
    -> number, for those who were shared under another name.
    """
    known = known or {}
    base = np.array([known.get(p) or number_of(p, key) for p in patients], dtype=object)
    each = [np.ones(len(base), dtype=object)]
    for _ in range(POWERS - 1):
        each.append(each[-1] * base % PRIME)
    return np.stack(each, axis=1).astype(np.uint64)


def number_of(patient: str, key: bytes) -> int:
    """1 .. PRIME - 1. Among a million patients, two share a number once in five million stores."""
    digest = blake2b(patient.encode("utf-8", "surrogatepass"), key=key, digest_size=16).digest()
    return int.from_bytes(digest, "big") % (PRIME - 1) + 1


def sketch(of_members: np.ndarray) -> Sketch:
    """The sketch of one set: of_members is (n, 15), the powers of its patients, each once."""
    low = (of_members & np.uint64(2**_LOW - 1)).sum(axis=0, dtype=np.uint64)
    high = (of_members >> np.uint64(_LOW)).sum(axis=0, dtype=np.uint64)
    return tuple(
        ((int(h) << _LOW) + int(low_half)) % PRIME for h, low_half in zip(high, low, strict=True)
    )


@lru_cache(maxsize=20_000)  # a report's figures are compared when it is made, and when admitted
def apart(one: Sketch, other: Sketch) -> int:
    """How many patients are in one of two sets alone: exact up to 7; 8 stands for 8 or more."""
    difference = [(a - b) % PRIME for a, b in zip(one, other, strict=True)]
    return _rank([difference[i : i + MOST] for i in range(MOST)])


def packed(sketch: Sketch) -> bytes:
    """A sketch as it is kept: 8 bytes a number."""
    return b"".join(number.to_bytes(8, "big") for number in sketch)


def unpacked(kept: bytes) -> Sketch:
    return tuple(int.from_bytes(kept[i : i + 8], "big") for i in range(0, len(kept), 8))


def _rank(rows: list[list[int]]) -> int:
    """The rank of a matrix of whole numbers modulo the prime, by elimination."""
    rank = 0
    for column in range(len(rows)):
        pivot = next((r for r in range(rank, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        scale = pow(rows[rank][column], -1, PRIME)
        for r in range(rank + 1, len(rows)):
            factor = rows[r][column] * scale % PRIME
            if factor:
                rows[r] = [
                    (a - factor * b) % PRIME for a, b in zip(rows[r], rows[rank], strict=True)
                ]
        rank += 1
    return rank
