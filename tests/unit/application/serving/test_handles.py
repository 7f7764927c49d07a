"""Circles of objects go soon after their page has left; the file limit is as high as it may be."""

import asyncio
import weakref

import pytest

from analysis.application.serving.handles import Handles, raise_file_limit


class Session:
    """Holds itself alive, as Streamlit's sessions do."""

    def __init__(self):
        self.me = self


@pytest.mark.parametrize(("kind", "collected"), [("websocket", True), ("http", False)])
def test_a_session_s_circle_goes_with_its_web_socket(kind, collected):
    left = []

    async def app(scope, receive, send):
        left.append(weakref.ref(Session()))

    async def visit():
        handles = Handles(app, after=0.01)
        for _ in range(3):
            await handles({"type": kind}, None, None)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        assert len(tasks) == collected  # one collection for pages that leave together
        await asyncio.gather(*tasks)

    import gc

    gc.disable()
    try:
        asyncio.run(visit())
        assert [ref() is None for ref in left] == [collected] * 3
    finally:
        gc.enable()


def test_the_limit_becomes_the_hard_one():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    low = min(128 + 64, before[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, before[1]))
    try:
        assert raise_file_limit() >= min(before[1], 65_536)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
