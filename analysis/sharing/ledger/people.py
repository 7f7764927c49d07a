"""Patients known again: who was shared before keeps the number of then, under whatever name now."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.sharing.ledger import ledger
from analysis.sharing.ledger.elsewhere import content_mark
from analysis.sharing.ledger.sketch import number_of


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """A version's patients as the ledger counts them. numbers: patient -> number; rows: what the
    ledger notes of them, (number, content)."""

    numbers: dict[str, int] = field(repr=False)
    rows: tuple[tuple[int, bytes], ...] = field(repr=False)


def known_people(folder: Path, key: bytes, contents: Mapping[str, str]) -> KnownPeople:
    """The KnownPeople of a version. contents: patient -> what stands for all her values.

    A patient whose name is new, with the very values of one whose name is gone, is that one.
    Without this, new names for the same people would hide that two reports differ by one.
    """
    own = {patient: number_of(patient, key) for patient in contents}
    marks = {patient: content_mark(content, key) for patient, content in contents.items()}
    alone = Counter(marks.values())
    earlier = ledger.shared_people(folder)
    here, noted = set(own.values()), set(earlier.values())
    for patient, number in own.items():
        known = earlier.get(marks[patient])
        if known is None or known in here or number in noted:
            continue
        if alone[marks[patient]] == 1:
            own[patient] = known
    return KnownPeople(own, tuple((own[p], marks[p]) for p in contents))
