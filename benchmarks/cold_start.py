"""How long from the server's start to Home's first answer, with the demo's answer kept and without.

    python -m benchmarks.cold_start [repeats]

A demo of 3,000 treatments, made once; then in turn a server of its own with the kept answer beside
the demo and without it: seconds from its start, and of its processors (server and workers), to the
headline in a browser-less viewer (viewers.py), and its memory then.
"""

import asyncio
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from analysis.questions.partition.kept import SUFFIX, make_demo_answered
from benchmarks.load import _children, _memory, server_of
from benchmarks.viewers import Viewer
from tests.browser.served import ROOT, serving

HEADLINE = re.compile(r".*left unexplained.*")
TICK = os.sysconf("SC_CLK_TCK")


def main(repeats: int = 3) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["RAPPORT_STORE"] = str(folder / "store")
        info = make_demo_answered()
        kept = info.path.with_suffix(SUFFIX)
        aside = folder / "aside"
        environment = {"RAPPORT_STORE": str(folder / "store"), "RAPPORT_TOKEN": "none"}
        for _ in range(repeats):
            _once("answer kept", folder, environment)
            kept.rename(aside)
            _once("worked out", folder, environment)
            aside.rename(kept)


def _once(what: str, folder: Path, environment: dict[str, str]) -> None:
    began = time.monotonic()
    with serving(folder, environment) as address:
        asyncio.run(_headline(address))
        server = server_of(address)
        seconds = sum(_processor(p) for p in (server, *_children(server)))
        took = time.monotonic() - began
        memory = _memory(address) / 1e6
    print(f"{what}: {took:.1f} s, processors {seconds:.1f} s, memory {memory:.0f} MB", flush=True)


async def _headline(address: str) -> None:
    async with Viewer(address) as viewer:
        await viewer.open("", "dataset=demo", HEADLINE)


def _processor(process: int) -> float:
    """Seconds of user and system time so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


if __name__ == "__main__":
    os.chdir(ROOT)
    main(*(int(a) for a in sys.argv[1:2]))
