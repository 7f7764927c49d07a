"""A report as PDF: tagged, accessible (PDF/UA-1), archivable (PDF/A-2a), always the same bytes.

The only home of typst. The layout is data/report/report.typ; what it shows is handed over as JSON.
"""

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import typst

from analysis.base.errors import RequestError
from analysis.presentation import pictures
from analysis.presentation.tables.table import Table
from analysis.sharing.writing.document import Block, Chart, Document, KeyFigures, Paragraph
from analysis.sharing.writing.fitting import column_widths, fitted, kept_together, letter_size

TEMPLATE = Path(__file__).resolve().parents[3] / "data" / "report" / "report.typ"
STANDARDS: list = ["ua-1", "a-2a"]
FONT = "Libertinus Serif"  # typst carries it: the same letters on every computer
MISSING = "Letters that no font of this computer has are shown as \ufffd."
MOST_IN_MARGIN = 200  # characters of the running title and of the foot of each page
# What PDF/UA and PDF/A forbid: a letter without a font, and Unicode's private areas.
_FORBIDDEN = re.compile(r'the (?:text|PDF contains the codepoint) `"(.+?)"`')


def pdf(document: Document) -> bytes:
    """`document` (checked) as A4 pages.

    A letter that no font here has would break PDF/UA, so it becomes U+FFFD, which the last page
    then says. Fonts of the system are asked only for what the built-in ones lack.
    """
    content = json.dumps(_content(document), ensure_ascii=False)
    stamp = datetime.combine(document.date, datetime.min.time(), UTC)
    inputs = {"report": content}
    for _ in range(4):  # one round finds all missing letters; what they hid takes another
        try:
            return typst.compile(
                TEMPLATE.read_bytes(),
                font_paths=_fonts(),
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                timestamp=stamp,
            )
        except typst.TypstError as error:
            missing = _missing_letters(error.diagnostic)
            if not missing:
                break
        content = content.translate({ord(letter): "\ufffd" for letter in missing})
        inputs = {"report": content, "missing": "yes"}
    # Typst's own message would quote the report's texts.
    raise RequestError(
        "The report cannot be set as PDF.", next_step="take another format, such as html or docx"
    )


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Read once; a compiler, which one thread alone can use, is made for each report."""
    return typst.Fonts()


def _content(document: Document) -> dict:
    language, _, region = document.language.partition("-")
    day = document.date
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "running": _short(document.title),
        "footer": _short(document.foot),
        "cover": _cover(document),
        "language": language,
        "region": region.upper() if len(region) == 2 else None,
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "day": document.date_text,
        "marks": document.marks,
        "notes": document.notes,
        "about": document.own("About this report"),
        "missing": document.own(MISSING),
        "provenance": document.provenance,
        "sections": [
            {
                "heading": section.heading,
                "comment": section.comment,
                "blocks": [part for block in section.blocks for part in _parts(block)],
            }
            for section in document.sections
        ],
    }


def _cover(document: Document) -> dict:
    cover = document.cover
    logo = cover.logo and {
        "png": list(cover.logo.png),
        "alt": document.logo_says,
        "width": cover.logo.paper_width,
    }
    return {
        "organisation": cover.organisation,
        "contact": cover.contact,
        "confidentiality": cover.confidentiality,
        "logo": logo,
    }


def _parts(block: Block) -> list[dict]:
    match block:
        case Paragraph(text):
            return [{"kind": "paragraph", "text": text}]
        case KeyFigures(figures):
            told = [{"label": f.label, "value": f.value.text, "note": f.note} for f in figures]
            return [{"kind": "figures", "figures": told}]
        case Table():
            return [_table(part) for part in fitted(block)]
        case Chart():
            return [_chart(block), *(_parts(block.table) if block.table else [])]


def _table(table: Table) -> dict:
    return {
        "kind": "table",
        "caption": table.caption,
        "columns": [column.name for column in table.columns],
        "numeric": [column.numeric for column in table.columns],
        "widths": column_widths(table),
        "size": letter_size(table),
        "together": kept_together(table),
        "rows": [[cell.text for cell in row] for row in table.rows],
        "notes": table.notes,
    }


def _chart(chart: Chart) -> dict:
    spec = pictures.page_spec(chart.spec)
    return {
        "kind": "chart",
        "caption": chart.caption,
        "alt": chart.alt,
        "picture": pictures.svg(spec, font=FONT),
        "width": pictures.paper_width(spec),
        "notes": chart.notes,
    }


def _missing_letters(diagnostic: str) -> set[str]:
    """The letters that typst names: itself, or '\\u{f0000}' for what cannot be printed."""
    found = {letter for text in _FORBIDDEN.findall(diagnostic) for letter in _unescaped(text)}
    return {letter for letter in found if not letter.isascii()}


def _unescaped(text: str) -> str:
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), text)


def _short(text: str) -> str:
    return text if len(text) <= MOST_IN_MARGIN else text[: MOST_IN_MARGIN - 1] + "…"
