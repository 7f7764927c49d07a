"""What is under way lies in the store's own folder, and goes with its process however that ends."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.store import scratch
from analysis.store.place import Store
from analysis.store.versions import catalogue, publishing

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")
WRITE = """
import os, signal, sys, time
from pathlib import Path
from analysis.store import scratch
from analysis.store.place import Store
from analysis.store.versions import dataset, publishing
from analysis.measures.variables import Variable

def here():
    print("here", flush=True)
    time.sleep(60)

moved = []
whole = publishing._move
def move(path, final):
    whole(path, final)
    moved.append(final)
    if STOP == "half moved":
        here()
publishing._move = move
with dataset.new_version("a") as w:
    w.add_variables([Variable("phq9", "PHQ-9", "session", factor="outcome")])
    w.connection.execute("INSERT INTO clinic VALUES ('k')")
    w.connection.execute("INSERT INTO therapist VALUES ('t', 'k')")
    w.connection.execute("INSERT INTO episode VALUES ('e', 'p', 't', NULL, NULL, NULL)")
    w.connection.execute("INSERT INTO session VALUES ('e', 1, NULL, 0.0, 12.0)")
    w.keep_beside("originals", lambda f: (f.mkdir(), (f / "x").write_text("a patient's row")))
    if STOP == "in the middle":
        here()
"""


def killed(code: str) -> None:
    """Runs `code` until it prints a line, then kills it as a power cut would."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None and process.stdout.readline() == b"here\n"
        assert not scratch_is_swept()  # it lives, so nothing of it is taken away
        process.send_signal(signal.SIGKILL)


def scratch_is_swept() -> bool:
    catalogue.datasets()
    return not left(Path(os.environ["RAPPORT_STORE"]))


def left(store: Path) -> list[Path]:
    return [p for p in store.rglob("*") if "spill" not in p.name and p.name != scratch.NAME]


@pytest.mark.parametrize("stop", ["in the middle", "half moved"])
def test_a_killed_writer_leaves_nothing_behind(store, stop):
    killed(f"STOP = {stop!r}\n{WRITE}")
    assert left(store), "the kill came too late for this test to say anything"
    assert catalogue.datasets() == ()
    assert left(store) == []


def test_a_version_that_stood_outlives_a_killed_import_of_the_same(store):
    written = subprocess.run(
        [sys.executable, "-c", f"STOP = ''\n{WRITE}"], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert written.returncode == 0
    before = sorted(p.name for p in left(store))
    killed(f"STOP = 'half moved'\n{WRITE}")
    assert [i.name for i in catalogue.datasets()] == ["a"]
    assert sorted(p.name for p in left(store)) == before


def test_what_somebody_holds_stays_and_what_nobody_holds_goes(store):
    mine = scratch.Scratch(Store(store), "upload")
    (mine.path / "file.csv").write_text("a patient's row")
    nobodys = store / scratch.NAME / "upload-0123456789ab"
    nobodys.mkdir()
    (nobodys / "file.csv").write_text("a patient's row")
    scratch.sweep(Store(store))
    assert (mine.path / "file.csv").exists() and not nobodys.exists()
    path = mine.path
    del mine
    gc.collect()
    assert not path.exists(), "it goes with the last reference: a session that ended"


def test_a_process_number_that_lives_again_protects_nothing(store):
    """The trap of the first release: a stray named for a number that another process has by now."""
    (store / scratch.NAME).mkdir(parents=True)
    stray = store / scratch.NAME / f"incoming-{os.getpid()}"
    stray.mkdir()
    old = store / f".incoming-{os.getpid()}-00000000"
    old.mkdir()
    scratch.sweep(Store(store))
    assert not stray.exists() and not old.exists()


def test_folders_are_private(store):
    with scratch.scratch_folder(Store(store), "check") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_a_store_that_cannot_be_written_still_gives_room(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with scratch.scratch_folder(Store(blocked / "store"), "read") as folder:
        (folder / "x").write_text("x")
    assert not folder.exists()


def test_turns_are_taken_one_at_a_time(store):
    held = []
    code = (
        "import time\nfrom analysis.store import scratch\nfrom analysis.store.place import chosen\n"
        "with scratch.one_at_a_time(chosen(None)):\n    print('here', flush=True)\n"
        "    time.sleep(.5)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None and process.stdout.readline() == b"here\n"
        with scratch.one_at_a_time(Store(store)):
            held.append(process.wait(10))
    assert held == [0]
    assert publishing.current(store / "a") == ""
