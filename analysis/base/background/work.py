"""Heavy work in a few processes beside the server, so that a fit never holds up a page.

A fit in a script's thread keeps Python's lock and freezes every viewer of the server. Here it
runs in one of a few processes that have the heavy modules loaded already, each with a thread of
the server that hands it one job after another (`workers.py`). Small questions have a lane of their
own; heavy ones are taken in turns from those who ask (`queues.py`). One pool a server process.
"""

import os
import threading
from collections.abc import Callable

from analysis.base.background.jobs import Job, WorkStopped
from analysis.base.background.queues import Queue
from analysis.base.background.workers import Worker

WORKERS = max(1, min(2, os.cpu_count() or 1))
# One thread of linear algebra a worker: two workers on two cores would otherwise fight.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# No question of a page takes so long; one that does would keep others waiting for ever.
DEADLINE = 900.0  # seconds of work

_lock = threading.Lock()
_pool: "Pool | None" = None
_preload: Callable[[], None] | None = None
_debug = False


class Pool:
    """The queue and the workers that empty it; the last worker's lane is for small questions."""

    def __init__(self, preload: Callable[[], None] | None, debug: bool):
        self.queue = Queue()
        small = [WORKERS > 1 and k == WORKERS - 1 for k in range(WORKERS)]
        self.workers = [Worker(self.queue, preload, lane, debug) for lane in small]

    def close(self) -> None:
        """Ends once the work at hand is done; what only waits is given up."""
        self.queue.close()
        for worker in self.workers:
            worker.join()


def warm(preload: Callable[[], None] | None = None, debug: bool = False) -> None:
    """Start the workers in the background; a second call does nothing.

    preload: a function without arguments, importable by name, that every worker calls first (it
    imports what is heavy). debug: an unexpected error comes home with its text, which may hold
    patients' values.
    """
    global _preload, _debug
    with _lock:
        if preload is not None:
            _preload, _debug = preload, debug
        _the_pool()


def submit(
    function,
    *arguments,
    progress: bool = True,
    small: bool = False,
    owner: str = "",
    deadline: float = DEADLINE,
) -> Job:
    """Run `function(*arguments)` in a worker and return its Job at once.

    function: importable by name, as its arguments and result must be picklable.
    progress: pass `progress=report` to the function, where `report(share, sentence)`.
    small: a question of a second or two; it never waits for heavy work. owner: who asks; heavy
    work of several is taken in turns. deadline: seconds of work after which it is stopped.
    """
    job = Job(function, arguments, progress, small, owner, deadline)
    with _lock:
        _the_pool().queue.put(job)
    return job


def known(value) -> Job:
    """A Job that is done, for an answer that is there already: no worker hears of it."""
    job = Job(None, (), False, True, "", DEADLINE)
    job.end(value)
    return job


def close() -> None:
    """Stop the workers once what they are at is done; the next `submit` starts new ones."""
    global _pool
    with _lock:
        if _pool is not None:
            _pool.close()
            _pool = None


def _the_pool() -> Pool:
    global _pool
    if _pool is None:
        for name in ONE_THREAD:  # read by a worker when it loads numpy
            os.environ.setdefault(name, "1")
        _pool = Pool(_preload, _debug)
    return _pool


__all__ = ["Job", "WorkStopped", "close", "known", "submit", "warm"]
