"""Files that appear whole or not at all: a full disk leaves nothing half-written behind."""

import errno
import os
import secrets
from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # of an OSError: the disk is full


def write_new(path: Path, content: bytes, mode: int = 0o666) -> None:
    """A new file; FileExistsError where there is one, OSError where the disk refuses it."""
    beside = _beside(path, content, mode)
    try:
        os.link(beside, path)  # unlike a rename it never replaces
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb"):
            os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def replace_whole(path: Path, content: bytes) -> None:
    """What stands at `path` is replaced, and keeps who may read it; OSError where the disk refuses,
    and then it stands as it was."""
    beside = _beside(path, content, path.stat().st_mode & 0o777 if path.exists() else 0o666)
    try:
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _beside(path: Path, content: bytes, mode: int) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return beside
