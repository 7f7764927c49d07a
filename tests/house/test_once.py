"""What is written once stays so: shared figures, sums of all rows, the map from group to parent."""

import ast
from pathlib import Path

import pytest

from analysis.measures import conventions

ROOT = Path(__file__).resolve().parents[2]
HOME = Path("analysis/measures/conventions.py")
SHARED = {name for name in vars(conventions) if name.isupper()}
# What a second copy would look like, and the one module that may say it.
ONCE = {
    "1.9599": "analysis/measures/conventions.py",
    "0.975": "analysis/measures/conventions.py",
    ".gram.ndim == 2 else": "analysis/models/language/moments.py",
}


def sources() -> dict[str, str]:
    paths = [p for room in ("analysis", "pages") for p in (ROOT / room).rglob("*.py")]
    return {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in paths}


def assigned(text: str) -> set[str]:
    """Names that a module gives a value of its own at its top."""
    found = [n for n in ast.parse(text).body if isinstance(n, ast.Assign)]
    literal = [n for n in found if isinstance(n.value, ast.Constant)]
    return {t.id for n in literal for t in n.targets if isinstance(t, ast.Name)}


def test_a_shared_figure_has_no_second_home():
    homes = {n: assigned(text) & SHARED for n, text in sources().items() if n != HOME.as_posix()}
    assert {n: names for n, names in homes.items() if names} == {}


@pytest.mark.parametrize("written", ONCE)
def test_it_is_written_in_one_module(written):
    assert [n for n, text in sources().items() if written in text] == [ONCE[written]]


def test_a_second_home_is_found():
    assert assigned("LEVEL = 0.9\nOTHER = LEVEL\n") & SHARED == {"LEVEL"}
