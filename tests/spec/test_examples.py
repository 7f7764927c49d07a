"""The pages of docs/examples, run: a table in, the answer out."""

import json
import re
import shlex
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from analysis.application import cli

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "examples"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
BLOCK = re.compile(r"^```(\w+)(?: ([\w.]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A command of a page; answer: the part of its JSON that is shown, or None; said: what it
    says where it can't be done."""

    command: str
    answer: dict | None
    said: str


def read_page(text: str) -> tuple[dict[str, str], list[Step]]:
    """The files of a page by name, and its steps in their order."""
    files, steps = {}, []
    for kind, name, content in BLOCK.findall(text):
        if kind == "console":
            steps.append(Step(content.strip(), None, ""))
        elif kind == "json":
            shown = json.loads(content, parse_float=Decimal)
            steps[-1] = Step(steps[-1].command, shown, "")
        elif kind == "text":
            steps[-1] = Step(steps[-1].command, None, content.strip())
        else:
            files[name] = content
    return files, steps


def missing(shown, answer, at: str = "") -> list[str]:
    """Where the answer does not hold what is shown; numbers to the digits shown."""
    if isinstance(shown, dict):
        if not isinstance(answer, dict):
            return [at]
        return [
            m
            for k, v in shown.items()
            for m in (missing(v, answer[k], f"{at}.{k}") if k in answer else [f"{at}.{k}"])
        ]
    if isinstance(shown, list):
        if len(shown) != len(answer):
            return [f"{at}: {len(answer)} entries"]
        pairs = enumerate(zip(shown, answer, strict=True))
        return [m for i, (s, a) in pairs for m in missing(s, a, f"{at}[{i}]")]
    if isinstance(shown, Decimal):
        half = Decimal(5).scaleb(shown.as_tuple().exponent - 1)
        return [] if abs(Decimal(answer) - shown) <= half else [f"{at}: {answer}"]
    return [] if shown == answer else [f"{at}: {answer}"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_command_answers_what_its_page_shows(page, store, tmp_path, monkeypatch, capsys):
    files, steps = read_page(page.read_text(encoding="utf-8"))
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert steps
    for step in steps:
        status = cli.main(shlex.split(step.command))
        printed = capsys.readouterr()
        if step.said:
            assert (status, step.said in printed.err) == (2, True), printed.err
        else:
            assert status == 0, printed.err
            assert missing(step.answer or {}, json.loads(printed.out)) == []


def test_a_wrong_digit_is_noticed():
    shown = {"a": [Decimal("0.25")], "b": 1}
    assert missing(shown, {"a": [0.2549], "b": 1, "c": 2}) == []
    assert missing(shown, {"a": [0.2551], "b": 1}) == [".a[0]: 0.2551"]
    assert missing(shown, {"a": [0.25]}) == [".b"]
    assert missing(shown, {"a": [0.25, 1.0], "b": 1}) == [".a: 2 entries"]


def test_each_page_is_named_by_its_number():
    assert len({page.name[:2] for page in PAGES}) == len(PAGES) >= 4
