"""Many viewers at once, on two datasets, while workers are killed: no wrong number, no lost
question, and small questions quick beside heavy ones.

    python -m benchmarks.load [viewers] [questions of each] [seconds between two kills]

A demo of 3,000 treatments and one of 900. First each question is asked alone, at a server of its
own: that is its answer. Then every viewer (a session of its own, without a browser: viewers.py)
opens Outcomes or Clinics of one dataset and asks again and again with another clinic, while one
worker is killed every so often. Then ten heavy questions run, and one viewer asks small ones.
"""

import asyncio
import os
import random
import re
import signal
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path
from statistics import median

from analysis.demo import make_demo
from benchmarks.viewers import Viewer
from tests.browser.served import ROOT, serving

SETS = {"demo": 3000, "second": 900}
PAGES = {
    "outcomes": re.compile(r"Of [\d,]+ treatments.*"),
    "clinics": re.compile(r"At equal case-mix, .*PHQ-9.*"),
}
CLINICS = [f"C{k:03}" for k in range(1, 9)]
FILTERS = list(combinations(CLINICS, 3))  # 56 of each dataset and page: few are asked twice
HEAVY = re.compile(r".*left unexplained.*")
SMALL_ASKED = 40


def main(viewers: int = 20, questions: int = 50, pause: float = 60.0) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["RAPPORT_STORE"] = str(folder / "store")
        for dataset, episodes in SETS.items():
            make_demo(dataset, episodes)
        environment = {"RAPPORT_STORE": str(folder / "store"), "RAPPORT_TOKEN": "none"}
        with serving(folder, environment) as address:  # its own: nothing is kept from it
            right = asyncio.run(_alone(address))
        with serving(folder, environment) as address:
            asyncio.run(_all(address, right, viewers, questions, pause))


async def _all(address: str, right: dict, viewers: int, questions: int, pause: float) -> None:
    killed: list[int] = []
    killer = asyncio.create_task(_kill(address, pause, killed))
    began = time.monotonic()
    asked = [_viewer(address, k, questions, right) for k in range(viewers)]
    results = [r for rows in await asyncio.gather(*asked) for r in rows]
    killer.cancel()
    told = [r for r in results if r[0] == "right"]
    print(f"{viewers} viewers x {questions} questions in {time.monotonic() - began:.0f} s:")
    for kind in ("right", "wrong", "lost"):
        print(f"  {kind:6} {sum(r[0] == kind for r in results)}")
    print(f"  workers killed {len(killed)}; {_times([r[1] for r in told])}")
    print(f"  memory of server and workers {_memory(address) / 1e6:.0f} MB")
    seconds = await _small_beside_heavy(address, right)
    print(f"small questions while ten heavy ones run: {_times(seconds)}")


async def _alone(address: str) -> dict[tuple[str, str, tuple[str, ...]], str]:
    """(dataset, page, clinics) -> the sentence, asked with nobody else there."""
    right = {}
    for dataset in SETS:
        for page, wanted in PAGES.items():
            async with Viewer(address) as viewer:
                await viewer.open(page, f"dataset={dataset}", wanted)
                for clinics in FILTERS:
                    said = await viewer.choose(list(clinics), wanted)
                    right[dataset, page, clinics] = said
    return right


async def _viewer(address: str, number: int, questions: int, right: dict) -> list:
    chance = random.Random(number)
    dataset = list(SETS)[number % 2]
    page, wanted = list(PAGES.items())[number // 2 % 2]
    results = []
    async with Viewer(address) as viewer:
        await viewer.open(page, f"dataset={dataset}", wanted)
        for _ in range(questions):
            clinics = chance.choice(FILTERS)
            began = time.monotonic()
            try:
                said = await viewer.choose(list(clinics), wanted)
                kind = "right" if said == right[dataset, page, clinics] else "wrong"
            except TimeoutError:
                kind = "lost"
            results.append((kind, time.monotonic() - began))
    return results


async def _kill(address: str, pause: float, killed: list[int]) -> None:
    chance = random.Random(1)
    while True:
        await asyncio.sleep(pause)
        if workers := _children(server_of(address)):
            killed.append(chance.choice(workers))
            os.kill(killed[-1], signal.SIGKILL)


async def _small_beside_heavy(address: str, right: dict) -> list[float]:
    wanted = PAGES["outcomes"]
    heavy = [asyncio.create_task(_partition(address, seed)) for seed in range(2, 12)]
    await asyncio.sleep(3)
    seconds = []
    async with Viewer(address) as viewer:
        await viewer.open("outcomes", "dataset=demo", wanted)
        for k in range(SMALL_ASKED):
            clinics = FILTERS[k]
            began = time.monotonic()
            said = await viewer.choose(list(clinics), wanted)
            seconds.append(time.monotonic() - began)
            if said != right["demo", "outcomes", clinics]:
                raise AssertionError("a wrong number beside heavy work")
            await asyncio.sleep(0.5)
    running = sum(not task.done() for task in heavy)
    print(f"(heavy questions still at work at the end: {running})")
    for task in heavy:
        task.cancel()
    return seconds


async def _partition(address: str, seed: int) -> None:
    query = f"dataset=demo&seed={seed}&bootstrap=1000&question=Next+session"
    async with Viewer(address) as viewer:
        await viewer.open("explains", query, HEAVY)


def server_of(address: str) -> int:
    """The process that listens on the address's port: the one whose command names it."""
    port = address.rsplit(":", 1)[1]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--server.port" in words and port.encode() in words:
            return int(folder.name)
    raise AssertionError("the server is not there")


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            spawned = b"multiprocessing-fork" in (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and spawned:
            found.append(int(folder.name))
    return found


def _memory(address: str) -> float:
    """Bytes of their own and their part of what they share (PSS), server and workers together."""
    server = server_of(address)
    total = 0.0
    for process in [server, *_children(server)]:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        total += 1024 * float(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])
    return total


def _times(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    late = ordered[max(0, int(0.95 * len(ordered)) - 1)]
    return f"median {median(ordered):.2f} s, 95 % within {late:.2f} s, slowest {ordered[-1]:.2f} s"


if __name__ == "__main__":
    os.chdir(ROOT)
    main(*(int(a) for a in sys.argv[1:3]), *(float(a) for a in sys.argv[3:4]))
