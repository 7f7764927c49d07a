"""Which datasets there are: every version is a file `<store>/<name>/<version>.duckdb`."""

import contextlib
import glob
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from analysis.base.errors import RapportError, StoreError, did_you_mean
from analysis.store.place import Store, chosen
from analysis.store.register_address import is_register, needs_dataset
from analysis.store.scratch import Scratch, one_at_a_time, sweep
from analysis.store.versions import ordinals
from analysis.store.versions.hardened import damaged, hardened_cursor, release
from analysis.store.versions.naming import DATASET_NAME, VERSION, check_dataset_name, stamp_path
from analysis.store.versions.publishing import current, make_current
from analysis.store.versions.sealing import row_counts

SCHEMA = 1  # raised when data/schema.sql changes in a way that older programs cannot read
_known: dict[tuple, "DatasetInfo"] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """One version of a dataset.

    created: ISO 8601, UTC. synthetic: made, not measured. counts: rows of clinic, therapist,
    episode and session, and distinct patients as 'patient'. problem: '' or one sentence that
    says why the file cannot be read; the counts are then empty. current: what is meant where no
    version is named.
    """

    name: str
    version: str
    path: Path
    created: str
    synthetic: bool
    counts: dict[str, int] = field(hash=False)
    size_bytes: int
    problem: str = ""
    current: bool = field(default=False, compare=False)


def datasets(store: Store | None = None) -> tuple[DatasetInfo, ...]:
    """The current version of each name, sorted by name; damaged files listed as such.

    Where the current one is damaged: the newest that can be read, which is then not `current`.
    Names whose files are all damaged appear too. Whoever offers datasets to choose from
    leaves out those with a `problem`. store: whose, here and below; None for this process's own.
    """
    listed = []
    store = chosen(store)
    sweep(store)
    for folder in _folders(store):
        found = versions(folder.name, store)
        good = sorted((i for i in found if not i.problem), key=lambda i: not i.current)
        listed += good[:1] + [info for info in found if info.problem]
    return tuple(listed)


def versions(name: str, store: Store | None = None) -> tuple[DatasetInfo, ...]:
    """Every version of the dataset `name`, newest first, the damaged ones last."""
    folder = chosen(store).folder(check_dataset_name(name))
    files = _files(folder)
    found = [_info(path) for path in files if VERSION.fullmatch(path.stem)]
    strange = [
        _unreadable(path, "its name is not one that this program gives")
        for path in files
        if not VERSION.fullmatch(path.stem)
    ]
    newest_first = sorted(found + strange, key=lambda info: info.created, reverse=True)
    readable_first = sorted(newest_first, key=lambda info: bool(info.problem))
    named = current(folder)
    if named not in {info.version for info in found} and readable_first:
        named = readable_first[0].version  # of a store that named none yet
    return tuple(replace(info, current=info.version == named) for info in readable_first)


def find(name: str, version: str = "", store: Store | None = None) -> DatasetInfo:
    """The dataset `name`: its current version, or the `version` asked for.

    Raises StoreError when the name or version is unknown (with the closest known name) or
    the file is damaged, RequestError for a register's address.
    """
    names = [folder.name for folder in _folders(chosen(store))]
    if name not in names:
        raise _unknown(name, names)
    alone = _alone(chosen(store).folder(name), version)
    found = (alone,) if alone else versions(name, store)
    wanted = [i for i in found if i.version == version or (i.current and not version)]
    if not wanted:
        raise StoreError(
            "This dataset has no such version",
            where=f"dataset {name}, version {version[:40]!r}",
            allowed=", ".join(info.version for info in found),
            next_step="leave the version out for the current one",
        )
    if wanted[0].problem:
        raise damaged(wanted[0].path, wanted[0].problem)
    return wanted[0]


def _alone(folder: Path, version: str) -> DatasetInfo | None:
    """The version asked for, without a look into the others; None where it is not there, or nothing
    says which one is current."""
    named = current(folder)
    wanted = version or named
    there = [(folder / f"{v}.duckdb").is_file() for v in (named, wanted) if VERSION.fullmatch(v)]
    if len(there) < 2 or not all(there):
        return None
    return replace(_info(folder / f"{wanted}.duckdb"), current=wanted == named)


def use(name: str, version: str, store: Store | None = None) -> DatasetInfo:
    """Makes `version` the current one of the dataset `name`: the way back after an import."""
    info = find(name, version, store)
    with _changing(name, "changed"):
        make_current(chosen(store), name, info.version)
    return replace(info, current=True)


