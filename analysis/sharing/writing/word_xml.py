"""Paragraphs and tables of a Word file as WordprocessingML (ECMA-376, part 1, section 17).

python-docx builds a table cell by cell, which takes seconds for a report; as one text it takes
milliseconds. Texts of a report are escaped here and nowhere else.
"""

from xml.sax.saxutils import escape, quoteattr

from analysis.presentation import palette
from analysis.presentation.tables.table import Table
from analysis.sharing.writing.document import KeyFigure
from analysis.sharing.writing.fitting import column_widths, kept_together, letter_size

# Word writes a colour without its mark.
INK, LINE = (colour[1:].upper() for colour in (palette.INK, palette.LINE))
TEXT_WIDTH = 9411  # twentieths of a point: A4 less 22 mm at each side


def paragraph(
    text: str, style: str, side: str = "left", size: float = 0, kept: bool = False
) -> str:
    """A paragraph; style by its id, size in points where it is not the style's own, kept: on the
    page of what follows."""
    layout = f'<w:pStyle w:val="{style}"/>{"<w:keepNext/>" if kept else ""}'
    look = f'<w:rPr><w:sz w:val="{round(2 * size)}"/></w:rPr>' if size else ""
    return (
        f'<w:p><w:pPr>{layout}<w:jc w:val="{side}"/></w:pPr>'
        f'<w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


def table(content: Table) -> str:
    """A table as wide as the text, its header repeated on each page; a short one stays whole."""
    wanted = column_widths(content)
    widths = [TEXT_WIDTH * width // sum(wanted) for width in wanted]
    names = [column.name for column in content.columns]
    size = letter_size(content)
    rule = f'<w:tcBorders><w:bottom w:val="single" w:sz="6" w:color="{INK}"/></w:tcBorders>'
    rows = [_row(content, names, widths, size - 1, "TableHead", "<w:tblHeader/>", rule)]
    last = len(content.rows) - 1
    for number, row in enumerate(content.rows):
        kept = kept_together(content) and number < last
        texts = [cell.text for cell in row]
        rows.append(_row(content, texts, widths, size, "TableText", kept=kept))
    borders = (
        f'<w:top w:val="single" w:sz="10" w:color="{INK}"/>'
        f'<w:bottom w:val="single" w:sz="6" w:color="{INK}"/>'
        f'<w:insideH w:val="single" w:sz="4" w:color="{LINE}"/>'
    )
    told = (
        '<w:tblLook w:firstRow="1" w:firstColumn="1" w:noHBand="1" w:noVBand="1"/>'
        f"<w:tblCaption w:val={quoteattr(content.caption)}/>"
    )
    return _frame(widths, borders, told, "".join(rows))


def figures(content: tuple[KeyFigure, ...]) -> str:
    """Key figures side by side under one rule: label, value, note."""
    width = TEXT_WIDTH // len(content)
    cells = "".join(
        _cell(
            width,
            paragraph(one.label, "KeyLabel")
            + paragraph(one.value.text, "KeyValue")
            + paragraph(one.note, "Note"),
        )
        for one in content
    )
    borders = f'<w:top w:val="single" w:sz="6" w:color="{INK}"/>'
    return _frame([width] * len(content), borders, "", f"<w:tr>{cells}</w:tr>")


def _row(content, texts, widths, size, style, marks="", borders="", kept=False) -> str:
    cells = "".join(
        _cell(
            width,
            paragraph(text, style, "right" if column.numeric else "left", size, kept),
            borders,
        )
        for width, text, column in zip(widths, texts, content.columns, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{marks}</w:trPr>{cells}</w:tr>"


def _cell(width: int, content: str, borders: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{borders}</w:tcPr>{content}</w:tc>'


def _frame(widths: list[int], borders: str, told: str, rows: str) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        "<w:tbl><w:tblPr>"
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/>'
        f'<w:right w:w="60" w:type="dxa"/></w:tblCellMar>{told}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
    )
