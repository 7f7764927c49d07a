"""Which datasets there are: every version is a file `<store>/<name>/<version>.duckdb`."""

import json
import os
import secrets
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analysis.base.errors import RapportError, StoreError, did_you_mean
from analysis.store.place import Store, chosen
from analysis.store.register_address import is_register, needs_dataset
from analysis.store.versions import ordinals
from analysis.store.versions.hardened import damaged, hardened_cursor, release
from analysis.store.versions.naming import DATASET_NAME, VERSION, check_dataset_name, stamp_path
from analysis.store.versions.sealing import row_counts

SCHEMA = 1  # raised when data/schema.sql changes in a way that older programs cannot read
_known: dict[tuple, "DatasetInfo"] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """One version of a dataset.

    created: ISO 8601, UTC. synthetic: made, not measured. counts: rows of clinic, therapist,
    episode and session, and distinct patients as 'patient'. problem: '' or one sentence that
    says why the file cannot be read; the counts are then empty.
    """

    name: str
    version: str
    path: Path
    created: str
    synthetic: bool
    counts: dict[str, int] = field(hash=False)
    size_bytes: int
    problem: str = ""


def datasets(store: Store | None = None) -> tuple[DatasetInfo, ...]:
    """The newest readable version of each name, sorted by name; damaged files listed as such.

    Names whose files are all damaged appear too. Whoever offers datasets to choose from
    leaves out those with a `problem`. store: whose, here and below; None for this process's own.
    """
    listed = []
    for folder in _folders(chosen(store)):
        found = versions(folder.name, store)
        good = [info for info in found if not info.problem]
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
    return tuple(sorted(newest_first, key=lambda info: bool(info.problem)))


def find(name: str, version: str = "", store: Store | None = None) -> DatasetInfo:
    """The dataset `name`: its newest version, or the `version` asked for.

    Raises StoreError when the name or version is unknown (with the closest known name) or
    the file is damaged, RequestError for a register's address.
    """
    names = [folder.name for folder in _folders(chosen(store))]
    if name not in names:
        raise _unknown(name, names)
    found = versions(name, store)
    wanted = [info for info in found if version in ("", info.version)]
    if not wanted:
        raise StoreError(
            "This dataset has no such version",
            where=f"dataset {name}, version {version[:40]!r}",
            allowed=", ".join(info.version for info in found),
            next_step="leave the version out for the newest",
        )
    if wanted[0].problem:
        raise damaged(wanted[0].path, wanted[0].problem)
    return wanted[0]


def delete(name: str, store: Store | None = None) -> None:
    """Removes every version of the dataset `name` with originals and quarantine files."""
    names = [folder.name for folder in _folders(chosen(store))]
    if name not in names:
        raise _unknown(name, names)
    folder = chosen(store).folder(name)
    release(folder)
    # Renamed first: a crash half way leaves no dataset that is half there.
    doomed = folder.with_name(f".deleted-{name}-{secrets.token_hex(4)}")
    try:
        os.replace(folder, doomed)
        stamp_path(folder).unlink(missing_ok=True)
        shutil.rmtree(doomed)
    except OSError as error:
        raise StoreError(
            "The dataset could not be deleted",
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
        cursor.execute("SELECT name, unit FROM dictionary LIMIT 0")
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
