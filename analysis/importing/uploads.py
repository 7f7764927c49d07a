"""What is imported, as files that only this user can read, in the store's own folder."""

import contextlib
import itertools
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.base.whole_files import NO_ROOM
from analysis.importing.reading.sniff import refused
from analysis.store.place import Store
from analysis.store.scratch import Scratch, scratch_folder
from analysis.store.versions.dataset import unwritten

_LONGEST_NAME = 100  # characters of a file's name that are shown


class Uploads:
    """Files in a folder of their own, as long as somebody holds this. paths: one a file."""

    def __init__(self, store: Store, files: Iterable[tuple[str, bytes]]):
        """files: (name as sent, content); only the last part of a name is used, in plain
        characters, with a number where two are alike then."""
        self._folder = Scratch(store, "upload")
        self.paths = tuple(self._kept(name, content) for name, content in files)

    def _kept(self, name: str, content: bytes) -> str:
        plain = re.sub(r"[^\w.\-]+", "_", Path(name).name).lstrip(".") or "upload"
        path = self._folder.path / plain
        for number in itertools.count(2):
            if not path.exists():
                break
            path = path.with_name(f"{number}_{plain}")
        path.write_bytes(content)
        return str(path)


def display_names(paths: list[Path]) -> list[str]:
    """The files' names for display: no folders, nothing unseen, not too long, no two alike."""
    names = []
    for path in paths:
        # Also folders as another system writes them: a browser may send either.
        base = path.name.replace("\\", "/").rsplit("/", 1)[-1]
        shown = "".join(c for c in base if c.isprintable())[:_LONGEST_NAME] or "file"
        names.append(shown if shown not in names else f"{shown} ({len(names) + 1})")
    return names


@contextlib.contextmanager
def private_copies(paths: list[Path], names: list[str], store: Store) -> Iterator[list[Path]]:
    """Copies that only the owner can read: what is judged is what is kept, to the byte."""
    with scratch_folder(store, "incoming") as folder:
        copies = []
        for i, (path, name) in enumerate(zip(paths, names, strict=True)):
            copies.append(folder / str(i))
            try:
                shutil.copyfile(path, copies[-1])
            except (OSError, ValueError) as error:
                if getattr(error, "errno", 0) in NO_ROOM:  # the store's, not the file's
                    raise unwritten("that is being imported", error) from None
                reason = getattr(error, "strerror", None) or "not a file name"
                raise refused(
                    f"The file cannot be read ({reason})", name, "check its name and rights"
                ) from None
            os.chmod(copies[-1], 0o600)
        yield copies
