"""Does the server outlive many page loads with the 256 files that macOS gives?

    python -m benchmarks.handles [loads]

Each load is a session of its own (viewers.py) that opens Datasets, Glossary or Outcomes and leaves.
Prints the most files that the server had open, and the loads that got no answer.
"""

import asyncio
import os
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

from analysis.demo import make_demo
from benchmarks.load import server_of
from benchmarks.viewers import Viewer
from tests.browser.served import ROOT, serving

FILES = 256
PAGES = {
    "datasets": re.compile(r"1 dataset on this computer.*"),
    "glossary": re.compile(r"\d+ words that Rapport uses.*"),
    "outcomes": re.compile(r"Of [\d,]+ treatments.*"),
}


def main(loads: int = 400) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["RAPPORT_STORE"] = str(folder / "store")
        make_demo(episodes=300)
        environment = {"RAPPORT_STORE": str(folder / "store"), "RAPPORT_TOKEN": "none"}
        with serving(folder, environment) as address:
            asyncio.run(_load(address, loads))


async def _load(address: str, loads: int) -> None:
    began, most, lost = time.monotonic(), 0, 0
    server = server_of(address)
    for k in range(loads):
        page, wanted = list(PAGES.items())[k % len(PAGES)]
        try:
            async with Viewer(address) as viewer:
                await viewer.open(page, "", wanted)
        except (TimeoutError, OSError):
            lost += 1
        most = max(most, len(os.listdir(f"/proc/{server}/fd")))
    seconds = time.monotonic() - began
    print(f"{loads} page loads under {FILES} files in {seconds:.0f} s: {lost} without an answer;")
    print(f"never more than {most} files open")


if __name__ == "__main__":
    os.chdir(ROOT)
    main(*(int(a) for a in sys.argv[1:2]))
