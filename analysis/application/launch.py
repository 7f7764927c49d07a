"""What `python dashboard.py` does: sets up once, then hands over to the environment's Python.

Standard library alone, and on the quick path as little of it as possible (under 50 ms).
"""

import os
import sys
from pathlib import Path

from analysis.application.environment import is_ready, make_ready, python_of
from analysis.base.errors import RapportError
from analysis.base.settings import STORE, of_process

ROOT = Path(__file__).resolve().parents[2]
# Two environments, so that a clinic never installs a test tool and neither disturbs the other.
RUN = (ROOT / ".venv", ROOT / "requirements.txt")
TEST = (ROOT / ".venv-test", ROOT / "requirements-test.txt")
# A third, made when a register on another engine is first asked for: few need its drivers.
REGISTERS = (ROOT / ".venv-registers", ROOT / "requirements-registers.txt")


def _workers() -> str:
    """Of the tests: two more than processors, as many wait for a child; four at most."""
    return str(min(4, (os.cpu_count() or 1) + 2))


def main(argv: list[str]) -> int:
    """Carries out `python dashboard.py <argv>`; returns the exit status.

    0 done, 2 for what can't be done (one plain message on standard error), else that of the
    command. On POSIX a request that can be done doesn't return: the process becomes the command.
    """
    try:
        if argv[:1] == ["test"]:
            # A test file's own arguments come last, so `-n 0` (one process, for a debugger) wins.
            # A file goes to one worker: its tests share what is dear to set up, a server, a fit.
            # In their own order (tests/conftest.py): by its numbers of tests the longest come last.
            spread = ["-n", _workers(), "--dist", "loadfile", "--no-loadscope-reorder"]
            return _in(TEST, ["-m", "pytest", *spread, *argv[1:]], ROOT)
        if not argv:
            return _open_dashboard()
        environment = REGISTERS if _asks_a_register(argv) else RUN
        if "-h" in argv or "--help" in argv or not is_ready(*environment):
            _judge_early(argv)
        return _in(environment, ["-m", "analysis", *argv])
    except RapportError as error:
        _say(f"Rapport: {error}")
        return 2
    except KeyboardInterrupt:
        _say("\nStopped. The next start takes it from here.")
        return 130


def announcing(settings, token=""):
    """The lifespan of the server: says where the dashboard is, and opens it in the browser.

    settings: called once the port is settled; returns (port, headless). A headless machine (no
    display) gets the line alone. token: what opens the door, '' for none.
    """
    import threading
    from contextlib import asynccontextmanager

    from analysis.application.serving.preload import first_page

    @asynccontextmanager
    async def lifespan(_app):
        port, headless = settings()
        address = f"http://127.0.0.1:{port}/" + (f"?token={token}" if token else "")
        _say(f"Rapport is at {address} (Ctrl-C stops it).")
        # While the browser starts, load what the first page would otherwise wait for.
        threading.Thread(target=first_page, daemon=True).start()
        if not headless:
            _open_browser(address)
        yield

    return lifespan


def _open_dashboard() -> int:
    of_process()  # a wrong setting is said before anything starts
    make_ready(*RUN, say=_say)
    _demo_where_empty()
    return _in(RUN, ["-m", "streamlit", "run", str(ROOT / "dashboard.py")], folder=ROOT)


def _asks_a_register(argv: list[str]) -> bool:
    """Whether one is named; RequestError or StoreError, before any install, where it cannot be."""
    if not any(":" in argument for argument in argv):
        return False
    from analysis.store.register_address import is_register, read_address

    values = (argument.removeprefix("--data=") for argument in argv[1:])
    return len([read_address(value) for value in values if is_register(value)]) > 0


def _judge_early(argv: list[str]) -> None:
    """Prints the help, or refuses a wrong command, before anything is installed."""
    from analysis.application import cli

    cli.parse(argv)


def _demo_where_empty() -> None:
    """Makes the demo dataset when the store has none; the dashboard opens either way."""
    # Not by the catalogue, which needs DuckDB.
    if any(of_process().store.glob("*/*.duckdb")):
        return
    import subprocess

    _say("Making the demo dataset (synthetic, once) ...")
    command = [str(python_of(RUN[0])), "-m", "analysis", "demo"]
    if subprocess.run(command, env=_surroundings(), stdout=subprocess.DEVNULL).returncode:
        _say("The demo dataset could not be made; the dashboard opens without it.")


def _in(environment: tuple[Path, Path], command: list[str], folder: Path | None = None) -> int:
    """Hands over to `command` in the environment, started in `folder` (else where we are)."""
    make_ready(*environment, say=_say)
    surroundings = _surroundings()
    if folder:
        os.chdir(folder)
    command = [str(python_of(environment[0])), *command]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], command, surroundings)
    import subprocess

    with subprocess.Popen(command, env=surroundings) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                # The console sent Ctrl-C to the child as well, which ends in its own way.
                continue


def _surroundings() -> dict[str, str]:
    """The environment variables for a command: Rapport importable, nobody else's packages."""
    aside = ("PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    variables = {k: v for k, v in os.environ.items() if k not in aside}
    variables["PYTHONPATH"] = str(ROOT)
    if variables.get(STORE):
        variables[STORE] = os.path.abspath(variables[STORE])
    return variables


def _open_browser(address: str) -> None:
    """Opens the address without waiting: a browser may take its time, or be absent."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
