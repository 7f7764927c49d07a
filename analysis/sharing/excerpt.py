"""One card of a page as a Word document: for whoever may see the data, and marked as internal."""

from datetime import date

from analysis.presentation.tables.table import Table
from analysis.sharing.sections.section import picture_of
from analysis.sharing.writing import writers
from analysis.sharing.writing.document import Block, Document, Section

WORD = writers.FORMATS["docx"].mime


def word_excerpt(
    title: str,
    figure: tuple[str, str, dict] | None,
    table: Table | None,
    synthetic: bool,
    today: date,
) -> bytes:
    """Picture and table of one card. figure: caption, text alternative, Vega-Lite spec."""
    blocks: list[Block] = [picture_of(*figure)] if figure else []
    if table is not None and table.rows:
        blocks.append(table.for_paper())
    section = Section(title, tuple(blocks))
    made = Document(title, today, (section,), profile="internal", synthetic=synthetic)
    return writers.render(made, "docx")
