"""A report as a Word file: real headings, captions, tables with header rows, pictures with words.

The only home of python-docx. Nothing in the file is a link, or a field but for the page's number.
"""

import io
import zipfile
from datetime import datetime

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from analysis.presentation import palette, pictures
from analysis.presentation.tables.table import Table
from analysis.sharing.writing import word_xml
from analysis.sharing.writing.document import Block, Chart, Document, KeyFigures, Paragraph
from analysis.sharing.writing.fitting import fitted
from analysis.sharing.writing.word_xml import INK, paragraph

FONT = "Calibri"
MUTED, ACCENT = (colour[1:].upper() for colour in (palette.MUTED, palette.ACCENT))
MOST_IN_MARGIN = 300  # characters at the foot of each page
# Parts of the library's template that a report does not use; the thumbnail shows another file.
LEFT_OUT = ("/thumbnail", "/stylesWithEffects", "/customXml", "/numbering")
# Name, size in points, bold, colour, points before and after, kept with what follows.
STYLES = (
    ("Normal", 10.5, False, INK, 0, 7, False),
    ("Title", 23, True, INK, 0, 4, True),
    ("Subtitle", 13, False, MUTED, 0, 4, True),
    ("Heading 1", 15, True, INK, 22, 6, True),
    ("Caption", 10.5, True, INK, 12, 4, True),
    ("Table Text", 9, False, INK, 2, 2, False),
    ("Table Head", 9, True, MUTED, 2, 2, True),
    ("Note", 8.5, False, MUTED, 3, 3, False),
    ("Last Note", 8.5, False, MUTED, 3, 12, False),
    ("Mark", 10.5, True, ACCENT, 4, 8, False),
    ("Sender", 10.5, True, INK, 4, 8, False),
    ("Comment", 10.5, False, INK, 0, 7, False),
    ("Key Label", 8.5, False, MUTED, 3, 0, True),
    ("Key Value", 19, True, INK, 0, 0, True),
)


def word(document: Document) -> bytes:
    """`document` (checked) as DOCX; the same document gives the same bytes."""
    file = docx.Document()
    _set_up(file, document)
    cover = document.cover
    if cover.logo:
        width = Mm(cover.logo.paper_width)
        _described(file.add_picture(io.BytesIO(cover.logo.png), width=width), document.logo_says)
    lines = [
        *([(cover.organisation, "Sender")] if cover.organisation else []),
        (document.title, "Title"),
        *([(document.subtitle, "Subtitle")] if document.subtitle else []),
        (document.date_text, "Subtitle"),
        *([(cover.contact, "Note")] if cover.contact else []),
        *([(cover.confidentiality, "Sender")] if cover.confidentiality else []),
        *((mark, "Mark") for mark in document.marks),
        *((note, "Normal") for note in document.notes),
    ]
    for text, style in lines:
        _append(file, paragraph(text, style))
    for section in document.sections:
        _append(file, paragraph(section.heading, "Heading1"))
        for line in section.comment:
            _append(file, paragraph(line, "Comment"))
        for block in section.blocks:
            _add(file, block)
    if document.provenance:
        _append(file, paragraph(document.own("About this report"), "Heading1"))
    for line in document.provenance:
        _append(file, paragraph(line, "Note"))
    out = io.BytesIO()
    file.save(out)
    return _undated(out)


def _add(file, block: Block) -> None:
    match block:
        case Paragraph(text):
            _append(file, paragraph(text, "Normal"))
        case KeyFigures(figures):
            for at in range(0, len(figures), 4):
                _append(file, word_xml.figures(figures[at : at + 4]))
                _append(file, paragraph("", "Note"))  # Word joins tables that nothing parts
        case Table():
            for part in fitted(block):
                _add_table(file, part)
        case Chart():
            _add_chart(file, block)


def _add_table(file, table: Table) -> None:
    _append(file, paragraph(table.caption, "Caption"))
    _append(file, word_xml.table(table))
    _add_notes(file, table.notes or ("",))


