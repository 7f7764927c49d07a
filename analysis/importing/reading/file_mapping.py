"""How one file is to be read: the part of a mapping that its reader needs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileMapping:
    """How one file is read.

    name: the file's name without folders; '' for the only file. role: the unit of its rows.
    encoding, delimiter: '' to find out. skip: lines above the header.
    headless: the first line is data, and the columns are called column_1, column_2, …. keys:
    columns that are called otherwise in this file than in `Mapping.keys`, as (key, column) pairs.
    """

    name: str = ""
    role: str = "session"
    encoding: str = ""
    delimiter: str = ""
    skip: int = 0
    headless: bool = False
    keys: tuple[tuple[str, str], ...] = ()
