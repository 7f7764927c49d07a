"""A finished version takes its place, and which version of a dataset is the current one.

The current one is what `<store>/<dataset>/current` names. It is written at each import and when
somebody goes back to an earlier version: no clock decides.
"""

import contextlib
import os
from pathlib import Path

from analysis.store import scratch
from analysis.store.place import Store
from analysis.store.versions.naming import VERSION

POINTER = "current"


def publish(store: Store, dataset: str, version: str, files: dict[str, Path]) -> None:
    """Moves `files` (final name -> path in a scratch folder) into the dataset's folder and makes
    `version` the current one: all durable, what lies beside a version before the version itself.

    A file takes the place of one of its name; a folder is added to. OSError when the disk
    refuses; what was moved is then taken back. After a crash the next sweep does that.
    """
    folder = store.folder(dataset)
    pointer = _written_pointer(store, version)
    try:
        for path in files.values():
            _make_durable(path)
        with scratch.one_at_a_time(store):
            for level in (store.root, folder):
                level.mkdir(parents=True, exist_ok=True, mode=0o700)
            for work in {path.parent for path in files.values()}:
                (work / scratch.INTENT).write_text(f"{dataset}/{version}", "ascii")
            try:
                for name in sorted(files, key=lambda name: name.endswith(".duckdb")):
                    _move(files[name], folder / name)
                os.replace(pointer.path / POINTER, folder / POINTER)
            except BaseException:  # also Ctrl-C
                scratch.take_back(store, dataset, version)
                raise
            _sync_folder(folder)
    finally:
        pointer.close()


def current(folder: Path) -> str:
    """The version that is current in a dataset's folder; '' where none was ever named."""
    try:
        named = (folder / POINTER).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
    return named if VERSION.fullmatch(named) else ""


def make_current(store: Store, dataset: str, version: str) -> None:
    """Names `version`, which must be there, the current one. OSError when the disk refuses."""
    pointer = _written_pointer(store, version)
    try:
        with scratch.one_at_a_time(store):
            os.replace(pointer.path / POINTER, store.folder(dataset) / POINTER)
            _sync_folder(store.folder(dataset))
    finally:
        pointer.close()


def _written_pointer(store: Store, version: str) -> scratch.Scratch:
    """Written before anything is moved: a full disk is noticed while nothing has changed."""
    made = scratch.Scratch(store, "pointer")
    path = made.path / POINTER
    try:
        path.write_text(version + "\n", encoding="ascii")
        _make_durable(path)
    except OSError:
        made.close()
        raise
    return made


def _move(path: Path, final: Path) -> None:
    if not final.is_dir():
        os.replace(path, final)
        return
    for part in path.iterdir():
        if not (final / part.name).exists():
            os.replace(part, final / part.name)


def _make_durable(path: Path) -> None:
    for each in (path, *path.rglob("*")) if path.is_dir() else (path,):
        if each.is_file():
            os.chmod(each, 0o600)
            with open(each, "rb") as file:
                os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere folders cannot be synced
        with contextlib.suppress(OSError):
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
