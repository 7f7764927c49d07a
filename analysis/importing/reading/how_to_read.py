"""How a text file is to be read: its encoding and the title lines above its header."""

from dataclasses import replace
from pathlib import Path

from analysis.base.errors import ImportRefused
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.read import title_lines
from analysis.importing.reading.sniff import content_of, delimiter_of


def how_to_read(path: Path, name: str = "") -> tuple[FileMapping, list[tuple[str, str]]]:
    """The entry of the mapping that the file at `path` needs, and why, as (what, sentence) pairs.

    name: for display, '' for the file's own. ImportRefused where it is empty or no table.
    """
    name = name or path.name
    entry, reasons = FileMapping(name, role=""), []
    try:
        content = content_of(path, name, entry)
    except ImportRefused as error:
        if "Windows-1252" not in error.what:
            raise
        entry = replace(entry, encoding="cp1252")
        content = content_of(path, name, entry)
        reasons.append((f"file {name}", "it is no UTF-8; read as Windows-1252, look at it"))
    if content.kind == "text":
        delimiter = delimiter_of(path, content.encoding, 0)
        skip = title_lines(path, entry, content, delimiter)
        if skip:
            entry = replace(entry, skip=skip)
            reasons.append((f"file {name}", f"its first {skip} lines are titles"))
    return entry, reasons
