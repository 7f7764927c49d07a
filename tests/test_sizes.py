"""How long modules and functions may grow: files that are read at one sitting."""

import ast
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE = 300
MEDIAN_MODULE = 110  # lines
LONGEST_FUNCTION = 30  # lines below its docstring
SHARE_OF_LONG_FUNCTIONS = 0.03
WIDEST_FOLDER = 10  # modules: nine, give or take

# Wider for a reason: may shrink, never grow past this.
WIDE = {
    "pages": 20,  # one script a page
    "pages/_app/frame": 16,  # what every page has, each in its own file
    "analysis/questions/progress": 12,  # learned, expected, judged, laid out
    "analysis/presentation/words": 12,  # one module a family of results
}


def modules(*rooms: str) -> dict[str, str]:
    paths = [p for room in rooms or ("analysis", "pages") for p in (ROOT / room).rglob("*.py")]
    texts = {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in paths}
    return {name: text for name, text in texts.items() if not name.endswith("__init__.py")}


def function_lengths(source: str) -> list[int]:
    """Lines of each function without its docstring."""
    lengths = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            told = ast.get_docstring(node, clean=False)
            first = node.body[1] if told is not None and len(node.body) > 1 else node.body[0]
            lengths.append((node.end_lineno or 0) - first.lineno + 2)
    return lengths


def test_no_module_is_longer_than_one_sitting():
    every = modules("analysis", "pages", "tests", "benchmarks")
    found = {name: len(text.splitlines()) for name, text in every.items()}
    assert {n: k for n, k in found.items() if k > LONGEST_MODULE} == {}


def widths(names: Iterable[str]) -> dict[str, int]:
    """Modules in each folder, those of its own folders apart."""
    return dict(Counter(name.rpartition("/")[0] for name in names))


def test_a_folder_has_about_nine_modules():
    found = widths(modules())
    assert {n: k for n, k in found.items() if k > WIDE.get(n, WIDEST_FOLDER)} == {}
    idle = {n for n, k in WIDE.items() if found.get(n, 0) <= WIDEST_FOLDER}
    assert idle == set(), "a folder of WIDE is narrow now: take it off the list"


def test_a_wide_folder_is_found():
    assert widths(f"analysis/x/m{i}.py" for i in range(12)) == {"analysis/x": 12}


def test_the_typical_module_is_short():
    assert median(len(text.splitlines()) for text in modules().values()) < MEDIAN_MODULE


def test_long_functions_are_rare():
    lengths = [n for text in modules().values() for n in function_lengths(text)]
    assert sum(n > LONGEST_FUNCTION for n in lengths) < SHARE_OF_LONG_FUNCTIONS * len(lengths)


def test_a_function_is_measured_without_its_docstring():
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    x = 1\n    return x\n'
    assert function_lengths(source) == [3]
