"""Imports killed at random moments: earlier versions stay, nothing is half listed, no copy is left.

python -m benchmarks.import_killed [KILLS]     # 50 kills: some five minutes
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "analysis"]


def main(kills: int = 50) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        os.environ["RAPPORT_STORE"] = str(store)
        before, after = Path(folder) / "before.csv", Path(folder) / "after.csv"
        before.write_text(_table(2_000))
        after.write_text(_table(20_000))
        _run("import", "d", str(before), "--yes")
        begun = time.monotonic()
        _run("import", "whole", str(after), "--yes")
        whole, killed = time.monotonic() - begun, 0
        _run("delete", "whole")
        stands = _state()
        for i in range(kills):
            killed += _killed(after, random.Random(i).uniform(0.02, 1.0) * whole)
            if _state() != stands:  # it was through before the signal: back to where it stood
                _run("delete", "d")
                _run("import", "d", str(before), "--yes")
                assert _state() == stands, "the earlier version is not what it was"
        left = [
            p for p in store.rglob("*") if p.is_file() and p.read_bytes().startswith(b"patient")
        ]
        originals = [p for p in left if p.parent.name.endswith(".originals")]
        assert left == originals, f"copies of files are left: {len(left) - len(originals)}"
        print(f"{kills} imports of {whole:.1f} s, {killed} killed before their end:")
        print("the earlier version intact each time, no copy of a file left")


def _table(patients: int) -> str:
    rows = (f"p{p},{s},{(p + s) % 28}\n" for p in range(patients) for s in range(1, 6))
    return "patient,session,phq9\n" + "".join(rows)


def _run(*argv: str) -> str:
    return subprocess.run([*COMMAND, *argv], capture_output=True, text=True, check=True).stdout


def _state() -> str:
    return _run("versions", "d", "--check", "--json")


def _killed(path: Path, seconds: float) -> bool:
    """Whether the import was still running when it was killed."""
    command = [*COMMAND, "import", "d", str(path), "--replace", "--yes"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    running = child.poll() is None
    if running:
        os.kill(child.pid, signal.SIGKILL)
    child.wait()
    return running


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
