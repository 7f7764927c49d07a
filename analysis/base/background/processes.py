"""New processes that start from nothing but what they are asked to do."""

import multiprocessing
import os
import threading
from multiprocessing import spawn
from multiprocessing.context import SpawnContext, SpawnProcess

_starting = threading.Lock()  # one at a time: the way in is changed for a moment


class _Process(SpawnProcess):
    """A new process that does not run this one's main module first.

    While a page is shown, Streamlit passes its script off as the main module: a plain spawn
    would run the whole page again in each new process.
    """

    @staticmethod
    def _Popen(process):
        def without_main(name):
            return {k: v for k, v in whole(name).items() if not k.startswith("init_main")}

        with _starting:
            whole = spawn.get_preparation_data
            spawn.get_preparation_data = without_main
            try:
                return SpawnProcess._Popen(process)
            finally:
                spawn.get_preparation_data = whole


class FreshContext(SpawnContext):
    """multiprocessing's context whose processes are such."""

    Process = _Process


def leave_with_parent() -> None:
    """This new process ends at once when the one that started it does, however that ended: nobody
    waits for its work any more."""
    threading.Thread(target=_follow, daemon=True, name="follows its parent").start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
