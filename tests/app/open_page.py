"""Ways to open a page and to read it."""

import time
from html.parser import HTMLParser
from pathlib import Path

from streamlit.testing.v1 import AppTest

TEXT = (
    "title",
    "header",
    "subheader",
    "markdown",
    "caption",
    "text",
    "alert",
    "info",
    "success",
    "warning",
    "error",
    "code",
    "heading",
)
ROUTER = Path(__file__).resolve().parents[2] / "pages" / "_app" / "frame" / "router.py"


def opened(page: str = "", **address) -> AppTest:
    """A first session that starts cold at `page` (a script's name) with this address."""
    at = AppTest.from_file(str(ROUTER), default_timeout=60)
    for name, value in address.items():
        at.query_params[name] = value
    if page:
        at.switch_page(f"../../{page}.py")
    return at.run()


def answered(at: AppTest, seconds: float = 60) -> AppTest:
    """The page once its work is done, as the polling fragment would show it."""
    until = time.monotonic() + seconds
    while at.get("progress") and time.monotonic() < until:
        time.sleep(0.3)
        at.run()
    return at


def texts(at: AppTest) -> str:
    """All text of the page's main part in its order, Markdown's escapes removed."""
    found = [str(element.value) for element in at.main if element.type in TEXT]
    return "\n".join(found).replace("\\", "").replace("\u00a0", " ")


def tables(at: AppTest) -> list[list[dict[str, str]]]:
    """The tables of the page's main part, each as rows of heading -> text."""
    found = []
    for block in at.main.get("html"):
        reader = Cells()
        reader.feed(block.proto.body)
        if reader.rows:
            head, *rows = reader.rows
            found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


class Cells(HTMLParser):
    """Every row of a table as the texts of its cells."""

    def __init__(self):
        super().__init__()
        self.rows, self.tags, self._inside = [], set(), False

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag):
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self._inside:
            self.rows[-1][-1] += data
