"""Makes the environment that Rapport runs in, once, from a locked and hashed list.

Standard library alone: this runs on the system's Python, before anything is installed.
Only what the quick start needs is imported above; the rest where an environment is made.
"""

import hashlib
import os
import sys
from contextlib import contextmanager
from pathlib import Path

from analysis.base.errors import RapportError

STAMP = "rapport.stamp"
# What pip and uv say when the package index cannot be reached; judged in lower case.
UNREACHABLE = (
    "newconnectionerror",
    "connection refused",
    "connection broken",
    "connecttimeout",
    "name resolution",
    "name or service not known",
    "getaddrinfo",
    "dns error",
    "timed out",
    "network is unreachable",
    "tcp connect error",
    "failed to fetch",
    "error sending request",
    "proxyerror",
    "no route to host",
    "(from versions: none)",
)


class SetupError(RapportError):
    """The environment cannot be made on this machine as it is."""


def is_ready(folder: Path, lock: Path) -> bool:
    """Whether `folder` holds an environment finished from exactly this `lock` file.

    The stamp names the lock's SHA-256 and the interpreter behind the environment, so that a
    changed lock and a system Python that was upgraded or removed are both noticed.
    """
    try:
        return (folder / STAMP).read_text() == _stamp(folder, lock)
    except (OSError, ValueError):
        return False


def make_ready(folder: Path, lock: Path, say=lambda sentence: None) -> None:
    """Makes or mends the environment `folder` from `lock`; at once when it is ready.

    say: takes one sentence about what is under way. Two calls at the same time, also from two
    processes, do the work once. What an interrupted call left is made anew. Raises SetupError.
    """
    if is_ready(folder, lock):
        return
    with _alone(_beside(folder, "lock"), say):
        if is_ready(folder, lock):
            return
        say(f"Setting up Rapport in {folder.name} (once, a minute or two) ...")
        try:
            _install(folder, lock)
        except OSError as error:
            raise SetupError(
                f"The environment cannot be written ({error.strerror or type(error).__name__})",
                where=f"the folder {folder}",
                next_step="close other windows of Rapport, check that the disk has 2 GB free and "
                "that you may write to this folder, then start again",
            ) from None
        say("Rapport is set up.")


def python_of(folder: Path) -> Path:
    """The interpreter of the environment `folder`, whether or not it exists."""
    windows = os.name == "nt"
    return folder / ("Scripts/python.exe" if windows else "bin/python")


def _stamp(folder: Path, lock: Path) -> str:
    python = python_of(folder)
    if not python.exists():
        raise ValueError("no interpreter")
    behind = os.path.realpath(python)
    # Where environments hold a copy (Windows), its own place says nothing about the original.
    behind = "copy" if behind.startswith(os.path.realpath(folder) + os.sep) else behind
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()}\n{behind}\n"


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(f"{folder.name}.{suffix}")


@contextmanager
def _alone(path: Path, say):
    """Holds `path` for this process and its children; the system lets go when they die."""
    try:
        file = open(path, "a+")  # noqa: SIM115 - held until the work is done
    except OSError as error:
        raise SetupError(
            f"This folder cannot be written ({error.strerror})",
            where=str(path.parent),
            next_step="copy Rapport to a folder of your own and start it there",
        ) from None
    with file:
        if not _try_lock(file):
            say("Another start of Rapport is setting up; waiting for it ...")
            import time

            while not _try_lock(file):
                time.sleep(0.2)
        # An installer that outlives a killed start holds it on, and the next start waits for it.
        os.set_inheritable(file.fileno(), True)
        yield


def _try_lock(file) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _install(folder: Path, lock: Path) -> None:
    """Fills the environment, with uv where there is one, else (or where uv fails) with pip."""
    import shutil

    unfinished = _beside(folder, "unfinished")
    # An environment that somebody made by hand (no stamp, no trace of ours) is kept and filled.
    keep = python_of(folder).exists() and not (folder / STAMP).exists() and not unfinished.exists()
    log = _beside(folder, "log")
    log.write_text("")
    uv = shutil.which("uv")
    if not uv:
        _need_ensurepip()
    if not keep:
        unfinished.touch()
    if not (uv and _fill(_uv(uv, folder, lock), folder, keep, log)):
        if uv:
            _need_ensurepip(log)
        if not _fill(_pip(folder, lock), folder, keep, log):
            raise _why(log)
    (folder / STAMP).write_text(_stamp(folder, lock))
    for leftover in (unfinished, log):
        leftover.unlink(missing_ok=True)


