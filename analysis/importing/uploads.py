"""What was uploaded, as files that only this user can read, in the store's own folder."""

import itertools
import re
from collections.abc import Iterable
from pathlib import Path

from analysis.store.place import Store
from analysis.store.scratch import Scratch


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
