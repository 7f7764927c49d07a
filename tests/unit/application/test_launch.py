"""The door: one environment made once, mended when broken, and plain words when it can't be."""

import ast
import os
import re
import runpy
import socket
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest

from analysis.application import launch

ROOT = Path(__file__).resolve().parents[3]
POSIX = pytest.mark.skipif(os.name == "nt", reason="the made-up commands are POSIX scripts")


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


def test_help_and_refusals_need_nothing_installed():
    """A fresh clone has no packages (-S): no command may import one before it is set up."""
    for argv, status, said in ((["--help"], 0, "options and an"), (["frobnicate"], 2, "Next: ")):
        door = [sys.executable, "-S", str(ROOT / "dashboard.py"), *argv]
        done = subprocess.run(door, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        assert said in done.stdout + done.stderr and "Traceback" not in done.stderr


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


def test_a_fit_loads_neither_pandas_nor_a_solver():
    """Either takes a third of a second of a command: more than the fit."""
    script = (
        "import sys\n"
        "from analysis.questions.lab.effects import fit_formula\n"
        "from analysis.questions.lab import binary\n"
        "fit_formula('Reaction ~ Days + (Days | Subject)', 'tests/reference/data/sleepstudy.csv')\n"
        "print(*{'pandas', 'scipy.optimize'} & set(sys.modules))\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


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
