"""A disk that takes no more: a sentence that says so, and nothing left; the store as it was.

A limit on the size of files stands for a full disk: both refuse a write in its middle.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the limit is POSIX's")
UNDER_A_LIMIT = """
import resource, signal, sys
from analysis.application import cli
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(cli.main(sys.argv[2:]))
"""


def limited(size: int, *command: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", UNDER_A_LIMIT, str(size), *command],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("size", [20_000, 900_000])
def test_making_a_dataset(store, size):
    status, said = limited(size, "demo", "--episodes", "1500")
    assert status == 2 and "could not be written" in said and "Traceback" not in said
    assert [p for p in store.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("size", [30_000, 400_000])
def test_an_import(store, tmp_path, size):
    """The smaller limit is met by the private copy, the larger one by the tables."""
    rows = (f"c{p % 5},t{p % 30},{p:05},{s},{p % 28}\n" for p in range(2000) for s in range(1, 9))
    file = tmp_path / "sessions.csv"
    file.write_text("clinic,therapist,patient,session,phq9\n" + "".join(rows))
    status, said = limited(size, "import", "ours", str(file), "--yes")
    assert status == 2 and "could not be written" in said and "Traceback" not in said
    assert [p for p in store.rglob("*") if p.is_file()] == []
