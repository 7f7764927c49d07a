"""Whose turn it is: small questions first where only they may go, heavy ones in turns by asker."""

import threading

from analysis.base.background.jobs import Job

LOOK_AGAIN = 1.0  # seconds after which waiting jobs are asked whether anybody still waits for them


class Queue:
    """Jobs that wait. Threads may share it."""

    def __init__(self):
        self._waiting: list[Job] = []
        self._served: dict[str, int] = {}
        self._turn = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, job: Job) -> None:
        with self._changed:
            self._waiting.append(job)
            self._changed.notify_all()

    def take(self, small_only: bool, prefers_heavy: bool) -> Job | None:
        """The next job for a worker of this lane, as soon as there is one; None once closed."""
        with self._changed:
            while not self._closed:
                self._drop_stopped()
                fit = [j for j in self._waiting if j.small or not small_only]
                if fit:
                    return self._next(fit, prefers_heavy)
                self._changed.wait(LOOK_AGAIN if self._waiting else None)
        return None

    def holds_small(self) -> bool:
        with self._changed:
            return any(job.small for job in self._waiting)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            for job in self._waiting:
                job.end_stopped("The server is stopping")
            self._waiting.clear()
            self._changed.notify_all()

    def _drop_stopped(self) -> None:
        for job in [j for j in self._waiting if j.must_stop()]:
            self._waiting.remove(job)
            job.end_stopped(job.must_stop())

    def _next(self, fit: list[Job], prefers_heavy: bool) -> Job:
        """Of those that may go: whoever was served longest ago, then first come."""
        job = min(
            fit, key=lambda j: (j.small == prefers_heavy, self._served.get(j.owner, 0), j.ticket)
        )
        self._turn += 1
        self._served[job.owner] = self._turn
        if len(self._served) > 1000:  # long gone
            oldest = sorted(self._served, key=lambda owner: self._served[owner])[:500]
            for owner in oldest:
                del self._served[owner]
        self._waiting.remove(job)
        return job
