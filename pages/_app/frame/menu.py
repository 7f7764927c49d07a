"""What can be taken away from a card, behind one menu: picture, numbers, Word, a copy to paste."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from analysis.base.background import work
from analysis.presentation import exports
from analysis.presentation.charts.theme import PAPER, Look
from analysis.presentation.tables.table import Table
from pages._app.frame import contents

EXPORT_WIDTH = 680
MOST_TO_COPY = 60  # rows; the file has them all
PATIENCE = 60  # seconds for a file


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart of a card. build: function of a Look; figure: another one for the files, None for
    the same. name: what its files are called. alt: its text alternative."""

    build: Callable[[Look], Any]
    name: str
    alt: str
    figure: Callable[[Look], Any] | None = None


def downloads(title: str, synthetic: bool, picture: Picture | None, table: Table | None, rows=None):
    """The menu of one card; nothing where there is nothing to take."""
    rows = rows if rows is not None else _rows(table)
    if picture is None and not rows:
        return
    # A label of the data can stand in a title: the key has letters and digits alone.
    key = contents.slug(title)
    with st.popover("Save", icon=":material/download:", type="tertiary", key=f"menu {key}"):
        with st.container(horizontal=True, gap="small"):
            if picture:
                for ending, mime, render in (
                    ("png", "image/png", exports.chart_png),
                    ("svg", "image/svg+xml", exports.chart_svg),
                ):
                    later = _drawn_later(render, picture, synthetic)
                    _button(ending.upper(), later, picture.name, ending, mime, synthetic, key)
            if rows:
                name = table.caption if table else picture.name if picture else title
                made = lambda: exports.table_csv(rows, synthetic, internal=True)  # noqa: E731
                _button("CSV", made, name, "csv", "text/csv", synthetic, key)
                comma = lambda: exports.table_csv2(rows, synthetic, internal=True)  # noqa: E731
                _button("CSV ;", comma, f"{name} decimal comma", "csv", "text/csv", synthetic, key)
            if table and table.rows:
                latex = lambda: exports.table_latex(table, synthetic, internal=True)  # noqa: E731
                _button("LaTeX", latex, table.caption, "tex", "text/x-tex", synthetic, key)
            _word(title, synthetic, picture, table, key)
        if table and 0 < len(table.rows) <= MOST_TO_COPY:
            st.caption("To paste into a sheet")
            st.code(_tabbed(table, synthetic), language=None, height=90)


def _rows(table: Table | None) -> list:
    return list(table.exact or table.texts()) if table else []


def _tabbed(table: Table, synthetic: bool) -> str:
    """The table as a sheet takes it from a copy; what it is stands in a line of its own below."""
    lines = [[c.name for c in table.columns], *([c.text for c in row] for row in table.rows)]
    lines.append([exports.marks(synthetic, internal=True)])
    return "\n".join("\t".join(line) for line in lines)


def _word(title: str, synthetic: bool, picture: Picture | None, table: Table | None, key: str):
    from analysis.sharing.excerpt import WORD, word_excerpt

    def made() -> Any:
        figure = None
        if picture:
            spec = (picture.figure or picture.build)(PAPER)
            figure = (picture.name, picture.alt, spec.to_dict())
        today = datetime.now(UTC).date()
        asked = (title, figure, table, synthetic, today)
        return work.submit(word_excerpt, *asked, progress=False).result(PATIENCE)

    _button("Word", made, picture.name if picture else title, "docx", WORD, synthetic, key)


def _drawn_later(render, picture: Picture, synthetic: bool):
    """Built and drawn only when someone asks for the file, and drawn in the pool."""

    def made() -> Any:
        spec = (picture.figure or picture.build)(PAPER).to_dict()
        if spec.get("width") == "container":
            spec["width"] = EXPORT_WIDTH
        heading: dict[str, Any] = {"text": picture.name, "anchor": "start"}
        heading["subtitle"] = exports.marks(synthetic, internal=True)
        asked = work.submit(render, spec | {"title": heading}, progress=False)
        return asked.result(PATIENCE)

    return made


def _button(label, data, name, ending, mime, synthetic, key) -> None:
    """Exact figures, for those who may see the data: the name says so. What is safe to share
    comes from the page Share."""
    st.download_button(
        label,
        data,
        exports.file_name("internal", *contents.of(), name, ending=ending, synthetic=synthetic),
        mime,
        key=f"{label} {key}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
