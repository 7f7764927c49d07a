"""What the tables of a page show."""

from tests.app.open_page import tables


def cells(at) -> str:
    """Every cell of the page's tables, a line each."""
    found = [text for table in tables(at) for row in table for text in row.values()]
    return "\n".join(found).replace("\u00a0", " ")
