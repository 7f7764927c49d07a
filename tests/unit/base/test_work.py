"""The pool: results, progress, errors of the family, and life after a killed worker."""

import os
import signal
import time

import pytest

from analysis.application.serving.preload import heavy_work
from analysis.base import work
from analysis.base.errors import ModelError, RapportError


def double(x, progress=None):
    if progress:
        progress(0.5, "half way")
        time.sleep(0.3)
    return 2 * x


def refuse():
    raise ModelError("too few rows", where="table episode", allowed="at least 10")


def quote_a_patient():
    raise ValueError("patient 4711 scored 27")


def threads_and_ctrl_c():
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return os.environ.get("OPENBLAS_NUM_THREADS"), ignored


def store():
    return os.environ.get("RAPPORT_STORE")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def loaded():
    import sys

    return "duckdb" in sys.modules


@pytest.fixture(scope="module", autouse=True)
def pool():
    work.warm(heavy_work)
    yield
    work.close()


def test_a_job_tells_its_progress_and_its_result():
    job = work.submit(double, 21)
    seen = set()
    while not job.done:
        seen.add(job.progress)
        time.sleep(0.02)
    assert job.result() == 42
    assert (0.5, "half way") in seen
    assert job.progress == (1.0, "Done")


def test_without_progress_the_function_is_called_plainly():
    assert work.submit(double, 4, progress=False).result(60) == 8


def test_an_error_of_the_family_comes_back_whole():
    with pytest.raises(ModelError) as caught:
        work.submit(refuse, progress=False).result(60)
    assert (caught.value.where, caught.value.allowed) == ("table episode", "at least 10")


def test_an_unexpected_error_comes_back_without_its_text():
    with pytest.raises(RapportError) as caught:
        work.submit(quote_a_patient, progress=False).result(60)
    assert "ValueError" in str(caught.value)
    assert "4711" not in str(caught.value)
    assert "4711" not in repr(caught.value.__cause__)


def test_a_worker_has_one_thread_its_modules_and_leaves_ctrl_c_alone():
    assert work.submit(threads_and_ctrl_c, progress=False).result(60) == ("1", True)
    assert work.submit(loaded, progress=False).result(60)


def test_a_job_is_told_which_store_is_meant_now(monkeypatch):
    for name in ("one", "other"):
        monkeypatch.setenv("RAPPORT_STORE", name)
        assert work.submit(store, progress=False).result(60) == name
    monkeypatch.delenv("RAPPORT_STORE")
    assert work.submit(store, progress=False).result(60) is None


def test_a_killed_worker_is_a_plain_error_and_the_pool_recovers():
    with pytest.raises(RapportError, match="stopped before it ended"):
        work.submit(die, progress=False).result(60)
    assert work.submit(double, 5, progress=False).result(60) == 10


def test_a_worker_does_not_run_the_main_module_again(tmp_path, monkeypatch):
    """Streamlit passes a page's script off as the main module while it runs."""
    import sys
    import types

    trace = tmp_path / "ran"
    script = tmp_path / "page.py"
    script.write_text(f"open({str(trace)!r}, 'w').close()")
    page = types.ModuleType("__main__")
    page.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", page)
    work.close()
    assert work.submit(double, 3, progress=False).result(60) == 6
    assert not trace.exists()
