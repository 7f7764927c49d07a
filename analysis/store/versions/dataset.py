"""One dataset version: opened for reading, hardened; or written once and sealed."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from analysis.base.errors import StoreError
from analysis.measures.variables import FACTORS, KINDS, UNITS, Variable
from analysis.store.place import Store, chosen
from analysis.store.scratch import Scratch, sweep
from analysis.store.versions import ordinals, publishing, sealing
from analysis.store.versions.catalogue import SCHEMA, DatasetInfo, read_meta, versions
from analysis.store.versions.hardened import NO_EXTENSIONS, Config, damaged, hardened_cursor
from analysis.store.versions.naming import check_column_name, check_dataset_name, quoted

SCHEMA_SQL = Path(__file__).resolve().parents[3] / "data" / "schema.sql"
WRITING_MEMORY = "2500MB"  # beyond it DuckDB spills to disk; ten million sessions stay below 3 GB
_FULL = ("No space left", "Disk quota")  # as the system's errors say
_VARIABLE_FIELDS = tuple(f.name for f in fields(Variable))


class Dataset:
    """An open dataset version. Made by `open_dataset`.

    info: the DatasetInfo. variables: its dictionary, in order. meta: name, created, synthetic,
    main_outcome, sources, truth, … as Python values.
    """

    def __init__(self, info: DatasetInfo):
        self.info = info
        with self.cursor() as cursor:
            self.meta = read_meta(cursor, info.path)
            self.variables = _read_variables(cursor, info.path)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A new hardened, read-only cursor; one for each run, never shared between threads.

        `CREATE TEMP TABLE` works and is the cursor's own.
        """
        return hardened_cursor(self.info.path)


class Writer:
    """A version being written. Made by `new_version`.

    connection: the empty tables of data/schema.sql. info: set when the version is sealed.
    already_loaded: True when the same content was a version of this dataset already.
    """

    def __init__(self, name: str, connection: duckdb.DuckDBPyConnection, store: Store):
        self.name, self.connection, self.store = name, connection, store
        self.info: DatasetInfo | None = None
        self.already_loaded = False
        self._variables = 0
        self._meta: dict[str, str] = {}
        self._names: set[str] = set()
        self._beside: list[tuple[str, Callable[[Path], None]]] = []

    @property
    def sealed(self) -> DatasetInfo:
        """What the store says of the version once it is written."""
        if self.info is None:
            raise AssertionError("asked for before the version was sealed")
        return self.info

    def add_variables(self, variables) -> None:
        """Adds a column for each Variable to its unit's table and a row to the dictionary.

        Numbers become DOUBLE, categories VARCHAR. Call it before inserting rows: columns
        follow the keys in the order given here. StoreError for a name that cannot be one, a
        name given twice (case does not tell names apart), an unknown unit, kind or factor.
        """
        variables = tuple(variables)
        for variable in variables:
            _check_variable(variable, self._names)
            self._names.add(variable.name.lower())
        with _transaction(self.connection):
            for variable in variables:
                self._add(variable)

    def set_meta(self, key: str, value) -> None:
        """Stores `value` (anything JSON can hold, no NaN) under `key`, replacing what was there."""
        self._meta[key] = json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=True)

    def content_version(self) -> str:
        """The version that the tables and what was set so far would have."""
        return sealing.content_version(self.connection, self._meta)

    def keep_beside(self, suffix: str, write: Callable[[Path], None]) -> None:
        """Has `write(path)` make `<version>.<suffix>` beside the version when it is sealed."""
        self._beside.append((suffix, write))

    def _add(self, variable: Variable) -> None:
        kind = "DOUBLE" if variable.kind == "number" else "VARCHAR"
        column = f"{quoted(variable.name)} {kind}"
        self.connection.execute(f"ALTER TABLE {variable.unit} ADD COLUMN {column}")
        self._variables += 1
        values = [self._variables, *(getattr(variable, f) for f in _VARIABLE_FIELDS)]
        names = ", ".join(["position", *_VARIABLE_FIELDS])
        marks = ", ".join("?" * len(values))
        self.connection.execute(f"INSERT INTO dictionary ({names}) VALUES ({marks})", values)

    def _store_meta(self) -> None:
        with _transaction(self.connection):
            self.connection.executemany("INSERT INTO meta VALUES (?, ?)", list(self._meta.items()))


@contextlib.contextmanager
def open_dataset(info: DatasetInfo) -> Iterator[Dataset]:
    """Opens a version for reading; cheap to repeat, from any thread. StoreError if damaged."""
    if info.problem:
        raise damaged(info.path, info.problem)
    yield Dataset(info)


