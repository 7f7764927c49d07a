"""Who may know whom (docs/architecture.md), read from the imports; a wrong arrow fails."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BASE = {"errors", "scope"}
ENGINE = BASE | {"measures", "mixed"}
ANSWERS = ENGINE | {"store", "explain", "alliance", "outcomes"}
# Room of analysis/ -> the other rooms it may import.
MAY_KNOW = {
    "errors": set(),
    "scope": {"errors"},
    "environment": {"errors"},
    "launch": {"errors", "environment", "cli", "store"},
    "headers": set(),
    "options": {"errors"},
    "processes": set(),
    "work": {"errors", "processes"},
    "measures": BASE,
    "mixed": BASE,
    "store": ENGINE | {"processes"},
    **dict.fromkeys(("explain", "alliance", "outcomes"), ENGINE | {"store"}),
    "models": BASE | {"measures"},
    "questions": ENGINE | {"store", "models"},
    "demo": ANSWERS,
    "report": ANSWERS - {"store"},
    "charts": ANSWERS - {"store"} | {"report"},
    "sharing": ANSWERS | {"report", "charts"},
    "cli": ANSWERS | {"demo", "options", "report", "sharing"},
    "__main__": {"cli"},
}
# The store knows what to aggregate, never how a model is fitted.
STORE_MAY_KNOW = {f"analysis.mixed.{part}" for part in ("design", "expressions", "moments")}
HOMES = {
    "streamlit": ("pages/", "dashboard.py"),
    "duckdb": ("analysis/store/",),
    "statsmodels": ("analysis/mixed/witness.py",),
    "mixedlm": ("analysis/mixed/logistic.py",),
    "altair": ("analysis/charts/",),
    "sqlglot": ("analysis/store/registers/dialect.py",),
    "adbc_driver_postgresql": ("analysis/store/registers/postgres.py",),
    "pyspark": ("analysis/store/registers/spark.py",),
    "vl_convert": ("analysis/report/pictures.py",),
    "typst": ("analysis/report/pdf.py",),
    "xlsxwriter": ("analysis/report/sheets.py",),
    "docx": ("analysis/report/word_file.py",),
}


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
        if library == "pandas" and path.startswith("analysis/mixed/"):
            # Libraries that want a table: statsmodels and mixedlm.
            found += [] if parts[2] in ("witness", "logistic") else ["pandas in mixed"]
        if parts[0] == "analysis" and library == "pages":
            found.append("analysis knows a page")
        if parts[:2] == ["pages", "_app"] and library == "pages" and rest[:1] != ["_app"]:
            found.append("the frame of the pages knows a page")
        if parts[0] == "analysis" and library == "analysis" and parts[1] != rest[0]:
            if rest[0] not in MAY_KNOW.get(parts[1], set()):
                found.append(f"{parts[1]} knows {rest[0]}")
            if parts[1] == "store" and rest[0] == "mixed":
                found += [] if name.startswith(tuple(STORE_MAY_KNOW)) else [f"store knows {name}"]
    return found


def modules() -> list[Path]:
    folders = ("analysis", "pages")
    return [ROOT / "dashboard.py", *(p for f in folders for p in (ROOT / f).rglob("*.py"))]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_keeps_the_rules(path):
    relative = path.relative_to(ROOT).as_posix()
    assert faults(relative, path.read_text(encoding="utf-8")) == []


def test_every_room_of_analysis_has_its_rule():
    rooms = {path.relative_to(ROOT / "analysis").parts[0] for path in modules()[1:]
             if "analysis" in path.relative_to(ROOT).parts}  # fmt: skip
    assert {room.removesuffix(".py") for room in rooms} - {"__init__"} <= set(MAY_KNOW)


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("analysis/mixed/fit.py", "from analysis.store import catalogue", "mixed knows store"),
        ("analysis/mixed/fit.py", "def f():\n    import pandas as pd", "pandas in mixed"),
        ("analysis/store/x.py", "from analysis.mixed import fit", "store knows analysis.mixed.fit"),
        ("analysis/explain/x.py", "import duckdb", "duckdb outside its home"),
        ("analysis/explain/x.py", "from pages._app import scope", "analysis knows a page"),
        ("analysis/charts/x.py", "import streamlit as st", "streamlit outside its home"),
        ("analysis/report/utils.py", "", "file name analysis/report/utils.py"),
        ("pages/home.py", "\n" * 81, "page over 80 lines"),
        ("pages/home.py", "st.markdown(x, unsafe_allow_html=True)", "unsafe_allow_html"),
        ("pages/_app/cards.py", "from pages import home", "the frame of the pages knows a page"),
    ],
)
def test_a_broken_rule_is_found(path, source, fault):
    assert faults(path, source) == [fault]
