"""The warmed pool of processes for heavy work, so that a fit never holds up a page.

A fit in a script's thread keeps Python's lock and freezes every viewer of the server. Here it
runs in one of a few processes that have the heavy modules loaded already. There is one pool a
server process; it mends itself after a worker was killed.
"""

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, TimeoutError
from concurrent.futures.process import BrokenProcessPool

from analysis.base.errors import RapportError
from analysis.base.processes import FreshContext

WORKERS = max(1, min(2, os.cpu_count() or 1))
# One thread of linear algebra a worker: two workers on two cores would otherwise fight.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

_lock = threading.Lock()
_tickets = itertools.count(1)
_pool: "Pool | None" = None
_preload: Callable[[], None] | None = None
_board = None  # in a worker: the queue that carries progress to the server


class Job:
    """A piece of work that was handed in: `done`, `progress`, `result()`."""

    def __init__(self, future: Future, ticket: int, heard: dict):
        self._future, self._ticket, self._heard = future, ticket, heard

    @property
    def done(self) -> bool:
        """True once there is a result or an error."""
        return self._future.done()

    @property
    def progress(self) -> tuple[float, str]:
        """Share done in 0..1 and a sentence on what is being done now."""
        if self.done:
            return 1.0, "Done"
        waiting = (0.0, "Working" if self._future.running() else "Waiting for a free worker")
        return self._heard.get(self._ticket, waiting)

    def result(self, timeout: float | None = None):
        """What the function returned; raises RapportError where the work could not be done.

        timeout: seconds to wait, None for as long as it takes; TimeoutError afterwards.
        """
        try:
            return self._future.result(timeout)
        except BrokenProcessPool:
            raise _stopped() from None


class Pool:
    """The executor with the queue and the thread that bring its workers' progress home."""

    def __init__(self, preload):
        context = FreshContext()
        self.heard: dict[int, tuple[float, str]] = {}
        self._queue = context.Queue()
        self.executor = ProcessPoolExecutor(
            WORKERS, mp_context=context, initializer=_start_worker, initargs=(self._queue, preload)
        )
        threading.Thread(target=self._listen, daemon=True, name="work-progress").start()

    def submit(self, function, arguments: tuple, progress: bool) -> Job:
        ticket = next(_tickets)
        # A worker lives long: it is told which store is meant now, not when it was started.
        store = os.environ.get("RAPPORT_STORE", "")
        future = self.executor.submit(_run, function, arguments, ticket if progress else 0, store)
        future.add_done_callback(lambda _: self.heard.pop(ticket, None))
        return Job(future, ticket, self.heard)

    def close(self, wait: bool) -> None:
        self.executor.shutdown(wait=wait, cancel_futures=True)
        self._queue.put(None)

    def _listen(self) -> None:
        while (news := self._queue.get()) is not None:
            ticket, share, sentence = news
            self.heard[ticket] = (min(max(float(share), 0.0), 1.0), str(sentence))


def warm(preload=None) -> None:
    """Start the workers in the background; a second call does nothing.

    preload: a function without arguments, importable by name, that every worker calls first (it
    imports what is heavy).
    """
    global _preload
    with _lock:
        if preload is not None:
            _preload = preload
        if _pool is None:
            _new_pool()


def submit(function, *arguments, progress: bool = True) -> Job:
    """Run `function(*arguments)` in a worker and return its Job at once.

    function: importable by name, as its arguments and result must be picklable.
    progress: pass `progress=report` to the function, where `report(share, sentence)`.
    """
    with _lock:
        pool = _pool or _new_pool()
        try:
            return pool.submit(function, arguments, progress)
        except (BrokenProcessPool, RuntimeError):  # a worker was killed, or the pool closed
            pool.close(wait=False)
            return _new_pool().submit(function, arguments, progress)


def close() -> None:
    """Stop the workers once what they are at is done; the next `submit` starts new ones."""
    global _pool
    with _lock:
        if _pool is not None:
            _pool.close(wait=True)
            _pool = None


def _new_pool() -> Pool:
    global _pool
    for name in ONE_THREAD:  # read by a worker when it loads numpy; this process did long ago
        os.environ.setdefault(name, "1")
    _pool = Pool(_preload)
    for _ in range(WORKERS):  # one idle task each starts every worker now, not at the first click
        _pool.executor.submit(_nothing)
    return _pool


def _stopped() -> RapportError:
    return RapportError(
        "The calculation was stopped before it ended, most often for want of memory",
        next_step="try again, with fewer replicates or a smaller dataset if it happens again",
    )


def _start_worker(queue, preload) -> None:
    """Once in each worker: leave Ctrl-C and the server's end to the server, load what is heavy."""
    global _board
    _board = queue
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    # An error belongs to the work that needs what is missing, not to the start.
    with contextlib.suppress(ImportError):
        if preload:
            preload()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _nothing() -> None:
    return None


def _run(function, arguments: tuple, ticket: int, store: str):
    """In a worker. An unexpected error goes home without its text: that may quote the data."""
    os.environ.pop("RAPPORT_STORE", None)
    if store:
        os.environ["RAPPORT_STORE"] = store
    extra = {"progress": lambda share, sentence: _board.put((ticket, share, sentence))}
    try:
        return function(*arguments, **(extra if ticket else {}))
    except RapportError:
        raise
    except MemoryError:
        raise _stopped() from None
    except Exception as error:
        if os.environ.get("RAPPORT_DEBUG"):
            raise
        raise RapportError(
            f"The calculation failed unexpectedly ({type(error).__name__})",
            next_step="start with RAPPORT_DEBUG=1 in the environment to see the details",
        ) from None


__all__ = ["Job", "TimeoutError", "close", "submit", "warm"]
