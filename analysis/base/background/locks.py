"""A lock that ends with its process, however it ends: a file that is held open and locked.

A process's number says nothing: another process may have it by now. The system itself lets go of
the lock of a process that died, by kill -9 as well.
"""

import contextlib
import errno
import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_AGAIN = 0.05  # seconds between two tries where the system cannot wait by itself


class Lock:
    """Held until `release`, or until the process ends. Made by `acquire`."""

    def __init__(self, path: Path, descriptor: int):
        self.path, self._descriptor = path, descriptor

    def release(self) -> None:
        """Removes the file while it is still held, so that nobody finds it free."""
        if os.name == "posix":
            _unlink(self.path)
            os.close(self._descriptor)
        else:  # an open file cannot be removed there
            os.close(self._descriptor)
            _unlink(self.path)


def acquire(path: Path, wait: bool = False, owner: bool = False) -> Lock | None:
    """The lock of the file at `path`, whose folder must be there; None where another holds it.

    wait: until it is free. owner: it guards the caller's own work, which goes on without one on a
    drive that knows no locks (some networks'); for everybody else all there counts as held.
    OSError where the file cannot be made.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        state = _try(descriptor, wait)
        if state == "none" and owner:
            return Lock(path, descriptor)
        if state != "got":
            os.close(descriptor)
            if not wait or state == "none":
                return None
            time.sleep(_AGAIN)
        elif _is_still(path, descriptor):
            return Lock(path, descriptor)
        else:  # its last holder removed it meanwhile
            os.close(descriptor)


def _try(descriptor: int, wait: bool) -> str:
    """'got', 'held' by another, or 'none': there are no locks here."""
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        else:
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as error:
        return "held" if error.errno in _HELD else "none"
    return "got"


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        named = path.stat()
    except FileNotFoundError:
        return False
    return named.st_ino == os.fstat(descriptor).st_ino


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
