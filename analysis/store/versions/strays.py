"""What processes that died in the middle of a write left behind, and its removal."""

import contextlib
import os
import re
import shutil
from pathlib import Path

# `.writing-<process>-…` in a dataset's folder, `.incoming-<process>-…` and `.deleted-…` above.
_OWNER = re.compile(r"\.(?:writing|incoming)-(\d+)-")


def remove_strays(root: Path) -> None:
    """Removes half-written files below the store's folder whose process is no longer alive."""
    found = [*root.glob(".incoming-*"), *root.glob(".deleted-*"), *root.glob("*/.writing-*")]
    for stray in found:
        owner = _OWNER.match(stray.name)
        if owner and _alive(int(owner[1])):
            continue
        remove(stray)
        with contextlib.suppress(OSError):
            if stray.parent != root:
                stray.parent.rmdir()  # only when empty: a first version that never came to be


def remove(path: Path) -> None:
    """Removes a folder, or a database file with its log; what cannot be removed stays."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    for each in (path, path.with_name(path.name + ".wal")):
        with contextlib.suppress(OSError):
            each.unlink()


def _alive(process: int) -> bool:
    if os.name != "posix":
        return False  # there an open file cannot be removed, so trying is safe
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
