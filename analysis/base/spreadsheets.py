"""The one guard of files that a spreadsheet opens: a text never runs as a formula."""

# A text that begins so would run as a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inert(cell, but_numbers: bool = False):
    """The cell itself, or with a quote before it where it would run. Worked: '=1+1' -> "'=1+1".

    but_numbers: leave a text that is a number ('-5') as it is; it runs, and gives itself.
    """
    if not (isinstance(cell, str) and cell.startswith(FORMULA)):
        return cell
    return cell if but_numbers and _is_number(cell) else "'" + cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
