"""An environment is made once, by whatever is at hand, and what went wrong is said."""

import importlib.util
import os
import subprocess
import sys
import threading
import time
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from analysis.application import environment
from analysis.application.environment import SetupError, is_ready, make_ready, python_of

ROOT = Path(__file__).resolve().parents[3]
POSIX = pytest.mark.skipif(os.name == "nt", reason="the made-up commands are POSIX scripts")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a lock file, no uv on the PATH and no package index but a closed port."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the discard port
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    (tmp_path / "lock.txt").write_text("# nothing to install\n")
    return tmp_path / "env", tmp_path / "lock.txt"


@pytest.fixture
def commands(monkeypatch):
    """Replaces the running of pip and uv: keeps each command, 'makes' the interpreter."""
    ran = []

    def run(command, log):
        ran.append([str(part) for part in command])
        if "venv" in ran[-1]:
            _fake_interpreter(Path(ran[-1][-1]))
        return 0

    monkeypatch.setattr(environment, "_run", run)
    return ran


def _fake_interpreter(folder: Path) -> None:
    python_of(folder).parent.mkdir(parents=True, exist_ok=True)
    python_of(folder).symlink_to(sys.executable)


def test_an_environment_is_made_once_and_again_when_the_lock_changes(place, commands):
    folder, lock = place
    assert not is_ready(folder, lock)
    make_ready(folder, lock)
    assert is_ready(folder, lock)
    create, fill = commands
    assert create == [sys.executable, "-m", "venv", str(folder)]
    assert "--require-hashes" in fill and "--only-binary=:all:" in fill and str(lock) == fill[-1]
    make_ready(folder, lock)
    assert len(commands) == 2
    lock.write_text("# one package more\n")
    assert not is_ready(folder, lock)
    make_ready(folder, lock)
    assert is_ready(folder, lock) and len(commands) == 4
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        "bin",
        "env",
        "env.lock",
        "lock.txt",
    ]


def test_an_interpreter_that_is_gone_or_another_is_noticed(place, commands):
    folder, lock = place
    make_ready(folder, lock)
    python_of(folder).unlink()
    assert not is_ready(folder, lock)
    python_of(folder).symlink_to("/bin/sh")
    assert not is_ready(folder, lock)
    make_ready(folder, lock)
    assert is_ready(folder, lock)


def test_an_interrupted_installation_is_made_anew(place, commands, monkeypatch):
    folder, lock = place
    good = environment._run

    def interrupted(command, log):
        if "pip" in command:
            (folder / "half-written").touch()
            raise KeyboardInterrupt
        return good(command, log)

    monkeypatch.setattr(environment, "_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_ready(folder, lock)
    assert not is_ready(folder, lock)
    monkeypatch.setattr(environment, "_run", good)
    make_ready(folder, lock)
    assert is_ready(folder, lock) and not (folder / "half-written").exists()


def test_an_environment_made_by_hand_is_filled_and_not_removed(place, commands):
    folder, lock = place
    _fake_interpreter(folder)
    (folder / "mine").touch()
    make_ready(folder, lock)
    assert is_ready(folder, lock) and (folder / "mine").exists()
    assert [command[1:3] for command in commands] == [["-m", "pip"]]


def test_two_starts_at_once_install_once(place, commands, monkeypatch):
    folder, lock = place
    good, said = environment._run, []

    def slow(command, log):
        time.sleep(0.3)
        return good(command, log)

    monkeypatch.setattr(environment, "_run", slow)
    both = [threading.Thread(target=make_ready, args=(folder, lock, said.append)) for _ in "ab"]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=20)
    assert len(commands) == 2 and is_ready(folder, lock)
    assert sum("waiting" in sentence for sentence in said) == 1


@POSIX
def test_a_killed_start_whose_installer_lives_on_is_waited_for(place, commands):
    folder, lock = place
    # The installer of the killed start writes its last file after a second.
    script = (
        "import os, pathlib, subprocess\nfrom analysis.application import environment\n"
        f"folder = pathlib.Path({str(folder)!r})\n"
        "with environment._alone(environment._beside(folder, 'lock'), print):\n"
        "    late = f'sleep 1; mkdir -p {folder}; touch {folder}/late'\n"
        "    subprocess.Popen(['/bin/sh', '-c', late], close_fds=False)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    (folder.parent / "env.unfinished").touch()
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={"PATH": os.defpath})
    said = []
    make_ready(folder, lock, said.append)
    assert any("waiting" in sentence for sentence in said)
    assert is_ready(folder, lock) and not (folder / "late").exists()


@POSIX
@pytest.mark.parametrize(("status", "tools"), [(0, ["uv", "uv"]), (1, ["uv", "uv", "pip", "pip"])])
def test_uv_is_used_where_it_is_and_pip_where_uv_fails(place, commands, monkeypatch, status, tools):
    folder, lock = place
    uv = folder.parent / "bin" / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    good = environment._run

    def uv_fails_to_fill(command, log):
        return good(command, log) or (status if command[:2] == [str(uv), "pip"] else 0)

    monkeypatch.setattr(environment, "_run", uv_fails_to_fill)
    make_ready(folder, lock)
    assert is_ready(folder, lock)
    assert ["uv" if command[0] == str(uv) else "pip" for command in commands] == tools


def test_a_real_environment_is_made_with_the_standard_library_alone(place):
    folder, lock = place
    make_ready(folder, lock)
    assert is_ready(folder, lock)
    done = subprocess.run(
        [python_of(folder), "-c", "import sys; print(sys.prefix)"],
        text=True,
        capture_output=True,
        check=True,
    )
    assert Path(done.stdout.strip()).resolve() == folder.resolve()
    # And with a package to fetch, but no network: kept, to save the seconds of a second one.
    (folder / environment.STAMP).unlink()
    lock.write_text("altair==6.3.0 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(SetupError, match="could not be downloaded") as refused:
        make_ready(folder, lock)
    assert "internet once" in str(refused.value) and "PIP_INDEX_URL" in str(refused.value)
    assert not is_ready(folder, lock)
    assert "altair" in (folder.parent / "env.log").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("error: Failed to fetch: `https://index/simple/`\n dns error", "internet once"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that Rapport"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: No matching distribution, requires a different Python", "3.11 to 3.14"),
    ],
)
def test_what_went_wrong_is_said_plainly(tmp_path, words, said):
    log = tmp_path / "env.log"
    log.write_text(words)
    message = str(environment._why(log))
    assert said in message and "Next:" in message


@pytest.mark.parametrize("absent", ["venv", "ensurepip"])
@pytest.mark.parametrize("trace", [None, ModuleSpec("emptied folder", None)])
def test_python_without_ensurepip_gets_the_remedy(place, monkeypatch, absent, trace):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: trace if name == absent else find(name)
    )
    with pytest.raises(SetupError, match="sudo apt install python3-venv"):
        make_ready(*place)


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_gets_the_remedy(place):
    folder, lock = place
    folder.parent.chmod(0o500)
    with pytest.raises(SetupError, match="copy Rapport to a folder of your own"):
        make_ready(folder, lock)