def _uv(uv: str, folder: Path, lock: Path) -> tuple[list, list]:
    """The two commands, create and fill, for uv."""
    fill = [uv, "pip", "install", "--no-progress", "--require-hashes", "--only-binary", ":all:"]
    fill.append("--compile-bytecode")  # as pip does: else the first start compiles it all
    return (
        [uv, "venv", "--python", sys.executable, str(folder)],
        [*fill, "--python", str(python_of(folder)), "-r", str(lock)],
    )


def _pip(folder: Path, lock: Path) -> tuple[list, list]:
    """The two commands, create and fill, for venv and pip."""
    # Ready-made packages alone: a source package would run a stranger's build on a clinic's laptop.
    fill = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    return (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python_of(folder)), *fill, "--require-hashes", "--only-binary=:all:", "-r", str(lock)],
    )


def _fill(commands: tuple[list, list], folder: Path, keep: bool, log: Path) -> bool:
    import shutil

    create, fill = commands
    if not keep:
        if folder.exists():
            shutil.rmtree(folder)
        if _run(create, log):
            return False
    return _run(fill, log) == 0


def _run(command: list, log: Path) -> int:
    """Runs a command with its output in `log` and, on a terminal, the package in work on screen."""
    import subprocess

    # A user's own settings must not aim the packages outside the environment.
    aside = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "__PYVENV_LAUNCHER__")
    surroundings = {k: v for k, v in os.environ.items() if k not in aside} | {"PIP_USER": "0"}
    # A clinic's proxy may sign with its own certificate, which only the system knows.
    surroundings.setdefault("UV_SYSTEM_CERTS", "true")
    show = sys.stderr.isatty()
    with (
        log.open("a", encoding="utf-8") as kept,
        subprocess.Popen(
            command,
            env=surroundings,
            close_fds=False,
            encoding="utf-8",
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        ) as child,
    ):
        for line in child.stdout or ():
            kept.write(line)
            if show and line.startswith(("Collecting ", "Downloading ", "Installing ")):
                sys.stderr.write(f"\r\033[K  {line.strip()[:70]}")
                sys.stderr.flush()
    if show:
        sys.stderr.write("\r\033[K")
    return child.returncode


def _need_ensurepip(log: Path | None = None) -> None:
    """Refuses, with the remedy, where this Python cannot make an environment with pip."""
    from importlib.util import find_spec

    found = [find_spec(name) for name in ("venv", "ensurepip")]
    # An emptied folder of that name is found as well, but has no file of its own (no origin).
    if all(spec and spec.origin for spec in found):
        return
    if log is not None:
        raise _why(log)
    version = "{}.{}".format(*sys.version_info[:2])
    raise SetupError(
        f"This Python {version} comes without the parts that make an environment (venv, ensurepip)",
        next_step=f"on Debian or Ubuntu run: sudo apt install python3-venv python{version}-venv; "
        "elsewhere install Python from www.python.org/downloads or uv (docs.astral.sh/uv); "
        "then start again",
    )


def _why(log: Path) -> SetupError:
    """The plain reason behind what pip or uv wrote, and its remedy."""
    text = log.read_text(encoding="utf-8", errors="replace").lower()
    details = f"the installer's own words are in {log.name}"
    if "no space left" in text:
        return SetupError("The disk is full", next_step="free 2 GB, then start again")
    if "do not match the hashes" in text or "hash mismatch" in text:
        return SetupError(
            "A downloaded package is not the one that Rapport was tested with; nothing was kept",
            where=details,
            next_step="try another network, or ask who runs your package mirror",
        )
    if any(sign in text for sign in UNREACHABLE):
        return SetupError(
            "The packages that Rapport needs could not be downloaded; setting up needs the "
            "internet once, afterwards nothing does",
            where=details,
            next_step="connect (behind a proxy set HTTPS_PROXY, with a mirror PIP_INDEX_URL), then "
            "start again",
        )
    return SetupError(
        "The packages that Rapport needs could not be installed",
        where=details,
        allowed="a 64-bit Python 3.11 to 3.14 on Linux, macOS or Windows",
        next_step="read the last lines of that file; with another Python start again",
    )
