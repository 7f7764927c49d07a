"""A worker: a process that computes, and the thread of the server that hands it its jobs."""

import atexit
import contextlib
import os
import pickle
import signal
import threading
from typing import Any

from analysis.base.background.jobs import Job, WorkStopped
from analysis.base.background.processes import FreshContext, leave_with_parent
from analysis.base.background.queues import Queue
from analysis.base.errors import RapportError

TICK = 0.2  # seconds between two looks at whether a job is still wanted
SMALL = 5.0  # seconds after which a small question was none
TRIES = 2  # a worker that died under a job says nothing about the job: once more
# Above this a worker is replaced after its job: what a large dataset took is given back.
LARGE = 450e6  # bytes


class Worker:
    """One process at a time, started at once and again whenever it ended."""

    def __init__(self, queue: Queue, preload, small_only: bool, debug: bool):
        self._queue, self._preload, self._small_only = queue, preload, small_only
        self._debug = debug
        self._process: Any = None  # multiprocessing's; None between two processes
        self._line: Any = None
        atexit.register(self._leave)
        self._thread = threading.Thread(target=self._work, daemon=True, name="worker")
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _leave(self) -> None:
        """At the server's end Python would wait for the process; its work is nobody's now."""
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError):  # closed in this moment
                process.kill()

    def _work(self) -> None:
        self._start()
        while job := self._queue.take(self._small_only, prefers_heavy=not self._small_only):
            job.begin()
            if self._process is None or not self._process.is_alive():
                self._start()
            if self._hand_over(job):
                self._see_through(job)
        self._end()

    def _hand_over(self, job: Job) -> bool:
        try:
            task = pickle.dumps((job.function, job.arguments, job.wants_progress, self._debug))
        except Exception as error:
            job.end(error=_unexpected(error, self._debug))
            return False
        with contextlib.suppress(OSError):  # a process that just died is noticed below
            self._line.send_bytes(task)
        return True

    def _see_through(self, job: Job) -> None:
        """Until the job has ended, or its process, or nobody wants it any more."""
        try:
            while True:
                if why := job.must_stop():
                    self._end(now=True)
                    self._start()
                    job.end_stopped(why)
                    return
                if self._keeps_others_waiting(job):
                    self._end(now=True)
                    self._start()
                    job.back_in_line(as_heavy=True)
                    self._queue.put(job)
                    return
                if self._line.poll(TICK) and self._hear(job, *self._line.recv()):
                    return
        except (EOFError, OSError):
            self._start()
            self._died_under(job)

    def _keeps_others_waiting(self, job: Job) -> bool:
        """Whether a question that passed for small blocks the lane that is kept for such."""
        return self._small_only and job.seconds > SMALL and self._queue.holds_small()

    def _hear(self, job: Job, kind: str, *news) -> bool:
        """Whether it was the last word."""
        if kind == "progress":
            job.say(*news)
            return False
        value, error, size = news
        if size > LARGE:
            self._end(now=True)
            self._start()
        job.end(value, error)
        return True

    def _died_under(self, job: Job) -> None:
        if job.tries < TRIES:
            job.back_in_line()
            self._queue.put(job)
        else:
            job.end_stopped(
                "The process that worked on it ended twice before the work did",
                next_step="try again, with fewer replicates or a smaller dataset if it recurs",
            )

    def _start(self) -> None:
        self._end(now=True)
        context = FreshContext()
        self._line, theirs = context.Pipe()
        # No daemon: an import reads its files in a child of its own.
        self._process = context.Process(target=_serve, args=(theirs, self._preload))
        self._process.start()
        theirs.close()

    def _end(self, now: bool = False) -> None:
        if self._process is None:
            return
        self._line.close()  # an idle process takes this as its leave
        if now:
            self._process.kill()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process, process = None, self._process
        process.close()


def _serve(line, preload) -> None:
    """The worker's process: one task after the other, until the server hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's
    leave_with_parent()
    # An error belongs to the work that needs what is missing, not to the start.
    with contextlib.suppress(ImportError):
        if preload:
            preload()
    with contextlib.suppress(EOFError, OSError):
        while True:
            _answer(line, line.recv_bytes())


def _answer(line, task: bytes) -> None:
    one_at_a_time = threading.Lock()  # a question's threads report through one line

    def report(share, sentence):
        with one_at_a_time:
            line.send(("progress", share, sentence))

    value = error = None
    debug = False
    try:
        function, arguments, wants_progress, debug = pickle.loads(task)
        value = function(*arguments, **({"progress": report} if wants_progress else {}))
    except RapportError as said:
        error = said
    except MemoryError:
        error = WorkStopped(
            "This computer has not enough memory for the calculation",
            next_step="try again with fewer replicates or a smaller dataset",
        )
    except Exception as defect:
        error = _unexpected(defect, debug)
    with one_at_a_time:
        _last_word(line, value, error)


def _last_word(line, value, error) -> None:
    try:
        line.send(("end", value, error, _size()))
    except OSError:
        raise
    except Exception as defect:  # a result that cannot be pickled
        line.send(("end", None, _unexpected(defect), 0))


def _unexpected(defect: Exception, debug: bool = False) -> WorkStopped:
    """An unexpected error goes home without its text: that may quote the data."""
    if debug:
        return WorkStopped(f"The calculation failed: {defect!r}")
    return WorkStopped(
        f"The calculation failed unexpectedly ({type(defect).__name__})",
        next_step="start with RAPPORT_DEBUG=1 in the environment to see the details",
    )


def _size() -> int:
    """This process's memory in bytes, 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0
