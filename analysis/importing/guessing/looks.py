"""What a file looks like before anything is made of it: kind, encoding, size, first rows."""

from pathlib import Path

from analysis.importing.converting.as_text import kind_of
from analysis.importing.reading.file_mapping import FileLook
from analysis.importing.reading.read import Staged

SHOWN = 8  # rows
LONGEST = 60  # characters of a cell that are shown
_KINDS = {
    "workbook": "workbook",
    "sav": "SPSS file",
    "dta": "Stata file",
    "sas7bdat": "SAS file",
    "xport": "SAS transport file",
    "zip": "zip archive",
    "html": "web page",
    "xml2003": "XML workbook",
    "json": "JSON",
}
_ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}


def file_look(connection, path: Path, staged: Staged) -> FileLook:
    """The look of a staged file."""
    kind = _KINDS.get(kind_of(path), "")
    if not kind:
        encoding = staged.content.encoding
        kind = "Parquet" if staged.content.kind == "parquet" else "text"
        kind += f", {_ENCODINGS.get(encoding, encoding)}" if encoding else ""
    lines = []
    if staged.file.skip:
        lines.append(f"{staged.file.skip} lines above the header left out")
    if staged.file.headers > 1:
        lines.append(f"the header takes {staged.file.headers} lines")
    if staged.file.headless:
        lines.append("no header")
    columns = list(staged.columns.values())
    picked = ", ".join(f"left({c}, {LONGEST})" for c in columns)
    sql = f"SELECT {picked} FROM {staged.table} ORDER BY line LIMIT {SHOWN}"
    first = tuple(connection.execute(sql).fetchall())
    about = "; ".join([kind, *lines])
    return FileLook(staged.name, about, staged.read, tuple(staged.columns), first, staged.part)
