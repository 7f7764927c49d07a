"""Nothing grows with the sessions: as many files as the system gives, and none kept by a dead one.

Streamlit's sessions are circles of objects that hold three files each until Python collects
circles, which may be never: with the 256 files that macOS gives, a server died after 76 pages.
"""

import asyncio
import contextlib
import gc

ENOUGH = 65_536  # what a busy server could need; some systems say "unlimited" and mean less


def raise_file_limit() -> int:
    """Asks for as many open files as this account may have; returns how many there are now (0
    where the system does not say)."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Handles:
    """ASGI middleware: circles are collected soon after a page has left."""

    def __init__(self, app, after: float = 0.5):
        self.app, self.after, self._waiting = app, after, None
        raise_file_limit()

    async def __call__(self, scope, receive, send):
        try:
            await self.app(scope, receive, send)
        finally:
            if scope["type"] == "websocket":
                self._collect_soon()

    def _collect_soon(self) -> None:
        """Once for all pages that leave within `after` seconds; beside the event loop."""
        if self._waiting is None or self._waiting.done():
            self._waiting = asyncio.get_running_loop().create_task(self._collect())

    async def _collect(self) -> None:
        await asyncio.sleep(self.after)
        await asyncio.to_thread(gc.collect)