def _add_chart(file, chart: Chart) -> None:
    _append(file, paragraph(chart.caption, "Caption"))
    spec = pictures.page_spec(chart.spec)
    picture = file.add_picture(io.BytesIO(pictures.png(spec)), width=Mm(pictures.paper_width(spec)))
    _described(picture, chart.alt)
    file.paragraphs[-1].paragraph_format.keep_with_next = bool(chart.notes)
    _add_notes(file, chart.notes)
    if chart.table:
        _add(file, chart.table)


def _add_notes(file, notes: tuple[str, ...]) -> None:
    """Notes close to what they are about and together; what follows keeps apart from the last."""
    for number, note in enumerate(notes, start=1):
        last = number == len(notes)
        _append(file, paragraph(note, "LastNote" if last else "Note", kept=not last))


def _described(picture, words: str) -> None:
    for side in ("distT", "distB", "distL", "distR"):  # else LibreOffice adds an eighth of an inch
        picture._inline.set(side, "0")
    picture._inline.docPr.set("name", "Picture")
    picture._inline.docPr.set("descr", words)


def _append(file, xml: str) -> None:
    for element in parse_xml(f"<w:body {nsdecls('w')}>{xml}</w:body>"):
        file.element.body.insert_element_before(element, "w:sectPr")


def _set_up(file, document: Document) -> None:
    _set_styles(file, document.language)
    _page(file.sections[0], document)
    stamp = datetime.combine(document.date, datetime.min.time())
    told = file.core_properties
    told.title, told.subject = document.title[:255], document.subtitle[:255]
    told.author = told.last_modified_by = "Rapport"
    told.created = told.modified = stamp
    told.comments, told.keywords, told.language = "", "", document.language
    for rels in (file.part.package.rels, file.part.rels):
        for key in [key for key, rel in rels.items() if rel.reltype.endswith(LEFT_OUT)]:
            del rels[key]


def _set_styles(file, language: str) -> None:
    """Rapport's styles in the place of the template's 160, of which each look-up reads all."""
    styles = file.styles.element
    names = {name for name, *_ in STYLES}
    for style in styles.findall(qn("w:style")):
        known = style.find(qn("w:name")).get(qn("w:val")).replace("heading", "Heading")
        if known.title() not in names and style.get(qn("w:default")) != "1":
            styles.remove(style)
    for name, *look in STYLES:
        _set_style(file.styles, name, *look)
    styles.find(f".//{qn('w:lang')}").set(qn("w:val"), language)


def _set_style(styles, name, size, bold, colour, before, after, kept) -> None:
    there = name in styles
    style = styles[name] if there else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    for part in ("w:link", "w:pPr", "w:rPr"):  # nothing of the template's looks stays
        for old in style.element.findall(qn(part)):
            if name != "Heading 1" or part != "w:pPr":  # but the heading's level
                style.element.remove(old)
    style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
    style.font.color.rgb = RGBColor.from_string(colour)
    layout = style.paragraph_format
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.keep_with_next = kept


def _page(section, document: Document) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(22), Mm(22)
    said = " ".join([*document.marks, document.foot])
    line = section.footer.paragraphs[0]
    line.style = "Note"
    line.paragraph_format.tab_stops.clear_all()
    line.paragraph_format.tab_stops.add_tab_stop(Mm(166), WD_TAB_ALIGNMENT.RIGHT)
    line.add_run(said if len(said) <= MOST_IN_MARGIN else said[: MOST_IN_MARGIN - 1] + "…")
    line.add_run("\t")
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        inner = (
            f"<w:instrText>{text}</w:instrText>" if text else f'<w:fldChar w:fldCharType="{kind}"/>'
        )
        line._p.append(parse_xml(f"<w:r {nsdecls('w')}>{inner}</w:r>"))


def _undated(archive: io.BytesIO) -> bytes:
    """The same package without the time of its making, which zip would write beside each part."""
    out = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            still = zipfile.ZipInfo(part.filename, (1980, 1, 1, 0, 0, 0))
            new.writestr(still, old.read(part), zipfile.ZIP_DEFLATED, compresslevel=4)
    return out.getvalue()
