"""Conversions that are kept while one import goes on: a workbook is guessed from and landed, and
converted once."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

from analysis.store.place import Store
from analysis.store.scratch import scratch_folder

_Kept = tuple[Path, dict[tuple, list[dict]]]  # the folder, and the tables of what was converted
_kept: ContextVar[_Kept | None] = ContextVar("kept conversions", default=None)


@contextlib.contextmanager
def conversions_kept(store: Store | None = None) -> Iterator[None]:
    """Within the block a file of the same bytes is converted once; afterwards nothing is left."""
    if _kept.get() is not None:
        yield
        return
    with scratch_folder(store, "converted") as folder:
        token = _kept.set((folder, {}))
        try:
            yield
        finally:
            _kept.reset(token)


def converted_once(
    path: Path, how: tuple, folder: Path, convert: Callable[[Path], list[dict]]
) -> list[dict]:
    """`convert(folder)`, or what it gave for a file of these bytes before.

    how: what else the result depends on. Each table's `file` is the whole path of its CSV.
    """
    kept = _kept.get()
    if kept is None:
        return _placed(convert(folder), folder)
    room, known = kept
    with open(path, "rb") as stream:
        key = (hashlib.file_digest(stream, "sha256").digest(), *how)
    if key not in known:
        own = room / str(len(known))
        own.mkdir(mode=0o700)
        known[key] = _placed(convert(own), own)
    return known[key]


def _placed(tables: list[dict], folder: Path) -> list[dict]:
    return [table | {"file": str(folder / table["file"])} for table in tables]
