"""Room for what is under way: private folders in the store's own folder, each held by a lock.

Uploads, copies of files, half-written versions and what DuckDB spills hold patients' rows, so
they lie in `<store>/.scratch` and nowhere else. A folder goes with its work; those of a process
that died are swept by the next one that starts, lists, writes or deletes. What is held is told by
its lock and not by a process's number.
"""

import contextlib
import secrets
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

from analysis.base.background.locks import Lock, acquire
from analysis.store.place import Store, chosen

NAME = ".scratch"
INTENT = "publishing"  # in a writer's folder: '<dataset>/<version>' while its files are moved
_EARLIER = (".incoming-*", ".deleted-*", ".spill", "*/.writing-*")  # as the first release had them
_spills: dict[Path, "Scratch"] = {}
_lock = threading.Lock()


class Scratch:
    """A folder of mode 0700 with a random name. It goes with `close`, with the last reference to
    it, or at the end of the process; after a crash, with the next sweep."""

    def __init__(self, store: Store, kind: str):
        """kind: what it is for, the first part of its name. OSError where none can be made."""
        self.path, lock = _made(store.root.resolve() / NAME, kind)
        self._end = weakref.finalize(self, _remove, self.path, lock)

    def close(self) -> None:
        self._end()


@contextlib.contextmanager
def scratch_folder(store: Store | None, kind: str) -> Iterator[Path]:
    """A Scratch as long as the block lasts (store None: this process's own); where the store takes
    none (a folder that cannot be written), one of the system's temporary folders."""
    try:
        scratch = Scratch(chosen(store), kind)
    except OSError:
        with tempfile.TemporaryDirectory(prefix=f"rapport-{kind}-") as folder:
            yield Path(folder)
        return
    try:
        yield scratch.path
    finally:
        scratch.close()


def spill_folder(store: Store) -> str:
    """Where this process's DuckDB puts what does not fit into memory; '' where it cannot."""
    root = store.root.resolve()
    with _lock:
        known = _spills.get(root)
        if known is None or not known.path.is_dir():
            try:
                known = _spills[root] = Scratch(store, "spill")
            except OSError:
                return ""
    return str(known.path)


@contextlib.contextmanager
def one_at_a_time(store: Store) -> Iterator[None]:
    """What changes which versions there are (publishing, choosing, deleting) waits for its turn."""
    folder = store.root.resolve() / NAME
    while True:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            lock = acquire(folder / "turn.lock", wait=True, owner=True)
            break
        except FileNotFoundError:  # the last one out removed the folder
            continue
    try:
        yield
    finally:
        if lock is not None:
            lock.release()
        with contextlib.suppress(OSError):
            folder.rmdir()


def sweep(store: Store) -> None:
    """Removes what nobody holds any more. Cheap; whatever cannot be removed stays."""
    root = store.root.resolve()
    for pattern in _EARLIER:
        for stray in root.glob(pattern):
            _discard(stray)
    folder = root / NAME
    names = {p.name.removesuffix(".lock") for p in folder.glob("*-*")}
    for name in names:
        with contextlib.suppress(OSError):
            lock = acquire(folder / f"{name}.lock")
            if lock is not None:
                _undo(store, folder / name)
                _remove(folder / name, lock)
    with contextlib.suppress(OSError):
        folder.rmdir()  # only when it is empty


def take_back(store: Store, dataset: str, version: str) -> None:
    """Removes what lies beside a version that never came to be."""
    folder = store.folder(dataset)
    if not (folder / f"{version}.duckdb").exists():
        for beside in folder.glob(f"{version}.*"):
            _discard(beside)
    with contextlib.suppress(OSError):
        folder.rmdir()  # only when it is empty: of a dataset that never came to be


def _undo(store: Store, folder: Path) -> None:
    """A writer that died while it moved its files into place left some of them there."""
    try:
        dataset, version = (folder / INTENT).read_text(encoding="ascii").split("/")
    except (OSError, ValueError):
        return
    with one_at_a_time(store):
        take_back(store, dataset, version)


def _made(root: Path, kind: str) -> tuple[Path, Lock]:
    """The lock first: a folder without one is nobody's."""
    while True:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = root / f"{kind}-{secrets.token_hex(6)}"
        try:
            lock = acquire(path.with_name(path.name + ".lock"), owner=True)
        except FileNotFoundError:  # the folder above was swept, being empty
            continue
        if lock is None:  # a sweeper looked at it in this very moment
            continue
        path.mkdir(mode=0o700)
        return path, lock


def _remove(path: Path, lock: Lock) -> None:
    _discard(path)
    lock.release()
    with contextlib.suppress(OSError):
        path.parent.rmdir()  # only when it is empty


def _discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
