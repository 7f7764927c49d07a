"""How one file is to be read: the part of a mapping that its reader needs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileLook:
    """What a file looks like, for the page of whoever brings it: its display name, its kind, what
    was made of its text, rows below the header, and the first of them (patients' values: shown,
    never said or kept). part: these are the first rows of a large file, which were looked at."""

    name: str
    kind: str
    rows: int
    header: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]
    part: bool = False


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How one file is read.

    name: the file's name without folders; '' for the only file. role: the unit of its rows.
    encoding, delimiter: '' to find out. skip: lines above the header.
    headers: lines that the header takes; texts below an empty place are joined to what stands
    before it. headless: the first line is data, and the columns are called column_1, column_2, ….
    keys, columns: what is called otherwise in this file than in the mapping, as (key, column) and
    (variable, column) pairs.
    """

    name: str = ""
    role: str = "session"
    encoding: str = ""
    delimiter: str = ""
    skip: int = 0
    headers: int = 1
    headless: bool = False
    keys: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
