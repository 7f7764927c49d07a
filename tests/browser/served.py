"""A server of the dashboard and a browser, for whole ways through."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis.demo import make_demo

ROOT = Path(__file__).resolve().parents[2]


CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


needs_chromium = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="no chromium here: apt-get install chromium"
)
PATIENCE = 60_000  # milliseconds: a first answer includes the start of the workers


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a server with a demo of 900 treatments and no token: one a test process, so
    what a file of tests leaves (a study, a link) must not change what another finds."""
    folder = tmp_path_factory.mktemp("browser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(folder / "store"))
        make_demo(episodes=900)
    environment = {"RAPPORT_STORE": str(folder / "store"), "RAPPORT_TOKEN": "none"}
    environment["RAPPORT_PROGRESS"] = "show"
    with serving(folder, environment) as address:
        yield address


@contextmanager
def serving(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The address of a server on a free port; its log goes to `folder`. Ends with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    surroundings = os.environ | environment
    with (
        open(folder / "log", "w") as log,
        subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=log, stderr=log) as process,
    ):
        try:
            _wait_until_up(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


def settled(page) -> None:
    """Until no run is under way, and none began within a second: an earlier click can be lost."""
    still = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    quiet = 0
    while quiet < 5:
        still.wait_for(timeout=PATIENCE)
        page.wait_for_timeout(200)
        quiet = quiet + 1 if still.count() else 0


def _wait_until_up(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")
