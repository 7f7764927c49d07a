"""Imports killed at random moments, on a full disk, and two at once: earlier versions stay, nothing
is half listed, no copy of a file is left.

python -m benchmarks.import_killed [KILLS]     # 50 kills: some five minutes

A limit on the size of files stands for a full disk: both refuse a write in its middle.
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
        full = sum(
            _on_a_full_disk(after, random.Random(i).uniform(0, 1)) for i in range(kills // 5)
        )
        assert _state() == stands, "a full disk changed what stood"
        together = [_two_at_once(before, after) for _ in range(kills // 10)]
        _run("datasets")  # as the next start does: what was killed is swept
        left = [
            p for p in store.rglob("*") if p.is_file() and p.read_bytes().startswith(b"patient")
        ]
        originals = [p for p in left if p.parent.name.endswith(".originals")]
        others = [str(p.relative_to(store)) for p in left if p not in originals]
        assert not others, f"copies of files are left: {others}"
        print(f"{kills} imports of {whole:.1f} s, {killed} killed before their end:")
        print(f"{kills // 5} imports on a full disk, {full} refused in a sentence;")
        print(f"{len(together)} times two at once, both landed {sum(together)} times:")
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


def _on_a_full_disk(path: Path, share: float) -> bool:
    """Whether an import that may write only so much of a file was refused, in words."""
    limited = (
        "import resource, signal, sys; from analysis.application import cli; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); "
        "sys.exit(cli.main(sys.argv[2:]))"
    )
    size = str(int(share * 2 * path.stat().st_size))
    command = [sys.executable, "-c", limited, size, "import", "full", str(path), "--yes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    if done.returncode == 0:
        _run("delete", "full")
        return False
    assert done.returncode == 2 and "could not be written" in done.stderr, done.stderr
    return True


def _two_at_once(*paths: Path) -> bool:
    """Whether two imports into one dataset at the same time both landed; each is whole, or none."""
    command = [*COMMAND, "import", "two"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([*command, str(p), "--replace", "--yes"], **pipes) for p in paths]
    said = [child.communicate()[1] for child in both]
    assert all(c.returncode in (0, 2) for c in both) and "Traceback" not in "".join(said), said
    _run("versions", "two", "--check", "--json")
    _run("delete", "two")
    return all(child.returncode == 0 for child in both)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
