"""Whoever follows CONTRIBUTING.md finds what it names."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROOMS = ("analysis", "pages", "tests", "data", "docs", "benchmarks")


def named(text: str) -> list[str]:
    """Files and folders in backticks: what holds a slash, or ends as files of this house do."""
    words = set(re.findall(r"`([\w./]+)`", text))
    return sorted(w for w in words if "/" in w or w.endswith((".py", ".toml", ".md")))


def is_there(name: str) -> bool:
    """Whether a file or folder of the house has this name, or ends so."""
    wanted = name.rstrip("/").split("/")
    found = (p for room in ROOMS for p in (ROOT / room).rglob(wanted[-1]))
    return (ROOT / name).exists() or any(p.parts[-len(wanted) :] == tuple(wanted) for p in found)


@pytest.mark.parametrize("name", named(TEXT))
def test_what_it_names_is_there(name):
    assert is_there(name)


def test_what_is_gone_is_noticed():
    assert named("Copy `sections/no_section.py` as `x` says") == ["sections/no_section.py"]
    assert not is_there("sections/no_section.py") and not is_there("gone/outcomes/")
