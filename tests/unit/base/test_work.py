"""The pool: results, progress, errors of the family, and life after a killed worker."""

import os
import signal
import time

import pytest

from analysis.application.serving.preload import heavy_work
from analysis.base.background import jobs, processes, work, workers
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


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark):
    if os.path.exists(mark):
        return "lived"
    open(mark, "w").close()
    return die()


def nap(seconds):
    time.sleep(seconds)
    return seconds


def now():
    return time.time()


def want_memory():
    raise MemoryError


def unpicklable():
    return lambda: 1


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


def test_a_worker_that_dies_is_replaced_and_its_job_tried_once_more(tmp_path):
    assert work.submit(die_once, str(tmp_path / "died"), progress=False).result(60) == "lived"
    with pytest.raises(work.WorkStopped, match="ended twice") as caught:
        work.submit(die, progress=False).result(60)
    assert "memory" not in str(caught.value)
    assert work.submit(double, 5, progress=False).result(60) == 10


def test_one_dead_worker_is_nothing_to_the_others():
    other = work.submit(nap, 1.5, progress=False, small=True)
    with pytest.raises(work.WorkStopped):
        work.submit(die, progress=False).result(60)
    assert other.result(60) == 1.5 and other.tries == 1


def test_want_of_memory_is_said_only_where_it_was():
    with pytest.raises(work.WorkStopped, match="not enough memory"):
        work.submit(want_memory, progress=False).result(60)


def test_a_cancelled_job_ends_at_once_and_its_worker_works_on():
    job = work.submit(nap, 600, progress=False)
    while not job.running:
        time.sleep(0.02)
    job.cancel()
    with pytest.raises(work.WorkStopped, match="stopped"):
        job.result(30)
    assert job.stopped and work.submit(double, 5, progress=False).result(60) == 10


def test_work_ends_with_its_last_viewer(monkeypatch):
    monkeypatch.setattr(jobs, "GRACE", 0.5)
    here = {"a": True, "b": True}
    job = work.submit(nap, 600, progress=False)
    for viewer in here:
        job.watch(viewer, lambda viewer=viewer: here[viewer])
    here["a"] = False
    time.sleep(1.5)
    assert not job.done
    here["b"] = False
    with pytest.raises(work.WorkStopped, match="Nobody waited"):
        job.result(30)


def test_work_that_waits_ends_with_its_last_viewer_too(monkeypatch):
    monkeypatch.setattr(jobs, "GRACE", 0.2)
    before = work.submit(nap, 600, progress=False)
    waiting = work.submit(nap, 600, progress=False)
    waiting.watch("gone", lambda: False)
    small = work.submit(double, 1, progress=False, small=True)  # its lane looks at the queue
    assert small.result(60) == 2
    before.cancel()
    with pytest.raises(work.WorkStopped, match="Nobody waited"):
        waiting.result(30)


def test_work_past_its_deadline_is_stopped():
    with pytest.raises(work.WorkStopped, match="longer than"):
        work.submit(nap, 600, progress=False, deadline=0.3).result(60)


@pytest.mark.skipif(work.WORKERS < 2, reason="one worker has no lanes")
def test_a_small_question_does_not_wait_for_heavy_ones():
    heavy = [work.submit(nap, 600, progress=False) for _ in range(3)]
    assert work.submit(double, 4, progress=False, small=True).result(60) == 8
    assert not any(job.done for job in heavy)
    for job in heavy:
        job.cancel()


@pytest.mark.skipif(work.WORKERS < 2, reason="one worker has no lanes")
def test_what_passed_for_small_and_is_not_makes_room(monkeypatch):
    monkeypatch.setattr(workers, "SMALL", 0.5)
    heavy = work.submit(nap, 600, progress=False)
    while not heavy.running:
        time.sleep(0.02)
    long = work.submit(nap, 600, progress=False, small=True)
    while not long.running:
        time.sleep(0.02)
    assert work.submit(double, 4, progress=False, small=True).result(60) == 8
    assert not long.done and not long.small
    heavy.cancel()
    long.cancel()


def with_a_child():
    process = processes.FreshContext().Process(target=double, args=(1,))
    process.start()
    process.join()
    return process.exitcode


def test_a_job_may_have_a_process_of_its_own():
    assert work.submit(with_a_child, progress=False).result(60) == 0


def test_heavy_work_is_taken_in_turns():
    """One asks three times before another asks once: the other is second, not fourth."""
    block = work.submit(nap, 1.0, progress=False, owner="c")
    while not block.running:
        time.sleep(0.02)
    asked = ["a", "a", "a", "b"]
    given = [work.submit(now, progress=False, owner=owner) for owner in asked]
    times = [job.result(60) for job in given]
    assert sorted(range(4), key=times.__getitem__) == [0, 3, 1, 2]


def test_what_cannot_be_sent_or_brought_home_is_an_error_in_words():
    for function, arguments in ((double, (lambda: 1,)), (unpicklable, ())):
        with pytest.raises(RapportError, match="failed unexpectedly"):
            work.submit(function, *arguments, progress=False).result(60)


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
