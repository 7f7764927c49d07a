"""The door: one environment made once, mended when broken, and plain words when it can't be."""

import ast
import importlib.util
import os
import re
import runpy
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from analysis.application import environment, launch
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


def test_an_old_python_is_told_so_by_a_file_that_it_can_read(monkeypatch):
    monkeypatch.delitem(sys.modules, "streamlit", raising=False)  # another test's import
    source = (ROOT / "dashboard.py").read_text(encoding="ascii")
    tree = ast.parse(source, feature_version=(3, 6))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Match)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    too_old = runpy.run_path(str(ROOT / "dashboard.py"), run_name="door")["too_old"]
    for version, said in (((2, 7, 18), "2.7"), ((3, 6, 9), "3.6"), ((3, 10, 14), "3.10")):
        assert f"it is {said}, and Rapport needs 3.11" in too_old(version)
    assert too_old((3, 11, 0)) == too_old((3, 14, 1)) == too_old((4, 0, 0)) == ""


class Handed(Exception):
    """Stands for the process that has become another."""


@pytest.fixture
def handed(tmp_path, monkeypatch):
    """A made-up place for the project; handing over raises Handed(command, variables, folder)."""

    def become(path, command, variables):
        raise Handed(command, variables, str(Path.cwd()))

    made = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(launch.os, "execve", become)
    monkeypatch.setattr(launch, "make_ready", lambda folder, lock, say: made.append(folder.name))
    monkeypatch.setattr(launch, "is_ready", lambda folder, lock: True)
    monkeypatch.setenv("RAPPORT_STORE", "mine")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    (tmp_path / "mine" / "demo").mkdir(parents=True)
    (tmp_path / "mine" / "demo" / "a1.duckdb").touch()
    return made


def _hand_over(*argv):
    with pytest.raises(Handed) as caught:
        launch.main(list(argv))
    return caught.value.args


@POSIX
def test_tests_run_in_their_own_environment(handed):
    command, _, folder = _hand_over("test", "-k", "launch")
    assert command[:3] == [str(ROOT / ".venv-test/bin/python"), "-m", "pytest"]
    assert command[-2:] == ["-k", "launch"]  # last, so that they win
    assert handed == [".venv-test"] and folder == str(ROOT)


@POSIX
def test_a_command_runs_where_the_user_stands(handed, tmp_path):
    command, variables, folder = _hand_over("fit", "y ~ x", "--data", "mine.csv")
    assert command[1:] == ["-m", "analysis", "fit", "y ~ x", "--data", "mine.csv"]
    assert handed == [".venv"] and folder == str(tmp_path)
    assert variables["PYTHONPATH"] == str(ROOT) and "PYTHONHOME" not in variables
    assert variables["RAPPORT_STORE"] == str(tmp_path / "mine")


@POSIX
@pytest.mark.parametrize(
    "data",
    [
        ("--data", "postgres://reader@host/care/session"),
        ("--data=postgresql://reader@host/care/session",),
        ("--data", "sc://host/care.session"),
        ("--data", "register:north/session"),
    ],
)
def test_a_register_is_asked_from_an_environment_with_its_drivers(handed, monkeypatch, data):
    monkeypatch.setenv("RAPPORT_REGISTER_NORTH", "postgres://reader@host/care")
    command, _, _ = _hand_over("fit", "y ~ a:b", *data)
    assert command == [
        str(ROOT / ".venv-registers/bin/python"),
        "-m",
        "analysis",
        "fit",
        "y ~ a:b",
        *data,
    ]
    assert handed == [".venv-registers"]


def test_a_wrong_address_is_refused_before_anything_is_installed(handed, capsys):
    assert launch.main(["fit", "y ~ x", "--data", "postgres://reader:secret@host"]) == 2
    said = capsys.readouterr().err
    assert handed == [] and "it names no database" in said and "secret" not in said


@POSIX
def test_no_command_opens_the_dashboard_and_leaves_a_filled_store_alone(handed, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("the demo was made"))
    command, _, folder = _hand_over()
    assert command[1:] == ["-m", "streamlit", "run", str(ROOT / "dashboard.py")]
    assert folder == str(ROOT)  # where .streamlit/config.toml is


