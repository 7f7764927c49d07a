"""One part of a report: its section, what was hidden in it, and whom its figures are about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.base.phrase import Phrase
from analysis.base.sentence import Sentence, tellable
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell as TableCell
from analysis.presentation.tables.table import Table
from analysis.sharing.ledger.ledger import Cell
from analysis.sharing.ledger.people import KnownPeople
from analysis.sharing.ledger.sketch import powers, sketch
from analysis.sharing.protection.figures import HIDDEN, shared, written
from analysis.sharing.writing.document import Block, Chart, Paragraph, Section

_PLACES = 4  # of what a chart's rows carry: shares in hundredths of a per cent


@dataclass(frozen=True, slots=True)
class Part:
    """hidden: figures that are '[c]'. cells: of a shared report, for the ledger. sets: name of each
    set that its figures are about -> its patients."""

    section: Section
    hidden: int = 0
    cells: tuple[Cell, ...] = ()
    sets: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What each part needs to know. key: the ledger's, None where nothing is noted. people: its
    numbers of the version's patients."""

    profile: str
    key: bytes | None = field(default=None, repr=False)
    people: KnownPeople | None = field(default=None, repr=False)

    @property
    def shares(self) -> bool:
        return self.profile == "share"

    def count(self, n: int) -> int | None:
        """A count as this profile shows it, None where it is hidden."""
        return shared(n) if self.shares else n

    def cell(self, kind: str, who: str, patients: Iterable[str]) -> tuple[Cell, ...]:
        """The figure for the ledger; none in a report that stays inside."""
        return (Cell(kind, who, sketch(self.powers(patients))),) if self.key else ()

    def powers(self, patients: Iterable[str]) -> np.ndarray:
        """(N, 15) what a sketch of any of these patients is made from; for a report with a key."""
        if self.key is None:
            raise ValueError("a report that stays inside has no key")
        return powers(patients, self.key, self.people.numbers if self.people else None)

    def told(self, sentence: str) -> str | None:
        """A sentence of the engine with its counts as this profile shows them, None where it has
        figures and does not say which ones are counts.
        Worked, share: Sentence(12, ' clinics are too few') -> '10 clinics are too few'."""
        if self.shares and isinstance(sentence, Sentence):
            return sentence.told(self._written)
        return sentence if not self.shares or tellable(sentence) else None

    def _written(self, n: int) -> str:
        return written(self.count(n))


def section(heading: str, *blocks: Block | None) -> Section:
    """A section of the blocks that there are; a sentence stands for a table without rows."""
    there = (b for b in blocks if b is not None)
    return Section(heading, tuple(map(_or_sentence, there)))


def _or_sentence(block: Block) -> Block:
    if isinstance(block, Table) and not (block.columns and block.rows):
        return Paragraph(Phrase("{table}: there is nothing to show.", table=block.caption))
    return block


def counted(n: int | None) -> TableCell:
    """A protected count as a cell, '[c]' where it is hidden."""
    return TableCell(HIDDEN) if n is None else cells.count(n)


def picture(caption: str, alt: str, chart, **more) -> Chart:
    """An Altair chart of protected figures with rows of no more digits than a reader can see."""
    return picture_of(caption, alt, chart.to_dict(), **more)


def picture_of(caption: str, alt: str, spec: dict, **more) -> Chart:
    """The same of a Vega-Lite spec."""
    spec = _shortened(spec)
    return Chart(caption, alt, spec, tuple(sorted(_fields(spec))), **more)


def _shortened(part):
    if isinstance(part, float):
        return round(part, _PLACES)
    if isinstance(part, list):
        return [_shortened(inner) for inner in part]
    if isinstance(part, dict):
        return {key: _shortened(inner) for key, inner in part.items()}
    return part


def _fields(spec: dict) -> set[str]:
    """Every column that a chart's rows carry."""
    found = set()
    for key, inner in spec.items():
        if key == "data" and isinstance(inner, dict):
            found |= {name for row in inner.get("values", ()) for name in row}
        elif key == "datasets":
            found |= {name for rows in inner.values() for row in rows for name in row}
        elif isinstance(inner, dict):
            found |= _fields(inner)
        elif isinstance(inner, list):
            found |= {name for one in inner if isinstance(one, dict) for name in _fields(one)}
    return found
