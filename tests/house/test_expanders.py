"""What unfolds keeps its place on a page, whatever a run puts before it."""

import ast
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "pages"


def test_every_expander_has_a_key():
    """The browser knows a keyed one again. One without is told by its place alone: a run that puts
    a line above it shuts it, shows its first tab again, and loses a file
    that is on its way into it."""
    calls = [
        (path.name, node)
        for path in PAGES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("expander", "popover", "tabs")
    ]
    assert len(calls) > 10  # they are found
    without = [
        f"{name}:{node.lineno}"
        for name, node in calls
        if "key" not in {k.arg for k in node.keywords}
    ]
    assert without == []


def test_none_in_a_loop_has_the_key_of_another():
    loops = [
        (path.name, loop)
        for path in PAGES.rglob("*.py")
        for loop in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(loop, ast.For)
    ]
    alike = [
        f"{name}:{node.lineno}"
        for name, loop in loops
        for node in ast.walk(loop)
        if isinstance(node, ast.keyword)
        and node.arg == "key"
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    assert alike == []
