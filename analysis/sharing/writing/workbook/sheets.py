"""A report as a workbook: a cover that reads like the report, then one sheet a section.

A section's tables and charts stand below each other, so that they print on few pages; a long table
has a sheet of its own, whose header is on each page. The only home of xlsxwriter. Every text is
written as text, never as a formula or a link. A cell that shows a number is that number, exactly
the one shown: '46 %' is 0.46 in the format '0 %'; '[c]' and intervals stay texts. No digit is in
the file that was not shown.
"""

import io
import math
import re
import struct
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from analysis.presentation import pictures
from analysis.presentation.palette import ACCENT, INK, LINE, MUTED
from analysis.presentation.tables.table import Cell, Table
from analysis.sharing.writing.document import Block, Chart, Document, KeyFigures, Paragraph, Section
from analysis.sharing.writing.workbook.pages import ROW, grid, is_turned, page_breaks

PNG_DPI = 72  # what vl-convert's pictures say of themselves; a sheet has 96
LOGO_WIDTH, LOGO_HEIGHT = 180, 70  # at most so many of a sheet's pixels
HEADER = 3  # the row of a table's header, below caption, marks and a blank
LONG = 40  # rows from which a table has a sheet of its own
NOTES = 1.1  # letters of a note in the room of a column's character
_NUMBERED = re.compile(r"(\w+ \d+)\. ")
ACROSS = 118  # letters of a line across the cover's three columns, which are 114 digits wide


def xlsx(document: Document) -> bytes:
    """`document` (checked) as a workbook."""
    out = io.BytesIO()
    texts_alone = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {"in_memory": True, **texts_alone}) as book:
        created = datetime.combine(document.date, datetime.min.time())
        book.set_properties(
            {
                "title": document.title[:255],
                "subject": document.subtitle[:255],
                "author": "Rapport",
                "created": created,
            }
        )
        _Writer(book, document).write()
    return out.getvalue()


