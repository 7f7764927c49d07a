"""A report as data: what every writer (HTML, PDF, XLSX, DOCX) shows, each in its own way.

All numbers are cells that were rounded once, so a page and every format show the same digits.
Nothing here computes, and nothing here protects: who builds a document has done both.
"""

from dataclasses import dataclass, replace
from datetime import date as Date

from analysis.base.languages import words
from analysis.base.phrase import Phrase
from analysis.presentation.tables.table import Cell, Table
from analysis.sharing.cover.cover import NO_COVER, Cover

SYNTHETIC = "Synthetic data: made by a program, not from patients."
INTERNAL = "Internal: exact figures, not for sharing."
PROFILES = ("share", "internal")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of plain text; marks of HTML, Markdown or a formula stay as they are typed."""

    text: str


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number that a reader takes away: 'Recovered', '46 %', '95 % interval 43 to 49 %'."""

    label: str
    value: Cell
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """A row of key figures; two to four stand well side by side."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of protected aggregates, made by `presentation/charts` for `theme.PAPER`.

    caption: the picture's title. alt: what it shows, in a sentence. spec: the Vega-Lite dict
    (`chart.to_dict()`; a width of 'container' becomes the page's). fields: every column that its
    rows may carry: an interactive chart hands all of them to the reader, plotted or not. table:
    the same figures as a table, shown with the chart. derived: fields computed of told figures.
    """

    caption: str
    alt: str
    spec: dict
    fields: tuple[str, ...]
    table: Table | None = None
    notes: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()


Block = Paragraph | KeyFigures | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, in the order to read.

    For the audit of a shared document: of: whose all its numbers are, '' where each cell says it;
    told: further told figures that its sentences say; fixed: what the program says whatever the
    data. comment: the sender's own words on it, a paragraph each, which nobody audits.
    """

    heading: str
    blocks: tuple[Block, ...]
    of: str = ""
    told: tuple[Cell, ...] = ()
    fixed: tuple[str, ...] = ()
    comment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report.

    date: of the report; also the date that every file carries, so that the same document gives
    the same bytes. language: a BCP 47 tag of the texts ('en', 'en-GB'). profile: 'share' or
    'internal' (marked on each page). synthetic: said on each page. notes: the sender's own words,
    after the title. provenance: how the report was made (rules, version, dataset), at the end.
    footer: one line at the foot of each page. cover: who hands it on. period: which quarters it
    is about, for the names of its files: those of a series lie in one folder.
    """

    title: str
    date: Date
    sections: tuple[Section, ...]
    subtitle: str = ""
    language: str = "en"
    profile: str = "share"
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()
    footer: str = ""
    cover: Cover = NO_COVER
    period: str = ""

    @property
    def foot(self) -> str:
        """The line at the foot of each page."""
        return " · ".join(line for line in (self.cover.confidentiality, self.footer) if line)

    @property
    def marks(self) -> tuple[str, ...]:
        """What no page may leave unsaid: synthetic data, figures that are not for sharing."""
        synthetic = (SYNTHETIC,) if self.synthetic else ()
        said = synthetic + ((INTERNAL,) if self.profile == "internal" else ())
        return tuple(map(self.own, said))

    def own(self, text: str) -> str:
        """A text of the writers' own ('Contents') in the document's language."""
        return words(self.language).of(text)

    @property
    def logo_says(self) -> str:
        """The cover's logo in words, in the document's language."""
        return self.own(self.cover.logo_says)

    def numbered(self) -> "Document":
        """The same with captions such as 'Table 2. Outcomes by clinic' and 'Figure 1. …', in the
        order of reading; a figure's own table counts among the tables."""
        counts: dict[str, int] = {"Table": 0, "Figure": 0}

        def called(kind: str, caption: str) -> str:
            counts[kind] += 1
            return f"{self.own(kind)} {counts[kind]}. {caption}"

        def block(one: Block) -> Block:
            if isinstance(one, Table):
                return replace(one, caption=called("Table", one.caption))
            if isinstance(one, Chart):
                caption = called("Figure", one.caption)
                table = one.table and replace(one.table, caption=called("Table", one.table.caption))
                return replace(one, caption=caption, table=table)
            return one

        sections = (replace(s, blocks=tuple(map(block, s.blocks))) for s in self.sections)
        return replace(self, sections=tuple(sections))

    @property
    def date_text(self) -> str:
        """'24 November 2026', whatever the machine's own language."""
        month, year = _MONTHS[self.date.month - 1], str(self.date.year)
        return self.own(Phrase("{day} {month} {year}", day=self.date.day, month=month, year=year))

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts of all sections, in the order of reading."""
        return tuple(b for s in self.sections for b in s.blocks if isinstance(b, Chart))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of all sections, those of charts among them, in the order of reading."""
        found = (
            b.table if isinstance(b, Chart) else b
            for s in self.sections
            for b in s.blocks
            if isinstance(b, (Chart, Table))
        )
        return tuple(table for table in found if table is not None)


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
