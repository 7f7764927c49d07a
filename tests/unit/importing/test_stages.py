"""An import tells how far it is, ends with whoever waits for it, and Ctrl-C is no defect."""

import os
import signal
import subprocess
import sys
import time

from analysis.application import cli
from analysis.base.background.stages import heard_by
from analysis.importing import doors as importing
from analysis.store.versions import catalogue
from tests.spec.bad_input_files import GOOD

WAITS = """
from analysis.importing.child import _in_child
from tests.unit.importing.test_stages import says_who_it_is_and_sleeps
_in_child(says_who_it_is_and_sleeps, (), 60, 1 << 40, lambda share, said: print(said, flush=True))
"""


def says_who_it_is_and_sleeps() -> None:
    from analysis.base.background.stages import tell

    tell(0.0, str(os.getpid()))
    time.sleep(60)


def test_each_stage_is_told_in_its_order(store, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(GOOD)
    told, of_child = [], []
    with heard_by(lambda *stage: told.append(stage)):
        importing.import_by_command("d", [path], None, importing.Answers((), "yes"))
    assert [share for share, _ in told] == sorted({share for share, _ in told})
    assert told[0] == (0.0, "Guessing what the columns mean") and told[-1][0] < 1
    mapping = importing.guess_mapping([path])
    importing.import_in_child("e", [path], mapping, progress=lambda *stage: of_child.append(stage))
    assert of_child == told[1:]


def test_an_import_ends_with_the_process_that_waits_for_it(store):
    parent = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 30  # it takes a moment; a busy machine needs longer
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_ctrl_c_is_no_defect_whatever_error_the_database_makes_of_it(store, capsys, monkeypatch):
    def interrupted(*arguments):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None

    # A shell starts what runs in its background with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(importing, "import_by_command", interrupted)
    assert cli.main(["import", "d", "a.csv"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"
    assert not catalogue.datasets()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
