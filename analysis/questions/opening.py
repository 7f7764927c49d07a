"""Where the rows of a fit come from: a dataset, a file, or a register; all become one relation."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from analysis.base.errors import StoreError
from analysis.importing.file_rows import file_rows
from analysis.models.language.derived import base_names
from analysis.store.place import Store
from analysis.store.register_address import is_register
from analysis.store.sources.dates import with_dates
from analysis.store.sources.derived import UNITS, with_derived
from analysis.store.sources.of_dataset import dataset_source
from analysis.store.sources.relation import Source
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset
from analysis.store.versions.hardened import memory_connection


@contextlib.contextmanager
def open_source(
    source: str | Path, names: tuple[str, ...], version: str = "", store: Store | None = None
) -> Iterator[Source]:
    """Open a dataset's name, a CSV or Parquet file, or a register's address, for `names`.

    version: of the dataset, '' for the current. store: where it lies, None for this process's own.
    A file is read as an import reads it (docs/importing.md); the source's notes say what that left
    out. Names that the source lacks are left to the caller, which knows what they were meant for.
    """
    if isinstance(source, str) and is_register(source):
        from analysis.store.sources.registers.table import open_register

        with open_register(source, names) as opened:
            yield opened
        return
    if is_file(source):
        with contextlib.closing(memory_connection()) as connection:
            own = base_names(names)
            if own != names:  # parts by level need the units' columns, too
                own = tuple(dict.fromkeys((*own, *UNITS, "episode", "session")))
            rows = with_dates(file_rows(connection, Path(source), own), own)
            yield with_derived(rows, names)
        return
    try:
        info = catalogue.find(str(source), version, store)
    except StoreError as error:
        raise StoreError(
            error.what,
            where=error.where,
            allowed="a dataset's name, a CSV or Parquet file, or a register's address",
            next_step=error.next_step,
        ) from None
    with open_dataset(info) as dataset, contextlib.closing(dataset.cursor()) as cursor:
        yield with_dates(dataset_source(dataset, cursor, names), names)


def is_file(source: str | Path) -> bool:
    """Whether `source` names a file (that may be missing) and no dataset."""
    path = Path(source)
    return path.suffix.lower() in (".csv", ".tsv", ".txt", ".parquet") or path.is_file()


def is_in_store(source: str | Path) -> bool:
    """Whether `source` names a dataset (that may be unknown), no file and no register."""
    return not is_file(source) and not is_register(str(source))
