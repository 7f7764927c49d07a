"""The last look at a document before it is written: its shape, its limits, its characters."""

import dataclasses
import json
import re
from typing import Any

from analysis.base.errors import RequestError
from analysis.presentation.tables.table import Cell, Table
from analysis.sharing.writing.document import (
    PROFILES,
    Block,
    Chart,
    Document,
    KeyFigures,
    Paragraph,
    Section,
)

MOST_COLUMNS, MOST_ROWS, MOST_BLOCKS, MOST_SECTIONS = 100, 5_000, 200, 100
MOST_CHARACTERS = 5_000  # of one text; Excel's limit for a cell is 32,767
MOST_CHART_BYTES = 300_000
# What would make a chart fetch, link or take orders from inside its own data.
FORBIDDEN_IN_CHARTS = {"url", "href", "usermeta"}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# Characters that XML 1.0 cannot hold (section 2.2): Word and Excel would call the file damaged.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAKS = re.compile("\r\n|[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")


def checked(document: Document) -> Document:
    """`document` with every text as all formats can hold it (`plain`), once its shape is right.

    Raises RequestError for a document without title or sections, an unknown profile, a table
    whose rows do not fit its columns or that carries exact figures, a chart that carries columns
    beyond its `fields` or asks for an address, and for what is beyond the limits above.
    """
    if not plain(document.title).strip():
        raise RequestError("The report has no title.", next_step="give it a title")
    if document.profile not in PROFILES:
        raise RequestError(
            f"There is no profile '{plain(document.profile)}'.", allowed=", ".join(PROFILES)
        )
    if not LANGUAGE.fullmatch(document.language):
        raise RequestError("The report's language is no language tag.", allowed="en, en-GB, ro, …")
    if not document.sections:
        raise RequestError("The report has no section.", next_step="choose at least one section")
    _within(len(document.sections), MOST_SECTIONS, "sections", document.title)
    for section in document.sections:
        _check_section(section)
    return _cleaned(document)


def plain(text: str) -> str:
    """`text` on one line, without characters that XML cannot hold, at most MOST_CHARACTERS.

    A line break or tab becomes a blank, a forbidden character U+FFFD; the rest stays as it is,
    whatever it would mean elsewhere: 'a\\x00<b>\\n=1' -> 'a\\ufffd<b> =1'.
    """
    text = _NOT_IN_XML.sub("\ufffd", _LINE_BREAKS.sub(" ", text))
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _check_section(section: Section) -> None:
    if not plain(section.heading).strip():
        raise RequestError("A section of the report has no heading.")
    _within(len(section.blocks), MOST_BLOCKS, "parts", section.heading)
    for block in section.blocks:
        _check_block(block, section.heading)


def _check_block(block: Block, where: str) -> None:
    if isinstance(block, Table):
        _check_table(block)
    elif isinstance(block, Chart):
        _check_chart(block)
        if block.table:
            _check_table(block.table)
    elif not isinstance(block, (Paragraph, KeyFigures)):
        raise RequestError(f"A report cannot show a {type(block).__name__}.", where=plain(where))


def _check_table(table: Table) -> None:
    where = f"table '{plain(table.caption)}'"
    if not table.columns:
        raise RequestError("A table of the report has no columns.", where=where)
    _within(len(table.columns), MOST_COLUMNS, "columns", table.caption)
    _within(len(table.rows), MOST_ROWS, "rows", table.caption)
    for number, row in enumerate(table.rows, start=1):
        if len(row) != len(table.columns):
            raise RequestError(
                f"Row {number} has {len(row)} cells for {len(table.columns)} columns.", where=where
            )
        if not all(isinstance(cell, Cell) and isinstance(cell.text, str) for cell in row):
            raise RequestError(f"Row {number} has a cell that is no text.", where=where)
    if table.exact:
        raise RequestError(
            "A table of the report carries figures that it does not show.", where=where
        )


def _check_chart(chart: Chart) -> None:
    where = f"chart '{plain(chart.caption)}'"
    if not plain(chart.alt).strip():
        raise RequestError("A chart of the report has no text alternative.", where=where)
    try:
        size = len(json.dumps(chart.spec, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise RequestError("A chart of the report is not plain JSON.", where=where) from error
    _within(size, MOST_CHART_BYTES, "bytes", chart.caption)
    _check_spec(chart.spec, frozenset(chart.fields), where)


def _check_spec(part: Any, fields: frozenset[str], where: str) -> None:
    """Walks a spec: data only inline, its columns among `fields`, no address anywhere."""
    if isinstance(part, list):
        for inner in part:
            _check_spec(inner, fields, where)
    if not isinstance(part, dict):
        return
    forbidden = FORBIDDEN_IN_CHARTS & set(part)
    if forbidden:
        raise RequestError(f"A chart may not have '{min(forbidden)}'.", where=where)
    for key, inner in part.items():
        if key == "data" and isinstance(inner, dict):
            _check_rows(inner.get("values", []), fields, where)
            _check_spec({k: v for k, v in inner.items() if k != "values"}, fields, where)
        elif key == "datasets":
            for rows in inner.values():
                _check_rows(rows, fields, where)
        else:
            _check_spec(inner, fields, where)


def _check_rows(rows: Any, fields: frozenset[str], where: str) -> None:
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise RequestError("A chart's data must be a list of rows.", where=where)
    surplus = {name for row in rows for name in row} - fields
    if surplus:
        raise RequestError(
            f"A chart carries the column '{plain(min(surplus))}', which it may not show.",
            where=where,
            allowed=", ".join(sorted(fields)),
        )
    if not all(isinstance(v, (str, int, float, type(None))) for row in rows for v in row.values()):
        raise RequestError("A chart's rows may hold only texts and numbers.", where=where)


def _within(n: int, most: int, what: str, where: str) -> None:
    if n > most:
        raise RequestError(
            f"{n:,} {what} are more than a report can hold.",
            where=f"'{plain(where)}'",
            allowed=f"at most {most:,} {what}",
        )


def _cleaned(thing: Any) -> Any:
    if isinstance(thing, str):
        return plain(thing)
    if isinstance(thing, (tuple, list)):
        return type(thing)(_cleaned(part) for part in thing)
    if isinstance(thing, dict):
        return {key: _cleaned(value) for key, value in thing.items()}
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        names = [field.name for field in dataclasses.fields(thing)]
        return dataclasses.replace(
            thing, **{name: _cleaned(getattr(thing, name)) for name in names}
        )
    return thing
