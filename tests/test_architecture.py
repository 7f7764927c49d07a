"""Who may know whom (docs/architecture.md), read from the imports; a wrong arrow fails."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The rooms of analysis/, the lowest first: a room may import those before it.
ORDER = (
    "base",
    "measures",
    "models",
    "store",
    "importing",
    "demo",
    "questions",
    "presentation",
    "sharing",
    "application",
    "__main__",
)
HOMES = {
    "streamlit": ("pages/", "dashboard.py"),
    "duckdb": ("analysis/store/",),
    "statsmodels": ("analysis/models/witness.py",),
    "mixedlm": ("benchmarks/",),
    "altair": ("analysis/presentation/charts/",),
    "sqlglot": ("analysis/store/sources/registers/dialect.py",),
    "adbc_driver_postgresql": ("analysis/store/sources/registers/postgres.py",),
    "pyspark": ("analysis/store/sources/registers/spark.py",),
    "vl_convert": ("analysis/presentation/pictures.py",),
    "typst": ("analysis/sharing/writing/pdf.py",),
    "xlsxwriter": ("analysis/sharing/writing/sheets.py",),
    "docx": ("analysis/sharing/writing/word_file.py",),
}
# The store knows what to aggregate, never how a model is fitted.
STORE_MAY_KNOW = ("analysis.models.language",)


def imports(source: str) -> set[str]:
    """The dotted names that a module imports, `from a.b import c` as 'a.b.c'."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            before = "." * node.level + (node.module or "")
            names |= {f"{before}.{alias.name}" for alias in node.names}
    return names


def faults(path: str, source: str) -> list[str]:
    """Each broken rule of one module, in words; `path` is relative to the repository."""
    parts = path.removesuffix(".py").split("/")
    found = [f"file name {path}"] if {"utils", "helpers", "manager"} & set(parts) else []
    if parts[0] == "pages" and parts[1] != "_app" and len(source.splitlines()) > 80:
        found.append("page over 80 lines")
    if "unsafe_allow_html" in source.replace("unsafe_allow_html=False", ""):
        found.append("unsafe_allow_html")
    for name in imports(source):
        library, *rest = name.split(".")
        homes = HOMES.get(library)
        if homes and not path.startswith(homes):
            found.append(f"{library} outside its home")
        if library == "pandas" and path.startswith("analysis/models/"):
            # A library that wants a table: statsmodels.
            found += [] if parts[2] == "witness" else ["pandas in models"]
        if parts[0] == "analysis" and library == "pages":
            found.append("analysis knows a page")
        if parts[:2] == ["pages", "_app"] and library == "pages" and rest[:1] != ["_app"]:
            found.append("the frame of the pages knows a page")
        if parts[0] == "analysis" and library == "analysis" and parts[1] != rest[0]:
            if ORDER.index(rest[0]) > ORDER.index(parts[1]):
                found.append(f"{parts[1]} knows {rest[0]}")
            if parts[1] == "store" and rest[0] == "models":
                found += [] if name.startswith(STORE_MAY_KNOW) else [f"store knows {name}"]
    return found


def modules() -> list[Path]:
    folders = ("analysis", "pages")
    return [ROOT / "dashboard.py", *(p for f in folders for p in (ROOT / f).rglob("*.py"))]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_keeps_the_rules(path):
    relative = path.relative_to(ROOT).as_posix()
    assert faults(relative, path.read_text(encoding="utf-8")) == []


def test_every_room_of_analysis_has_its_rule():
    rooms = {
        path.relative_to(ROOT / "analysis").parts[0]
        for path in modules()[1:]
        if "analysis" in path.relative_to(ROOT).parts
    }
    assert {room.removesuffix(".py") for room in rooms} - {"__init__"} <= set(ORDER)


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("analysis/models/fit.py", "from analysis.store import versions", "models knows store"),
        ("analysis/models/fit.py", "def f():\n    import pandas as pd", "pandas in models"),
        (
            "analysis/store/x.py",
            "from analysis.models import fit",
            "store knows analysis.models.fit",
        ),
        ("analysis/questions/x.py", "import duckdb", "duckdb outside its home"),
        ("analysis/questions/x.py", "from pages._app import frame", "analysis knows a page"),
        ("analysis/sharing/x.py", "import streamlit as st", "streamlit outside its home"),
        ("analysis/sharing/utils.py", "", "file name analysis/sharing/utils.py"),
        ("pages/home.py", "\n" * 81, "page over 80 lines"),
        ("pages/home.py", "st.markdown(x, unsafe_allow_html=True)", "unsafe_allow_html"),
        (
            "pages/_app/frame/cards.py",
            "from pages import home",
            "the frame of the pages knows a page",
        ),
    ],
)
def test_a_broken_rule_is_found(path, source, fault):
    assert faults(path, source) == [fault]
