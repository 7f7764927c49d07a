"""Rows of a source, opened by its name, for the questions on the alliance."""

from pathlib import Path

from analysis.importing.reading.r_table import is_r_table, read_r_table
from analysis.questions.opening import open_source
from analysis.store.place import Store
from analysis.store.queries.long_rows import LongRows, long_rows
from analysis.store.sources.of_arrays import array_source


def read_rows(
    source: str | Path,
    keys: tuple[str, ...],
    numbers: tuple[str, ...],
    version: str = "",
    store: Store | None = None,
) -> LongRows:
    """The columns of a dataset's name, a CSV or a Parquet file, a table as R's write.table leaves
    it, or a register (`long_rows`)."""
    path = Path(source)
    if path.is_file() and is_r_table(path):
        with array_source(read_r_table(path), path.name) as opened:
            return long_rows(opened, keys, numbers)
    names = tuple(dict.fromkeys((*keys, *numbers, "episode")))
    with open_source(source, names, version, store) as opened:
        return long_rows(opened, keys, numbers)
