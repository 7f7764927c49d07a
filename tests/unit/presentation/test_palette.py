"""One palette: no colour stands in code, and the files that no Python reads keep to it."""

import re
from pathlib import Path

import pytest

from analysis.presentation import palette

ROOT = Path(__file__).resolve().parents[3]
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
KNOWN = {v.lower() for v in vars(palette).values() if isinstance(v, str) and COLOUR.fullmatch(v)}
# The pages' own grounds and links (Streamlit's theme), which no chart or paper shares.
GROUNDS = {"#f4f5f7", "#3a3d86", "#f7f8fa", "#1e242b", "#bcbef5", "#101318"}


def python_files():
    files = [p for f in ("analysis", "pages") for p in (ROOT / f).rglob("*.py")]
    own = Path(palette.__file__)
    shut_door = ROOT / "analysis/application/serving/door.py"  # a page of its own, without charts
    return [p for p in files if p not in (own, shut_door)]


def test_no_colour_stands_in_code():
    found = {
        p.name: COLOUR.findall(text)
        for p in python_files()
        if COLOUR.search(text := p.read_text(encoding="utf-8")) and "'#rrggbb'" not in text
    }
    assert found == {}


@pytest.mark.parametrize(
    "name", [".streamlit/config.toml", "data/report/report.css", "data/report/report.typ"]
)
def test_files_that_no_python_reads_keep_to_the_palette(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    own = {colour.lower() for colour in COLOUR.findall(text)}
    assert own - KNOWN - GROUNDS == set()
