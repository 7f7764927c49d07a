"""The formatter and the linter have nothing to say, here or where someone writes tomorrow."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKS = {"format": ("format", "--check"), "lint": ("check",)}


def said(check: str, *paths: str) -> str:
    """What ruff says of the paths by the rules of pyproject.toml, '' for nothing."""
    command = [sys.executable, "-m", "ruff", *CHECKS[check], "--no-cache", *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_is_in_order(check):
    assert said(check, ".") == ""


@pytest.mark.parametrize("check", CHECKS)
def test_disorder_is_found(check, tmp_path):
    (tmp_path / "untidy.py").write_text("import os\nx = {'a':1}\n")
    assert "untidy.py" in said(check, "--config", str(ROOT / "pyproject.toml"), str(tmp_path))
