"""Types at the checker's basic level, without an error; one run a session, without network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHECKER = Path(sys.executable).parent / "basedpyright"
ROOMS = ("analysis", "pages", "dashboard.py")


def errors(folder: Path, *paths: str) -> list[str]:
    """'file:line message' of each error that the checker finds."""
    asked = [CHECKER, "--pythonpath", sys.executable, "--outputjson", *paths]
    done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=600)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [
        f"{Path(e['file']).name}:{e['range']['start']['line'] + 1} {e['message']}"
        for e in found
        if e["severity"] == "error"
    ]


@pytest.mark.skipif(not CHECKER.exists(), reason="the type checker is not installed here")
def test_the_rooms_have_no_type_error():
    assert errors(ROOT, *ROOMS) == []


@pytest.mark.skipif(not CHECKER.exists(), reason="the type checker is not installed here")
def test_a_none_hole_is_found(tmp_path):
    source = "def f(x: str | None) -> int:\n    return len(x)\n"
    (tmp_path / "hole.py").write_text(source)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "basic"}')
    (error,) = errors(tmp_path, "hole.py")
    assert error.startswith("hole.py:2") and "None" in error
