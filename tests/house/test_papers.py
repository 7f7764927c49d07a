"""The papers keep up with the house: no folder, command, page, format or setting undocumented."""

import argparse
import re
from pathlib import Path

import pytest

from analysis.application import cli
from analysis.sharing.writing.writers import FORMATS

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = README + "".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "docs").glob("*.md")))


def folders() -> list[str]:
    """Folders of the product that hold Python, as the architecture names them."""
    modules = [p for top in ("analysis", "pages") for p in (ROOT / top).rglob("*.py")]
    return sorted({p.parent.relative_to(ROOT).as_posix() + "/" for p in modules})


def commands() -> list[str]:
    actions = cli.parser()._actions
    return sorted(next(a for a in actions if isinstance(a, argparse._SubParsersAction)).choices)


def source() -> str:
    modules = [p for top in ("analysis", "pages") for p in (ROOT / top).rglob("*.py")]
    return "".join(p.read_text(encoding="utf-8") for p in [ROOT / "dashboard.py", *modules])


def promised(text: str) -> set[str]:
    """The folders in the first column of the architecture's table of rooms."""
    return set(re.findall(r"^\| `([a-z_/]+/)` \| \S", text, re.MULTILINE))


@pytest.mark.parametrize("folder", folders())
def test_each_folder_has_its_promise(folder):
    assert folder in promised(ARCHITECTURE)


def test_no_promise_is_left_of_a_folder_that_went():
    of_code = {f for f in promised(ARCHITECTURE) if f.startswith(("analysis/", "pages/"))}
    assert of_code == set(folders())


def test_a_missing_promise_is_noticed():
    assert "analysis/store/" not in promised(
        ARCHITECTURE.replace("| `analysis/store/` |", "| store |")
    )


PAGES = re.findall(r"page\(\"\w+\", \"([^\"]+)\"", source())
SETTINGS = sorted(set(re.findall(r"\bRAPPORT_[A-Z_]*[A-Z]\b", source())))
# What a document must hold of each command, page, format and setting: a pattern around its name.
TOLD = {"command": r"`… {}\b", "page": r"\| {} \|", "format": r"(?i)\b{}\b", "setting": r"`{}\b"}
ALL = [
    *(("command", name, README) for name in commands()),
    *(("page", title, README) for title in PAGES),
    *(("format", name, DOCS) for name in FORMATS),
    *(("setting", name, DOCS) for name in SETTINGS),
]


def is_told(kind: str, name: str, text: str) -> bool:
    return bool(re.search(TOLD[kind].format(re.escape(name)), text))


@pytest.mark.parametrize(("kind", "name", "text"), ALL, ids=lambda part: part[:20])
def test_each_is_in_the_docs(kind, name, text):
    assert is_told(kind, name, text)


@pytest.mark.parametrize(("kind", "name", "text"), ALL, ids=lambda part: part[:20])
def test_one_that_is_missing_there_is_noticed(kind, name, text):
    assert not is_told(kind, name, re.sub(f"(?i){re.escape(name)}", "", text))


def test_there_is_something_of_each_kind():
    assert {kind for kind, _, _ in ALL} == set(TOLD) and len(ALL) > 40


@pytest.mark.parametrize(
    "paper",
    [p for p in (ROOT / "docs" / "decisions").glob("[0-9]*.md")],
    ids=lambda paper: paper.name,
)
def test_each_decision_is_numbered_dated_and_has_a_status(paper):
    title, _, status = paper.read_text(encoding="utf-8").splitlines()[:3]
    assert title.startswith(f"# {paper.name[:4]} ")
    assert re.fullmatch(r"Date: 20\d\d-\d\d-\d\d\. Status: (in force|replaced by \d{4})\.", status)