@contextlib.contextmanager
def new_version(name: str, store: Store | None = None) -> Iterator[Writer]:
    """A Writer for a new version of the dataset `name` (store None: this process's own).

    On a clean exit the tables are checked (unique keys, no orphans), hashed, closed, read
    again, made durable and renamed to `<store>/<name>/<version>.duckdb`, mode 0600; that version
    is the current one then, also where its content was there before. On an exception nothing is
    left, and after a crash what is left lies in the store's scratch.
    """
    check_dataset_name(name)
    store = chosen(store)
    with disk_errors(name):
        sweep(store)
        scratch = Scratch(store, "writing")
    temporary = scratch.path / "version.duckdb"
    connection = None
    try:
        with disk_errors(name):
            connection = _new_file(temporary)
        writer = Writer(name, connection, store)
        for key, value in (("schema", SCHEMA), ("name", name), ("synthetic", False)):
            writer.set_meta(key, value)
        with disk_errors(name):
            yield writer
            _seal(writer, temporary)
    finally:
        if connection is not None:
            connection.close()
        scratch.close()


def _read_variables(cursor, path: Path) -> tuple[Variable, ...]:
    try:
        columns = ", ".join(_VARIABLE_FIELDS)
        rows = cursor.execute(f"SELECT {columns} FROM dictionary ORDER BY position").fetchall()
    except duckdb.Error:
        raise damaged(path, "its dictionary cannot be read") from None
    return tuple(Variable(*row) for row in rows)


def _check_variable(variable: Variable, taken: set[str]) -> None:
    check_column_name(variable.name)
    limits = (("unit", UNITS), ("kind", KINDS), ("factor", ("", *FACTORS)))
    for name, allowed in limits:
        if getattr(variable, name) not in allowed:
            raise StoreError(
                f"A variable has a {name} that is not known",
                where=f"variable {variable.name!r}",
                allowed=", ".join(repr(a) for a in allowed),
                next_step=f"correct its {name}",
            )
    if variable.name.lower() in taken:
        raise StoreError(
            "Two variables have the same name",
            where=f"variable {variable.name!r}",
            allowed="names that differ in more than upper and lower case, over all units",
            next_step="give one of them another name",
        )


def _new_file(path: Path) -> duckdb.DuckDBPyConnection:
    settings: Config = {"memory_limit": WRITING_MEMORY, "temp_directory": str(path.parent)}
    connection = duckdb.connect(str(path), config=NO_EXTENSIONS | settings)
    os.chmod(path, 0o600)  # DuckDB creates 0644; the folder above is 0700 already
    with _transaction(connection):
        connection.execute(SCHEMA_SQL.read_text(encoding="utf-8"))
    return connection


@contextlib.contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One commit for several statements: each commit waits for the disk."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _seal(writer: Writer, temporary: Path) -> None:
    sealing.check_keys(writer.connection)
    with _transaction(writer.connection):
        ordinals.write_ordinals(writer.connection)
    writer.set_meta(ordinals.META, True)
    writer.set_meta("created", datetime.now(UTC).isoformat(timespec="microseconds"))
    writer.set_meta("duckdb", duckdb.__version__)
    writer._store_meta()
    counts = sealing.row_counts(writer.connection)
    version = sealing.content_version(writer.connection)
    writer.connection.execute("CHECKPOINT")
    writer.connection.close()
    present = [info for info in _present(writer) if info.version == version]
    writer.already_loaded = bool(present) and not present[0].problem
    if not writer.already_loaded:
        sealing.verify(temporary, counts, version)
    files = {} if writer.already_loaded else {f"{version}.duckdb": temporary}
    for suffix, write in writer._beside:
        files[f"{version}.{suffix}"] = temporary.with_name(suffix)
        write(temporary.with_name(suffix))
    publishing.publish(writer.store, writer.name, version, files)
    writer.info = next(info for info in _present(writer) if info.version == version)


def _present(writer: Writer) -> tuple[DatasetInfo, ...]:
    return versions(writer.name, writer.store)


@contextlib.contextmanager
def disk_errors(name: str) -> Iterator[None]:
    """Turns what the disk refuses into a StoreError. After a failed write DuckDB reports follow-up
    errors of other kinds; their text tells that a write was behind them."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if not _refused_by_disk(error):
            raise
        raise unwritten(name, error) from error


def unwritten(name: str, error: Exception) -> StoreError:
    """What is said of a write that the disk refused."""
    full = any(sign in str(error) for sign in _FULL)
    reason = getattr(error, "strerror", None) or type(error).__name__
    return StoreError(
        "The disk is full" if full else "The dataset could not be written",
        where=f"dataset {name}",
        next_step=f"check that the folder is writable and the disk has space ({reason}); "
        "nothing was kept",
    )


def _refused_by_disk(error: Exception) -> bool:
    if isinstance(error, (OSError, duckdb.IOException)):
        return True
    after = isinstance(error, (duckdb.FatalException, duckdb.TransactionException))
    return after and any(
        sign in str(error) for sign in (*_FULL, "IO Error", "write", "File too large")
    )