class _Writer:
    """The sheets of one workbook, with its formats."""

    def __init__(self, book: xlsxwriter.Workbook, document: Document):
        self.book, self.document = book, document
        self._formats = {}
        self._heights: dict[int, int] = {}  # of the sheet being written, in points; others ROW

    def write(self) -> None:
        cover = self.book.add_worksheet(self.document.own("Report"))
        parts = []
        for section in self.document.sections:
            places = self._sheets(section)
            parts += [(section, block, places.get(id(block), "")) for block in section.blocks]
        self._cover(cover, parts)

    def _format(self, **options):
        key = tuple(sorted(options.items()))
        if key not in self._formats:
            look = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}
            self._formats[key] = self.book.add_format(look | options)
        return self._formats[key]

    def _cover(self, sheet, parts: list[tuple]) -> None:
        document = self.document
        sheet.set_column(0, 0, 62)
        sheet.set_column(1, 1, 18)
        sheet.set_column(2, 2, 34)
        row = self._across(sheet, self._sender(sheet), document.title, bold=True, font_size=20)
        if document.subtitle:
            row = self._across(sheet, row, document.subtitle, font_size=13, font_color=MUTED)
        row = self._across(sheet, row, document.date_text, font_color=MUTED)
        if document.cover.contact:
            row = self._across(sheet, row, document.cover.contact, font_color=MUTED)
        if document.cover.confidentiality:
            row = self._across(sheet, row, document.cover.confidentiality, bold=True)
        for mark in document.marks:
            row = self._across(sheet, row, mark, bold=True, font_color=ACCENT)
        for note in document.notes:
            row = self._across(sheet, row, note)
        section = None
        for of, block, target in parts:
            if of is not section:
                row = self._across(sheet, row + 1, of.heading, bold=True, font_size=14)
                section = of
                for line in of.comment:
                    row = self._across(sheet, row, line, italic=True)
            row = self._on_cover(sheet, row, block, target)
        told = [*document.provenance, *([document.foot] if document.foot else [])]
        if told:
            about = document.own("About this report")
            row = self._across(sheet, row + 1, about, bold=True, font_size=14)
        for line in told:
            row = self._across(sheet, row, line, font_color=MUTED)
        self._page(sheet)

    def _sender(self, sheet) -> int:
        """Logo and organisation on top; the next free row."""
        cover, row = self.document.cover, 0
        if cover.logo:
            scale = LOGO_HEIGHT / cover.logo.height
            scale = min(scale, LOGO_WIDTH / cover.logo.width)
            options = {"x_scale": scale, "y_scale": scale, "description": self.document.logo_says}
            options |= {"image_data": io.BytesIO(cover.logo.png)}
            sheet.set_row(row, 0.75 * cover.logo.height * scale + 6)
            sheet.insert_image(row, 0, "logo.png", options)
            row += 1
        return (
            self._across(sheet, row, cover.organisation, bold=True) if cover.organisation else row
        )

    def _on_cover(self, sheet, row: int, block: Block, target: str) -> int:
        match block:
            case Paragraph(text):
                return self._across(sheet, row, text)
            case KeyFigures(figures):
                for figure in figures:
                    sheet.write_string(row, 0, figure.label, self._format(text_wrap=True))
                    self._figure(sheet, row, 1, figure.value, bold=True, align="right")
                    note = self._format(font_color=MUTED, text_wrap=True, indent=1)
                    sheet.write_string(row, 2, figure.note, note)
                    row += 1
                return row + 1
        link = self._format(font_color=ACCENT, underline=1)
        sheet.write_url(row, 0, f"internal:{target}", link, block.caption[:250])
        return row + 1

    def _across(self, sheet, row: int, text: str, **look) -> int:
        """A text over the cover's whole width; a merged row does not find its own height."""
        size = look.get("font_size", 11)
        lines = math.ceil(max(1, len(text)) * size / 11 / ACROSS)
        sheet.set_row(row, min(409, (4 + 1.25 * size * lines)))
        style = self._format(text_wrap=True, **look)
        sheet.merge_range(row, 0, row, 2, "", style)
        sheet.write_string(row, 0, text, style)
        return row + 1

    def _sheets(self, section: Section) -> dict[int, str]:
        """The section's tables and charts, a long table on a sheet of its own. id of each -> the
        cell where it begins."""
        blocks = [block for block in section.blocks if isinstance(block, (Table, Chart))]
        alone = [[block] for block in blocks if _is_long(block)]
        together = [block for block in blocks if not _is_long(block)]
        return {
            block: place
            for group in [together, *alone]
            if group
            for block, place in self._sheet(section.heading, group).items()
        }

    def _sheet(self, heading: str, blocks: list[Table | Chart]) -> dict[int, str]:
        """A sheet of blocks below each other, each whole on a page where it can be."""
        alone = len(blocks) == 1
        title = blocks[0].caption if alone else heading
        name = _sheet_name(len(self.book.worksheets()), title)
        sheet = self.book.add_worksheet(name)
        sheet.write_string(0, 0, title, self._format(bold=True, font_size=13))
        sheet.write_string(1, 0, " ".join(self.document.marks), self._format(font_color=ACCENT))
        widths = grid([table for block in blocks if (table := _table_of(block))])
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        places, begins, self._heights = {}, [HEADER], {}
        row = HEADER
        for block in blocks:
            places[id(block)] = f"'{name}'!A{1 if alone else row + 1}"
            row = self._block(sheet, row, block, widths, alone)
            begins.append(row)
        self._page(sheet, is_turned(widths))
        if alone and _table_of(blocks[0]) is blocks[0]:
            sheet.freeze_panes(HEADER + 1, 1)
            sheet.repeat_rows(HEADER)
        else:
            sheet.repeat_rows(0, HEADER - 1)
            breaks = page_breaks(begins, self._heights, widths)
            sheet.fit_to_pages(1, 0 if breaks else 1)
            sheet.set_h_pagebreaks(breaks)
        return places

    def _block(self, sheet, row: int, block: Table | Chart, widths: list[int], alone: bool) -> int:
        """A chart with its table, or a table; the row after them and a blank one."""
        if not alone:
            sheet.write_string(row, 0, block.caption, self._format(bold=True))
            row += 1
        if isinstance(block, Chart):
            row = self._chart(sheet, row, block, widths)
            if block.table is None:
                return row
            return self._block(sheet, row, block.table, widths, False)
        return self._table(sheet, row, block, widths)

    def _table(self, sheet, row: int, table: Table, widths: list[int]) -> int:
        """Header and rows from `row` on, notes below; the row after them and a blank one."""
        for place, column in enumerate(table.columns):
            align = "right" if column.numeric else "left"
            look = {"align": align} | _apart(table, place)
            head = self._format(bold=True, bottom=1, top=2, text_wrap=True, **look)
            sheet.write_string(row, place, column.name, head)
        self._set_height(sheet, row, [column.name for column in table.columns], widths)
        for cells in table.rows:
            row += 1
            self._set_height(sheet, row, [cell.text for cell in cells], widths)
            for place, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self._cell(sheet, row, place, cell, column.numeric, _apart(table, place))
        return self._notes(sheet, row + 1, table.notes, widths) + 1

    def _notes(self, sheet, row: int, notes: tuple[str, ...], widths: list[int]) -> int:
        """Notes across the sheet's columns, which would else make the printed page wider."""
        style = self._format(font_color=MUTED, font_size=10, text_wrap=True)
        for note in notes:
            sheet.merge_range(row, 0, row, len(widths) - 1, "", style)
            sheet.write_string(row, 0, note, style)
            self._set_height(sheet, row, [note], [int(NOTES * sum(widths))])
            row += 1
        return row

    def _cell(self, sheet, row: int, place: int, cell: Cell, numeric: bool, apart: dict) -> None:
        rule = {"bottom": 1, "bottom_color": LINE} | apart
        if numeric:
            self._figure(sheet, row, place, cell, align="right", **rule)
        else:
            sheet.write_string(row, place, cell.text, self._format(text_wrap=True, **rule))

    def _figure(self, sheet, row: int, place: int, cell: Cell, **look) -> None:
        if isinstance(cell.value, (int, float)):
            how = self._format(num_format=cell.format, **look)
            sheet.write_number(row, place, cell.value, how)
        else:
            sheet.write_string(row, place, cell.text, self._format(**look))

    def _chart(self, sheet, row: int, chart: Chart, widths: list[int]) -> int:
        """Notes and the picture below them; the row after it and a blank one."""
        picture = pictures.png(pictures.page_spec(chart.spec))
        row = self._notes(sheet, row, chart.notes, widths)
        scale = PNG_DPI / 96 / 2  # drawn twice as large, to print sharp
        options = {"x_scale": scale, "y_scale": scale, "description": chart.alt}
        options |= {"image_data": io.BytesIO(picture)}
        sheet.insert_image(row, 0, "chart.png", options)
        [high] = struct.unpack(">I", picture[20:24])  # a PNG's own pixels, two for one of a sheet
        return row + math.ceil(high / 2 * 0.75 / ROW) + 1

    def _page(self, sheet, turned: bool = False) -> None:
        """A4, one page wide, the marks and the page's number below."""
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.8)
        if turned:
            sheet.set_landscape()
        said = " ".join([*self.document.marks, self.document.foot])
        said = (said if len(said) <= 100 else said[:99] + "…").replace("&", "&&")
        sheet.set_footer(f"&L&8{said}&R&8&P / &N", {"scale_with_doc": False})

    def _set_height(self, sheet, row: int, texts: Sequence[str], widths: list[int]) -> None:
        """Room for the lines of a row's longest text: not every program finds it by itself."""
        lines = max(
            math.ceil(len(text) / width) for text, width in zip(texts, widths, strict=False)
        )
        if lines > 1:
            self._heights[row] = min(409, ROW * lines)  # Excel's own limit
            sheet.set_row(row, self._heights[row])


def _table_of(block: Table | Chart) -> Table | None:
    return block.table if isinstance(block, Chart) else block


def _is_long(block: Table | Chart) -> bool:
    table = _table_of(block)
    return table is not None and len(table.rows) >= LONG


def _apart(table: Table, place: int) -> dict[str, int | str]:
    """A step to the right for words beside a figure that ends at the columns' border."""
    beside = place and table.columns[place - 1].numeric and not table.columns[place].numeric
    return {"align": "left", "indent": 1} if beside else {}  # a side: else no step


def _sheet_name(place: int | str, caption: str) -> str:
    """A name that Excel takes: at most 31 characters, none of []:*?/\\' or beyond the first plane.

    A numbered caption has its own place. Worked: (1, 'Outcomes by clinic: 2026') -> '1 Outcomes by
    clinic 2026'; (4, 'Table 2. Outcomes by clinic') -> 'Table 2 Outcomes by clinic'.
    """
    if number := _NUMBERED.match(caption):
        place, caption = number[1], caption[number.end() :]
    plain = re.sub(r"[\[\]:*?/\\']|[\U00010000-\U0010ffff]", " ", caption)
    return f"{place} {' '.join(plain.split())}"[:31].strip()
