"""New processes that start from nothing but what they are asked to do."""

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
