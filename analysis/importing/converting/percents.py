"""Numbers that a workbook shows as per cent: it stores .55 and shows 55 %, which is meant."""

import re

_BUILT_IN = (9, 10)  # 0% and 0.00%, which no workbook defines
_FORMAT = re.compile(rb"<numFmt\b([^>]*)>")
_ID = re.compile(rb'\bnumFmtId="(\d+)"')
_CODE = re.compile(rb'\bformatCode="([^"]*)"')
_CELL_STYLES = re.compile(rb"<cellXfs\b.*?</cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<xf\b([^>]*)>")
_CELL = re.compile(rb"<c ([^>]*[^/>])>")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_QUOTED = re.compile(rb"&quot;.*?&quot;|\\\\.")


def percent_styles(styles: bytes) -> set[int]:
    """The numbers of the cell styles that show per cent, from a workbook's styles part."""
    formats: set[int] = set(_BUILT_IN)
    for about in _FORMAT.findall(styles):
        number, code = _ID.search(about), _CODE.search(about)
        if number and code and b"%" in _QUOTED.sub(b"", code[1]):
            formats.add(int(number[1]))
    listed = _CELL_STYLES.search(styles)
    found = _STYLE.findall(listed[0]) if listed else []
    used = (_ID.search(about) for about in found)
    return {i for i, number in enumerate(used) if number and int(number[1]) in formats}


def percent_cells(sheet: bytes, styles: set[int]) -> set[tuple[int, int]]:
    """(row, column) from 0 on of a sheet's numbers in one of the styles."""
    marks = tuple(b's="%d"' % style for style in styles)
    found = set()
    for about in _CELL.findall(sheet) if any(mark in sheet for mark in marks) else ():
        typed = about.split()
        place = _PLACE.search(about)
        text = any(part.startswith(b"t=") and part != b't="n"' for part in typed)
        if place and not text and any(part in marks for part in typed):
            found.add((int(place[2]) - 1, column_number(place[1]) - 1))
    return found


def column_number(letters: bytes) -> int:
    """Worked: A -> 1, AA -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
