"""The tables of a web page, which many systems export under a name that ends with .xls.

Not `pandas.read_html`: it reads cells as numbers (0017 is 17) and takes rows for headers.
"""

from html.parser import HTMLParser

MOST_SPANNED = 1000  # rows or columns that one cell may take


def page_tables(text: str) -> list[list[list[str]]]:
    """The cells of each table, inner ones before the outer."""
    page = Tables()
    page.feed(text)
    page.close()
    return page.found


class Tables(HTMLParser):
    """What `page_tables` finds; the parser calls its methods."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[list[str]]] = []
        self._open: list[_Grid] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs) -> None:
        if tag == "table":
            self._open.append(_Grid())
        elif tag in ("script", "style", "title"):
            self._silent += 1
        elif self._open and tag == "tr":
            self._open[-1].begin_row()
        elif self._open and tag in ("td", "th"):
            told = dict(attrs)
            self._open[-1].begin_cell(_span(told.get("colspan")), _span(told.get("rowspan")))
        elif self._open and tag == "br":
            self._open[-1].add(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self._silent = max(0, self._silent - 1)
        elif tag == "table" and self._open:
            self.found.append(self._open.pop().finished())
        elif tag in ("td", "th") and self._open:
            self._open[-1].end_cell()

    def handle_data(self, data: str) -> None:
        if self._open and not self._silent:
            self._open[-1].add(data)

    def close(self) -> None:
        super().close()
        while self._open:
            self.found.append(self._open.pop().finished())


class _Grid:
    """Rows of one table; a cell that spans several stands in each of them."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._below: dict[tuple[int, int], str] = {}
        self._text: list[str] | None = None
        self._spans = (1, 1)

    def begin_row(self) -> None:
        self.end_cell()
        self._rows.append([])

    def begin_cell(self, columns: int, rows: int) -> None:
        self.end_cell()
        if not self._rows:
            self._rows.append([])
        self._text, self._spans = [], (columns, rows)

    def add(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def end_cell(self) -> None:
        if self._text is None:
            return
        value, self._text = " ".join("".join(self._text).split()), None
        at, row = len(self._rows) - 1, self._rows[-1]
        self._fill(at)
        for _ in range(self._spans[0]):
            for further in range(1, self._spans[1]):
                self._below[at + further, len(row)] = value
            row.append(value)

    def finished(self) -> list[list[str]]:
        self.end_cell()
        for at in range(len(self._rows)):
            self._fill(at)
        return [row for row in self._rows if row]

    def _fill(self, at: int) -> None:
        row = self._rows[at]
        while (at, len(row)) in self._below:
            row.append(self._below.pop((at, len(row))))


def _span(told: str | None) -> int:
    return min(max(int(told), 1), MOST_SPANNED) if told and told.isdecimal() else 1