@POSIX
@pytest.mark.parametrize("status", [0, 1])
def test_an_empty_store_gets_the_demo_and_opens_even_if_that_fails(
    handed, monkeypatch, capsys, status
):
    Path("mine/demo/a1.duckdb").unlink()
    asked = []

    def run(command, env, stdout):
        asked.append((command[1:], env["RAPPORT_STORE"]))
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(subprocess, "run", run)
    store = str(Path("mine").absolute())
    assert "streamlit" in _hand_over()[0]
    assert asked == [(["-m", "analysis", "demo"], store)]
    out, err = capsys.readouterr()
    assert out == "" and ("could not be made" in err) == bool(status)


def test_a_wrong_command_is_refused_before_anything_is_installed(handed, monkeypatch, capsys):
    monkeypatch.setattr(launch, "is_ready", lambda folder, lock: False)
    assert launch.main(["strat"]) == 2
    assert handed == [] and "Rapport: argument COMMAND" in capsys.readouterr().err


def test_help_needs_no_environment(handed, capsys):
    with pytest.raises(SystemExit) as leaving:
        launch.main(["--help"])
    assert leaving.value.code == 0 and handed == []
    assert "partition" in capsys.readouterr().out


def test_a_ready_start_loads_nothing_heavy():
    """What makes a ready start quick: the way to the hand-over is the standard library's alone."""
    script = (
        "import sys\n"
        "from analysis.application import launch\n"
        "launch.is_ready(*launch.RUN)\n"
        "print(*{m.split('.')[0] for m in sys.modules} - set(sys.stdlib_module_names))\n"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; sys.path.insert(0, '.')\n" + script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not set(said.split()) & {"numpy", "pandas", "duckdb", "streamlit", "pyarrow", "altair"}
    assert "analysis" in said.split()


def test_the_settings_close_every_leak():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert settings["browser"]["gatherUsageStats"] is False
    closed = {
        "address": "127.0.0.1",
        "showEmailPrompt": False,
        "maxUploadSize": 50,
        "enableStaticServing": False,
        "enableAgentApi": False,
        "enableXsrfProtection": True,
        "enableCORS": True,
    }
    assert {name: settings["server"][name] for name in closed} == closed
    assert set(settings["server"]["allowedHosts"]) == {"127.0.0.1", "localhost", "::1"}
    closed = {
        "showErrorDetails": "none",
        "showErrorLinks": False,
        "toolbarMode": "viewer",
        "showSidebarNavigation": False,
    }
    assert {name: settings["client"][name] for name in closed} == closed
    assert settings["runner"]["magicEnabled"] is False


@POSIX
def test_the_server_starts_on_the_next_free_port_of_this_machine_alone(store):
    with socket.socket() as taken:
        # In use already is as good as taken by us.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8501))
            taken.listen()
        except OSError:
            pass
        command = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
        surroundings = os.environ | {"STREAMLIT_SERVER_HEADLESS": "true"}
        with subprocess.Popen(
            command, cwd=ROOT, env=surroundings, stderr=subprocess.PIPE, text=True
        ) as server:
            try:
                said = next(line for line in server.stderr if "Rapport is at" in line)
                port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", said)[1])
                assert port > 8501
                address = f"http://127.0.0.1:{port}/_stcore/health"
                with urllib.request.urlopen(address, timeout=10) as answer:
                    assert answer.read() == b"ok"
                    policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'self'" in policy and f"ws://127.0.0.1:{port} " in policy
                with socket.socket() as other, pytest.raises(OSError):
                    other.settimeout(2)
                    other.connect(("127.0.0.2", port))  # would answer if every interface did
            finally:
                server.terminate()
                server.wait(timeout=10)


def test_the_locks_agree():
    """One version of each package, whichever environment it is in; hashes for all."""
    run, test, registers = (
        dict(re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-test.txt", "requirements-registers.txt")
    )
    assert run.items() <= registers.items() <= test.items()
    assert {"sqlglot", "adbc-driver-postgresql", "pyspark-client"} <= registers.keys() - run.keys()