def delete(name: str, store: Store | None = None) -> None:
    """Removes every version of the dataset `name` with originals and quarantine files."""
    store = chosen(store)
    sweep(store)
    names = [folder.name for folder in _folders(store)]
    if name not in names:
        raise _unknown(name, names)
    folder = store.folder(name)
    release(folder)
    with _changing(name, "deleted"):
        _remove(store, [folder])
        stamp_path(folder).unlink(missing_ok=True)


def delete_version(name: str, version: str, store: Store | None = None) -> None:
    """Removes one version with its originals and quarantine file; another is the current one."""
    store = chosen(store)
    found = [info for info in versions(name, store) if info.version == version]
    if not found:
        find(name, version, store)  # says what is unknown
    if found[0].current:
        raise StoreError(
            "This version is the current one, so it cannot be deleted alone",
            where=f"dataset {name}, version {version}",
            next_step="make another version the current one first, or delete the whole dataset",
        )
    release(found[0].path)
    with _changing(name, "deleted"):
        _remove(store, sorted(store.folder(name).glob(f"{glob.escape(version)}.*")))


def _remove(store: Store, paths: list[Path]) -> None:
    """Moved away first, in one step each: a crash half way leaves nothing that is half there."""
    doomed = Scratch(store, "deleted")
    try:
        with one_at_a_time(store):
            for path in paths:
                os.replace(path, doomed.path / path.name)
    finally:
        doomed.close()


@contextlib.contextmanager
def _changing(name: str, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The dataset could not be {done}",
            where=f"dataset {name}",
            next_step=f"close what uses it and try again ({error.strerror})",
        ) from None


def _folders(store: Store) -> list[Path]:
    if not store.root.is_dir():
        return []
    found = [f for f in store.root.iterdir() if f.is_dir() and DATASET_NAME.fullmatch(f.name)]
    return sorted(f for f in found if _files(f))


def _files(folder: Path) -> list[Path]:
    """The dataset's files but for those being written."""
    return [path for path in folder.glob("*.duckdb") if not path.name.startswith(".")]


def _info(path: Path) -> DatasetInfo:
    stat = path.stat()
    key = (path, stat.st_ino, stat.st_size, stat.st_mtime_ns)
    with _lock:
        if key in _known:
            return _known[key]
    info = _read(path, stat.st_size)
    with _lock:
        _known[key] = info
    return info


def _read(path: Path, size: int) -> DatasetInfo:
    try:
        with hardened_cursor(path) as cursor:
            meta = read_meta(cursor, path)
            cursor.execute("SELECT name, unit FROM dictionary LIMIT 0")
            counts = row_counts(cursor, bool(meta.get(ordinals.META)))
    except StoreError as error:
        return _unreadable(path, error.what.split(": ", 1)[-1])
    except (duckdb.Error, ValueError):
        return _unreadable(path, "its tables are not those of a dataset")
    created, synthetic = str(meta.get("created", "")), bool(meta.get("synthetic", False))
    return DatasetInfo(path.parent.name, path.stem, path, created, synthetic, counts, size)


def read_meta(cursor: duckdb.DuckDBPyConnection, path: Path) -> dict:
    """The meta table as a dict; StoreError when the file is foreign or of a newer program."""
    try:
        rows = cursor.execute("SELECT key, value FROM meta").fetchall()
        meta = {key: json.loads(value) for key, value in rows}
    except (duckdb.Error, ValueError, TypeError):
        raise damaged(path, "it is a database of another program, or damaged") from None
    schema = meta.get("schema")
    if schema != SCHEMA:
        newer = isinstance(schema, int) and schema > SCHEMA
        detail = "it was written by a newer release" if newer else "its schema is not known"
        raise damaged(path, detail)
    return meta


def _unreadable(path: Path, problem: str) -> DatasetInfo:
    size = path.stat().st_size
    return DatasetInfo(path.parent.name, path.stem, path, "", False, {}, size, problem)


def _unknown(name: str, names: list[str]) -> RapportError:
    if is_register(name):  # never shown: it may hold a password
        return needs_dataset()
    known = ", ".join(names) or "none yet"
    return StoreError(
        "There is no dataset of this name",
        where=f"name {name[:80]!r}",
        allowed=known,
        next_step=did_you_mean(name, names) or "import a file, or make the demo dataset",
    )
