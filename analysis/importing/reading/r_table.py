"""Tables as R's write.table leaves them: blanks between fields, names in quotes, rows named.

The header has one field less than the rows, because it does not name the rows' names; read as a
CSV all columns would shift by one.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

BLANKS = (" ", "\t")


def is_r_table(path: Path) -> bool:
    """Whether the text file at `path` starts like one: quoted names, then one field more."""
    return _blank(path) != ""


def read_r_table(path: Path) -> dict[str, np.ndarray]:
    """Its columns, rows' names left out: floats (NaN where missing) where all entries are numbers,
    else codes 0, 1, … by first appearance (-1 where missing)."""
    with path.open(encoding="utf-8") as file:
        names = [n.strip('"') for n in file.readline().split()]
    table = csv.read_csv(
        path,
        csv.ReadOptions(skip_rows=1, column_names=["", *names]),
        csv.ParseOptions(delimiter=_blank(path)),
        csv.ConvertOptions(null_values=["NA", "NaN", ""], strings_can_be_null=True),
    )
    return {name: _column(table.column(name)) for name in names}


def _blank(path: Path) -> str:
    """What stands between its fields, '' where the file is no such table."""
    try:
        with path.open(encoding="utf-8") as file:
            header, first = file.readline().strip(), file.readline().strip()
    except (OSError, UnicodeDecodeError):
        return ""
    for blank in BLANKS:
        names, fields = header.split(blank), first.split(blank)
        quoted = all(len(n) > 2 and n[0] == n[-1] == '"' for n in (*names, fields[0]))
        if quoted and len(fields) == len(names) + 1:
            return blank
    return ""


def _column(column: pa.ChunkedArray) -> np.ndarray:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64()).to_numpy().astype(float)
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    return encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
