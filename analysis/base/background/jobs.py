"""A piece of work that was handed in: who asked, how far it is, what became of it."""

import itertools
import threading
import time
from collections.abc import Callable

from analysis.base.errors import RapportError

# A tab that was closed by mistake, or a laptop that slept, finds its work still going.
GRACE = 12.0  # seconds without a viewer before work that was watched is stopped
_tickets = itertools.count(1)


class WorkStopped(RapportError):
    """The work did not end: no answer to its question, so never kept as one."""


class Job:
    """`done`, `progress`, `result()`, `cancel()`; `watch()` by whoever looks at it."""

    def __init__(self, function, arguments, progress, small, owner, deadline):
        self.function, self.arguments, self.wants_progress = function, arguments, progress
        self.small, self.owner, self.deadline = small, owner, deadline
        self.ticket = next(_tickets)
        self.tries = 0
        self.started: float | None = None
        self._viewers: dict[str, Callable[[], bool]] = {}
        self._last_seen = time.monotonic()
        self._said = (0.0, "Waiting for a free worker")
        self._ended = threading.Event()
        self._stop = ""  # why the worker must let go of it
        self._value, self._error = None, None

    @property
    def done(self) -> bool:
        """True once there is a result or an error."""
        return self._ended.is_set()

    @property
    def running(self) -> bool:
        return self.started is not None and not self.done

    @property
    def stopped(self) -> bool:
        """Whether it ended without an answer."""
        return self.done and isinstance(self._error, WorkStopped)

    @property
    def progress(self) -> tuple[float, str]:
        """Share done in 0..1 and a sentence on what is being done now."""
        return (1.0, "Done") if self.done else self._said

    @property
    def seconds(self) -> float:
        """How long it has been worked on."""
        return 0.0 if self.started is None else time.monotonic() - self.started

    def result(self, timeout: float | None = None):
        """What the function returned; raises RapportError where the work could not be done.

        timeout: seconds to wait, None for as long as it takes; TimeoutError afterwards.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._value

    def watch(self, viewer: str, present: Callable[[], bool]) -> None:
        """Notes a viewer; `present()` says whether they are still there. Work that was watched
        and has no viewer left is stopped."""
        self._viewers[viewer] = present

    def cancel(self) -> None:
        """Stop it, whoever else looks on."""
        self._stop = "It was stopped"

    # What follows is for the queue and the workers alone.

    def must_stop(self) -> str:
        """Why it is to be let go of now, or ''."""
        if self._stop:
            return self._stop
        if self.seconds > self.deadline:
            return f"It took longer than {self.deadline / 60:.0f} minutes"
        now = time.monotonic()
        if not self._viewers or any(present() for present in list(self._viewers.values())):
            self._last_seen = now
        return "Nobody waited for it any more" if now - self._last_seen > GRACE else ""

    def begin(self) -> None:
        self.tries += 1
        self.started = time.monotonic()
        self.say(0.0, "Working")

    def say(self, share: float, sentence: str) -> None:
        self._said = (min(max(float(share), 0.0), 1.0), str(sentence))

    def back_in_line(self, as_heavy: bool = False) -> None:
        if as_heavy:
            self.small = False
            self.tries -= 1  # it did not fail
        self.started = None
        self.say(0.0, "Waiting for a free worker")

    def end(self, value=None, error: BaseException | None = None) -> None:
        self._value, self._error = value, error
        self.function = self.arguments = None
        self._viewers.clear()
        self._ended.set()

    def end_stopped(self, why: str, next_step: str = "ask again, if it is still wanted") -> None:
        self.end(error=WorkStopped(why, next_step=next_step))
