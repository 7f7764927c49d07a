"""A finished document in another language: the same figures in other words.

It comes after the audit, which reads the English document; no figure is made or lost here.
"""

from dataclasses import replace
from typing import Any

from analysis.base.languages import ENGLISH, Language
from analysis.base.phrase import Phrase
from analysis.presentation.tables.table import Cell, Table
from analysis.sharing.writing.document import Block, Chart, Document, KeyFigures, Paragraph, Section

# Where a Vega-Lite spec holds what a reader sees: titles, texts, and values of its rows with the
# orders that name them.
_SEEN = {"title", "text", "description", "subtitle", "values", "domain", "sort"}
_UNSEEN = {"signal"}  # columns that only the chart's own rules read


def translated(document: Document, language: Language) -> Document:
    """`document` in that language; title and notes stay where the sender typed them."""
    if language.code == ENGLISH:
        return document
    of = language.of
    return replace(
        document,
        title=of(document.title) if isinstance(document.title, Phrase) else document.title,
        subtitle=of(document.subtitle),
        language=language.code,
        sections=tuple(_section(section, language) for section in document.sections),
        provenance=tuple(map(of, document.provenance)),
        footer=of(document.footer),
    )


def _section(section: Section, language: Language) -> Section:
    blocks = tuple(_block(block, language) for block in section.blocks)
    return replace(section, heading=language.of(section.heading), blocks=blocks)


def _block(block: Block, language: Language) -> Block:
    of = language.of
    match block:
        case Paragraph(text):
            return Paragraph(of(text))
        case KeyFigures(figures):
            made = (
                replace(f, label=of(f.label), value=_cell(f.value, of), note=of(f.note))
                for f in figures
            )
            return KeyFigures(tuple(made))
        case Table():
            return _table(block, of)
        case Chart():
            return replace(
                block,
                caption=of(block.caption),
                alt=of(block.alt),
                spec=_spec(block.spec, language),
                notes=tuple(map(of, block.notes)),
                table=_table(block.table, of) if block.table else None,
            )


def _table(table: Table, of) -> Table:
    return replace(
        table,
        caption=of(table.caption),
        columns=tuple(replace(column, name=of(column.name)) for column in table.columns),
        rows=tuple(tuple(_cell(cell, of) for cell in row) for row in table.rows),
        notes=tuple(map(of, table.notes)),
    )


def _cell(cell: Cell, of) -> Cell:
    return replace(cell, text=of(cell.text))


def _spec(spec: dict, language: Language) -> dict:
    """The chart with its words in the language, and its numbers as the language writes them."""
    spec = _words(spec, language.of)
    number = dict(decimal=language.decimal, thousands=language.thousands, grouping=[3])
    config = spec.get("config", {}) | {"locale": {"number": number | {"currency": ["", ""]}}}
    return spec | {"config": config}


def _words(part: Any, of) -> Any:
    """Every text below a key that a reader sees; colours, fields and expressions stay."""
    if isinstance(part, list):
        return [_words(inner, of) for inner in part]
    if not isinstance(part, dict):
        return part
    made = {}
    for key, inner in part.items():
        if key == "datasets":
            made[key] = {name: _seen(rows, of) for name, rows in inner.items()}
        else:
            shown = key in _SEEN and isinstance(inner, (str, list))
            made[key] = _seen(inner, of) if shown else _words(inner, of)
    return made


def _seen(part: Any, of) -> Any:
    if isinstance(part, list):
        return [_seen(inner, of) for inner in part]
    if isinstance(part, dict):
        return {k: v if k in _UNSEEN else _seen(v, of) for k, v in part.items()}
    return of(part) if isinstance(part, str) and not part.startswith("#") else part
