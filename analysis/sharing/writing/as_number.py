"""A shown figure as the number that it shows, for a workbook."""

import re
from decimal import Decimal

_NUMBER = re.compile(
    r"(?P<minus>[−-]?)(?P<whole>[1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*|(?=\.))(?P<part>\.\d+)?"
    r"(?P<percent>[ \u00a0\u202f]?%)?",
    re.ASCII,
)


def number(text: str) -> tuple[float, str] | None:
    """The number that `text` shows and the format that shows it so again; None for another text.

    '1,235' -> (1235, '#,##0'); '−0.50' -> (-0.5, '0.00'); '46 %' -> (0.46, '0\\ %');
    '.024' -> (0.024, '.000'); '[c]', '5 to 11 %', '<.001' and '007' -> None.
    """
    match = _NUMBER.fullmatch(text)
    if not match or sum(map(str.isdigit, text)) > 15:  # Excel keeps fifteen digits
        return None
    whole, part = match["whole"], match["part"] or ""
    value = Decimal(f"{'-' if match['minus'] else ''}{whole.replace(',', '') or 0}{part}")
    shown = "#,##0" if "," in whole else "0" if whole else ""
    shown += "." + "0" * (len(part) - 1) if part else ""
    if match["percent"]:
        blank = "\\ " if len(match["percent"]) > 1 else ""
        return float(value.scaleb(-2)), f"{shown}{blank}%"
    return float(value), shown
