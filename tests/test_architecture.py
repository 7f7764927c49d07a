"""Who may know whom (docs/architecture.md): import-linter's contracts, and what it can't say.

The contracts stand in pyproject.toml. Own rules are only for what no import graph shows: imports
by a string, relative ones, a library that nobody gave a home, what a page's text may hold.
"""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
)
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]
LISTED = {name for c in CONTRACTS for name in c.get("protected_modules", ())}
# The server's own, which only the door touches.
DOOR = {"starlette", "streamlit"}
LONGEST_PAGE = 80
# What finds or reads without importing.
NO_IMPORT = {"importlib.util", "importlib.metadata", "importlib.resources"}
# Who may read the environment: the settings, what starts another program with it, and what a
# library reads there itself (threads of linear algebra, libpq, gRPC, fontconfig's file).
ENVIRONMENT = {
    "analysis/__init__.py",
    "analysis/__main__.py",
    "analysis/application/environment.py",
    "analysis/application/launch.py",
    "analysis/base/settings.py",
    "analysis/base/background/work.py",
    "analysis/presentation/picture_fonts.py",
    "analysis/store/sources/registers/postgres.py",
    "analysis/store/sources/registers/spark.py",
}
VAGUE = {"utils", "helpers", "manager"}


def faults(path: str, source: str) -> list[str]:
    """Each broken rule of one module, in words; `path` is relative to the repository."""
    parts = path.removesuffix(".py").split("/")
    found = [f"file name {path}"] if VAGUE & set(parts) else []
    if parts[0] == "pages" and parts[1] != "_app" and len(source.splitlines()) > LONGEST_PAGE:
        found.append(f"page over {LONGEST_PAGE} lines")
    if "unsafe_allow_html" in source.replace("unsafe_allow_html=False", ""):
        found.append("unsafe_allow_html")
    for node in ast.walk(ast.parse(source)):
        found += _import_faults(path, node)
    return found


def _import_faults(path: str, node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom) and node.level:
        return ["relative import"]
    if _reads_environment(node) and path not in ENVIRONMENT:
        return ["reads the environment"]
    if isinstance(node, ast.Name) and node.id == "__import__":
        return ["import by a string"]
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
        if node.module == "importlib":
            names = [f"importlib.{alias.name}" for alias in node.names]
    else:
        return []
    return [fault for name in names if (fault := _name_fault(path, name))]


def _reads_environment(node: ast.AST) -> bool:
    names = {"environ", "environb", "getenv", "putenv"}
    return (isinstance(node, ast.Attribute) and node.attr in names) or (
        isinstance(node, ast.ImportFrom)
        and node.module == "os"
        and bool(names & {alias.name for alias in node.names})
    )


def _name_fault(path: str, name: str) -> str:
    library = name.split(".")[0]
    if library in ("importlib", "runpy", "imp"):
        return "" if name in NO_IMPORT else "import by a string"
    if library in sys.stdlib_module_names or library in ("analysis", "pages"):
        return ""
    if path == "dashboard.py":
        return "" if library in DOOR else f"{library} in the door"
    return "" if library in LISTED else f"{library} has no home"


def modules() -> list[Path]:
    folders = ("analysis", "pages")
    return [ROOT / "dashboard.py", *(p for f in folders for p in (ROOT / f).rglob("*.py"))]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_keeps_the_rules(path):
    relative = path.relative_to(ROOT).as_posix()
    assert faults(relative, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("analysis/models/x.py", "from ..store import versions", "relative import"),
        ("analysis/models/x.py", "from . import fit", "relative import"),
        ("analysis/models/x.py", "import importlib", "import by a string"),
        ("analysis/models/x.py", "from importlib import import_module", "import by a string"),
        ("analysis/models/x.py", "x = __import__('analysis.store')", "import by a string"),
        ("pages/home.py", "def f():\n    import runpy", "import by a string"),
        ("analysis/questions/x.py", "import requests.sessions", "requests has no home"),
        ("dashboard.py", "import pandas", "pandas in the door"),
        ("analysis/store/x.py", "import os\nos.environ['A']", "reads the environment"),
        ("pages/home.py", "from os import getenv as g", "reads the environment"),
        ("analysis/sharing/utils.py", "", "file name analysis/sharing/utils.py"),
        ("pages/home.py", "\n" * 81, "page over 80 lines"),
        ("pages/home.py", "st.markdown(x, unsafe_allow_html=True)", "unsafe_allow_html"),
    ],
)
def test_a_broken_rule_is_found(path, source, fault):
    assert faults(path, source) == [fault]


# One broken module each: its path, its text, the contract that must name it.
BREACHES = {
    "a relative import": ("models/breach_a.py", "from ..store import versions", "rooms"),
    "an arrow that runs up": ("store/breach_b.py", "from analysis.questions import scope", "rooms"),
    "an import further in": ("base/breach_c.py", "if 1:\n import analysis.demo", "rooms"),
    "neighbours": ("demo/breach_d.py", "from analysis.importing import child", "rooms"),
    "a new room": ("breach_e/__init__.py", "", "rooms"),
    "a circle": ("measures/breach_f.py", "import analysis.measures.breach_g", "circles"),
    "its way back": ("measures/breach_g.py", "import analysis.measures.breach_f", "circles"),
    "inside the engine": (
        "models/language/breach_h.py",
        "from analysis.models import linear",
        "models",
    ),
    "the store fits": ("store/breach_i.py", "import analysis.models.linear.fit", "store-models"),
    "inside store": ("store/versions/breach_j.py", "import analysis.store.queries", "store"),
    "a page calls the engine": (
        "../pages/breach_k.py",
        "from analysis.models import linear",
        "pages-ask",
    ),
    "a page calls the store": (
        "../pages/_app/data/breach_l.py",
        "import analysis.store",
        "pages-ask",
    ),
    "analysis knows a page": ("questions/breach_m.py", "from pages._app import frame", "pages"),
    "a library in a second place": ("questions/breach_n.py", "import duckdb", "duckdb"),
    "a screen": ("sharing/breach_o.py", "import streamlit as st", "streamlit"),
}


def lint(folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_the_walls_stand():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def broken_house(tmp_path_factory) -> dict[str, str]:
    """What import-linter says of a copy of this house with every breach in it, by contract."""
    folder = tmp_path_factory.mktemp("house")
    only_code = shutil.ignore_patterns("__pycache__")
    for name in ("analysis", "pages"):
        shutil.copytree(ROOT / name, folder / name, ignore=only_code)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path, source, _ in BREACHES.values():
        (folder / "analysis" / path).parent.mkdir(exist_ok=True)
        (folder / "analysis" / path).write_text(source + "\n", encoding="utf-8")
    done = lint(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = done.stdout.split("Broken contracts")[-1]
    starts = {c["id"]: broken.find(f"\n{c['name']}\n---") for c in CONTRACTS}
    ends = sorted(start for start in starts.values() if start >= 0) + [len(broken)]
    return {
        key: broken[start : ends[ends.index(start) + 1]]
        for key, start in starts.items()
        if start >= 0
    }


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_breaks_its_wall(breach, broken_house):
    path, _, contract = BREACHES[breach]
    module = Path(path).with_suffix("").name.removesuffix("__init__") or Path(path).parent.name
    assert module in broken_house[contract]
