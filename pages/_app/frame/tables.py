"""A table on a page: real HTML, whose numbers stand under each other and whose cells have heads.

Every text is escaped here, and Streamlit cleans the whole again: a label of the data stays a label.
"""

from html import escape

import streamlit as st

from analysis.presentation.tables.table import Cell, Table
from analysis.presentation.words.glossary import explanation
from pages._app.frame import contents, heights

LONG = 28  # characters from which a text may be broken into lines


def shown(table: Table) -> None:
    """The table as wide as its content, scrolled within its own frame where there is less room."""
    if table.rows:
        kept = heights.of_table(len(table.rows))
        with st.container(key=heights.key(kept, contents.unique(table.caption))):
            st.html(as_html(table))


def as_html(table: Table) -> str:
    """The table as HTML; intervals with a small bar on the scale that their column shares."""
    scales = [_scale(table, place) for place in range(len(table.columns))]
    kinds = ["n" if column.numeric else "t" for column in table.columns]
    head = "".join(
        f'<th scope="col" class="{kind}">{_explained(column.name)}</th>'
        for column, kind in zip(table.columns, kinds, strict=True)
    )
    body = "".join(f"<tr>{_row(row, kinds, scales)}</tr>" for row in table.rows)
    caption = escape(table.caption, quote=True)
    return (
        f'<div class="rapport-table" role="region" tabindex="0" aria-label="{caption}">'
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(row: tuple[Cell, ...], kinds: list[str], scales: list) -> str:
    parts = []
    for place, (cell, kind, scale) in enumerate(zip(row, kinds, scales, strict=True)):
        wraps = " w" if kind == "t" and len(cell.text) > LONG else ""
        inside = escape(cell.text) + (
            _bar(cell.value, scale) if isinstance(cell.value, tuple) else ""
        )
        ends = " i" if _is_interval(cell) else ""
        tag = 'th scope="row"' if place == 0 else "td"
        parts.append(f'<{tag} class="{kind}{ends}{wraps}">{inside}</{tag.split()[0]}>')
    return "".join(parts)


def _explained(heading: str) -> str:
    """A heading, with the glossary's sentence where it is a word of it."""
    sentence = explanation(heading)
    if not sentence:
        return escape(heading)
    return f'<abbr title="{escape(sentence, quote=True)}">{escape(heading)}</abbr>'


def _is_interval(cell: Cell) -> bool:
    return isinstance(cell.value, tuple)


def _scale(table: Table, place: int) -> tuple[float, float] | None:
    """From the lowest to the highest end of a column's intervals, zero among them."""
    values = [row[place].value for row in table.rows]
    ends = [end for value in values if isinstance(value, tuple) for end in value]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    return (low, high) if high > low else None


def _bar(ends: tuple[float, float], scale: tuple[float, float] | None) -> str:
    if scale is None:
        return ""
    low, width = scale[0], scale[1] - scale[0]
    left, long, zero = (100 * v / width for v in (ends[0] - low, ends[1] - ends[0], -low))
    return (
        f'<span class="bar" aria-hidden="true"><i style="left:{left:.1f}%;width:{long:.1f}%"></i>'
        f'<b style="left:{zero:.1f}%"></b></span>'
    )
