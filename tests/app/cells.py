"""The cells of the tables on a page under test."""


def cells(at) -> str:
    """Every cell of the page's tables, Markdown's escapes and padding removed."""
    found = [str(v) for table in at.table for v in table.value.to_numpy().ravel()]
    return "\n".join(found).replace("\\", "").replace("\u2007", "").replace("\u00a0", " ")
