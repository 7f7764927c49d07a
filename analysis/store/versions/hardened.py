"""Version files opened read-only and locked down: no other file, no network, no settings.

DuckDB shares one instance among all connections of a process to one file, and its settings
with it. So each file is opened once in a process, hardened once, and kept; whoever reads it
takes a cursor of its own (one connection shared by threads hands out other threads' rows).
"""

import threading
from pathlib import Path

import duckdb

from analysis.base.errors import StoreError
from analysis.store.place import Store, chosen
from analysis.store.scratch import spill_folder

Config = dict[str, str | bool | int | float | list[str]]
# Extensions would be fetched from the network; replacement scans would let SQL read any
# Python variable in reach.
NO_EXTENSIONS: Config = {
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
}
# What other rooms may know of DuckDB: its connection, and the ways in which it fails.
Connection = duckdb.DuckDBPyConnection
DatabaseError = duckdb.Error
OutOfMemory = duckdb.OutOfMemoryException
READING_MEMORY = "1500MB"  # a fit of 9 million sessions then stays below 2 GB; the rest spills
_open: dict[Path, tuple[tuple[int, int, int], duckdb.DuckDBPyConnection]] = {}
_lock = threading.RLock()


def memory_connection(limit: str = "4GB") -> Connection:
    """A database in memory that fetches no extension and reads no Python variable.

    limit: of its memory, in DuckDB's words.
    """
    settings: Config = {"memory_limit": limit, "temp_directory": spill_folder(chosen(None))}
    return duckdb.connect(":memory:", config=NO_EXTENSIONS | settings)


def one_row(connection, query: str, values=None) -> tuple:
    """The row of a query that has one whatever the data are: counts, sums, extremes."""
    row = connection.execute(query, values).fetchone()
    if row is None:
        raise AssertionError("a query of counts has a row")
    return row


def hardened_cursor(path: Path) -> duckdb.DuckDBPyConnection:
    """A new cursor on the version file at `path`, read-only and hardened.

    It can make temporary tables; it cannot read or write another file, attach a database,
    load an extension or change a setting. Threads and repeated calls are welcome. Close the
    cursor when done. Raises StoreError when the file is missing, damaged or no database.
    """
    path = Path(path).resolve()
    with _lock:
        try:
            return _connection(path).cursor()
        except OSError:
            raise _absent(path) from None
        except duckdb.Error:
            raise damaged(path) from None


def release(folder: Path) -> None:
    """Closes this process' connections to every file below `folder` (before it is removed)."""
    folder = Path(folder).resolve()
    with _lock:
        for path in [p for p in _open if p.is_relative_to(folder)]:
            _open.pop(path)[1].close()


def damaged(
    path: Path, detail: str = "the file is truncated, damaged or no database"
) -> StoreError:
    """The error for a version file that cannot be read; `detail` says what was found."""
    return StoreError(
        f"This dataset version cannot be read: {detail}",
        where=f"file {path.parent.name}/{path.name} in the store",
        allowed="a file that this program wrote and nobody changed",
        next_step="import the data again (the originals are beside it), or delete the dataset",
    )


def _connection(path: Path) -> duckdb.DuckDBPyConnection:
    stat = path.stat()
    stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    if path in _open:
        if _open[path][0] == stamp:
            return _open[path][1]
        # The file was replaced from outside: the old instance would keep showing old data.
        _open.pop(path)[1].close()
    connection = duckdb.connect(str(path), read_only=True, config=_settings(path))
    try:
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except duckdb.Error:
        connection.close()
        raise
    _open[path] = (stamp, connection)
    return connection


def _settings(path: Path) -> Config:
    spill = spill_folder(Store(path.parents[1]))  # <store>/<dataset>/<version>.duckdb
    return NO_EXTENSIONS | {"memory_limit": READING_MEMORY, "temp_directory": spill}


def _absent(path: Path) -> StoreError:
    return StoreError(
        "This dataset version is not there any more",
        where=f"file {path.parent.name}/{path.name} in the store",
        next_step="choose another dataset or version",
    )
